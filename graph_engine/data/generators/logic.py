"""Truth tables of two inputs, for neurons that compute a logic gate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.generators.dice import Arrays, Dice, Generator

Bits = NDArray[np.int64]


def gate(truth: Callable[[Bits, Bits], Bits]) -> Generator:
    """The rows of a truth table, over and over: ``bits`` of two numbers 0 or 1 (blurred where there is
    noise), and ``answer``, false or true."""

    def rows(samples: int, dice: Dice, noise: float) -> Arrays:
        number = np.arange(samples, dtype=np.int64) % 4
        first, second = number // 2, number % 2
        bits = np.stack([first, second], axis=1) + noise * dice.normal(samples, 2)
        return {
            "bits": bits.astype(np.float32),
            "bits.columns": np.array(["a", "b"]),
            "answer": truth(first, second),
            "answer.classes": np.array(["false", "true"]),
            "target": np.array("answer"),
        }

    return rows
