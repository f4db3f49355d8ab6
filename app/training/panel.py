"""The training panel: one tab a view of the run, its controls beside them, and its time below.

A view is made when its tab is first shown: the line of ``TABS`` says where it is.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedWidget,
    QTabBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.document import Document
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.controls import RunBar
from app.training.importing import ImportAhead
from app.training.run import TrainingRun
from app.training.shown_runs import ShownRuns
from app.training.strip import Refusal
from app.training.time_slider import TimeSlider

if TYPE_CHECKING:
    from app.training.diagnosis import Diagnosis


@dataclass(frozen=True, slots=True)
class Tab:
    """A view: its title, its module in this package, its class, what it shows, whether it follows the
    time slider, and whether it takes the run of the window in its hands."""

    title: str
    module: str
    view: str
    help: str
    over_time: bool = True
    steers: bool = False


TABS = (
    Tab("Recipe", "recipe_page", "RecipePage", "How the network is trained", over_time=False),
    Tab("Data", "data_view", "DataPanel", "The data that the network learns from", over_time=False),
    Tab("Curves", "curves", "CurvesPanel", "Loss, metrics and learning rate over the run"),
    Tab("Gradients", "gradients", "GradientsPanel", "How large the gradient of each layer is"),
    Tab("Weights", "weights", "WeightsPanel", "Histograms of each layer over the run"),
    Tab("Activations", "activations", "ActivationsPanel", "What layers make of a few samples"),
    Tab("Predictions", "predictions", "PredictionsPanel", "Answers beside the truth, and scores"),
    Tab("Doctor", "doctor", "DoctorPanel", "What may go wrong, and what helps", over_time=False),
    Tab("Runs", "runs", "RunsPanel", "All runs of the project", over_time=False, steers=True),
)


AHEAD = 800
"""Milliseconds after which the views are imported, so that none has to be when Train is pressed."""


class TrainingPanel(QWidget):
    """``train_asked``: Train was pressed somewhere in it. ``folded`` asks for the panel to be put
    away, ``revealed`` for a node to be shown; ``warned`` carries what the doctor says of a run that
    goes on."""

    train_asked = Signal()
    folded = Signal()
    revealed = Signal(str)
    warned = Signal(str)

    def __init__(
        self, run: TrainingRun, runs: ShownRuns, document: Document, theme: Theme, icons: Icons
    ) -> None:
        super().__init__()
        self._run, self._runs, self._document = run, runs, document
        self._theme, self._icons = theme, icons
        self._pages: dict[str, QWidget] = {}
        self._diagnosis: Diagnosis | None = None
        self.tabs = QTabBar()
        self.bar = RunBar(run, theme, icons)
        self.refusal = Refusal(run, theme, icons)
        self.head = QWidget()
        self.stack = QStackedWidget()
        self.time = TimeSlider(runs, theme)
        self.fold = QToolButton()
        self._lay_out()
        self.tabs.currentChanged.connect(self._show)
        self.fold.clicked.connect(self.folded)
        self.bar.train.clicked.connect(self.train_asked)
        theme.changed.connect(self._retint)
        self._retint()
        self._ahead = QTimer(self)
        self._ahead.setSingleShot(True)
        self._ahead.setInterval(AHEAD)
        modules = (f"app.training.{tab.module}" for tab in TABS)
        self._imports = ImportAhead(modules, self)
        self._ahead.timeout.connect(self._imports.begin)
        self._ahead.timeout.connect(self.diagnose)
        self._ahead.start()

    def sizeHint(self) -> QSize:
        return QSize(900, 300)

    def minimumSizeHint(self) -> QSize:
        return QSize(400, 140)

    def show_tab(self, title: str) -> None:
        """Brings a view to the front."""
        titles = [tab.title for tab in TABS]
        if title in titles:
            self.tabs.setCurrentIndex(titles.index(title))

    def page(self, title: str) -> QWidget | None:
        """The view of a tab, if it was made."""
        return self._pages.get(title)

    def diagnose(self) -> None:
        """Asks the doctor from now on, as soon as he is there, and shows the number of findings on the
        tab."""
        module = sys.modules.get("app.training.doctor")
        if module is None or not hasattr(module, "DoctorPanel"):
            QTimer.singleShot(AHEAD, self, self.diagnose)
        elif self._diagnosis is None:
            self._diagnosis = module.Diagnosis.of(self._runs, self._document)
            self._diagnosis.changed.connect(self._count)
            self._diagnosis.warned.connect(self.warned)
            self._count()

    def _count(self) -> None:
        count = len(self._diagnosis.findings) if self._diagnosis is not None else 0
        place = [tab.title for tab in TABS].index("Doctor")
        self.tabs.setTabText(place, f"Doctor  {count}" if count else "Doctor")

    def watch(self) -> None:
        """Shows the run where something else is shown that does not move."""
        if not TABS[self.tabs.currentIndex()].over_time:
            self.tabs.setCurrentIndex(next((n for n, t in enumerate(TABS) if t.over_time), 0))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show(self.tabs.currentIndex())

    def _lay_out(self) -> None:
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setAccessibleName("Views of the run")
        for place, tab in enumerate(TABS):
            self.tabs.addTab(tab.title)
            self.tabs.setTabToolTip(place, tab.help)
        self.fold.setToolTip("Fold the training panel away")
        self.fold.setAccessibleName("Fold the training panel away")
        head = QHBoxLayout(self.head)
        head.setContentsMargins(SIZES.near, 2, SIZES.near, 2)
        head.setSpacing(SIZES.near)
        head.addWidget(self.tabs, 1)
        head.addWidget(self.bar)
        head.addWidget(self.fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.refusal)
        column.addWidget(self.stack, 1)
        column.addWidget(self.time)

    def _show(self, place: int) -> None:
        if place < 0 or not self.isVisible():
            return
        tab = TABS[place]
        if tab.title not in self._pages:
            view = getattr(import_module(f"app.training.{tab.module}"), tab.view)
            page: QWidget = view(self._runs, self._document, self._theme, self._icons)
            if hasattr(page, "train_asked"):
                page.train_asked.connect(self.train_asked)
            if tab.title == "Doctor":
                page.revealed.connect(self.revealed)  # type: ignore[attr-defined]
            if tab.steers:
                page.steer(self._run)  # type: ignore[attr-defined]
            self._pages[tab.title] = page
            self.stack.addWidget(page)
        self.stack.setCurrentWidget(self._pages[tab.title])

    def _retint(self) -> None:
        self.fold.setIcon(self._icons.icon("chevron-down"))
