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
    """Caps the kernel along the axis at fault, and again where another axis is too small as well."""
    layer, values = case.layer, dict[str, Any]()
    fault = case.fault({})
    for _ in range(TRIES):
        if fault is None or room < 1:
            break
        step = _step(case, layer, name, room, str(fault))
        if step is None:
            return None
        values |= step
        layer = layer.replace(**step)
        fault = case.fault({}, layer)
        room = _room(fault)
    return values if values and case.works({}, layer) else None


def _step(case: Case, layer: Layer, name: str, room: int, fault: str) -> Values | None:
    """The first smaller kernel that makes a difference to the fault."""
    for values in _capped(layer, name, room):
        try:
            after = case.fault({}, layer.replace(**values))
        except ParameterError:
            continue
        if str(after) != fault:
            return values
    return None


def _room(fault: DesignError | None) -> int:
    fix = fault.fix if isinstance(fault, ShapeError) else ()
    return int(str(fix[1])) if fix[:1] == ("kernel",) else 0


def _capped(layer: Layer, name: str, room: int) -> Iterator[Values]:
    """Kernels that reach no further than ``room``, along one axis or all, and paddings that suit."""
    kernel = getattr(layer, name)
    sizes = _each(kernel)
    dilation = _each(getattr(layer, "dilation", 1), len(sizes))
    capped = tuple(min(k, (room - 1) // d + 1) for k, d in zip(sizes, dilation, strict=True))
    padding = getattr(layer, "padding", None)
    for number in range(len(sizes) + 1):
        chosen = capped
        if number < len(sizes):
            chosen = (*sizes[:number], capped[number], *sizes[number + 1 :])
        whole = chosen if isinstance(kernel, tuple) else chosen[0]
        yield {name: whole}
        if isinstance(padding, int | tuple):
            pairs = zip(_each(padding, len(sizes)), chosen, strict=True)
            least = tuple(min(p, k // 2) for p, k in pairs)
            yield {name: whole, "padding": least if isinstance(padding, tuple) else least[0]}


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
