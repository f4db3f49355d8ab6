"""A plot's menu: show everything, and take it away as figures or as a picture."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from io import StringIO
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QSize
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QGraphicsView, QMenu, QToolTip, QWidget

from app.background import Background

Rows = Iterable[Sequence[str | float]]
RATIO = 2.0


class PlotMenu:
    """Of one widget. ``rows`` takes the figures as they are at that moment, their heading first, and
    they are written beside the window; without it there is no CSV."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget
        self.rows: Callable[[], Rows] | None = None
        self.fit: Callable[[], None] | None = getattr(widget, "fit", None)
        self.name = "plot"
        self._writing: Background | None = None

    def open(self, at: QPoint) -> None:
        """Shows the menu at a place of the screen."""
        menu = self.made()
        menu.exec(at)
        menu.deleteLater()

    def made(self) -> QMenu:
        """The menu."""
        menu = QMenu(self._widget)
        if self.fit is not None:
            menu.addAction("Show everything").triggered.connect(self.fit)
            menu.addSeparator()
        menu.addAction("Copy as picture").triggered.connect(self.copy)
        if self.rows is not None:
            menu.addAction("Export CSV…").triggered.connect(self._ask_csv)
        menu.addAction("Export PNG…").triggered.connect(self._ask_png)
        menu.addAction("Export SVG…").triggered.connect(self._ask_svg)
        return menu

    def copy(self) -> None:
        """Puts the picture on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.pixmap())

    def pixmap(self) -> QPixmap:
        """The widget as a picture, sharp on any screen."""
        size = self._widget.size()
        made = QPixmap(QSize(round(size.width() * RATIO), round(size.height() * RATIO)))
        made.setDevicePixelRatio(RATIO)
        painter = QPainter(made)
        self._paint(painter)
        painter.end()
        return made

    def _paint(self, painter: QPainter) -> None:
        if isinstance(self._widget, QGraphicsView):
            self._widget.render(painter)
        else:
            self._widget.render(painter, QPoint())

    def png(self) -> bytes:
        """The picture's file."""
        held = QByteArray()
        buffer = QBuffer(held)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self.pixmap().save(buffer, "PNG")
        return bytes(held.data())

    def svg(self) -> bytes:
        """The drawing in lines and letters."""
        held = QByteArray()
        buffer = QBuffer(held)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(self._widget.size())
        generator.setViewBox(self._widget.rect())
        generator.setTitle(self.name)
        painter = QPainter(generator)
        self._paint(painter)
        painter.end()
        return bytes(held.data())

    def csv(self) -> bytes:
        """The figures, one row a point, not thinned."""
        text = StringIO()
        if self.rows is not None:
            csv.writer(text, lineterminator="\n").writerows(self.rows())
        return text.getvalue().encode()

    def write_csv(self, path: Path) -> None:
        """Writes the figures beside the window, and says beside the plot when that is done."""
        if self.rows is None:
            return
        if self._writing is None:
            self._writing = Background(self._widget)
            self._writing.done.connect(self._say)
        self._say(f"Writing {path.name} …")
        self._writing.start(partial(written, path, self.rows()))

    def _ask_csv(self) -> None:
        path = self._asked("csv")
        if path is not None:
            self.write_csv(path)

    def _ask_png(self) -> None:
        self._ask("png", self.png)

    def _ask_svg(self) -> None:
        self._ask("svg", self.svg)

    def _ask(self, kind: str, content: Callable[[], bytes]) -> None:
        path = self._asked(kind)
        if path is not None:
            self.write(path, content())

    def _asked(self, kind: str) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(
            self._widget, "Export the plot", f"{self.name}.{kind}", f"{kind.upper()} (*.{kind})"
        )
        if not name:
            return None
        return Path(name if name.lower().endswith(f".{kind}") else f"{name}.{kind}")

    def write(self, path: Path, content: bytes) -> bool:
        """Writes the file; says beside the plot why where that cannot be."""
        try:
            path.write_bytes(content)
        except OSError as error:
            self._say(_refusal(path, error))
            return False
        return True

    def _say(self, words: str) -> None:
        QToolTip.showText(self._widget.mapToGlobal(QPoint(16, 16)), words, self._widget)


def written(path: Path, rows: Rows) -> str:
    """Writes a table, which takes the name when it is whole; what is to be said of it."""
    unready = path.with_name(f".{path.name}.partial")
    try:
        with unready.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
        unready.replace(path)
    except OSError as error:
        unready.unlink(missing_ok=True)
        return _refusal(path, error)
    return f"{path.name} is written."


def _refusal(path: Path, error: OSError) -> str:
    return f"{path.name} could not be written: {error.strerror}. Choose another folder."
