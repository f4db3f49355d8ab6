"""Arrays over time: what the tables and pictures of a run were at each of its steps."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_engine.training.events import Frame

MOST_TABLES = 2048
"""Tables kept of one title; beyond that every second of the older half's goes."""

MOST_BYTES = 48 * 2**20
"""Bytes of pictures kept of one title while a run goes on; its folder has more."""


class Track:
    """Frames of one title by step; those that lie in a run's folder are read when they are asked for."""

    def __init__(self) -> None:
        self._steps: list[int] = []
        self._frames: list[Frame | Callable[[], Frame]] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def steps(self) -> list[int]:
        """The steps at which there is a frame, rising."""
        return self._steps

    def add(self, step: int, frame: Frame | Callable[[], Frame]) -> None:
        """Adds a frame at the end; one of the same step takes the place of the older."""
        if self._steps and self._steps[-1] == step:
            self._drop(len(self._steps) - 1)
        self._steps.append(step)
        self._frames.append(frame)
        self._bytes += _size(frame)
        while len(self._steps) > 3 and (self._bytes > MOST_BYTES or len(self._steps) > MOST_TABLES):
            self._thin()

    def cut(self, step: int) -> None:
        """Forgets what lies beyond a step."""
        while self._steps and self._steps[-1] > step:
            self._drop(len(self._steps) - 1)

    def index_at(self, step: int | None) -> int:
        """The index of the last frame not beyond a step (of the newest for None); -1 where none is."""
        if step is None:
            return len(self._steps) - 1
        return bisect_right(self._steps, step) - 1

    def frame(self, step: int | None = None) -> Frame | None:
        """The last frame not beyond a step, or the newest. Raises TrainingError for a damaged folder."""
        index = self.index_at(step)
        if index < 0:
            return None
        found = self._frames[index]
        return found if isinstance(found, Frame) else found()

    def array(self, step: int | None = None) -> NDArray[Any] | None:
        """That frame's array."""
        frame = self.frame(step)
        return None if frame is None else frame.array()

    def some(self, most: int) -> list[Callable[[], Frame]]:
        """Ways to at most so many frames, evenly over the run with the newest among them; they can be
        gone beside the window, though a folder that is damaged raises TrainingError there."""
        count = len(self._steps)
        chosen = np.unique(np.linspace(count - 1, 0, min(most, count)).astype(int))
        frames = [self._frames[n] for n in chosen]
        return [partial(_itself, f) if isinstance(f, Frame) else f for f in frames]

    def stacked(self, most: int) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """Steps and arrays (time first) of at most so many frames, evenly over the run.

        Frames whose shape is not the newest's are left out.
        """
        count = len(self._steps)
        chosen = np.unique(np.linspace(0, max(0, count - 1), min(most, count)).astype(int))
        frames = [(self._steps[n], self._array(n)) for n in chosen]
        shape = frames[-1][1].shape if frames else (0,)
        same = [(step, array) for step, array in frames if array.shape == shape]
        steps = np.array([step for step, _ in same], np.float64)
        return steps, np.stack([array for _, array in same]) if same else np.empty((0, 0, 0))

    def _array(self, index: int) -> NDArray[Any]:
        found = self._frames[index]
        return (found if isinstance(found, Frame) else found()).array()

    def _thin(self) -> None:
        """Every second frame goes; the first and the newest stay."""
        for index in range(len(self._steps) - 2, 0, -2):
            self._drop(index)

    def _drop(self, index: int) -> None:
        self._bytes -= _size(self._frames[index])
        del self._steps[index], self._frames[index]


def _itself(frame: Frame) -> Frame:
    return frame


def _size(frame: Frame | Callable[[], Frame]) -> int:
    return len(frame.data) if isinstance(frame, Frame) else 0
