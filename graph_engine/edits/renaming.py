"""Another name for a node, and everything that mentions it."""

from __future__ import annotations

from dataclasses import replace

from graph_engine.edits.draft import Draft, require_nodes
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Graph, PortRef
from graph_engine.names import check_name


def rename(graph: Graph, old: str, new: str) -> Change:
    """Another name for a node; its wires, their routes and nodes that share its weights follow.

    In a block, the name of an Input or Output is that of a port, which ``edit_block`` changes on all
    instances. Raises DesignError for a name that is taken or that source could not use.
    """
    require_nodes(graph, (old,))
    if new == old:
        return Change()
    check_name(new)
    if new in graph.nodes:
        raise DesignError(f"There is a node called `{new}` already; names are unique in a network.")
    draft = Draft(graph)
    draft.put("nodes", old, None)
    draft.put_node(replace(graph.nodes[old], name=new))
    for port, source in graph.incoming(old).items():
        _move_wire(draft, PortRef(old, port), PortRef(new, port), source)
    for target, port in graph.outgoing(old).items():
        _move_wire(draft, target, target, PortRef(new, port))
    for name, node in graph.nodes.items():
        if node.shares == old:
            draft.update(name, shares=new)
    return draft.change()


def _move_wire(draft: Draft, before: PortRef, after: PortRef, source: PortRef) -> None:
    points = draft.graph.routes.get(before)
    draft.unwire(before)
    draft.wire(after, source)
    if points:
        draft.route(after, points)


def set_title(graph: Graph, name: str, title: str) -> Change:
    """The title that a node shows instead of its name; none shows the name.

    Raises DesignError for one of more than a line.
    """
    require_nodes(graph, (name,))
    if len(title) > LONGEST_TITLE or "\n" in title:
        raise DesignError(f"A title is one line of at most {LONGEST_TITLE} characters.")
    draft = Draft(graph)
    draft.update(name, title=title)
    return draft.change()


LONGEST_TITLE = 200
