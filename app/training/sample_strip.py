"""The fixed samples that a run is looked at with: one is chosen by its picture, others by number."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.forms.controls import Combo
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.loaded_data import LoadedData
from app.training.looking import MOST, PARTS, Looking
from app.training.plot_axes import TICK_FONT, Middle
from app.training.sample_chooser import SampleChooser

ACROSS = (2, 3, 4)
"""Samples beside one another: as many as make the pictures largest."""

CAPTION = 14.0
WIDTH = 196
PART = 98


class Thumbnails(QWidget):
    """The samples' pictures; ``chosen`` carries the place of one."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._images: tuple[QImage, ...] = ()
        self._captions: tuple[str, ...] = ()
        self.current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Samples that are looked at")
        self.setMinimumHeight(80)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 160)

    @property
    def images(self) -> tuple[QImage, ...]:
        """The samples' pictures."""
        return self._images

    def show_images(self, images: Sequence[QImage], captions: Sequence[str]) -> None:
        """Shows other samples."""
        self._images, self._captions = tuple(images), tuple(captions)
        self.current = min(self.current, max(0, len(self._captions) - 1))
        self.update()

    def choose(self, place: int) -> None:
        """Chooses a sample as if by hand."""
        if 0 <= place < len(self._captions) and place != self.current:
            self.current = place
            self.chosen.emit(place)
            self.update()

    def _across(self) -> int:
        count = max(1, len(self._captions))

        def side(across: int) -> float:
            return min(self.width() / across, self.height() / -(-count // across) - CAPTION)

        return max(ACROSS, key=side)

    def place(self, number: int) -> QRectF:
        """Where a sample stands."""
        across = self._across()
        rows = max(1, -(-len(self._captions) // across))
        wide, high = self.width() / across, self.height() / rows
        row, column = divmod(number, across)
        return QRectF(column * wide, row * high, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws them."""
        painter = QPainter(self)
        painter.setFont(self._theme.mono(TICK_FONT))
        for number, caption in enumerate(self._captions):
            self._paint(painter, number, caption)
        painter.end()

    def _paint(self, painter: QPainter, number: int, caption: str) -> None:
        cell = self.place(number).adjusted(1, 1, -1, -1)
        is_chosen = number == self.current
        if is_chosen:
            painter.setBrush(self._theme.color("accent_ground"))
            edge = self._theme.color("accent")
            painter.setPen(QPen(edge, 1) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(cell, 4, 4)
        inner = cell.adjusted(3, 3, -3, -CAPTION)
        if number < len(self._images):
            image = self._images[number]
            side = min(inner.width(), inner.height())
            is_flat = min(image.width(), image.height()) * 2 < max(image.width(), image.height())
            wide = inner.width() if is_flat else side
            at = QRectF(0, 0, wide, side)
            at.moveCenter(inner.center())
            painter.drawImage(at, image)
        painter.setPen(self._theme.color("text" if is_chosen else "second"))
        foot = QRectF(cell.left(), cell.bottom() - CAPTION, cell.width(), CAPTION)
        painter.drawText(foot, Middle, caption)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Chooses the one under the pointer."""
        for number in range(len(self._captions)):
            if self.place(number).contains(event.position()):
                self.choose(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose a neighbour."""
        across = self._across()
        by = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -across, Qt.Key.Key_Down: across,
        }  # fmt: skip
        if event.key() in by:
            self.choose(self.current + by[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class SampleStrip(QWidget):
    """Which part of the data, which numbers, and their pictures. ``chosen`` carries a place."""

    chosen = Signal(int)

    def __init__(self, looking: Looking, data: LoadedData, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._looking, self._data, self._theme, self._icons = looking, data, theme, icons
        self._chooser: SampleChooser | None = None
        self.part = Combo(PARTS, "Part of the data that the samples are of", theme, icons)
        self.numbers = QLineEdit()
        self.browse = QToolButton()
        self.thumbnails = Thumbnails(theme)
        self._lay_out()
        self.thumbnails.chosen.connect(self.chosen)
        self.part.activated.connect(self._choose)
        self.browse.clicked.connect(self._open_chooser)
        self.numbers.editingFinished.connect(self._choose)
        looking.changed.connect(self._show_wish)
        theme.changed.connect(self._retint)
        self._show_wish()
        self._retint()

    def _lay_out(self) -> None:
        self.setFixedWidth(WIDTH)
        self.numbers.setFixedHeight(SIZES.control)
        self.numbers.setAccessibleName("Numbers of the samples")
        row = QHBoxLayout()
        row.setSpacing(4)
        self.part.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.part.setFixedWidth(PART)
        row.addWidget(self.part)
        row.addWidget(self.numbers, 1)
        row.addWidget(self.browse)
        self.browse.setToolTip("Choose another sample by its picture, in place of the marked one")
        self.browse.setAccessibleName("Choose a sample by its picture")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.thumbnails, 1)

    @property
    def current(self) -> int:
        """The place of the sample that is chosen."""
        return self.thumbnails.current

    def _choose(self) -> None:
        """Other samples are wished for."""
        wanted = numbers_in(self.numbers.text())
        self._say(not wanted)
        if wanted:
            self._looking.choose(PARTS[self.part.currentIndex()], wanted)

    def _open_chooser(self) -> None:
        """The sheet is made when it is first asked for."""
        if self._chooser is None:
            self._chooser = SampleChooser(self, self._data, self._theme)
            self._chooser.chosen.connect(self.replace)
        wished = self._looking.samples
        name = f"#{wished[min(self.current, len(wished) - 1)]}"
        self._chooser.open_over(self.browse, self._looking.split, name)

    def replace(self, position: int) -> None:
        """Looks at another sample in place of the one that is chosen."""
        wished = list(self._looking.samples)
        if position not in wished:
            wished[min(self.current, len(wished) - 1)] = position
            self._looking.choose(self._looking.split, wished)

    def _show_wish(self, _: object = None) -> None:
        self.part.setCurrentIndex(PARTS.index(self._looking.split))
        if not self.numbers.hasFocus() or numbers_in(self.numbers.text()):
            self.numbers.setText(in_words(self._looking.samples))
            self._say(False)

    def _say(self, is_wrong: bool) -> None:
        help = f"Which samples are looked at: up to {MOST} numbers, such as 0–3, 12, 40"
        color = self._theme.color("error").name()
        self.numbers.setStyleSheet(f"border-color: {color};" if is_wrong else "")
        wrong = "These are no numbers of samples. Write up to eight, such as 0–3, 12, 40."
        self.numbers.setToolTip(wrong if is_wrong else help)

    def _retint(self) -> None:
        self.numbers.setFont(self._theme.mono(11))
        self.browse.setIcon(self._icons.icon("layout-grid"))
        self.part.setFont(self._theme.font(12))


def numbers_in(text: str) -> tuple[int, ...]:
    """``0–3, 12`` as 0, 1, 2, 3, 12; nothing where something else is written."""
    found: list[int] = []
    for part in text.replace("–", "-").replace(";", ",").replace(" ", ",").split(","):
        ends = part.split("-")
        if not part:
            continue
        if len(ends) > 2 or not all(each.isdecimal() and len(each) < 10 for each in ends):
            return ()
        first, last = int(ends[0]), int(ends[-1])
        found += range(first, min(last, first + MOST) + 1)
    return tuple(dict.fromkeys(found))[:MOST]


def in_words(numbers: Sequence[int]) -> str:
    """0, 1, 2, 3, 12 as ``0–3, 12``."""
    runs: list[list[int]] = []
    for each in numbers:
        if runs and each == runs[-1][-1] + 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)
