"""The menu at the pointer: what suits what is selected there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu

from app.canvas.wire_item import WireItem
from app.document import Document
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers.block import Block

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def menu_for(view: CanvasView, at: QPointF) -> QMenu:
    """The menu for what is selected, or for the wire at a place; whoever shows it deletes it."""
    menu = QMenu(view)
    names = view.document.selection.names
    place = view.scene_point(at)
    wire = None if view.is_far else view.canvas.wire_at(place, 5 / view.zoom)
    if wire is not None and view.canvas.node_at(place) is None:
        _for_wire(view, menu, wire, at)
    menu.addAction("Add a layer…", view.search_here)
    menu.addAction("Add a note", view.add_note)
    if names:
        menu.addSeparator()
        menu.addAction("Duplicate", view.duplicate_selection)
        menu.addAction("Mute or unmute", view.toggle_muted)
        menu.addAction("Collapse or open", view.toggle_collapsed)
        menu.addAction("Select all that feeds it", view.select_before)
        menu.addAction("Select all that it feeds", view.select_behind)
        menu.addAction("Frame the selection", view.add_frame)
        menu.addAction("Group into a block", view.group_selection)
        current = view.document.graph.nodes.get(view.document.selection.current)
        if current is not None and isinstance(current.layer, Block):
            menu.addAction("Enter the block", view.enter_block)
            menu.addAction("Unpack the block", view.ungroup_selection)
    if len(names) > 1:
        menu.addAction("Connect in this order", view.connect_selected)
        menu.addAction("Straighten", view.straighten)
    if names:
        menu.addAction("Take out of the wires", view.take_out)
    if len(names) == 1:
        menu.addAction("Replace with…", view.replace_layer)
        menu.addAction("About this layer", view.help_on_current)
    if names or view.canvas.chosen_annotations:
        menu.addSeparator()
        menu.addAction("Delete", view.delete_selection)
    return menu


def _for_wire(view: CanvasView, menu: QMenu, wire: WireItem, at: QPointF) -> None:
    """What can be done with a wire."""
    document, target = view.document, wire.target
    place = view.scene_point(at)
    menu.addAction("Insert a layer…", partial(view.searching.insert, target, at))
    number = view.bends.at(wire, place)
    if number is None:
        add = partial(view.bends.add, wire, place)
        menu.addAction("Add a point", partial(view.attempt, add, at))
    else:
        remove = partial(view.bends.remove, target, number)
        menu.addAction("Remove this point", partial(view.attempt, remove, at))
    if wire.bends:
        plain = partial(view.bends.set, "Remove points", target, [])
        menu.addAction("Remove all points", partial(view.attempt, plain, at))
    cut = partial(_cut, document, target)
    menu.addAction("Cut the wire", partial(view.attempt, cut, at))
    menu.addSeparator()


def _cut(document: Document, target: PortRef) -> None:
    document.do("Cut a wire", edits.cut(document.graph, [target]))
