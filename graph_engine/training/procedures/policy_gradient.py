"""Reinforcement learning: what a network tried, and brought reward, it becomes likelier to do again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from graph_engine.data.encoding import Encoding
from graph_engine.data.prepared import PreparedData
from graph_engine.errors import TrainingError
from graph_engine.training.environments import ENVIRONMENTS, Episodes, play, returns
from graph_engine.training.procedures.base import Batch, Made
from graph_engine.training.procedures.supervised import Supervised
from graph_engine.training.recipe import Recipe

SHOWN = 24
"""Pictures of an episode that are shown after an epoch."""


class PolicyGradient(Supervised):
    """Learns to act in a small world by REINFORCE (Williams, 1992).

    The samples are states to begin with. From those of a batch as many episodes are played at once,
    with actions drawn by chance from the network's scores; then each action becomes likelier by how much
    its return, what was still to come, was above the baseline. An entropy bonus keeps it trying.

    ``loss`` is minus the mean reward of an episode, whatever discount, baseline and bonus do to its
    gradient. When measured, the network takes the action with the highest score, or draws one where it
    is not to be ``greedy``; ``return`` is the mean reward of an episode, ``episode_length`` its mean
    number of steps, and ``solved`` the share of episodes that ended well. Playing leaves dropout out,
    and statistics as they are.
    """

    def __init__(self, module: nn.Module, recipe: Recipe, task: str, device: torch.device) -> None:
        if recipe.loss is not None:
            raise TrainingError(
                f"Policy gradients follow rewards and not {recipe.loss.name}: leave `loss` empty, or "
                "choose another procedure."
            )
        super().__init__(module, recipe, task, device)
        self.world = ENVIRONMENTS[self.choice["environment"]]()
        self.longest = self.choice["steps"] or self.world.longest
        self.measured = likeliest if self.choice["greedy"] else drawn

    # What fits -----------------------------------------------------------------------------------

    def prepare(self, data: PreparedData) -> PreparedData:
        """Keeps a state whose episode is shown. Raises TrainingError where samples are no states to
        begin with, or the network does not score the actions."""
        encodings = list(data.preprocessing.inputs.values())
        if len(encodings) != 1:
            raise TrainingError(
                f"A network that acts has one input, the state, and this one has {len(encodings)}."
            )
        self._check_states(encodings[0])
        part = data.validation if len(data.validation) else data.train
        for split in (data.train, data.validation, data.test):
            self._check_starts(split.plain().batch(np.arange(len(split), dtype=np.int64))[0][0])
        (first,), _ = part.plain().batch(np.zeros(1, np.int64))
        self.example = torch.as_tensor(first).to(self.device)
        self._check_scores()
        return data

    def _check_states(self, encoding: Encoding) -> None:
        if not self.world.suits(encoding.shape):
            raise TrainingError(
                f"A state of {self.world.name} has {_sizes(self.world.shape)} numbers, and the samples "
                f"of “{encoding.field}” have {_sizes(encoding.shape)}. {self._advice()}"
            )
        transform = encoding.transform
        if transform is None or (transform.shift != 0).any() or (transform.scale != 1).any():
            raise TrainingError(
                f"{self.world.name} goes on from the numbers of “{encoding.field}” as they are. Take "
                "its scaling away, and scale in the network."
            )

    def _check_starts(self, states: object) -> None:
        over = self.world.is_over(torch.as_tensor(states))
        if bool(over.any()):
            raise TrainingError(
                f"In {int(over.sum()):,} of {len(over):,} samples {self.world.name} is over before the "
                f"first step: they are no states to begin with. {self._advice()}"
            )

    def _advice(self) -> str:
        return f"Choose the generated data `{self.world.name}`."

    @torch.no_grad()
    def _check_scores(self) -> None:
        self.module.eval()
        outputs, _ = self.answers((self.example,), self.example)
        self.module.train()
        shape, names = tuple(outputs[0].shape), self.world.actions
        if shape != (1, len(names)):
            raise TrainingError(
                f"{self.world.name} has {len(names)} actions ({', '.join(names)}), and the network "
                f"answers with {_sizes(shape[1:])} scores for a state. It needs one for each action: "
                "change the last layer."
            )

    # Learning ------------------------------------------------------------------------------------

    def loss(self, inputs: tuple[Tensor, ...], target: Tensor) -> Tensor:
        """Minus the mean reward of episodes from these starts, with the gradient that raises it."""
        episodes = self._played(inputs[0], drawn)
        gains = returns(episodes.rewards, self.choice["discount"])[episodes.running]
        outputs, _ = self.answers((episodes.states[episodes.running],), target)
        followed = surrogate(
            outputs[0],
            episodes.actions[episodes.running],
            advantages(gains, self.choice["baseline"]),
            self.choice["entropy"],
        )
        return followed - followed.detach() - episodes.rewards.sum(0).mean()

    def _played(self, starts: Tensor, choose: Callable[[Tensor], Tensor]) -> Episodes:
        """Episodes from these starts, with actions that are chosen by their scores."""

        def act(states: Tensor) -> Tensor:
            outputs, _ = self.answers((states,), states)
            return choose(outputs[0])

        was_training = self.module.training
        self.module.eval()
        episodes = play(self.world, act, starts.to(self.device), self.longest)
        self.module.train(was_training)
        return episodes

    # Measuring -----------------------------------------------------------------------------------

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """What episodes from these starts bring."""
        self.module.eval()
        told: list[Tensor] = []
        for inputs, _ in batches:
            if stop():
                return {}
            episodes = self._played(inputs[0], self.measured)
            solved = self.world.is_solved(episodes.ends)
            told.append(
                torch.stack([episodes.rewards.sum(0), episodes.running.sum(0), solved.float()], 1)
            )
        if not told:
            return {}
        gained, length, solved_share = torch.cat(told).double().mean(0).tolist()
        return {
            "loss": -gained,
            "return": gained,
            "episode_length": length,
            "solved": solved_share,
        }

    @torch.no_grad()
    def made(self) -> Iterator[Made]:
        """Pictures of one episode, from its beginning to its end."""
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(self.recipe.seed)
            episodes = self._played(self.example, self.measured)
        states = torch.cat([episodes.states[:, 0], episodes.ends])
        chosen = np.unique(np.linspace(0, len(states) - 1, SHOWN).round().astype(np.int64))
        pictures = self.world.picture(states[torch.as_tensor(chosen, device=self.device)])
        yield Made("samples", pictures.float().cpu().numpy(), {"steps": chosen.tolist()})


def drawn(scores: Tensor) -> Tensor:
    """An action for each row, with the chances that its scores stand for (Gumbel's trick)."""
    return (scores - torch.empty_like(scores).exponential_().log()).argmax(1)


def likeliest(scores: Tensor) -> Tensor:
    """The action with the highest score."""
    return scores.argmax(1)


def advantages(gains: Tensor, baseline: str) -> Tensor:
    """By how much returns are above what was to be expected: the mean of all; in units of their spread
    where they are normalised."""
    if baseline == "none":
        return gains
    above = gains - gains.mean()
    return above if baseline == "mean" else above / (gains.std(correction=0) + 1e-8)


def surrogate(scores: Tensor, actions: Tensor, advantage: Tensor, entropy: float) -> Tensor:
    """−mean(log π(action) · advantage) − entropy weight · mean entropy, for its gradient."""
    chances = scores.log_softmax(1)
    chosen = chances.gather(1, actions[:, None])[:, 0]
    spread = -(chances.exp() * chances).sum(1)
    return -(chosen * advantage).mean() - entropy * spread.mean()


def _sizes(shape: tuple[int, ...]) -> str:
    return "×".join("any" if size < 0 else str(size) for size in shape) or "single"
