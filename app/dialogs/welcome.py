"""The first page: start anew, go on with a recent project, or learn from a template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.cards import CARD, Card, Grid, RecentRow, TemplateCard
from app.dialogs.tour_offer import TourOffer
from app.icons import Icons
from app.theme import SIZES, Theme
from graph_engine import templates

WIDEST = 1320
MOST_RECENT = 6
RECENT_WIDTH = 320
OTHERS = ""
"""The family of templates that the catalogue says nothing of."""


class WelcomePage(QWidget):
    """The page. It says what was chosen; the window does it."""

    new_requested = Signal()
    open_requested = Signal()
    recent_chosen = Signal(Path)
    template_chosen = Signal(str)
    tour_wanted = Signal()
    tour_declined = Signal()

    def __init__(self, theme: Theme, icons: Icons, recent: Sequence[Path]) -> None:
        super().__init__()
        self.setAccessibleName("Welcome")
        self._theme, self._icons = theme, icons
        self._new, self._open = QPushButton("New network"), QPushButton("Open…")
        self._filter = QLineEdit()
        self._title, self._motto, self._nothing = QLabel("Netloom"), QLabel(), QLabel()
        self._heads = {"recent": QLabel("Recent"), "templates": QLabel("Start from a template")}
        self._recent = Grid(RECENT_WIDTH, 3)
        titles = {**templates.families(), OTHERS: "Others"}
        self._families = {family: Grid(CARD.width(), 4) for family in titles}
        self._titles = {family: QLabel(title) for family, title in titles.items()}
        self._scroll = QScrollArea()
        self._page = QWidget()
        self._tour = TourOffer(theme, icons)
        self._tour.hide()
        self._lay_out()
        self._fill(recent)
        self._connect()
        self._retint()

    # Making --------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._motto.setText("Draw a neural network, train it, and take clean PyTorch away.")
        self._filter.setPlaceholderText("Filter projects and templates")
        self._filter.setAccessibleName("Filter projects and templates")
        self._filter.setClearButtonEnabled(True)
        self._filter.setFixedWidth(260)
        self._new.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(SIZES.near)
        for widget in (self._new, self._open):
            widget.setMinimumHeight(32)
            buttons.addWidget(widget)
        buttons.addStretch(1)
        buttons.addWidget(self._filter)
        self._stack(buttons)
        self._scroll.setWidget(self._page)
        self._page.setObjectName("welcomePage")
        self._scroll.viewport().setObjectName("welcomeGround")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._scroll)

    def _stack(self, buttons: QHBoxLayout) -> None:
        """Puts the parts of the page below one another."""
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 40, 0, 40)
        column.setSpacing(0)
        column.addWidget(self._title)
        column.addSpacing(4)
        column.addWidget(self._motto)
        column.addSpacing(SIZES.page)
        column.addLayout(buttons)
        column.addWidget(self._tour)
        column.addWidget(self._heads["recent"])
        column.addWidget(self._recent)
        column.addWidget(self._heads["templates"])
        for family, grid in self._families.items():
            column.addWidget(self._titles[family])
            column.addWidget(grid)
        column.addWidget(self._nothing)
        column.addStretch(1)

    def _fill(self, recent: Iterable[Path]) -> None:
        catalogue = templates.catalogue()
        for name, told in templates.described():
            entry = catalogue.get(name)
            card = TemplateCard(self._theme, name, told, entry.title if entry else "")
            card.clicked.connect(partial(self._choose_template, name))
            self._families[entry.family if entry else OTHERS].add(card)
        self.set_recent(recent)

    def _connect(self) -> None:
        self._new.clicked.connect(self._ask_new)
        self._open.clicked.connect(self._ask_open)
        self._tour.take.clicked.connect(self._take_tour)
        self._tour.decline.clicked.connect(self._decline_tour)
        self._filter.textChanged.connect(self._sift)
        self._theme.changed.connect(self._retint)
        QShortcut(QKeySequence.StandardKey.Find, self, self._filter.setFocus)

    def set_recent(self, recent: Iterable[Path]) -> None:
        """Shows these projects as the ones opened last."""
        self._recent.clear()
        for path in list(recent)[:MOST_RECENT]:
            row = RecentRow(self._theme, self._icons, path)
            row.clicked.connect(partial(self._choose_recent, path))
            self._recent.add(row)
            row.show()
        self._sift(self._filter.text())

    def offer_tour(self, is_new: bool) -> None:
        """Whether to offer the tour: to a person who has neither taken nor declined it."""
        self._tour.setVisible(is_new)
        self._arrange()

    # Choosing ------------------------------------------------------------------------------------

    def _take_tour(self) -> None:
        self.offer_tour(False)
        self.tour_wanted.emit()

    def _decline_tour(self) -> None:
        self.offer_tour(False)
        self._new.setFocus()
        self.tour_declined.emit()

    def _ask_new(self) -> None:
        self.new_requested.emit()

    def _ask_open(self) -> None:
        self.open_requested.emit()

    def _choose_recent(self, path: Path, *_: object) -> None:
        self.recent_chosen.emit(path)

    def _choose_template(self, name: str, *_: object) -> None:
        self.template_chosen.emit(name)

    # Showing -------------------------------------------------------------------------------------

    def cards(self) -> list[Card]:
        """The cards that the filter lets through, in their order."""
        return [card for card in self._all() if not card.isHidden()]

    def _all(self) -> list[Card]:
        grids = (self._recent, *self._families.values())
        return [card for grid in grids for card in grid.cards]

    def _sift(self, text: str) -> None:
        """Leaves what has all words of the filter in its name or description."""
        words = text.lower().split()
        for card in self._all():
            told = f"{card.text()} {card.accessibleDescription()}".lower()
            card.setHidden(not all(word in told for word in words))
        self._show_where_filled(self._heads["recent"], self._recent)
        shown = [
            self._show_where_filled(self._titles[name], g) for name, g in self._families.items()
        ]
        self._heads["templates"].setHidden(not any(shown))
        self._nothing.setText(f"Nothing is called “{text.strip()}”. Clear the filter to see all.")
        self._nothing.setHidden(bool(self.cards()))
        self._arrange()

    @staticmethod
    def _show_where_filled(head: QLabel, grid: Grid) -> bool:
        is_filled = not all(card.isHidden() for card in grid.cards)
        head.setVisible(is_filled)
        grid.setVisible(is_filled)
        return is_filled

    def _arrange(self) -> None:
        edge = SIZES.page + (SIZES.apart if self.width() > 900 else 0)
        width = min(self.width() - 2 * edge, WIDEST)
        self._recent.arrange(width)
        for grid in self._families.values():
            grid.arrange(width)
        self._page.setFixedWidth(width)
        self._page.adjustSize()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Places the cards for another width."""
        super().resizeEvent(event)
        self._arrange()

    def _retint(self) -> None:
        theme = self._theme
        ground = theme.color("canvas").name()
        self._scroll.setStyleSheet(
            f"#welcomeGround, #welcomePage {{ background: {ground}; }}"
            f" QScrollArea {{ background: {ground}; }}"
        )
        self._title.setFont(theme.font(28, QFont.Weight.DemiBold))
        for head in self._heads.values():
            head.setFont(theme.font(16, QFont.Weight.Medium))
            head.setIndent(0)
            head.setStyleSheet("padding: 28px 0 12px 0;")
        second = f"color: {theme.color('second').name()};"
        for number, title in enumerate(self._titles.values()):
            title.setFont(theme.font(13, QFont.Weight.DemiBold))
            title.setIndent(0)
            title.setStyleSheet(f"{second} padding: {24 if number else 0}px 0 10px 0;")
        self._motto.setStyleSheet(second)
        self._nothing.setStyleSheet(second)
        self._nothing.setContentsMargins(0, 28, 0, 0)
        self._new.setIcon(self._icons.icon("plus", "panel"))
        self._open.setIcon(self._icons.icon("folder-open"))
