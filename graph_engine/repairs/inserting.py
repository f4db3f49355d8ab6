"""Layers that turn what arrives into what is needed: the chains that are tried, best first."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt
from typing import Any

from graph_engine.layers.base import CATALOGUE, Layer
from graph_engine.layers.shape import Shape, Size, product
from graph_engine.repairs.case import Case, Repair

Chains = Iterator[list[Layer]]

CONVOLUTIONS = {3: "Conv1d", 4: "Conv2d", 5: "Conv3d"}


def rank(case: Case) -> Repair | None:
    """Flatten where there are too many dimensions, Unflatten or Unsqueeze where there are too few."""
    arriving = case.type_at(case.port)
    if arriving is None:
        return None
    wanted = int(case.argument(1, "2"))
    return case.inserted(case.port, _of_rank(arriving.shape, wanted))


def _of_rank(shape: Shape, wanted: int) -> Chains:
    missing = wanted - len(shape)
    if missing < 0:
        yield [_layer("Flatten", start_dim=wanted - 1)]
        yield [_layer("Flatten", end_dim=1 - missing)]
        return
    if len(shape) < 2:
        yield [_layer("Unsqueeze", dim=len(shape)) for _ in range(missing)]
        return
    features = shape[1]
    if missing == 2 and isinstance(features, int):
        side = next((n for n in range(isqrt(features), 1, -1) if features % n == 0), 1)
        if side > 1:
            yield [_unflatten((1, side, features // side))]
        yield [_unflatten((features, 1, 1))]
    yield [_unflatten((*(1,) * missing, -1))]
    if isinstance(features, int):
        yield [_unflatten((features, *(1,) * missing))]


def cast(case: Case) -> Repair | None:
    """A Cast to the numbers that the layer computes with."""
    return case.inserted(case.port, [[_layer("Cast", dtype=case.argument(1, "float32"))]])


def transpose(case: Case) -> Repair | None:
    """The last two dimensions swapped."""
    return case.inserted(case.slot(case.argument(1)), [[_layer("Transpose", dim0=-2, dim1=-1)]])


def fixed(case: Case) -> Repair | None:
    """Another dimension, whose size is fixed, in the place of one that varies."""
    arriving = case.type_at(case.port)
    if arriving is None or len(arriving.shape) < 3:
        return None
    others = range(1, len(arriving.shape) - 1)
    chains = ([_layer("Transpose", dim0=dim, dim1=-1)] for dim in others)
    return case.inserted(case.port, chains)


def project(case: Case) -> Repair | None:
    """What a skip connection needs: a convolution of 1×1, a Linear or an Upsample on one of its ways."""
    reference, target = case.slot(case.argument(1)), case.slot(case.argument(2))
    for goal, slot in ((reference, target), (target, reference)):
        wanted, arriving = case.type_at(goal), case.type_at(slot)
        if wanted is None or arriving is None:
            continue
        found = case.inserted(slot, _like(arriving.shape, wanted.shape))
        if found is not None:
            return found
    return None


def resize(case: Case) -> Repair | None:
    """The size of another input along the dimensions that are not joined."""
    reference, target = case.slot(case.argument(1)), case.slot(case.argument(2))
    wanted, arriving = case.type_at(reference), case.type_at(target)
    if wanted is None or arriving is None:
        return None
    return case.inserted(target, _like(arriving.shape, wanted.shape))


def _like(shape: Shape, wanted: Shape) -> Chains:
    """From one shape to another, by what changes least."""
    if len(shape) != len(wanted):
        yield from _across_ranks(shape, wanted)
        return
    yield from _spatial(shape, wanted)
    for size in (wanted[-1], wanted[-2] if len(wanted) > 2 else None):
        if isinstance(size, int) and size > 0:
            yield [_layer("Linear", out_features=size)]


def _spatial(shape: Shape, wanted: Shape) -> Chains:
    kind = CONVOLUTIONS.get(len(shape))
    channels, size = wanted[1] if len(wanted) > 1 else 0, wanted[2:]
    if kind is None:
        return
    known = isinstance(channels, int) and channels > 0
    convolution: dict[str, Any] = {"out_channels": channels, "kernel_size": 1}
    steps = [_step(a, b) for a, b in zip(shape[2:], size, strict=True)]
    if known and shape[1] != channels and shape[2:] == size:
        yield [_layer(kind, **convolution)]
    if known and None not in steps:
        yield [_layer(kind, **convolution, stride=tuple(steps))]
    sizes = tuple(side for side in size if isinstance(side, int) and side > 0)
    if len(sizes) == len(size):
        enlarge = _layer("Upsample", size=sizes)
        yield [enlarge]
        if known:
            yield [enlarge, _layer(kind, **convolution)]


def _step(a: Size, b: Size) -> int | None:
    """The stride that brings a size down to another with a kernel of 1."""
    if a == b:
        return 1
    if not isinstance(a, int) or not isinstance(b, int) or not 1 < b < a:
        return a if b == 1 and isinstance(a, int) else None
    step = (a - 1) // (b - 1) if a % b else a // b
    return step if (a - 1) // step + 1 == b else None


def _across_ranks(shape: Shape, wanted: Shape) -> Chains:
    if len(wanted) < 2 or len(shape) < 2:
        return
    channels = wanted[1]
    if len(shape) == 2 and isinstance(channels, int) and channels > 0:
        spread = _unflatten((channels, *(1,) * (len(wanted) - 2)))
        if shape[1] == channels:
            yield [spread]
        yield [_layer("Linear", out_features=channels), spread]
    features = product(wanted[1:])
    if len(wanted) == 2 and isinstance(features, int) and features > 0:
        yield [_layer("Flatten")]
        yield [_layer("Flatten"), _layer("Linear", out_features=features)]


def _unflatten(sizes: tuple[int, ...]) -> Layer:
    return _layer("Unflatten", dim=1, unflattened_size=sizes)


def _layer(kind: str, **values: Any) -> Layer:
    return CATALOGUE[kind](**values)
