"""Layers as plain values and back. One that this version cannot read becomes a placeholder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from graph_engine.declaration import Parameter
from graph_engine.errors import DesignError, ProjectError
from graph_engine.kinds import Named
from graph_engine.layers import CATALOGUE, Layer
from graph_engine.layers.expression import square
from graph_engine.layers.initialization import Initialization
from graph_engine.layers.unknown import NEWEST, Unknown
from graph_engine.serial.plain import Plain, as_object, as_text, as_whole, json_line, refusal

LAYER_TYPE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,99}\Z")


def layer_to_dict(layer: Layer) -> Plain:
    """``{"layer": "Conv2d", "parameters": {"out_channels": 6}}``"""
    if isinstance(layer, Unknown):
        kind, version, values = layer.kind, layer.version, json.loads(layer.raw)
    else:
        kind, version, values = type(layer).__name__, 1, _changed(layer)
    fields: Plain = {"layer": kind}
    if version != 1:
        fields["version"] = version
    if values:
        fields["parameters"] = values
    return fields


def layer_from_dict(fields: Mapping[str, Any], place: str = "") -> Layer:
    """The layer of those fields of a node; an ``Unknown`` one where this version cannot read it.

    Raises ProjectError where a parameter has a value that it does not take.
    """
    kind = as_text(fields.get("layer"), f"{place}.layer", 100)
    if not LAYER_TYPE.match(kind):
        raise refusal(f"{place}.layer", "the type of a layer, such as Conv2d", kind)
    version = as_whole(fields.get("version", 1), f"{place}.version", 1)
    values = as_object(fields.get("parameters", {}), f"{place}.parameters")
    known = CATALOGUE.get(kind)
    if known is None or version > NEWEST or not values.keys() <= known.parameters().keys():
        return Unknown(kind=kind, raw=json_line(values), version=version)
    try:
        return known(**values)
    except DesignError as error:
        where = _faulty(known, values)
        raise ProjectError(f"{place}.parameters{where and '.' + where}: {error}") from error


def _faulty(known: type[Layer], values: Mapping[str, Any]) -> str:
    """The parameter whose value is refused, or nothing where only their combination is."""
    for name, parameter in known.parameters().items():
        try:
            parameter.check(values.get(name, parameter.default))
        except DesignError:
            return name
    return ""


def _changed(layer: Layer) -> Plain:
    own = layer.__dict__
    return {
        name: _plain(parameter, own[name])
        for name, parameter in layer.parameters().items()
        if own[name] != parameter.default or type(own[name]) is not type(parameter.default)
    }


def _plain(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, tuple):
        if type(parameter.kind) is Named:
            return dict(value)
        one = square(value) if parameter.kind.square else value
        if one is not value and parameter.kind.normal(one) == value:
            return one
        return _listed(value)
    return value.saved() if isinstance(value, Initialization) else value


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
