"""Copy and paste as text: JSON that a person can read, send through a chat and paste elsewhere.

Reading is as strict and bounded as for a project file, and nothing of it is ever executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graph_engine.edits.draft import Draft, require_nodes, require_point
from graph_engine.edits.fragment import Fragment, fragment_of, graft
from graph_engine.errors import ProjectError
from graph_engine.graph import Change, Definition, Graph, Point, PortRef
from graph_engine.serial import definition_from_dict, definition_to_dict, opened
from graph_engine.serial.plain import as_key, as_name, as_object, as_whole, refusal
from graph_engine.serial.text import parse, render

MARK = "netloom_nodes"
VERSION = 1
NEARBY: Point = (40.0, 40.0)


def copy(
    graph: Graph, names: Iterable[str], *, notes: Iterable[str] = (), frames: Iterable[str] = ()
) -> str:
    """Nodes as text, with their parameters, the wires between them and to their inputs, the blocks that
    they use, and notes and frames."""
    chosen = require_nodes(graph, names)
    fragment = fragment_of(graph, chosen, notes, frames)
    fields: dict[str, Any] = {MARK: VERSION, **definition_to_dict(fragment.content)}
    if fragment.inputs:
        fields["inputs"] = {str(target): str(source) for target, source in fragment.inputs.items()}
    if fragment.blocks:
        fields["blocks"] = {name: definition_to_dict(b) for name, b in fragment.blocks.items()}
    return render(fields)


def paste(
    graph: Graph,
    text: str,
    *,
    by: Point = NEARBY,
    at: Point | None = None,
    keep_inputs: bool = False,
) -> Change:
    """What ``copy`` made, in a graph under names that are free; ``change.added("nodes")`` has them.

    The nodes keep their places, moved ``by`` some pixels, or their middle comes to lie ``at`` a point.
    With ``keep_inputs``, they are fed by the nodes that fed the originals, where those are here.
    Raises ProjectError for any other text, with the place of what is wrong.
    """
    fragment = read(text)
    draft = Draft(graph)
    graft(draft, fragment, by if at is None else _offset(fragment.content, at), keep_inputs)
    return draft.change()


def duplicate(
    graph: Graph, names: Iterable[str], *, by: Point = NEARBY, keep_inputs: bool = False
) -> Change:
    """The nodes a second time, wired among themselves like the first."""
    draft = Draft(graph)
    graft(draft, fragment_of(graph, require_nodes(graph, names)), by, keep_inputs)
    return draft.change()


def read(text: str) -> Fragment:
    """The fragment in a text. Raises ProjectError for what is none."""
    fields = parse(text.encode("utf-8", "surrogatepass"))
    if MARK not in fields:
        raise ProjectError("The text holds no nodes that were copied from Netloom.")
    as_whole(fields.pop(MARK), MARK, VERSION, VERSION)
    inputs = as_object(fields.pop("inputs", {}), "inputs")
    saved = as_object(fields.pop("blocks", {}), "blocks")
    blocks = {
        as_name(name, "blocks", "The name of a block"): definition_from_dict(
            name, row, f"blocks.{name}"
        )
        for name, row in saved.items()
    }
    content = definition_from_dict("nodes", fields, "")
    opened(content)
    for name, block in blocks.items():
        opened(block, place=f"blocks.{name}")
    return Fragment(content, _inputs(inputs, content), blocks)


def _inputs(saved: Mapping[str, Any], content: Definition) -> dict[PortRef, PortRef]:
    found: dict[PortRef, PortRef] = {}
    for key, value in saved.items():
        target, source = _port(key), _port(value)
        if target.node not in content.nodes or target in content.wires:
            raise refusal("inputs", "a free input of one of the nodes", key)
        found[target] = source
    return found


def _port(text: object) -> PortRef:
    if type(text) is not str:
        raise refusal("inputs", "a port such as conv1.output", text)
    node, _, port = text.partition(".")
    return PortRef(as_key(node, "inputs"), as_key(port, "inputs"))


def _offset(content: Definition, at: Point) -> Point:
    places = [node.position for node in content.nodes.values()]
    places += [note.position for note in content.notes.values()]
    if not places:
        return (0.0, 0.0)
    x, y = require_point(at)
    xs, ys = zip(*places, strict=True)
    return (x - (min(xs) + max(xs)) / 2, y - (min(ys) + max(ys)) / 2)
