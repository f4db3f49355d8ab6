"""What can be done on the canvas by name: the methods that menus, keys and the window's actions run.

Each is an edit, tried; its refusal is said beside the pointer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Signal

from app.canvas.scene import CanvasScene
from app.canvas.viewport import Viewport
from graph_engine.edits import Edge
from graph_engine.errors import DesignError
from graph_engine.layers.block import Block

if TYPE_CHECKING:
    from app.canvas.bookmarks import Bookmarks
    from app.canvas.commands import Commands
    from app.canvas.find_bar import FindBar
    from app.canvas.hover import Hover
    from app.canvas.inline_edit import InlineEdit
    from app.canvas.keyboard import Keyboard
    from app.canvas.minimap import Minimap
    from app.canvas.pointer_hint import PointerHint
    from app.canvas.route_tool import Bends
    from app.canvas.searching import Searching
    from app.canvas.tidying import Tidying
    from app.document import Document


LASSO = "Draw around layers to select them. Shift adds, Ctrl takes out, Esc ends."


class Acting(Viewport):
    """``hinted`` carries a sentence for the status bar, ``opened_help`` the name of a layer."""

    hinted = Signal(str)
    opened_help = Signal(str)

    bends: Bends
    bookmarks: Bookmarks
    document: Document
    commands: Commands
    searching: Searching
    finder: FindBar
    hover: Hover
    inline: InlineEdit
    keyboard: Keyboard
    minimap: Minimap
    pointer_hint: PointerHint
    tidying: Tidying

    def attempt(self, do: Callable[[], object], at: QPointF | None = None) -> bool:
        """Does something; a refusal is said beside the pointer. Whether it was done."""
        try:
            do()
        except DesignError as error:
            place = at if at is not None else self.searching.pointer()
            self.pointer_hint.say(str(error), place, "error")
            self.hinted.emit(str(error))
            return False
        return True

    # Commands ------------------------------------------------------------------------------------

    def quick_add(self, at: QPoint | None = None) -> None:
        """Opens the search for a layer: at a place where it will stand, or beside the current node,
        which it will be wired behind."""
        self.searching.add(at)

    def search_here(self) -> None:
        """Opens the search at the pointer."""
        self.quick_add()

    def keep_view(self, number: str) -> None:
        """Keeps what is in view under a number."""
        self.bookmarks.keep(int(number))
        self.hinted.emit(f"Kept as view {number}: press {number} to come back here.")

    def go_to_view(self, number: str) -> None:
        """Shows what was kept under a number."""
        self.attempt(partial(self.bookmarks.go, int(number)))

    def find_layers(self) -> None:
        """Opens the bar that finds layers."""
        self.finder.open()

    def find_next(self) -> None:
        """Goes to the next layer that was found."""
        self.finder.next()

    def find_previous(self) -> None:
        """Goes to the layer before that was found."""
        self.finder.previous()

    def delete_selection(self) -> None:
        """Deletes the selection, with wires healing; or the chosen point of a wire."""
        if not self.bends.remove_chosen():
            self.attempt(self.commands.delete)

    def add_point(self) -> None:
        """Adds a point to the wire under the pointer."""
        self.attempt(self.bends.add_at_pointer)

    def remove_points(self) -> None:
        """Takes all points off the wires of the selection."""
        self.attempt(self.commands.remove_points)

    def duplicate_selection(self) -> None:
        """Makes the selection a second time."""
        self.attempt(self.commands.duplicate)

    def copy(self) -> None:
        """Copies the selection as text."""
        self.attempt(self.commands.copy)

    def cut(self) -> None:
        """Copies the selection as text and deletes it."""
        if self.attempt(self.commands.copy):
            self.attempt(self.commands.delete)

    def paste(self) -> None:
        """Pastes at the pointer, or into the middle of the view."""
        self.attempt(partial(self.commands.paste, self.scene_point(self.searching.pointer())))

    def select_all(self) -> None:
        """Selects everything."""
        self.commands.select_all()

    def deselect(self) -> None:
        """Selects nothing."""
        self.document.selection.clear()
        self.canvas.choose_annotations(())

    @contextmanager
    def unmarked(self) -> Iterator[CanvasScene]:
        """The drawing with nothing selected or tinted, as a picture of it shows it; then it is as
        before."""
        names, notes = list(self.document.selection.names), set(self.canvas.chosen_annotations)
        tint = self.canvas.tinting.tint
        self.deselect()
        self.hover.leave()
        self.canvas.tinting.show(None)
        try:
            yield self.canvas
        finally:
            self.canvas.tinting.show(tint)
            self.looked.emit()
            self.document.selection.set(names)
            self.canvas.choose_annotations(notes)

    def select_lasso(self) -> None:
        """Lets the next drag draw around what is to be selected."""
        self.keyboard.expect_lasso()
        self.hinted.emit(LASSO)

    def select_before(self) -> None:
        """Selects all that feeds the selection as well."""
        self.attempt(partial(self.commands.select_along, before=True))

    def select_behind(self) -> None:
        """Selects all that the selection feeds as well."""
        self.attempt(partial(self.commands.select_along, before=False))

    def take_out(self) -> None:
        """Takes the selection out of its wires, which heal."""
        self.attempt(self.commands.take_out)

    def replace_layer(self) -> None:
        """Searches for another layer in the place of the current one."""
        self.searching.replace()

    def connect_selected(self) -> None:
        """Wires the selected nodes in the order in which they were chosen."""
        self.attempt(self.commands.connect_selected)

    def toggle_muted(self) -> None:
        """Mutes the selected nodes, or unmutes them."""
        self.attempt(self.commands.toggle_muted)

    def toggle_collapsed(self) -> None:
        """Collapses the selected nodes to their names, or opens them again."""
        self.attempt(self.commands.toggle_collapsed)

    def tidy(self) -> None:
        """Tidies the drawing, or its selected part."""
        self.attempt(lambda: self.tidying.run("Tidy", self.commands.tidied()))

    def align(self, kind: Edge) -> None:
        """Puts an edge of the selected nodes on a line."""
        self.attempt(partial(self.commands.align, kind))

    def distribute(self, kind: str) -> None:
        """Gives the selected nodes equal gaps."""
        self.attempt(partial(self.commands.distribute, kind))

    def straighten(self) -> None:
        """Puts the selected nodes on the line of what feeds them."""
        self.attempt(self.commands.straighten)

    def group_selection(self) -> None:
        """Makes the selection a block."""
        self.attempt(self.commands.group)

    def ungroup_selection(self) -> None:
        """Unpacks the selected blocks."""
        self.attempt(self.commands.ungroup)

    def enter_block(self) -> None:
        """Opens the selected block."""
        self.attempt(self.commands.enter)

    def leave_block(self) -> None:
        """Goes back to the graph around."""
        self.document.leave()

    def add_note(self) -> None:
        """Adds a note at the pointer and takes its words."""
        at = self.scene_point(self.searching.pointer())
        self.attempt(partial(self._add_note, at))

    def add_frame(self) -> None:
        """Puts a frame around the selection and takes its title."""
        self.attempt(self._add_frame)

    def edit_current(self) -> None:
        """Enters the current block, or edits the parameters of the current node."""
        name = self.document.selection.current
        item = self.canvas.nodes.get(name)
        if item is None:
            return
        if isinstance(self.document.graph.nodes[name].layer, Block):
            self.enter_block()
        else:
            self.inline.edit_node(item)

    def help_on_current(self) -> None:
        """Asks for the help of the current layer."""
        node = self.document.graph.nodes.get(self.document.selection.current)
        if node is not None:
            self.opened_help.emit(type(node.layer).__name__)

    def toggle_minimap(self) -> None:
        """Shows or hides the map."""
        self.minimap.is_wanted = not self.minimap.is_wanted
        self.minimap.renew()

    def _add_note(self, at: QPointF) -> None:
        self.inline.edit_annotation(self.canvas.annotations[self.commands.add_note(at)])

    def _add_frame(self) -> None:
        self.inline.edit_annotation(self.canvas.annotations[self.commands.frame()])
