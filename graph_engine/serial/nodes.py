"""Nodes, notes, frames and the parameters of blocks as plain values, and back."""

from __future__ import annotations

from graph_engine import formula
from graph_engine.errors import ParameterError, ProjectError
from graph_engine.graph import BlockParameter, Frame, Node, Note, Point
from graph_engine.kinds import SIMPLE, Kind
from graph_engine.serial.layers import layer_from_dict, layer_to_dict
from graph_engine.serial.plain import (
    Plain,
    as_extra,
    as_key,
    as_name,
    as_object,
    as_point,
    as_text,
    as_truth,
    as_whole,
    from_extra,
    left_over,
    point,
    refusal,
)

NODE_KEYS = frozenset(
    {
        "layer", "version", "parameters", "bindings", "shares", "muted", "collapsed", "title",
        "position",
    }
)  # fmt: skip
PLAIN_NODE = frozenset({"layer", "version", "parameters", "position"})
NOTE_KEYS = frozenset({"text", "position", "size", "color"})
FRAME_KEYS = frozenset({"title", "position", "size", "color"})
PARAMETER_KEYS = frozenset({"default", "help"})
ORIGIN: Point = (0.0, 0.0)


def node_to_dict(node: Node) -> Plain:
    """The node without its name, which is its key in the table of nodes."""
    fields = layer_to_dict(node.layer)
    if node.bindings:
        fields["bindings"] = dict(node.bindings)
    if node.shares:
        fields["shares"] = node.shares
    if node.muted:
        fields["muted"] = True
    if node.collapsed:
        fields["collapsed"] = True
    if node.title:
        fields["title"] = node.title
    if node.position != ORIGIN:
        fields["position"] = point(node.position)
    return fields | from_extra(node.extra) if node.extra else fields


def node_from_dict(name: str, saved: object, place: str = "") -> Node:
    """The node of that name. Raises ProjectError, with the place, for what is not one."""
    fields = as_object(saved, place)
    layer = layer_from_dict(fields, place)
    at = as_point(fields["position"], f"{place}.position") if "position" in fields else ORIGIN
    if fields.keys() <= PLAIN_NODE:
        return Node(name, layer, at)
    return Node(
        name,
        layer,
        at,
        as_text(fields.get("title", ""), f"{place}.title"),
        _bindings(fields.get("bindings", {}), f"{place}.bindings"),
        _shares(fields.get("shares", ""), f"{place}.shares"),
        as_truth(fields.get("muted", False), f"{place}.muted"),
        as_truth(fields.get("collapsed", False), f"{place}.collapsed"),
        as_extra(left_over(fields, NODE_KEYS)),
    )


def _bindings(saved: object, place: str) -> tuple[tuple[str, str], ...]:
    found = []
    for name, text in as_object(saved, place).items():
        as_key(name, place)
        if type(text) is not str:
            raise refusal(f"{place}.{name}", "a formula such as 4 * width", text)
        try:
            formula.parse(text)
        except ParameterError as error:
            raise ProjectError(f"{place}.{name}: {error}") from error
        found.append((name, text))
    return tuple(found)


def _shares(saved: object, place: str) -> str:
    return as_name(saved, place, "The name of a node") if saved != "" else ""


def note_to_dict(note: Note) -> Plain:
    """The note without its key."""
    return _box({"text": note.text}, note, Note("").size)


def note_from_dict(name: str, saved: object, place: str = "") -> Note:
    """The note of that key. Raises ProjectError, with the place, for what is not one."""
    fields = as_object(saved, place)
    text = as_text(fields.get("text", ""), f"{place}.text")
    return Note(text, *_boxed(fields, Note("").size, place))


def frame_to_dict(frame: Frame) -> Plain:
    """The frame without its key."""
    return _box({"title": frame.title}, frame, Frame("").size)


def frame_from_dict(name: str, saved: object, place: str = "") -> Frame:
    """The frame of that key. Raises ProjectError, with the place, for what is not one."""
    fields = as_object(saved, place)
    title = as_text(fields.get("title", ""), f"{place}.title")
    return Frame(title, *_boxed(fields, Frame("").size, place))


def _box(fields: Plain, item: Note | Frame, size: Point) -> Plain:
    if item.position != ORIGIN:
        fields["position"] = point(item.position)
    if item.size != size:
        fields["size"] = point(item.size)
    if item.color:
        fields["color"] = item.color
    return fields


def _boxed(fields: Plain, size: Point, place: str) -> tuple[Point, Point, str]:
    return (
        as_point(fields.get("position", [0, 0]), f"{place}.position"),
        as_point(fields["size"], f"{place}.size") if "size" in fields else size,
        as_text(fields.get("color", ""), f"{place}.color", 32),
    )


def parameter_to_dict(parameter: BlockParameter) -> Plain:
    """The parameter of a block without its name."""
    fields: Plain = {"default": parameter.default}
    return fields | {"help": parameter.help} if parameter.help else fields


def parameter_from_dict(name: str, saved: object, place: str = "") -> BlockParameter:
    """The parameter of that name. Raises ProjectError, with the place, for what is not one."""
    fields = as_object(saved, place)
    default = fields.get("default")
    kind = SIMPLE.get(type(default))
    if default is None or kind is None or kind.normal(default) is Kind.REFUSED:
        raise refusal(f"{place}.default", "a number, a text, true or false", default)
    if type(default) is int:
        as_whole(default, f"{place}.default", -(2**40))
    return BlockParameter(name, default, as_text(fields.get("help", ""), f"{place}.help"))
