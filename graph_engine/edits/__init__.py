"""Everything that can be done to a graph, as pure functions ``Graph → Change``.

An edit never changes the graph: ``graph.apply(change)`` does, and ``change.inverse()`` undoes it. An
edit that cannot be made raises a DesignError with a sentence for the person who asked.
"""

from graph_engine.edits.annotations import (
    add_frame,
    add_note,
    edit_frame,
    edit_note,
    remove_frames,
    remove_notes,
)
from graph_engine.edits.arranging import Axis, Edge, align, distribute, move, place, straighten
from graph_engine.edits.blocks import (
    add_parameter,
    edit_block,
    make_unique,
    remove_parameter,
    rename_parameter,
    set_parameter_default,
)
from graph_engine.edits.clipboard import copy, duplicate, paste
from graph_engine.edits.grouping import group
from graph_engine.edits.instances import follow
from graph_engine.edits.placing import add, insert_node_on_wire, insert_on_wire
from graph_engine.edits.removing import extract, remove
from graph_engine.edits.renaming import rename, set_title
from graph_engine.edits.replacing import replace_layer
from graph_engine.edits.setting import (
    bind,
    set_collapsed,
    set_muted,
    set_parameter,
    set_parameters,
    set_repeat,
    share_weights,
    unbind,
    unshare_weights,
)
from graph_engine.edits.ungrouping import ungroup
from graph_engine.edits.wiring import (
    candidates,
    connect,
    connect_nodes,
    cut,
    disconnect,
    set_route,
)

__all__ = [
    "Axis",
    "Edge",
    "add",
    "add_frame",
    "add_note",
    "add_parameter",
    "align",
    "bind",
    "candidates",
    "connect",
    "connect_nodes",
    "copy",
    "cut",
    "disconnect",
    "distribute",
    "duplicate",
    "edit_block",
    "edit_frame",
    "edit_note",
    "extract",
    "follow",
    "group",
    "insert_node_on_wire",
    "insert_on_wire",
    "make_unique",
    "move",
    "paste",
    "place",
    "remove",
    "remove_frames",
    "remove_notes",
    "remove_parameter",
    "rename",
    "rename_parameter",
    "replace_layer",
    "set_collapsed",
    "set_muted",
    "set_parameter",
    "set_parameter_default",
    "set_parameters",
    "set_repeat",
    "set_route",
    "set_title",
    "share_weights",
    "straighten",
    "unbind",
    "ungroup",
    "unshare_weights",
]
