"""The data that a network learns from, to be looked at before training: whose they are, how they are
divided, and what the samples are like, also as training varies them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.document import Document
from app.forms.controls import Combo, plain_label, tint
from app.forms.empty import EmptyState
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.card_grid import CardGrid
from app.training.count_bars import CountBars
from app.training.data_cards import DataCards
from app.training.data_words import about, figures
from app.training.hues import run_color
from app.training.legend import Chip, Choice
from app.training.loaded_data import PARTS, Loaded, LoadedData
from app.training.pacing import Pacer
from app.training.scales import plain
from app.training.shown_runs import HUES, ShownRuns
from app.training.vector_bars import VectorBars

EVERY = "All classes"
VERSIONS = 24
"""Epochs of which a sample's variation is shown."""

BINS = 24
ABOUT, COUNTS = 240, 252
ROOMY = 900
"""Pixels across from which there is room for counts."""


class DataPanel(QWidget):
    """See the module's docstring."""

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._document, self._theme = document, theme
        self.data = LoadedData.of(document)
        self.shown: DataCards | None = None
        self._version_of: int | None = None
        self.empty = EmptyState(theme, icons, "database", "The data are being read", "")
        self.about = plain_label()
        self.figures = plain_label()
        self.name = plain_label()
        self.counts = CountBars(theme)
        self.spread = VectorBars(theme, "How the target is spread")
        self.part = Choice(
            [("Train", "Samples to learn from"), ("Validation", "Samples that steer training"),
             ("Test", "Samples that judge at the end")], "Part of the data",
        )  # fmt: skip
        self.classes = Combo([EVERY], "Samples of one class", theme, icons)
        self.varied = Chip("As training sees them", "With the random changes of the first epoch")
        self.versions = Chip("", "Show all samples again", is_on=True)
        self.cards = CardGrid(theme, "Samples of the data")
        self._stack = QStackedLayout(self)
        self._lay_out()
        self.pacer = Pacer(self, self.refresh)
        self._connect()
        self._retint()
        self.pacer.mark()

    def _connect(self) -> None:
        self.data.changed.connect(self._read)
        self.part.chosen.connect(self._rechoose)
        self.classes.activated.connect(self._rechoose)
        self.varied.clicked.connect(self._vary)
        self.versions.clicked.connect(self._all_samples)
        self.cards.chosen.connect(self._show_versions)
        self._theme.changed.connect(self._retint)

    def _lay_out(self) -> None:
        content = QWidget()
        side = QVBoxLayout()
        side.setSpacing(4)
        for label in (self.name, self.figures, self.about):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            side.addWidget(label)
            side.addSpacing(4)
        side.addStretch(1)
        self.classes.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.classes.setFixedWidth(132)
        head = QHBoxLayout()
        head.setContentsMargins(SIZES.near, 4, SIZES.near, 0)
        head.setSpacing(SIZES.near)
        for widget in (self.part, self.classes, self.varied, self.versions):
            head.addWidget(widget)
        head.addStretch(1)
        samples = QVBoxLayout()
        samples.setSpacing(4)
        samples.addLayout(head)
        samples.addWidget(self.cards, 1)
        row = QHBoxLayout(content)
        row.setContentsMargins(SIZES.near, 0, 0, 0)
        row.setSpacing(SIZES.apart)
        row.addWidget(_scrolled(side, ABOUT))
        middle = QVBoxLayout()
        middle.addWidget(self.counts)
        middle.addWidget(self.spread)
        middle.addStretch(1)
        self._middle = _scrolled(middle, COUNTS)
        row.addWidget(self._middle)
        row.addLayout(samples, 1)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(content)
        self.versions.hide()

    def _retint(self) -> None:
        self.pacer.mark()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Counts give way where there is little room."""
        super().resizeEvent(event)
        self.pacer.mark()

    # What is chosen ------------------------------------------------------------------------------

    @property
    def found(self) -> Loaded:
        """The data, or why there are none."""
        return self.data.found

    def _read(self) -> None:
        self._version_of = None
        self.pacer.mark()

    def _rechoose(self, _: int) -> None:
        self._version_of = None
        self.pacer.draw_now()

    def _vary(self) -> None:
        self._rechoose(0)

    def _all_samples(self) -> None:
        self._rechoose(0)

    def _show_versions(self, card: int) -> None:
        """A sample of training is shown as it comes in different epochs."""
        shown = self.shown
        if shown is not None and not shown.versions and shown.part.augmentation.is_active():
            self._version_of = int(shown.positions[card])
            self.pacer.draw_now()

    # Drawing -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Shows what was read."""
        self.data.need()
        data = self.found.data
        if data is None:
            self._say()
            return
        self._stack.setCurrentIndex(1)
        description = self.found.description
        assert description is not None
        # Qt forgets fonts where a page moves into the window, so they are set as it is drawn.
        self.name.setFont(self._theme.font(13, QFont.Weight.Medium))
        self.about.setFont(self._theme.font(12))
        self.figures.setFont(self._theme.mono(11))
        tint(self.about, self._theme.color("second"))
        self.name.setText(description.name)
        self.about.setText(about(description))
        self.figures.setText(figures(description, data))
        self._draw_counts()
        self._draw_samples()

    def _say(self) -> None:
        self._stack.setCurrentIndex(0)
        if self.found.sentence and not self.data.is_reading:
            self.empty.say("The data cannot be shown", self.found.sentence, "circle-alert", "error")
        else:
            words = "Samples, labels and figures of the data stand here in a moment."
            self.empty.say("The data are being read", words, "database")

    def _draw_counts(self) -> None:
        data, counts = self.found.data, self.found.counts
        assert data is not None
        names = data.preprocessing.target.classes
        self.counts.setVisible(bool(counts))
        if counts:
            self.counts.show_counts(names, counts)
        numbers = target_numbers(self.found)
        self.spread.setVisible(numbers is not None)
        has_counts = bool(counts) or numbers is not None
        self._middle.setVisible(has_counts and self.width() >= ROOMY)
        if numbers is not None:
            tall, edges = np.histogram(numbers, BINS)
            words = [
                plain(float(edge), 3) if place % 6 == 0 else ""
                for place, edge in enumerate(edges[:-1])
            ]
            self.spread.setMinimumHeight(150)
            self.spread.draw(tall.astype(np.float64), (0.0, float(tall.max())), (), words)

    def _draw_samples(self) -> None:
        data = self.found.data
        assert data is not None
        name = PARTS[self.part.number]
        part = self.found.part(name)
        assert part is not None
        varies = part.augmentation.is_active()
        self.varied.setVisible(varies)
        self.versions.setVisible(self._version_of is not None)
        self._offer_classes()
        positions = self._positions(name)
        versions = 0
        if self._version_of is not None and self._version_of < len(part):
            positions, versions = np.array([self._version_of]), VERSIONS
            self.versions.setText(f"Sample {self._version_of} in {VERSIONS} epochs  ✕")
            self.versions.setChecked(True)
        colors = tuple(run_color(self._theme, number) for number in range(HUES))
        varied = varies and self.varied.isChecked()
        self.shown = DataCards(data, part, positions, colors, varied, versions)
        self.cards.show_cards(self.shown)

    def _offer_classes(self) -> None:
        data, counts = self.found.data, self.found.counts
        names = data.preprocessing.target.classes if data is not None and counts else ()
        self.classes.setVisible(bool(names))
        wanted = [EVERY, *names]
        if wanted != [self.classes.itemText(place) for place in range(self.classes.count())]:
            self.classes.clear()
            self.classes.addItems(wanted)
            self.classes.setCurrentIndex(0)

    def _positions(self, name: str) -> NDArray[np.int64]:
        """The samples of the part that are shown."""
        part = self.found.part(name)
        assert part is not None
        chosen = self.classes.currentIndex() - 1
        if chosen < 0 or not self.found.counts:
            return np.arange(len(part))
        return np.flatnonzero(part.target.take(part.indices) == chosen)


def target_numbers(found: Loaded) -> NDArray[np.float64] | None:
    """The numbers to foretell in the units of the data, where a sample has a single one."""
    data = found.data
    if data is None or data.preprocessing.target.kind != "continuous":
        return None
    target = data.preprocessing.target
    ready = data.train.target.ready
    if target.shape != (1,) or ready is None:
        return None
    values = np.asarray(target.undo(ready), np.float64).ravel()
    known = values[np.isfinite(values)]
    return known if len(known) else None


def _scrolled(layout: QVBoxLayout, width: int) -> QScrollArea:
    """A column that scrolls where it is taller than its place."""
    inner = QWidget()
    layout.setContentsMargins(0, SIZES.near, 0, SIZES.near)
    inner.setLayout(layout)
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFixedWidth(width)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area
