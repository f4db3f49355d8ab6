"""A smaller kernel, or more padding, where an image is smaller than the window that slides over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graph_engine.edits import set_parameters
from graph_engine.errors import DesignError, ParameterError, ShapeError
from graph_engine.layers.base import Layer
from graph_engine.layers.expression import square
from graph_engine.repairs.case import Case, Repair

SIZES = ("kernel_size", "patch_size")
TRIES = 4
Values = Mapping[str, Any]


def kernel(case: Case) -> Repair | None:
    """The largest kernel that fits, else the least padding that makes room for the one there is."""
    name = next((name for name in SIZES if name in case.layer.parameters()), "")
    if not name:
        return None
    room = int(case.argument(1, "0"))
    for values in (_shrunk(case, name, room), _padded(case, name, room)):
        if values is None:
            continue
        shown = " and ".join(f"{key}={square(value)}" for key, value in values.items())
        try:
            change = set_parameters(case.graph, (case.name,), values)
        except DesignError:
            continue
        return Repair(f"Set {shown} on {case.name}", change)
    return None


def _shrunk(case: Case, name: str, room: int) -> Values | None:
    """Caps the kernel along every axis, and again where another axis is smaller still."""
    layer = case.layer
    values: Values = {}
    for _ in range(TRIES):
        if room < 1:
            return None
        for each in _capped(case.layer, name, room):
            try:
                layer = case.layer.replace(**each)
            except ParameterError:
                continue
            values = each
            break
        else:
            return None
        fix = _still_too_large(case, layer)
        if fix is None:
            return values if case.works({}, layer) else None
        room = min(fix, room - 1)
    return None


def _capped(layer: Layer, name: str, room: int) -> Iterator[Values]:
    """Values with a kernel that reaches no further than ``room``, and a padding that suits it."""
    sizes = _each(getattr(layer, name))
    dilation = _each(getattr(layer, "dilation", 1), len(sizes))
    capped = tuple(min(k, (room - 1) // d + 1) for k, d in zip(sizes, dilation, strict=True))
    whole = capped if isinstance(getattr(layer, name), tuple) else capped[0]
    yield {name: whole}
    padding = getattr(layer, "padding", None)
    if isinstance(padding, int | tuple):
        least = tuple(
            min(p, k // 2) for p, k in zip(_each(padding, len(sizes)), capped, strict=True)
        )
        yield {name: whole, "padding": least if isinstance(padding, tuple) else least[0]}


def _still_too_large(case: Case, layer: Layer) -> int | None:
    try:
        case.attempt({}, layer)
    except ShapeError as error:
        return int(str(error.fix[1])) if error.fix[:1] == ("kernel",) else None
    except DesignError:
        return None
    return None


def _padded(case: Case, name: str, room: int) -> Values | None:
    layer = case.layer
    padding = getattr(layer, "padding", None)
    if not isinstance(padding, int | tuple):
        return None
    sizes = _each(getattr(layer, name))
    dilation = _each(getattr(layer, "dilation", 1), len(sizes))
    reach = max(d * (k - 1) + 1 for k, d in zip(sizes, dilation, strict=True))
    more = max((reach - room + 1) // 2, 0)
    wider = tuple(p + more for p in _each(padding, len(sizes)))
    values = {"padding": wider if isinstance(padding, tuple) else wider[0]}
    try:
        fits = case.works({}, layer.replace(**values))
    except ParameterError:
        return None
    return values if fits else None


def _each(value: Any, count: int = 1) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,) * count
