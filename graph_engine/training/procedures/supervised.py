"""Learning to give the target's answer: forward, backward, update, and measuring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from graph_engine.errors import TrainingError
from graph_engine.training.choices import Loss
from graph_engine.training.criteria import Criterion, Outputs
from graph_engine.training.guard import Guard
from graph_engine.training.metrics import Meters, Sizes
from graph_engine.training.optimization import Schedule, clip, forget, make_optimizer, penalty
from graph_engine.training.procedure_choices import DEFAULT_LOSSES
from graph_engine.training.procedures.base import Batch, Procedure
from graph_engine.training.recipe import Recipe


class Figures:
    """What a procedure measures besides loss and metrics, batch by batch. This one measures nothing."""

    def add(self, inputs: tuple[Tensor, ...], outputs: Outputs, aim: Tensor) -> None:
        """Counts a batch: what the network was given, what it answered, and what it should have."""

    def values(self, loss: float) -> dict[str, float]:
        """The figures by name; ``loss`` is that of all batches, which a figure may replace."""
        return {}


class Supervised(Procedure):
    """Learns to give the target's answer for each sample."""

    def __init__(self, module: nn.Module, recipe: Recipe, task: str, device: torch.device) -> None:
        super().__init__(module, recipe, task, device)
        choice = recipe.loss or Loss.read(DEFAULT_LOSSES[task])
        self.criterion = Criterion(choice, device)
        self.optimizer = make_optimizer(recipe.optimizer, module)
        self.weights = [weight for weight in module.parameters() if weight.requires_grad]
        self.is_elsewhere = device.type != "cpu"
        self.lowers = recipe.precision != "float32"
        self.repeats = isinstance(self.optimizer, torch.optim.LBFGS)
        self.guard = Guard(self.weights, device)
        self.clips = recipe.clip_norm is not None or recipe.clip_value is not None
        self.penalised = bool(recipe.l1 or recipe.l2)
        scales = recipe.precision == "float16"
        self.scaler = torch.amp.GradScaler(device.type, enabled=scales) if scales else None
        if self.repeats and self.scaler:
            raise TrainingError("LBFGS cannot be used with float16. Choose bfloat16 or float32.")

    def begin(self, steps_per_epoch: int, watched_falls: bool, reseed: Callable[[], None]) -> None:
        """Makes the scheduler, whose length may follow from the run's."""
        mode: Literal["min", "max"] = "min" if watched_falls else "max"
        self.schedule = Schedule(self.recipe, self.optimizer, steps_per_epoch, mode)
        self.reseed = reseed

    # One step ------------------------------------------------------------------------------------

    def step(self, batches: Sequence[Batch]) -> Tensor:
        """Forward, backward and update."""
        if self.repeats:
            return self._repeated(batches)
        loss = self._gradients(batches)
        if self.scaler is None:
            self.guard.check(loss)
            self.optimizer.step()
            self.schedule.stepped()
        elif self._scaled_step(self.scaler):
            self.schedule.stepped()
        self.observer.updated(self.weights)
        return loss

    def _repeated(self, batches: Sequence[Batch]) -> Tensor:
        """LBFGS asks for loss and gradient as often as it likes, with the same noise each time."""

        def closure() -> Tensor:
            self.reseed()
            return self._gradients(batches)

        loss: Tensor = self.optimizer.step(closure)  # type: ignore[assignment, arg-type]
        self.schedule.stepped()
        self.observer.updated(self.weights)
        return loss

    def _scaled_step(self, scaler: torch.amp.GradScaler) -> bool:
        """Whether the weights were updated: steps with infinite gradients are left out."""
        before = scaler.get_scale()
        scaler.step(self.optimizer)
        scaler.update()
        return scaler.get_scale() >= before

    def _gradients(self, batches: Sequence[Batch]) -> Tensor:
        self.optimizer.zero_grad()
        total = self._backward(batches[0], 1.0) if len(batches) == 1 else self._gathered(batches)
        if self.scaler is not None and (self.clips or self.observer.is_looking):
            self.scaler.unscale_(self.optimizer)
        self.observer.gradients_ready(self.weights)
        if self.clips:
            clip(self.recipe, self.weights)
            self.observer.clipped(self.weights)
        return total

    def _gathered(self, batches: Sequence[Batch]) -> Tensor:
        """The gradient of one large batch, taken in parts: each weighs as much as it has samples."""
        samples = sum(len(target) for _, target in batches)
        total = torch.zeros((), device=self.device)
        for batch in batches:
            share = len(batch[1]) / samples
            total += share * self._backward(batch, share)
        return total

    def _backward(self, batch: Batch, share: float) -> Tensor:
        """Adds the batch's gradient; answers its loss for each sample."""
        data = self.loss(*batch)
        loss = data if self.criterion.is_sum or share == 1.0 else share * data
        if self.penalised:
            loss = loss + share * penalty(self.weights, self.recipe.l1, self.recipe.l2)
        if self.scaler is not None:
            loss = self.scaler.scale(loss)
        loss.backward()
        told = data.detach()
        return told / len(batch[1]) if self.criterion.is_sum else told

    def loss(self, inputs: tuple[Tensor, ...], target: Tensor) -> Tensor:
        """The loss of a batch."""
        outputs, aim = self.answers(inputs, target)
        return self.criterion(outputs, aim)

    def answers(self, inputs: tuple[Tensor, ...], target: Tensor) -> tuple[Outputs, Tensor]:
        """The network's outputs, in float32, and what they should be, on the device."""
        if self.is_elsewhere:
            inputs = tuple(each.to(self.device, non_blocking=True) for each in inputs)
            target = target.to(self.device, non_blocking=True)
        outputs = self._lowered(inputs) if self.lowers else self.module(*inputs)
        if isinstance(outputs, Tensor):
            outputs = (outputs,)
        return outputs, self.aim(inputs, target)

    def _lowered(self, inputs: tuple[Tensor, ...]) -> Outputs:
        """The outputs of a forward pass in lower precision, brought back to float32."""
        with torch.autocast(self.device.type, getattr(torch, self.recipe.precision)):
            outputs = self.module(*inputs)
        found: Outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
        return tuple(each.float() if each.is_floating_point() else each for each in found)

    def aim(self, inputs: tuple[Tensor, ...], target: Tensor) -> Tensor:
        """What the outputs should be."""
        return target

    # Measuring -----------------------------------------------------------------------------------

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """``loss`` and the recipe's metrics, weights and statistics unchanged."""
        self.module.eval()
        meters: Meters | None = None
        figures = self.figures()
        losses: list[Tensor] = []
        samples = 0
        for inputs, target in batches:
            if stop():
                return {}
            outputs, aim = self.answers(inputs, target)
            loss = self.criterion(outputs, aim)
            losses.append(loss if self.criterion.is_sum else loss * len(target))
            self.observer.answered(outputs, aim, self.criterion)
            figures.add(inputs, outputs, aim)
            samples += len(target)
            meters = meters or self._meters(outputs[0])
            meters.add(self.criterion.scores(outputs[0]), aim)
        if meters is None:
            return {}
        mean = float(torch.stack(losses).cpu().double().sum()) / samples
        return {"loss": mean, **meters.values(), **figures.values(mean)}

    def figures(self) -> Figures:
        """A new count of what this procedure measures besides."""
        return Figures()

    def _meters(self, output: Tensor) -> Meters:
        width = output.shape[1] if output.ndim > 1 else 1
        ignore = self.criterion.choice.values().get("ignore_index")
        sizes = Sizes(classes=width, outputs=output[0].numel(), ignore_index=ignore)
        return Meters(self.task, self.recipe.metrics, sizes, self.device)

    # State ---------------------------------------------------------------------------------------

    def epoch_ended(self, watched: float) -> None:
        """Lets the scheduler move."""
        self.schedule.epoch_ended(watched)

    def learning_rate(self) -> float:
        """That of the first group of weights."""
        return float(self.optimizer.param_groups[0]["lr"])

    def set_learning_rate(self, rate: float) -> None:
        """Scales the rates of all groups and what the scheduler makes of them."""
        self.schedule.rescale(rate)

    def forget(self) -> None:
        """Gives the optimizer a new state."""
        forget(self.optimizer, self.recipe.optimizer, self.module)

    def state_dict(self) -> dict[str, Any]:
        """Optimizer, scheduler and, with float16, the scaler."""
        state = {"optimizer": self.optimizer.state_dict(), "schedule": self.schedule.state_dict()}
        return state if self.scaler is None else {**state, "scaler": self.scaler.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        if self.scaler is not None:
            self.scaler.load_state_dict(state["scaler"])
