"""One open document with everything around it: the canvas and the panels, made and dropped together."""

from __future__ import annotations

from dataclasses import fields
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

from app.breadcrumbs import Breadcrumbs
from app.canvas import placing
from app.canvas.tint import Tint
from app.canvas.view import CanvasView
from app.docking import Titles
from app.document import Document
from app.icons import Icons
from app.messages import Messages
from app.panels.help import HelpPanel
from app.panels.history import HistoryPanel
from app.panels.inspector import Inspector
from app.panels.palette import Palette
from app.panels.problems import ProblemsPanel
from app.panels.source import SourcePanel
from app.panels.summary import SummaryPanel
from app.settings import ANIMATIONS, DRAG, SNAP, WHEEL, Settings
from app.theme import Theme
from app.training.canvas_tint import Measured
from app.training.desk import TrainingDesk

Area = Qt.DockWidgetArea
WATCHABLE, SHARE = 300, 3
"""Pixels that the training panel needs to be of use, its tab included; which part of a large window it
takes where it has fewer."""

READABLE = 0.76
"""The zoom below which names and shapes are no longer comfortable to read."""


class Editor:
    """The widgets of one document; ``place`` puts them into a window, ``close`` takes them out."""

    def __init__(
        self,
        document: Document,
        theme: Theme,
        icons: Icons,
        settings: Settings,
        messages: Messages,
    ) -> None:
        self.document = document
        self.canvas = CanvasView(document, theme, icons)
        self.breadcrumbs = Breadcrumbs(document, theme, icons)
        self.palette = Palette(document, theme, icons, settings.store)
        self.inspector = Inspector(document, theme, icons)
        self.problems = ProblemsPanel(document, theme, icons)
        self.source = SourcePanel(document, theme, icons)
        self.summary = SummaryPanel(document, theme, icons)
        self.history = HistoryPanel(document)
        self.help = HelpPanel(theme)
        self.training = TrainingDesk(document, theme, icons, messages, settings)
        self.docks: dict[str, QDockWidget] = {}
        self.centre = QWidget()
        column = QVBoxLayout(self.centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.breadcrumbs)
        column.addWidget(self.training.notice)
        column.addWidget(self.canvas, 1)
        for setting in (WHEEL, DRAG, SNAP, ANIMATIONS):
            self.canvas.prefer(setting.key, settings.get(setting))
        self.canvas.bookmarks.use(settings.store)
        self._is_introducing = False
        self._connect()

    def place(self, window: QMainWindow) -> None:
        """Docks the panels around the canvas, which the window shows itself."""
        rows: tuple[tuple[str, str, QWidget, Area], ...] = (
            ("palette", "Layers", self.palette, Area.LeftDockWidgetArea),
            ("inspector", "Inspector", self.inspector, Area.RightDockWidgetArea),
            ("help", "Help", self.help, Area.RightDockWidgetArea),
            ("training", "Training", self.training.panel, Area.BottomDockWidgetArea),
            ("problems", "Problems", self.problems, Area.BottomDockWidgetArea),
            ("source", "Source", self.source, Area.BottomDockWidgetArea),
            ("summary", "Summary", self.summary, Area.BottomDockWidgetArea),
            ("history", "History", self.history, Area.BottomDockWidgetArea),
        )
        for name, title, widget, area in rows:
            dock = QDockWidget(title, window)
            dock.setObjectName(f"dock.{name}")
            dock.setWidget(widget)
            window.addDockWidget(area, dock)
            self.docks[name] = dock
        window.tabifyDockWidget(self.docks["inspector"], self.docks["help"])
        for name in ("problems", "source", "summary", "history"):
            window.tabifyDockWidget(self.docks["training"], self.docks[name])
        Titles(window, self.docks)
        self.docks["inspector"].raise_()
        self.docks["problems"].raise_()
        window.resizeDocks(
            [self.docks["palette"], self.docks["inspector"]], [232, 300], Qt.Orientation.Horizontal
        )
        window.resizeDocks([self.docks["problems"]], [200], Qt.Orientation.Vertical)
        layout = window.layout()
        if layout is not None:
            layout.activate()  # the canvas is first painted in its own place, not over the whole window

    def look_at_start(self) -> None:
        """Shows the whole drawing, or its beginning where all of it would be too small to read, and the
        newest run once it is read."""
        view, around = self.canvas, self.canvas.canvas.drawing_rect()
        room = view.viewport().size()
        if around.width() * READABLE > room.width():
            around.setWidth(room.width() / READABLE)
        view.show_rect(around)
        view.land()
        self.centre.setUpdatesEnabled(True)
        self.training.look_back()

    def show_help(self, layer: str) -> None:
        """Brings the help of a layer to the front."""
        self.help.show_layer(layer)
        self.docks["help"].show()
        self.docks["help"].raise_()

    def introduce(self) -> None:
        """Shows the page of the template of a new project, until something is selected."""
        self.help.use_template(self.document.project.name)
        self._is_introducing = self.document.project.path is None and self.help.has_template
        if self._is_introducing:
            self.docks["help"].raise_()

    def _look_at_selection(self) -> None:
        if self._is_introducing and not self.help.layer:
            self.docks["inspector"].raise_()
        self._is_introducing = False

    def show_dock(self, name: str, height: int = 0) -> None:
        """Brings a panel to the front, at least so high where it lies below."""
        dock = self.docks[name]
        dock.show()
        dock.raise_()
        QTimer.singleShot(0, dock, partial(grow, dock, height))

    def show_training(self) -> None:
        """Brings the training panel to the front."""
        self.show_dock("training", WATCHABLE)

    def show_problems(self) -> None:
        """Brings the problems to the front."""
        self.show_dock("problems")

    def close(self, window: QMainWindow) -> None:
        """Takes the panels out of the window and lets go of everything."""
        self.training.close()
        for dock in self.docks.values():
            window.removeDockWidget(dock)
            dock.setObjectName("")  # what is remembered of it counts for its successor
            dock.deleteLater()
        self.centre.deleteLater()
        self.document.deleteLater()

    def _connect(self) -> None:
        self.problems.revealed.connect(self.canvas.reveal)
        self.summary.revealed.connect(self.canvas.reveal)
        self.source.revealed.connect(self.canvas.reveal)
        self.problems.counted.connect(self.training.count_problems)
        self.training.notice.revealed.connect(self.canvas.reveal)
        self.training.panel.revealed.connect(self.canvas.reveal)
        self.training.count_wanted.connect(self.problems.refresh)
        self.training.problems_wanted.connect(self.show_problems)
        self.training.panel_wanted.connect(self.show_training)
        self.training.panel.folded.connect(self._fold_training)
        self.training.tint.changed.connect(self._tint)
        self.canvas.legend.asked.connect(self.training.offer_measures)
        self.document.selection.changed.connect(self._look_at_selection)
        self.palette.help_requested.connect(self.show_help)
        self.inspector.help_requested.connect(self.show_help)
        self.palette.place = partial(placing.behind, is_free=self.canvas.commands.is_free)
        self.canvas.opened_help.connect(self.show_help)

    def _tint(self, measured: Measured | None) -> None:
        """The canvas knows nothing of runs, and they nothing of it."""
        made = None
        if measured is not None:
            made = Tint(**{each.name: getattr(measured, each.name) for each in fields(measured)})
        self.canvas.show_tint(made)

    def _fold_training(self) -> None:
        self.docks["training"].hide()


def grow(dock: QDockWidget, height: int) -> None:
    """Gives a docked panel at least that height, once it has its place, unless it is as high already."""
    window = dock.parentWidget()
    if isinstance(window, QMainWindow) and not dock.isFloating() and dock.height() < height:
        height = max(height, window.height() // SHARE)
        window.resizeDocks([dock], [height], Qt.Orientation.Vertical)
