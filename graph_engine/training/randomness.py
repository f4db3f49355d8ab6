"""Randomness of a run, keyed by counters, so that an interrupted run repeats itself exactly.

Before each step torch's generators start anew from seed and step: dropout and noise of step 1000 are
the same whether steps 0 to 999 ran in this process or in one that was killed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

WEIGHTS, STEP, EVALUATION = range(3)
"""Purposes: the first counter of each use, so that no two uses share their numbers."""

_MASK = 2**64 - 1
_STRIDE = 0x9E3779B97F4A7C15


def mixed(*counters: int, state: int = 0) -> int:
    """64 well mixed bits of the counters (splitmix64: Steele, Lea and Flood, 2014)."""
    for counter in counters:
        state = (state + _STRIDE + counter) & _MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
        state ^= state >> 31
    return state


def seed_everything(seed: int) -> None:
    """Starts torch's, Python's and numpy's generators from a seed, for the weights at the beginning."""
    torch.manual_seed(mixed(seed, WEIGHTS))
    random.seed(mixed(seed, WEIGHTS))
    np.random.seed(mixed(seed, WEIGHTS) % 2**32)


class Randomness:
    """The generators of one device and of the host.

    Setting them directly takes 1 µs, where ``torch.manual_seed`` takes 60 to reach devices not in use.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self.starts = [mixed(seed, purpose) for purpose in (WEIGHTS, STEP, EVALUATION)]
        self.generators = [torch.default_generator]
        if device.type == "cuda":
            self.generators.append(torch.cuda.default_generators[device.index or 0])
        self.on_mps = device.type == "mps"

    def restart(self, purpose: int, counter: int) -> None:
        """The generators start from seed, purpose and counter alone."""
        bits = mixed(counter, state=self.starts[purpose])
        for generator in self.generators:
            generator.manual_seed(bits)
        if self.on_mps:
            torch.mps.manual_seed(bits)


def host_state() -> dict[str, Any]:
    """The states of Python's and numpy's generators, which a layer written by hand may use.

    Whole numbers and tensors only, so that ``torch.load`` reads them without unpickling objects.
    """
    version, numbers, gauss = random.getstate()
    own = np.random.get_state(legacy=False)
    assert isinstance(own, dict)
    inner = own["state"]
    keys = torch.from_numpy(inner["key"].astype(np.int64))
    return {
        "python": [version, list(numbers), gauss],
        "numpy": [keys, inner["pos"], own["has_gauss"], own["gauss"]],
    }


def restore_host(state: Mapping[str, Any]) -> None:
    """Puts Python's and numpy's generators back where ``host_state`` found them."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    keys, position, has_gauss, cached = state["numpy"]
    words = keys.numpy().astype(np.uint32)
    np.random.set_state(("MT19937", words, position, has_gauss, cached))
