"""The canvas: shows the drawing of a document and turns what hands do into edits of it."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QWidget

from app.canvas import captions, trial
from app.canvas.acting import Acting
from app.canvas.bookmarks import Bookmarks
from app.canvas.commands import Commands
from app.canvas.dropping import LayerDrop
from app.canvas.edge_scroll import EdgeScroll
from app.canvas.empty_hint import EmptyHint
from app.canvas.find_bar import FindBar
from app.canvas.finding import Bounding
from app.canvas.hover import Hover
from app.canvas.idle import Idle
from app.canvas.inline_edit import InlineEdit
from app.canvas.keyboard import Keyboard
from app.canvas.menu import menu_for
from app.canvas.minimap import Minimap
from app.canvas.near_painting import NEAR
from app.canvas.node_item import NodeItem
from app.canvas.pointer_hint import PointerHint
from app.canvas.route_tool import Bends
from app.canvas.scene import CanvasScene
from app.canvas.searching import Searching
from app.canvas.tidying import Tidying
from app.canvas.tint import Tint
from app.canvas.tint_legend import TintLegend
from app.canvas.tools import Pan, Tool
from app.document import Document
from app.icons import Icons
from app.theme import Theme
from graph_engine.change import Change

FLASH = 900
EMPTY = "Press Tab or double-click to add a layer, or drag one in from the list of layers."


class CanvasView(Acting):
    """Shows a document, and gives the mouse to one tool at a time."""

    def __init__(
        self, document: Document, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        self.document = document
        super().__init__(CanvasScene(document, theme), theme, parent)
        self.canvas.setParent(self)
        self.commands = Commands(document, self.canvas)
        self.hover = Hover(self)
        self.keyboard = Keyboard(self)
        self._idle = Idle(self)
        self.tool: Tool = self._idle
        self.pointer_hint, self.tip = PointerHint(theme, self), PointerHint(theme, self)
        self.tip.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.searching = Searching(self, theme, icons)
        self.inline = InlineEdit(self)
        self.finder = FindBar(self, theme, icons)
        self.bookmarks = Bookmarks(self)
        self.minimap = Minimap(self, theme)
        self.legend = TintLegend(self, theme)
        EmptyHint(self, document, theme)
        self.tidying = Tidying(self)
        self.drop = LayerDrop(self)
        self.bends = Bends(self)
        self._edge = EdgeScroll(self)
        self._flashed = ""
        self._flash = QTimer(self)
        self._flash.setSingleShot(True)
        self._flash.setInterval(FLASH)
        self._flash.timeout.connect(self._unflash)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Canvas")
        self._connect()

    def _connect(self) -> None:
        document = self.document
        self.canvas.leaving.connect(self._interrupt)
        self.looked.connect(self.minimap.look)
        self.looked.connect(self.catch_up)
        for signal in (document.changed, document.shown, self.theme.changed):
            signal.connect(self.minimap.later)
            signal.connect(self.refresh_far)
        document.inferred.connect(self.refresh_far)
        document.inferred.connect(self._tell_again)
        document.selection.changed.connect(self._announce)
        document.selection.changed.connect(self.bends.let_go)
        document.shown.connect(self.zoom_to_fit)
        self.minimap.later()

    # Gestures ------------------------------------------------------------------------------------

    def begin(self, tool: Tool) -> None:
        """Gives the mouse to a tool."""
        self._edge.stop()
        self.tool = tool
        self.hover.leave()
        self.viewport().setCursor(tool.cursor)

    def rest(self) -> None:
        """Waits for the next gesture."""
        self.begin(self._idle)

    def cancel(self) -> None:
        """Ends the gesture without a trace."""
        tool = self.tool
        if not tool.is_idle:
            self.rest()
            tool.cancel()
            self.refresh_far()

    def _interrupt(self) -> None:
        """The items are about to follow a change; what is held of them is let go first."""
        self.tidying.finish()
        self.cancel()
        self.drop.leave()
        self.bends.let_go()
        self.hover.leave()
        self.inline.close_quietly()

    def offer_repair(self, name: str, at: QPointF, text: str, wire: Change) -> None:
        """Offers what cures a node that a new wire does not suit; wire and cure are one step then."""
        document = self.document
        document.infer_now()
        sentence, cure = trial.found(document.inference, name)
        if cure is None:
            self.pointer_hint.say(sentence, at, "warning")
            return
        both = partial(trial.join, document, text, wire, cure, document.undo.index())
        self.pointer_hint.offer(sentence, at, cure.label, partial(self.attempt, both))

    def scroll_at_edge(self, point: QPointF) -> None:
        """Goes on scrolling while a gesture holds the pointer at the edge."""
        self._edge.look(point)

    # Mouse ---------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins a gesture, or pans in the middle of one."""
        self.land()
        self.tidying.finish()
        self.searching.close()
        self.inline.commit()
        self.pointer_hint.hide()
        self.bends.let_go()
        self.finder.stay()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if not self.tool.is_idle and event.button() == Qt.MouseButton.MiddleButton:
            self.begin(Pan(self, event, self.tool))
        else:
            self.tool.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Goes on with the gesture; with Space held in the middle of one, the view goes along."""
        if self.keyboard.space_held and not self.tool.is_idle and not isinstance(self.tool, Pan):
            by = self._edge.way_to(event)
            self.scroll_by(by.x(), by.y())
        self._edge.remember(event)
        self.tool.move(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls or zooms, also in the middle of a gesture, which follows."""
        super().wheelEvent(event)
        self._edge.repeat()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends the gesture."""
        self.tool.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Enters a block, edits parameters or words, inserts on a wire, or searches for a layer."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        at = self.scene_point(event.position())
        node = self.canvas.node_at(at)
        wire = None if self.is_far else self.canvas.wire_at(at, 5 / self.zoom)
        note = self.canvas.annotation_at(at)
        if node is not None:
            self.document.selection.set([node.name])
            self.edit_current()
        elif wire is not None and (number := self.bends.at(wire, at)) is not None:
            self.attempt(partial(self.bends.remove, wire.target, number))
        elif wire is not None:
            self.searching.insert(wire.target, event.position())
        elif note is not None:
            self.inline.edit_annotation(note)
        else:
            self.quick_add(event.position().toPoint())

    def covered(self) -> QRectF:
        """The map lies in a corner as soon as a part of the drawing is out of view."""
        return QRectF(self.minimap.place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What stands in a corner stays there."""
        super().resizeEvent(event)
        self.finder.settle()
        self.legend.settle()

    def show_tint(self, tint: Tint | None) -> None:
        """Tints the nodes by a measure, or not at all."""
        canvas = self.canvas
        is_other = canvas.tinting.show(tint)
        self.legend.show_tint(tint)
        self.minimap.look()
        if is_other:
            self.refresh_far()
        self.catch_up()
        if tint is not None and self.zoom > NEAR:
            items = canvas.items(self.seen(), Bounding)
            canvas.tinting.refresh_pictures(i for i in items if isinstance(i, NodeItem))

    def catch_up(self) -> None:
        """Tints what is in view and shows an earlier tint; from far away no items are seen."""
        if self.canvas.tinting.is_behind and not self.is_far:
            self.canvas.tinting.refresh(self.canvas.items(self.seen(), Bounding))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        self.hover.leave()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu key of the keyboard; the right button decides when it goes up."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.open_menu(QRectF(self.viewport().rect()).center())

    def open_menu(self, at: QPointF) -> None:
        """Shows the menu for what is at a place."""
        node = self.canvas.node_at(self.scene_point(at))
        if node is not None and node.name not in self.document.selection:
            self.document.selection.set([node.name])
        menu = menu_for(self, at)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.viewport().mapToGlobal(at.toPoint()))

    # Keys and drops ------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk along wires; Esc cancels."""
        if not self.keyboard.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space and Y are let go."""
        self.keyboard.release(event)
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys that were held are held no more."""
        self.keyboard.let_go()
        super().focusOutEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab opens the search instead of leaving the canvas; Shift+Tab leaves."""
        return False if next else super().focusNextPrevChild(next)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A layer of the palette comes in."""
        self.drop.move(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """It is shown where it would stand."""
        self.drop.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It went away again."""
        self.drop.leave()

    def dropEvent(self, event: QDropEvent) -> None:
        """It is added."""
        self.drop.drop(event)

    def reveal(self, name: str) -> None:
        """Selects a node, brings it into view and lets it flash."""
        item = self.canvas.nodes.get(name)
        if item is None:
            return
        self._unflash()
        self.document.selection.set([name])
        if self.is_far:
            self.show_rect(item.sceneBoundingRect())
        self.keep_in_view(name)
        item.flash(True)
        self._flashed = name
        self._flash.start()

    # Telling -------------------------------------------------------------------------------------

    def _announce(self) -> None:
        self.refresh_far()
        document, name = self.document, self.document.selection.current
        if name in document.graph.nodes:
            words = captions.spoken(document.graph, document.inference, name)
            self.setAccessibleDescription(words)
            count = len(document.selection)
            self.hinted.emit(words if count == 1 else f"{count} nodes selected")
        else:
            self.setAccessibleDescription("")
            self.hinted.emit("" if document.graph.nodes else EMPTY)

    def _tell_again(self, touched: Collection[str]) -> None:
        if self.document.selection.current in touched:
            self._announce()

    def _unflash(self) -> None:
        item = self.canvas.nodes.get(self._flashed)
        if item is not None:
            item.flash(False)
        self._flashed = ""
