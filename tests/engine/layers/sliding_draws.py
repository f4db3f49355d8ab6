"""Random configurations of the layers with windows, and what PyTorch makes of them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import torch
from torch import Tensor, nn

from graph_engine.layers import CATALOGUE, Layer
from graph_engine.layers.base import Module
from graph_engine.layers.shape import Symbol, TensorType, evaluate

Draw = dict[str, Any]
REFUSALS = (RuntimeError, ValueError, TypeError, AssertionError, NotImplementedError)


def rank_of(name: str) -> int:
    """The number of spatial axes, from a name such as ``Conv2d``."""
    return int(name[-2])


def each(random: Random, rank: int, low: int, high: int) -> Any:
    """One number for every axis, or one for all."""
    numbers = tuple(random.randint(low, high) for _ in range(rank))
    return numbers[0] if rank == 1 or random.random() < 0.5 else numbers


def convolution(random: Random, name: str) -> Draw:
    """Parameters of a convolution; some of them PyTorch refuses."""
    rank = rank_of(name)
    padding = random.choice(["same", "valid", *[each(random, rank, 0, 4)] * 5])
    return {
        "out_channels": random.choice([1, 2, 3, 4, 6]),
        "kernel_size": each(random, rank, 1, 4),
        "stride": 1 if padding == "same" else each(random, rank, 1, 3),
        "padding": padding,
        "dilation": each(random, rank, 1, 3),
        "groups": random.choice([1, 1, 1, 2, 3]),
        "padding_mode": random.choice(["zeros", "zeros", "reflect", "circular", "replicate"]),
    }


def transposed(random: Random, name: str) -> Draw:
    """Parameters of a transposed convolution."""
    rank = rank_of(name)
    drawn = convolution(random, name)
    del drawn["padding_mode"]
    return drawn | {
        "padding": each(random, rank, 0, 3),
        "output_padding": each(random, rank, 0, 2),
        "stride": each(random, rank, 1, 3),
    }


def pooling(random: Random, name: str) -> Draw:
    """Parameters of a pooling layer."""
    rank = rank_of(name)
    drawn: Draw = {
        "kernel_size": each(random, rank, 1, 4),
        "stride": random.choice([None, each(random, rank, 1, 5)]),
        "ceil_mode": random.random() < 0.5,
    }
    if not name.startswith("LP"):
        drawn["padding"] = each(random, rank, 0, 2)
    if name.startswith("Max"):
        drawn |= {"dilation": each(random, rank, 1, 3), "return_indices": random.random() < 0.5}
    return drawn


FAMILIES: dict[str, Callable[[Random, str], Draw]] = {
    **{f"Conv{rank}d": convolution for rank in (1, 2, 3)},
    **{f"ConvTranspose{rank}d": transposed for rank in (1, 2, 3)},
    **{f"{kind}Pool{rank}d": pooling for kind in ("Max", "Avg", "LP") for rank in (1, 2, 3)},
}


def image(random: Random, name: str) -> TensorType:
    """A batch of small images, some of them too small."""
    sizes = tuple(random.randint(1, 9) for _ in range(rank_of(name)))
    return TensorType((2, random.choice([1, 2, 3, 4, 6]), *sizes))


def unknown(kind: TensorType) -> tuple[TensorType, dict[str, int]]:
    """The same type with symbols for the batch and the spatial sizes, and what they stand for."""
    sizes = {f"s{axis}": int(evaluate(size, {})) for axis, size in enumerate(kind.shape)}
    shape = [Symbol.named(name) for name in sizes]
    return TensorType((shape[0], kind.shape[1], *shape[2:]), kind.dtype), sizes


def constructed(layer: Layer, *types: TensorType) -> nn.Module:
    """The module that the layer's source constructs."""
    assert isinstance(layer, Module)
    call = layer.construct(*types)
    kind: type[nn.Module] = getattr(nn, call.function.removeprefix("nn."))
    return kind(*call.positional, **call.keywords)


def refused_module(name: str, draw: Draw, kind: TensorType) -> nn.Module:
    """The module that PyTorch would make of parameters that the rules refuse."""
    extra: Draw = {"in_channels": kind.shape[1]} if name.startswith("Conv") else {}
    if name.startswith("LP"):
        extra = {"norm_type": CATALOGUE[name]().values()["norm_type"]}
    module: nn.Module = getattr(nn, name)(**extra, **draw)
    return module


def trained(make: Callable[[], nn.Module], kind: TensorType) -> tuple[TensorType, ...] | None:
    """The types that come out of a forward and backward pass, or None where PyTorch refuses."""
    values = torch.rand([int(evaluate(size, {})) for size in kind.shape], requires_grad=True)
    try:
        result = make().train()(values)
        outputs: tuple[Tensor, ...] = result if isinstance(result, tuple) else (result,)
        torch.autograd.backward(outputs[0].sum())
    except REFUSALS:
        return None
    return tuple(
        TensorType(tuple(out.shape), str(out.dtype).removeprefix("torch.")) for out in outputs
    )
