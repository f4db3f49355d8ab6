"""Lets a network compute on the side without leaving a trace in it or in any random generator."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

Buffers = list[tuple[dict[str, Tensor | None], str, Tensor, int, Tensor]]


@contextmanager
def undisturbed(module: nn.Module, device: torch.device) -> Iterator[None]:
    """In evaluation mode and without gradients; afterwards every submodule has its own mode again,
    every buffer its numbers, and every generator its state."""
    modes = [(each, each.training) for each in module.modules()]
    buffers = _buffers(module)
    states = _states(device)
    fast = torch.backends.mha.get_fastpath_enabled()
    try:
        for each, _ in modes:
            each.__dict__["training"] = False
        torch.backends.mha.set_fastpath_enabled(False)
        with torch.no_grad():
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for each, mode in modes:
            each.__dict__["training"] = mode
        _restore(buffers)
        _put_back(states, device)


def _buffers(module: nn.Module) -> Buffers:
    """Every buffer with its owner, its version and a copy."""
    return [
        (part._buffers, name, buffer, buffer._version, buffer.detach().clone())
        for part in module.modules()
        for name, buffer in part._buffers.items()
        if buffer is not None
    ]


def _restore(buffers: Buffers) -> None:
    for owner, name, buffer, version, copy in buffers:
        if owner.get(name) is not buffer:
            owner[name] = buffer
        if buffer._version != version:
            with torch.no_grad():
                buffer.copy_(copy)


def _states(device: torch.device) -> tuple[object, ...]:
    own = torch.get_rng_state()
    there = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return own, there, random.getstate(), np.random.get_state()


def _put_back(states: tuple[object, ...], device: torch.device) -> None:
    own, there, python, numbers = states
    torch.set_rng_state(own)  # type: ignore[arg-type]
    if there is not None:
        torch.cuda.set_rng_state(there, device)  # type: ignore[arg-type]
    random.setstate(python)  # type: ignore[arg-type]
    np.random.set_state(numbers)  # type: ignore[arg-type]
