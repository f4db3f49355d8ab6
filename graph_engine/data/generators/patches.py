"""Patches of the shipped photographs: something to learn to look by, without a label made by hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.builtin import Builtin
from graph_engine.data.generators.dice import Arrays, Dice

SIDE = 32
"""Pixels of a patch's side."""

ROWS, COLUMNS = 4, 6
NEAREST, FARTHEST = 24, 48
"""The least and the most pixels of a photograph that a patch shows on a side."""

ASTRAY = 8
"""Pixels by which a patch's middle is at most away from that of its region."""


def photograph_patches(samples: int, dice: Dice, noise: float) -> Arrays:
    """``patch`` of 3×32×32 bytes, cut out at a random place, in a random size, mirrored or not, and
    ``region``: the photograph, and which of its 4×6 regions the patch's middle was drawn around.

    To name the region whatever was done to the patch is the task of exemplar networks (Dosovitskiy et
    al., *Discriminative unsupervised feature learning with exemplar convolutional neural networks*,
    2014). ``noise`` is the spread of noise in shades from 0 to 1.
    """
    source = Builtin(name="photographs").load()
    photographs = source["image"].take(np.arange(len(source))).astype(np.float64)
    names = source["photograph"].classes
    regions = dice.integers(0, len(photographs) * ROWS * COLUMNS, samples)
    sides = dice.integers(NEAREST, FARTHEST + 1, samples)
    astray = dice.integers(-ASTRAY, ASTRAY + 1, samples, 2)
    mirrored = dice.integers(0, 2, samples)
    patches = np.empty((samples, 3, SIDE, SIDE), np.float64)
    for number, region in enumerate(regions.tolist()):
        photograph, place = divmod(region, ROWS * COLUMNS)
        patch = cut(photographs[photograph], place, int(sides[number]), astray[number])
        patches[number] = patch[:, :, ::-1] if mirrored[number] else patch
    if noise:
        patches += 255 * noise * dice.normal(*patches.shape)
    return {
        "patch": np.clip(np.rint(patches), 0, 255).astype(np.uint8),
        "region": regions,
        "region.classes": np.array(
            [f"{name} {n + 1}" for name in names for n in range(ROWS * COLUMNS)]
        ),
        "target": np.array("region"),
    }


def cut(
    photograph: NDArray[np.float64], place: int, side: int, astray: NDArray[np.int64]
) -> NDArray[np.float64]:
    """A square of so many pixels around a region's middle, kept inside the photograph, in the size of
    a patch: 3×32×32, each pixel a mixture of the four nearest."""
    starts = []
    for length, parts, number, away in zip(
        photograph.shape[1:], (ROWS, COLUMNS), divmod(place, COLUMNS), astray.tolist(), strict=True
    ):
        middle = (number + 0.5) * length / parts + away
        starts.append(min(max(0.0, middle - side / 2), float(length - side)))
    points = (np.arange(SIDE) + 0.5) * side / SIDE - 0.5
    down, across = (np.clip(start + points, start, start + side - 1) for start in starts)
    return _mixed(_mixed(photograph, down, 1), across, 2)


def _mixed(
    image: NDArray[np.float64], points: NDArray[np.float64], axis: int
) -> NDArray[np.float64]:
    """Values between the entries of an axis."""
    low = np.clip(np.floor(points).astype(np.int64), 0, image.shape[axis] - 2)
    share = (points - low).reshape([-1 if n == axis else 1 for n in range(image.ndim)])
    first, second = (np.take(image, low + step, axis=axis) for step in (0, 1))
    return np.asarray((1 - share) * first + share * second)
