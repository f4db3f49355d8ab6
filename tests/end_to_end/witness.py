"""Starts the program as ``netloom`` does, and tells what its window shows and where on the screen.

    python -m tests.end_to_end.witness SOCKET [PROJECT…]

SOCKET is the number of an open socket. A question comes in as a line of JSON, and so does its answer go
back. The witness only looks; whatever happens in the window is done by mouse and keys of the display.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QObject, QPointF, QRect, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QTabBar,
    QWidget,
)

from app.main_window import MainWindow
from app.start import main
from graph_engine.edits import copy
from tests.end_to_end.training_witness import training_of

Focus = Qt.FocusPolicy
HANDLED = (QAbstractButton, QLineEdit)
Answer = dict[str, Any]


class Witness(QObject):
    """Lives in the thread of the window, so that questions are answered between two events."""

    asked = Signal(str)

    def __init__(self, line: socket.socket) -> None:
        super().__init__()
        self._line = line
        self.asked.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    def listen(self) -> None:
        """Takes questions, from a thread of its own, until the other side is gone."""
        with self._line.makefile("r", encoding="utf-8") as questions:
            for question in questions:
                self.asked.emit(question)

    def _answer(self, question: str) -> None:
        wanted = json.loads(question)
        answer = getattr(self, wanted.pop("about"))(**wanted)
        self._line.sendall(json.dumps(answer).encode() + b"\n")

    # What can be asked -----------------------------------------------------------------------------

    def state(self) -> Answer:
        """What the window shows, as plain values."""
        active = QApplication.activeWindow()
        focus = QApplication.focusWidget()
        told: Answer = {
            "active": active.windowTitle() or active.accessibleName() if active else "",
            "is_dialog": active is not None and not isinstance(active, MainWindow),
            "focus": focus.accessibleName() or type(focus).__name__ if focus else "",
        }
        window = _window()
        told["said"] = window.statusBar().currentMessage() if window else ""
        if window is None or window.editor is None:
            return told
        document, canvas = window.editor.document, window.editor.canvas
        graph = document.graph
        return told | {
            "title": window.windowTitle(),
            "is_modified": window.isWindowModified(),
            "drawing": copy(graph, graph.nodes) if graph.nodes else "",
            "nodes": list(graph.nodes),
            "wires": {str(target): str(source) for target, source in graph.wires.items()},
            "shown": sorted(canvas.canvas.nodes),
            "selected": list(document.selection.names),
            "inside": document.scope.block,
            "problems": [problem.sentence for problem in window.editor.problems.problems],
            "step": document.undo.index(),
            "steps": document.undo.count(),
            "tool": type(canvas.tool).__name__,
            "zoom": canvas.zoom,
            "is_moving": _is_moving(canvas),
            "is_searching": canvas.searching.popup.isVisible(),
            "source": window.editor.source.source.text if window.editor.source.source else "",
        }

    def training(self) -> Answer | None:
        """What the window shows of training; nothing where no project is open."""
        window = _window()
        return training_of(window.editor) if window is not None and window.editor else None

    def widget(self, name: str, within: str = "") -> Answer | None:
        """Where the one visible control of that name stands: its accessible name, or its text.

        Where there are several, ``within`` names the class of a widget that it is a part of.
        """
        visible = [each for each in QApplication.allWidgets() if each.isVisible()]
        found = [w for w in visible if _is_control(w, within) and _is(w, name)]
        return _place(found[0], found[0].rect()) if len(found) == 1 else None

    def row(self, view: str, text: str) -> Answer | None:
        """Where a row of a list or tree stands, by the beginning of its text."""
        for each in QApplication.allWidgets():
            if isinstance(each, QAbstractItemView) and each.isVisible() and _is(each, view):
                return _row(each, text)
        return None

    def tab(self, text: str) -> Answer | None:
        """Where a tab stands."""
        for bar in QApplication.allWidgets():
            if isinstance(bar, QTabBar) and bar.isVisible():
                for index in range(bar.count()):
                    if bar.tabText(index) == text:
                        return _place(bar, bar.tabRect(index))
        return None

    def node(self, name: str) -> Answer | None:
        """Where a node stands, if its middle can be pointed at."""
        canvas = _canvas()
        item = canvas.canvas.nodes.get(name)
        if item is None:
            return None
        place = canvas.mapFromScene(item.sceneBoundingRect()).boundingRect()
        return _place(canvas.viewport(), place) if _is_in_sight(canvas, place) else None

    def port(self, node: str, port: str, output: bool) -> Answer | None:
        """Where a port of a node is, if it can be pointed at."""
        canvas = _canvas()
        item = canvas.canvas.nodes.get(node)
        if item is None:
            return None
        place = canvas.mapFromScene(item.port(port, output=output))
        box = QRect(place, place)
        return _place(canvas.viewport(), box) if _is_in_sight(canvas, box) else None

    def at(self, x: float, y: float) -> Answer:
        """Where a place of the drawing is."""
        canvas = _canvas()
        place = canvas.mapFromScene(QPointF(x, y))
        return _place(canvas.viewport(), QRect(place, place))

    def sketch(self) -> Answer | None:
        """Where a gesture shows what it would do: a layer about to be dropped, a wire."""
        canvas = _canvas()
        boxes = [item.sceneBoundingRect() for item in canvas.canvas.above if item.isVisible()]
        if not boxes:
            return None
        return _place(canvas.viewport(), canvas.mapFromScene(boxes[-1]).boundingRect())

    def picture(self, path: str) -> bool:
        """Writes what is on the screen to a file."""
        return QGuiApplication.primaryScreen().grabWindow(0).save(path)


def _window() -> MainWindow | None:
    found = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
    return found[0] if found else None


def _canvas() -> Any:
    window = _window()
    assert window is not None
    assert window.editor is not None
    return window.editor.canvas


def _is_in_sight(canvas: Any, box: QRect) -> bool:
    """Whether a part of the canvas rests, and nothing, such as the minimap, lies over its middle."""
    port = canvas.viewport()
    if _is_moving(canvas):
        return False
    return QApplication.widgetAt(port.mapToGlobal(box.center())) is port


def _is_moving(canvas: Any) -> bool:
    motions = canvas.findChildren(QVariantAnimation)
    return any(each.state() is QVariantAnimation.State.Running for each in motions)


def _is_control(widget: QWidget, kind: str) -> bool:
    """Whether a hand can do something with it; of toolbars, whose buttons take no focus, if named."""
    if not kind:
        return widget.focusPolicy() is not Focus.NoFocus
    around: QWidget | None = widget if isinstance(widget, HANDLED) else None
    while around is not None and type(around).__name__ != kind:
        around = around.parentWidget()
    return around is not None


def _is(widget: QWidget, name: str) -> bool:
    texts: Iterator[object] = (
        getattr(widget, how)() for how in ("accessibleName", "text") if hasattr(widget, how)
    )
    return any(isinstance(each, str) and each.replace("&", "") == name for each in texts)


def _row(view: QAbstractItemView, text: str) -> Answer | None:
    model = view.model()
    found = model.match(model.index(0, 0), Qt.ItemDataRole.DisplayRole, text, 1)
    found = found or [
        inner
        for row in range(model.rowCount())
        for inner in model.match(
            model.index(0, 0, model.index(row, 0)), Qt.ItemDataRole.DisplayRole, text, 1
        )
    ]
    place = view.visualRect(found[0]) if found else QRect()
    if place.isEmpty() or not view.viewport().rect().intersects(place):
        return None
    return _place(view.viewport(), place)


def _place(widget: QWidget, box: QRect) -> Answer:
    corner = widget.mapToGlobal(box.topLeft())
    text = getattr(widget, "text", None)
    return {
        "left": corner.x(),
        "top": corner.y(),
        "width": box.width(),
        "height": box.height(),
        "text": text() if callable(text) else "",
        "is_enabled": widget.isEnabled(),
    }


if __name__ == "__main__":
    number = int(sys.argv.pop(1))
    witness = Witness(socket.socket(fileno=number))
    threading.Thread(target=witness.listen, daemon=True).start()
    main()
