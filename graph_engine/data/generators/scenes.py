"""Scenes composed of handwritten digits, with what stands where: for segmentation and detection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.builtin import Builtin
from graph_engine.data.generators.dice import Arrays, Dice

SIDE = 32
"""Pixels of a scene's side."""

DIGIT = 8
MOST = 4
CELL = 4
INK = 4.0
"""Of 16 shades, the least that counts as part of a digit."""

Image = NDArray[np.float32]


def segmentation(samples: int, dice: Dice, noise: float) -> Arrays:
    """``image`` of 1×32×32 with one to four digits on a noisy ground, and ``mask`` of 32×32: for each
    pixel 0 for the ground or the digit and one."""
    images = np.zeros((samples, 1, SIDE, SIDE), np.float32)
    masks = np.zeros((samples, SIDE, SIDE), np.int64)
    for number, scene in enumerate(_scenes(samples, dice)):
        for digit, label, top, left in scene:
            place = np.s_[top : top + DIGIT, left : left + DIGIT]
            images[number, 0][place] = digit
            masks[number][place] = np.where(digit >= INK, label + 1, 0)
    return {
        "image": _grounded(images, dice, noise),
        "mask": masks,
        "mask.classes": np.array(["ground", *map(str, range(10))]),
        "target": np.array("mask"),
    }


def detection(samples: int, dice: Dice, noise: float) -> Arrays:
    """``image`` of 1×32×32 as for segmentation, and ``grid`` of 8×8 cells of four pixels: for each cell
    0, or the digit whose centre lies in it, and one."""
    images = np.zeros((samples, 1, SIDE, SIDE), np.float32)
    cells = np.zeros((samples, SIDE // CELL, SIDE // CELL), np.int64)
    for number, scene in enumerate(_scenes(samples, dice)):
        for digit, label, top, left in scene:
            images[number, 0, top : top + DIGIT, left : left + DIGIT] = digit
            cells[number, (top + DIGIT // 2) // CELL, (left + DIGIT // 2) // CELL] = label + 1
    return {
        "image": _grounded(images, dice, noise),
        "grid": cells,
        "grid.classes": np.array(["nothing", *map(str, range(10))]),
        "target": np.array("grid"),
    }


def _grounded(images: Image, dice: Dice, noise: float) -> Image:
    """Shades from 0 to 1, with noise that never hides what is there."""
    blurred = images / 16 + noise * np.abs(dice.normal(*images.shape))
    return np.clip(blurred, 0, 1).astype(np.float32)


Placed = tuple[Image, int, int, int]


def _scenes(samples: int, dice: Dice) -> list[list[Placed]]:
    """For each scene its digits with label, top and left; none touches another."""
    source = Builtin(name="digits").load()
    pictures = source["image"].take(np.arange(len(source)))[:, 0]
    labels = source["label"].take(np.arange(len(source)))
    scenes: list[list[Placed]] = []
    for _ in range(samples):
        taken = np.zeros((SIDE, SIDE), bool)
        scene: list[Placed] = []
        for chosen in dice.integers(0, len(pictures), dice.integer(1, MOST + 1)):
            place = _free(taken, dice)
            if place is not None:
                top, left = place
                taken[max(0, top - 1) : top + DIGIT + 1, max(0, left - 1) : left + DIGIT + 1] = True
                scene.append((pictures[chosen], int(labels[chosen]), top, left))
        scenes.append(scene)
    return scenes


def _free(taken: NDArray[np.bool_], dice: Dice) -> tuple[int, int] | None:
    for top, left in dice.integers(0, SIDE - DIGIT + 1, 20, 2).tolist():
        if not taken[top : top + DIGIT, left : left + DIGIT].any():
            return top, left
    return None
