"""One start of a window in a process of its own, watched for ``tests.benchmarks.window_start``.

Prints, as JSON, milliseconds since the process was started: when the first picture was on screen, when a
picture of the drawing was, and when the last stretch ended in which the window could not have answered.
Imports nothing that a program with a window would not import.
"""

from __future__ import annotations

import json
import os
import sys
import time

from PySide6 import QtWidgets
from PySide6.QtCore import QEvent, QObject, QTimer

STARTED = "NETLOOM_STARTED"
BEAT, STALL, QUIET = 4, 0.05, 0.8
"""A beat each 4 ms; a gap of more than 50 ms is noticed by a person; after 0.8 s without, it is over."""


def now() -> float:
    """Milliseconds since this process was started; both processes read the same clock."""
    return (time.monotonic() - float(os.environ[STARTED])) * 1000


class Watch(QObject):
    """Looks at the events until something was painted, then at the gaps between beats."""

    def __init__(self, application: QObject, wanted: str) -> None:
        super().__init__(application)
        self._application, self._wanted = application, wanted
        self._seen: dict[str, float] = {}
        self._painting: set[str] = set()
        self._last = self._stalled = time.monotonic()
        self._beat = QTimer(self)
        self._beat.setInterval(BEAT)
        self._beat.timeout.connect(self._tick)
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """The first event after some painting: that is on screen."""
        if event.type() is QEvent.Type.Paint:
            self._painting |= {"first", type(watched.parent()).__name__}
            QTimer.singleShot(0, self._nothing)
        elif self._painting:
            for what in self._painting - self._seen.keys():
                self._seen[what] = now()
            self._painting = set()
            if self._wanted in self._seen:
                self._application.removeEventFilter(self)
                self._last = self._stalled = time.monotonic()
                self._beat.start()
        return False

    def _nothing(self) -> None:
        """An event, so that the end of painting is seen at once."""

    def _tick(self) -> None:
        at = time.monotonic()
        if at - self._last > STALL:
            self._stalled = at
        self._last = at
        if at - self._stalled > QUIET:
            self._beat.stop()
            told = {what: self._seen[what] for what in ("first", self._wanted)}
            told["answers"] = now() - (at - self._stalled) * 1000
            print(json.dumps({"seen": told}), flush=True)
            os._exit(0)


def bare() -> None:
    """The least program with a window."""
    application = QtWidgets.QApplication(["bare"])
    window = QtWidgets.QMainWindow()
    window.setCentralWidget(QtWidgets.QLabel("Netloom"))
    window.resize(1440, 900)
    window.show()
    application.exec()


def main(kind: str, arguments: list[str]) -> None:
    """Starts one kind of window."""
    wanted = "CanvasView" if arguments else "first"

    class Watched(QtWidgets.QApplication):
        """Watched from its first event on."""

        def __init__(self, words: list[str]) -> None:
            super().__init__(words)
            self.watch = Watch(self, wanted)

    QtWidgets.QApplication = Watched  # type: ignore[misc, assignment]
    if kind == "bare":
        bare()
        return
    sys.argv = ["netloom", *arguments]
    from app.start import main as netloom

    netloom()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
