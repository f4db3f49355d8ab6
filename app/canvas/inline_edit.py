"""Words typed right on the canvas: parameters of a node, the text of a note, the title of a frame."""

from __future__ import annotations

import ast
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from app.canvas import captions
from app.canvas.annotation_item import AnnotationItem, Key
from app.canvas.node_item import NodeItem
from graph_engine import edits
from graph_engine.errors import ParameterError
from graph_engine.graph import Node, Note

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

Keys = Qt.Key


class InlineEdit(QObject):
    """One field at a time; Enter takes the words (Ctrl+Enter in a note), Esc leaves them."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.field: QLineEdit | QPlainTextEdit | None = None
        self._node = ""
        self._key: Key = ("", "")
        self._before = ""

    def edit_node(self, item: NodeItem) -> None:
        """The parameters that the node shows, as ``name=value, …``."""
        self.close_quietly()
        node = self._view.document.graph.nodes[item.name]
        self._node = item.name
        self._view.keep_in_view(item.name)
        field = QLineEdit(as_text(node), self._view)
        field.setAccessibleName(f"Parameters of {item.name}")
        field.setFont(self._view.theme.mono(12))
        place = self._view.mapFromScene(item.sceneBoundingRect()).boundingRect()
        self._open(field, QRect(place.left(), place.center().y(), max(place.width(), 260), 30))
        field.selectAll()

    def edit_annotation(self, item: AnnotationItem) -> None:
        """The Markdown of a note, or the title of a frame."""
        self.close_quietly()
        self._key = item.key
        place = self._view.mapFromScene(item.sceneBoundingRect()).boundingRect()
        if isinstance(item.row, Note):
            note = QPlainTextEdit(item.row.text, self._view)
            note.setAccessibleName("Text of the note, as Markdown")
            self._open(note, place)
            note.selectAll()
            return
        title = QLineEdit(item.row.title, self._view)
        title.setAccessibleName("Title of the frame")
        self._open(title, QRect(place.left(), place.top(), min(max(place.width(), 140), 400), 30))
        title.selectAll()

    def _open(self, field: QLineEdit | QPlainTextEdit, place: QRect) -> None:
        place.setSize(place.size().expandedTo(field.minimumSizeHint()))
        area = self._view.viewport().rect().adjusted(8, 8, -8, -8)
        place.moveLeft(max(min(place.left(), area.right() - place.width()), area.left()))
        place.moveTop(max(min(place.top(), area.bottom() - place.height()), area.top()))
        self.field, self._before = field, words_in(field)
        field.setGeometry(place)
        field.installEventFilter(self)
        field.show()
        field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Esc, and the loss of the keyboard."""
        if watched is not self.field:
            return False
        if event.type() == QEvent.Type.FocusOut:
            self.commit()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            several = isinstance(self.field, QPlainTextEdit)
            control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if event.key() == Keys.Key_Escape:
                self.close_quietly()
                return True
            if event.key() in (Keys.Key_Return, Keys.Key_Enter) and (control or not several):
                self.commit()
                return True
        return False

    def commit(self) -> None:
        """Takes the words; a refusal is said beside them."""
        field = self.field
        if field is None:
            return
        text, node, key = words_in(field), self._node, self._key
        place = field.geometry().bottomLeft().toPointF()
        changed = text != self._before
        self.close_quietly()
        if changed and node:
            self._view.attempt(partial(self._set, node, text), place)
        elif changed:
            self._view.attempt(partial(self._view.commands.reword, key, text), place)

    def close_quietly(self) -> None:
        """Leaves everything as it is."""
        field, self.field = self.field, None
        if field is not None:
            had_focus = field.hasFocus()
            field.removeEventFilter(self)
            field.hide()
            field.deleteLater()
            if had_focus:
                self._view.setFocus()
            self._node, self._key = ("", ("", ""))

    def _set(self, name: str, text: str) -> None:
        document = self._view.document
        values = from_text(document.graph.nodes[name], text)
        if values:
            document.do(
                f"Set {', '.join(values)}", edits.set_parameters(document.graph, [name], values)
            )


def words_in(field: QLineEdit | QPlainTextEdit) -> str:
    """What is typed."""
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


def shown_parameters(node: Node) -> list[str]:
    """The parameters that the line of a node is made of."""
    layer, changed = node.layer, node.layer.changed()
    shown = [
        name
        for name, parameter in layer.parameters().items()
        if (parameter.positional or parameter.required or name in changed)
        and name not in captions.QUIET
    ]
    return shown or [name for name in layer.parameters() if name not in captions.QUIET][:2]


def as_text(node: Node) -> str:
    """``out_channels=64, kernel_size=3``."""
    return ", ".join(
        f"{name}={simple(getattr(node.layer, name))!r}" for name in shown_parameters(node)
    )


def simple(value: Any) -> Any:
    """A pair of equal numbers as one."""
    if isinstance(value, tuple) and len(value) > 1 and len(set(value)) == 1:
        return value[0]
    return value


def from_text(node: Node, text: str) -> dict[str, object]:
    """The values that were typed and are others than now.

    Raises ParameterError for what is not ``name=value, …``; only literal values are read.
    """
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        assert isinstance(call, ast.Call)
        if call.args or any(keyword.arg is None for keyword in call.keywords):
            raise ValueError("no names")
        found = {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, AssertionError, RecursionError, MemoryError) as error:
        raise ParameterError(
            "Write parameters as `name=value`, separated by commas, such as `out_channels=64`."
        ) from error
    return {n: v for n, v in found.items() if simple(getattr(node.layer, n, None)) != v}
