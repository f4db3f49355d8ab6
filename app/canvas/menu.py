"""The menu at the pointer: what suits what is selected there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from graph_engine.layers.block import Block

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


def menu_for(view: CanvasView) -> QMenu:
    """The menu for what is selected; whoever shows it deletes it."""
    menu = QMenu(view)
    names = view.document.selection.names
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
    if len(names) == 1:
        menu.addAction("Replace with…", view.replace_layer)
        menu.addAction("About this layer", view.help_on_current)
    if names or view.canvas.chosen_annotations:
        menu.addSeparator()
        menu.addAction("Delete", view.delete_selection)
    return menu
