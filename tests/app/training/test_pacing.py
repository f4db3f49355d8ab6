"""A panel is drawn when it is seen, as often as is useful, and once for all that came together."""

from __future__ import annotations

import gc
import time
import weakref

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.training.pacing import Pacer


class Counted(QWidget):
    """Counts how often it is drawn."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.drawn = 0
        self._seconds = seconds
        self.pacer = Pacer(self, self._draw)

    def _draw(self) -> None:
        self.drawn += 1
        end = time.thread_time() + self._seconds
        while time.thread_time() < end:
            pass


def test_many_marks_are_one_redraw_and_no_more_than_twelve_a_second(qtbot: QtBot) -> None:
    # Given a panel that is seen
    widget = Counted()
    qtbot.addWidget(widget)
    widget.show()

    # When it is marked all the time for half a second
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        widget.pacer.mark()
        qtbot.wait(2)

    # Then it was drawn some times, and at most twelve times a second
    assert 2 <= widget.drawn <= 0.5 * 12 + 2
    assert widget.pacer.cost.count == widget.drawn


def test_a_hidden_panel_is_drawn_when_it_is_shown(qtbot: QtBot) -> None:
    # Given a panel that is hidden, when it is marked, then nothing happens
    widget = Counted()
    qtbot.addWidget(widget)
    widget.pacer.mark()
    qtbot.wait(20)
    assert widget.drawn == 0

    # Until it is shown
    widget.show()
    qtbot.waitUntil(lambda: widget.drawn == 1, timeout=1000)
    assert not widget.pacer.is_dirty


def test_a_costly_panel_leaves_the_window_most_of_the_time(qtbot: QtBot) -> None:
    # Given a panel that takes 50 ms to draw
    widget = Counted(0.05)
    qtbot.addWidget(widget)
    widget.show()

    # When it is marked all the time
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        widget.pacer.mark()
        qtbot.wait(5)

    # Then its redraws take no more than about a quarter of the time
    assert 1 <= widget.drawn <= 6
    assert widget.pacer.cost.longest >= 45


def test_a_pacer_keeps_no_panel_alive(qtbot: QtBot) -> None:
    # Given a panel with something to draw, when it is thrown away, then it is gone
    widget = Counted()
    widget.pacer.mark()
    gone = weakref.ref(widget)
    del widget
    gc.collect()
    assert gone() is None
