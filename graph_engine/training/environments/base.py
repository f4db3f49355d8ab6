"""What a world is for whoever acts in it: states, actions, rewards, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

Choose = Callable[[Tensor], Tensor]
"""The number of an action for each state: (episodes, …) → (episodes,)."""


class Environment:
    """A world in which many episodes are played at once, each a row of the states.

    ``shape`` is that of one state, −1 where any size will do; the whole state is seen. ``actions`` are
    their names, ``longest`` the steps after which an episode is broken off. A world has no memory and
    no chance: what comes next follows from state and action.
    """

    name: ClassVar[str]
    shape: ClassVar[tuple[int, ...]]
    actions: ClassVar[tuple[str, ...]]
    longest: ClassVar[int]

    def step(self, state: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """The states that follow, (episodes, …), and the rewards of the step, (episodes,)."""
        raise NotImplementedError

    def is_over(self, state: Tensor) -> Tensor:
        """Which episodes have come to their end, (episodes,)."""
        raise NotImplementedError

    def is_solved(self, state: Tensor) -> Tensor:
        """Which episodes have reached what was wanted, judged by their last states."""
        raise NotImplementedError

    def picture(self, state: Tensor) -> Tensor:
        """The states as grey images, (episodes, 1, height, width), from 0 to 1."""
        raise NotImplementedError

    def suits(self, shape: tuple[int, ...]) -> bool:
        """Whether samples of this shape can be states."""
        return len(shape) == len(self.shape) and all(
            own in (-1, size) for own, size in zip(self.shape, shape, strict=True)
        )


class Episodes(NamedTuple):
    """What happened: the states in which was acted, (steps, episodes, …); the actions, the rewards, and
    whether the episode was still going on, (steps, episodes); and the states at the end.

    Rewards are 0 once an episode is over.
    """

    states: Tensor
    actions: Tensor
    rewards: Tensor
    running: Tensor
    ends: Tensor


@torch.no_grad()
def play(world: Environment, choose: Choose, starts: Tensor, longest: int) -> Episodes:
    """Plays an episode from each start, until all are over or ``longest`` steps are made."""
    state = starts
    running = ~world.is_over(state)
    told: list[tuple[Tensor, ...]] = []
    while len(told) < longest and (not told or bool(running.any())):
        action = choose(state)
        after, reward = world.step(state, action)
        told.append((state, action, reward * running, running))
        state = torch.where(_beside(running, state), after, state)
        running = running & ~world.is_over(state)
    states, actions, rewards, marks = map(torch.stack, zip(*told, strict=True))
    return Episodes(states, actions, rewards, marks, state)


def _beside(marks: Tensor, state: Tensor) -> Tensor:
    """One mark for each episode, in as many dimensions as its state."""
    return marks.reshape(-1, *[1] * (state.ndim - 1))


def returns(rewards: Tensor, discount: float) -> Tensor:
    """What is still to come at each step: its reward and the later ones, each step's worth less by the
    factor ``discount``. (steps, episodes) in and out."""
    found = torch.empty_like(rewards)
    later = torch.zeros_like(rewards[0])
    for step in range(len(rewards) - 1, -1, -1):
        later = rewards[step] + discount * later
        found[step] = later
    return found
