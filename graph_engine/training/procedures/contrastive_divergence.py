"""Deep belief networks: restricted Boltzmann machines learned one upon the other, then fine-tuned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from graph_engine.data.prepared import PreparedData, Split
from graph_engine.errors import TrainingError
from graph_engine.training.procedures.base import Batch, Made
from graph_engine.training.procedures.supervised import Supervised

SHOWN = 64
CHAIN = 50


class ContrastiveDivergence(Supervised):
    """Learns the network's machines one after the other without labels, each on what the ones before
    answer (Hinton et al., 2006), by CD-k (Hinton, 2002); then the whole network with labels.

    Samples beyond the data's limit take part as long as no labels are needed. While a machine learns,
    the loss is the mean squared error of its reconstruction.
    """

    epoch = 0

    def __init__(self, module: nn.Module, *others: Any) -> None:
        super().__init__(module, *others)
        self.machines: list[Any] = [
            each for each in module.modules() if hasattr(each, "contrastive_divergence")
        ]
        if not self.machines:
            raise TrainingError(
                "There is nothing to learn by contrastive divergence: draw at least one "
                "RestrictedBoltzmannMachine."
            )
        rate, momentum = self.choice["pretraining_rate"], self.choice["momentum"]
        self.sculptors = [
            torch.optim.SGD(machine.parameters(), lr=rate, momentum=momentum)
            for machine in self.machines
        ]

    # Which machine learns ------------------------------------------------------------------------

    def prepare(self, data: PreparedData) -> PreparedData:
        """Adds the samples without labels to those of the machines."""
        both = np.sort(np.concatenate([data.train.indices, data.rest.indices]))
        self.everything = replace(data.train, indices=both)
        return data

    def epoch_begins(self, epoch: int, is_fresh: bool) -> bool:
        """Turns to the next machine, and behind the last to the whole network."""
        self.epoch = epoch
        return bool(epoch == self.choice["pretraining_epochs"] * len(self.machines))

    def learned_from(self, data: PreparedData, epoch: int) -> Split:
        """All samples for the machines, the labelled ones for the whole."""
        return self.everything if self._turn(epoch) is not None else data.train

    def _turn(self, epoch: int) -> int | None:
        """The machine that learns in an epoch, or none."""
        each = self.choice["pretraining_epochs"]
        turn = epoch // each if each else len(self.machines)
        return turn if turn < len(self.machines) else None

    # Learning ------------------------------------------------------------------------------------

    def step(self, batches: Sequence[Batch]) -> Tensor:
        """One update of the machine whose turn it is, or of the whole network."""
        turn = self._turn(self.epoch)
        if turn is None:
            return super().step(batches)
        machine, sculptor = self.machines[turn], self.sculptors[turn]
        visible = self._shown_to(turn, batches)
        sculptor.zero_grad()
        loss, _ = machine.contrastive_divergence(visible, int(self.choice["gibbs_steps"]))
        loss.backward()
        weights = list(machine.parameters())
        self.observer.gradients_ready(weights)
        sculptor.step()
        self.observer.updated(weights)
        with torch.no_grad():
            return error_of(machine, visible)

    @torch.no_grad()
    def _shown_to(self, turn: int, batches: Sequence[Batch]) -> Tensor:
        """What reaches a machine when the network is given the batches; on or off for the first."""
        caught: list[Tensor] = []
        hook = self.machines[turn].register_forward_pre_hook(
            lambda _, inputs: caught.append(inputs[0])
        )
        try:
            for inputs, _ in batches:
                self.module(*(each.to(self.device) for each in inputs))
        finally:
            hook.remove()
        visible = torch.cat(caught).flatten(0, -2)
        is_binary = self.machines[turn].visible == "bernoulli"
        return torch.bernoulli(visible.clamp(0, 1)) if is_binary else visible

    # Measuring -----------------------------------------------------------------------------------

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """The error of the machine's reconstructions, or what supervised learning measures."""
        turn = self._turn(self.epoch)
        if turn is None:
            return super().evaluate(batches, stop)
        self.module.eval()
        total = samples = 0.0
        state = torch.get_rng_state()
        for batch in batches:
            if stop():
                return {}
            visible = self._shown_to(turn, [batch])
            total += float(error_of(self.machines[turn], visible)) * len(visible)
            samples += len(visible)
        torch.set_rng_state(state)
        return {"loss": total / samples} if samples else {}

    @torch.no_grad()
    def made(self) -> Iterator[Made]:
        """What the first machine sees when it is left to itself: samples at the end of a chain that
        begins with noise."""
        machine = self.machines[0]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            noise = torch.rand(SHOWN, machine.visible_bias.numel()).to(self.device)
            samples = machine.reconstruct(machine.sample_hidden(machine.gibbs(noise, CHAIN)))
        shape = next(iter(self.everything.inputs.values())).encoding.shape
        if int(np.prod(shape)) == samples.shape[1]:
            samples = samples.reshape(SHOWN, *shape)
        yield Made("samples", samples.cpu().numpy())

    # State ---------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Gives all optimizers a new state."""
        super().forget()
        for sculptor in self.sculptors:
            sculptor.state.clear()

    def state_dict(self) -> dict[str, Any]:
        """As for supervised learning, and what moves the machines."""
        return {**super().state_dict(), "machines": [each.state_dict() for each in self.sculptors]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        super().load_state_dict(state)
        for sculptor, kept in zip(self.sculptors, state["machines"], strict=True):
            sculptor.load_state_dict(kept)


def error_of(machine: Any, visible: Tensor) -> Tensor:
    """Mean squared error of what a machine makes of samples by way of its hidden units."""
    rebuilt: Tensor = machine.reconstruct(machine(visible))
    return (rebuilt - visible).square().mean()
