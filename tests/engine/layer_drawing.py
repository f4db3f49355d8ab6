"""Draws configurations of a layer from its own declaration: parameters within their kinds and ranges,
and inputs of other sizes, ranks and dtypes. Shrinks towards the layer's first example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from graph_engine.declaration import Parameter
from graph_engine.errors import ParameterError
from graph_engine.kinds import Choice, Either, Kind, Nothing, Real, Several, Text, Truth, Whole
from graph_engine.layers.base import NOT_ARGUMENTS, Layer
from graph_engine.layers.shape import TensorType
from tests.engine.one_layer import Case, Types

DTYPES = (
    "float32", "float64", "int64", "bool", "float16", "bfloat16", "int32", "uint8", "complex64",
)  # fmt: skip
SPAN = 5


def cases(kind: type[Layer]) -> st.SearchStrategy[Case | ParameterError]:
    """Cases of that layer with a batch of 2, near one of its examples; or why there is no such layer."""
    parameters = {n: p for n, p in kind.parameters().items() if n not in NOT_ARGUMENTS}
    names = st.lists(st.sampled_from(list(parameters)), max_size=3, unique=True)
    values = {name: values_of(parameter) for name, parameter in parameters.items()}
    examples = [Case.of(kind, example).at(2) for example in kind.examples]
    return _case(st.sampled_from(examples), names if parameters else st.just([]), values)


@st.composite
def _case(
    draw: st.DrawFn,
    examples: st.SearchStrategy[Case],
    names: st.SearchStrategy[list[str]],
    values: Mapping[str, st.SearchStrategy[Any]],
) -> Case | ParameterError:
    case = draw(examples)
    changes = {name: draw(values[name]) for name in draw(names)}
    try:
        layer = case.layer.replace(**changes)
    except ParameterError as error:
        return error
    ports = len(layer.input_ports())
    types = draw(types_near(case.types)) if ports == len(case.layer.input_ports()) else case.types
    steady = bool(changes) or types != case.types
    case = replace(case, layer=layer, types=types, steady=steady)
    if len(case.slots) != len(case.types):
        return ParameterError("The number of inputs follows from the parameters.")
    return case


def values_of(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values that the parameter takes, small ones first."""
    return _of_kind(parameter.kind, parameter)


def _of_kind(kind: Kind, parameter: Parameter) -> st.SearchStrategy[Any]:
    low, high = parameter.low, parameter.high
    if isinstance(kind, Whole):
        least = int(low) if low is not None and low > -SPAN else -SPAN
        most = min(int(high), least + 2 * SPAN) if high is not None else least + 2 * SPAN
        return st.integers(least, most)
    if isinstance(kind, Real):
        lowest = float(low) if low is not None else -2.0
        highest = high if high is not None else max(lowest, 0.0) + 3.0
        return st.floats(lowest, highest).map(lambda value: max(lowest, round(value, 3)))
    if isinstance(kind, Truth):
        return st.booleans()
    if isinstance(kind, Choice):
        return st.sampled_from(kind.options)
    if isinstance(kind, Nothing):
        return st.none()
    if isinstance(kind, Either):
        return st.one_of(*(_of_kind(option, parameter) for option in kind.options))
    if isinstance(kind, Several):
        least, most = (kind.length, kind.length) if kind.length else (0, 3)
        items = st.lists(_of_kind(kind.item, parameter), min_size=least, max_size=most)
        return items.map(tuple)
    if isinstance(kind, Text):
        return st.just(parameter.default)
    return st.just(parameter.default)


@st.composite
def types_near(draw: st.DrawFn, types: Types) -> Types:
    """The same types, or with one or two of them changed a little."""
    found = list(types)
    wired = [index for index, kind in enumerate(types) if kind is not None]
    for _ in range(draw(st.integers(0, 2)) if wired else 0):
        index = draw(st.sampled_from(wired))
        kind = found[index]
        assert kind is not None
        found[index] = draw(st.one_of(_resized(kind), _reranked(kind), _cast(kind)))
    return tuple(found)


@st.composite
def _resized(draw: st.DrawFn, kind: TensorType) -> TensorType:
    if not kind.shape:
        return kind
    axis = draw(st.integers(0, len(kind.shape) - 1))
    size = draw(st.integers(1, 9))
    return kind._replace(shape=(*kind.shape[:axis], size, *kind.shape[axis + 1 :]))


@st.composite
def _reranked(draw: st.DrawFn, kind: TensorType) -> TensorType:
    axis = draw(st.integers(0, len(kind.shape)))
    if draw(st.booleans()) and axis < len(kind.shape):
        return kind._replace(shape=(*kind.shape[:axis], *kind.shape[axis + 1 :]))
    return kind._replace(shape=(*kind.shape[:axis], draw(st.integers(1, 3)), *kind.shape[axis:]))


def _cast(kind: TensorType) -> st.SearchStrategy[TensorType]:
    return st.sampled_from(DTYPES).map(lambda dtype: kind._replace(dtype=dtype))
