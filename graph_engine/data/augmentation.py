"""Small random changes to training samples, each decided by seed, epoch and sample alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph_engine.data import counters
from graph_engine.data.dataset import Array
from graph_engine.data.source import Saved
from graph_engine.data.warping import warped
from graph_engine.declaration import param


class Augmentation(Saved):
    """Random changes that make few training samples go further; never applied to other parts."""

    shift: int = param(
        0, low=0, high=1024, help="Images move by up to so many pixels; their border is repeated."
    )
    flip: bool = param(
        False, help="Whether every other image, by chance, is mirrored left to right."
    )
    turn: float = param(
        0.0, low=0.0, high=180.0, help="Images turn by up to so many degrees, to either side."
    )
    zoom: float = param(
        0.0, low=0.0, high=0.9, help="Images grow or shrink by up to this share of their size."
    )
    slant: float = param(
        0.0,
        low=0.0,
        high=10.0,
        help="Images lean by up to so many pixels for each pixel of height.",
    )
    noise: float = param(
        0.0, low=0.0, high=100.0, help="Spread of the random numbers added to the scaled inputs."
    )

    def is_active(self) -> bool:
        """Whether it changes anything."""
        return bool(self.changed())

    def moves(self) -> bool:
        """Whether images change their place."""
        return self.shift > 0 or self.flip or self.warps()

    def warps(self) -> bool:
        """Whether they are turned, enlarged or slanted."""
        return self.turn > 0 or self.zoom > 0 or self.slant > 0


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """The random decisions for some samples of one epoch."""

    augmentation: Augmentation
    seed: int
    epoch: int
    samples: NDArray[np.int64]

    def moved(self, images: Array) -> Array:
        """Images (or maps) of any leading shape, shifted, mirrored and warped along their last two axes.

        The same samples are moved alike, whatever they are, so that a mask follows its image.
        """
        wish = self.augmentation
        if wish.shift or wish.flip:
            images = self._shifted(images)
        if not wish.warps():
            return images
        turn, zoom, slant = (
            reach * (2 * counters.uniform(purpose, self.seed, self.epoch, self.samples) - 1)
            for purpose, reach in (
                (counters.TURN, wish.turn),
                (counters.ZOOM, wish.zoom),
                (counters.SLANT, wish.slant),
            )
        )
        return warped(images, turn, 1 + zoom, slant)

    def _shifted(self, images: Array) -> Array:
        rows = _positions(self._offset(counters.SHIFT_DOWN), images.shape[-2])
        columns = _positions(self._offset(counters.SHIFT_RIGHT), images.shape[-1])
        if self.augmentation.flip:
            mirrored = counters.uniform(counters.FLIP, self.seed, self.epoch, self.samples) < 0.5
            columns = np.where(mirrored[:, None], columns[:, ::-1], columns)
        flat = images.reshape(len(images), -1, *images.shape[-2:])
        each, channel = np.ogrid[: flat.shape[0], : flat.shape[1]]
        chosen = flat[
            each[..., None, None],
            channel[..., None, None],
            rows[:, None, :, None],
            columns[:, None, None, :],
        ]
        return chosen.reshape(images.shape)

    def noisy(self, values: NDArray[np.float32], number: int) -> NDArray[np.float32]:
        """The values of the network's input of that number with bell-shaped noise."""
        elements = np.arange(int(np.prod(values.shape[1:])), dtype=np.int64)
        noise = counters.normal(
            counters.NOISE, self.seed, self.epoch, number, self.samples[:, None], elements
        )
        spread = self.augmentation.noise * noise.reshape(values.shape)
        return (values + spread).astype(np.float32)

    def _offset(self, purpose: int) -> NDArray[np.int64]:
        reach = self.augmentation.shift
        chance = counters.uniform(purpose, self.seed, self.epoch, self.samples)
        return np.floor(chance * (2 * reach + 1)).astype(np.int64) - reach


def _positions(offsets: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.asarray(np.clip(np.arange(size) + offsets[:, None], 0, size - 1), dtype=np.int64)


def movable(shapes: Sequence[tuple[int, ...]]) -> tuple[int, int] | None:
    """Height and width of the first image among these sample shapes."""
    return next(((shape[-2], shape[-1]) for shape in shapes if len(shape) == 3), None)
