"""Frames while hands look around, in the real window at 5,000 nodes.

``python -m tests.benchmarks.window_frames`` prints milliseconds of CPU from an event of the mouse until
what it changed is painted, panels included: 50th, 95th and 99th percentile and the longest, beside the
goal. Nothing here asserts a time.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from rich.console import Console
from rich.table import Table

from tests.benchmarks.window_edits import Screen, open_window, settle

NODES, GOAL, STEPS = 5000, 16, 240
LONGEST = 0.01
"""Seconds after which an event counts as having changed nothing, as at the ends of the zoom."""
NOTHING = Qt.KeyboardModifier.NoModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
Kind = QMouseEvent.Type
Sent = QMouseEvent | QWheelEvent


class Hand:
    """Real events on the canvas."""

    def __init__(self, screen: Screen) -> None:
        assert screen.window.editor is not None
        self.view = screen.window.editor.canvas
        self.port = self.view.viewport()
        self.screen = screen

    def wheel(self, turned: int, *, zooms: bool = False, across: bool = False) -> QWheelEvent:
        """A step of the wheel in the middle of the canvas."""
        at = QPointF(self.port.rect().center())
        by = QPoint(turned, 0) if across else QPoint(0, turned)
        keys = Qt.KeyboardModifier.ControlModifier if zooms else NOTHING
        no, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
        return QWheelEvent(at, self.port.mapToGlobal(at), QPoint(), by, no, keys, phase, False)

    def mouse(self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton = LEFT) -> QMouseEvent:
        """A press, move or release."""
        held = Qt.MouseButton.NoButton if kind is Kind.MouseButtonRelease else button
        which = Qt.MouseButton.NoButton if kind is Kind.MouseMove else button
        return QMouseEvent(kind, at, self.port.mapToGlobal(at), which, held, NOTHING)

    def frame(self, event: Sent) -> float:
        """Milliseconds until a picture shows what an event did."""
        start, begun = time.perf_counter(), time.process_time()
        QApplication.sendEvent(self.port, event)
        QApplication.processEvents()
        while self.screen.painted < start and time.perf_counter() < start + LONGEST:
            QApplication.processEvents()
        return (time.process_time() - begun) * 1000

    def path(self, first: QPointF, last: QPointF) -> Iterator[QPointF]:
        """Places of a steady movement."""
        for step in range(1, STEPS + 1):
            yield first + (last - first) * (step / STEPS)


def scroll(hand: Hand) -> list[float]:
    """Two fingers or a wheel, to the right and back."""
    turns = [-24 if step % 120 < 60 else 24 for step in range(STEPS)]
    return [hand.frame(hand.wheel(turn, across=True)) for turn in turns]


def pan(hand: Hand) -> list[float]:
    """A drag with the middle button."""
    middle = QPointF(hand.port.rect().center())
    hand.frame(hand.mouse(Kind.MouseButtonPress, middle, MIDDLE))
    places = list(hand.path(middle, middle + QPointF(300, 40)))
    taken = [hand.frame(hand.mouse(Kind.MouseMove, at, MIDDLE)) for at in places]
    QApplication.sendEvent(hand.port, hand.mouse(Kind.MouseButtonRelease, places[-1], MIDDLE))
    return taken


def zoom(hand: Hand) -> list[float]:
    """From 100 % to everything and back, by the wheel."""
    turns = [-40 if step < STEPS // 2 else 40 for step in range(STEPS)]
    return [hand.frame(hand.wheel(turn, zooms=True)) for turn in turns]


def select(hand: Hand) -> list[float]:
    """A box drawn over what is in view."""
    area = hand.port.rect().adjusted(30, 30, -30, -30)
    first, last = QPointF(area.topLeft()), QPointF(area.bottomRight())
    hand.view.document.selection.clear()
    hand.frame(hand.mouse(Kind.MouseButtonPress, first))
    taken = [hand.frame(hand.mouse(Kind.MouseMove, at)) for at in hand.path(first, last)]
    QApplication.sendEvent(hand.port, hand.mouse(Kind.MouseButtonRelease, last))
    told = f"{len(hand.view.document.selection)} nodes selected"
    print(told, file=sys.stderr)
    hand.view.document.selection.clear()
    return taken


def main() -> None:
    """Prints the table."""
    QApplication([])
    title = f"Frames at {NODES:,} nodes in the real window, ms"
    table = Table("what", "p50", "p95", "p99", "longest", "goal, p99", title=title)
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        hand = Hand(open_window(nodes=NODES, everything=False))
        for what, near, do in rows():
            hand.view.zoom_to_fit()
            if near:
                hand.view.reveal("act800")
                hand.view.set_zoom(1.0)
            settle()
            taken = sorted(do(hand))
            parts = (taken[int(len(taken) * part)] for part in (0.5, 0.95, 0.99))
            table.add_row(what, *(f"{each:.1f}" for each in (*parts, taken[-1])), f"≤ {GOAL}")
        hand.screen.document.undo.setClean()
    Console(width=104).print(table)


def rows() -> list[tuple[str, bool, Callable[[Hand], list[float]]]]:
    """What is measured: its name, whether it begins near, and the gesture."""
    return [
        ("wheel scrolls at 100 %", True, scroll),
        ("wheel scrolls, far away", False, scroll),
        ("middle button pans at 100 %", True, pan),
        ("middle button pans, far away", False, pan),
        ("wheel zooms, to far and back", True, zoom),
        ("box select at 100 %", True, select),
        ("box select, far away", False, select),
    ]


if __name__ == "__main__":
    main()
