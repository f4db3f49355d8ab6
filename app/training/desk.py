"""Everything of training that one document has in its window: the run, its panel, what is said."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from app.document import Document
from app.icons import Icons
from app.messages import Messages
from app.settings import WARM, Settings
from app.theme import Theme
from app.training.canvas_tint import CanvasTint
from app.training.controls import dress_train
from app.training.homecoming import bring_home
from app.training.loading import Loader
from app.training.notice import Notice
from app.training.panel import TrainingPanel
from app.training.recording import Recording
from app.training.run import TrainingRun
from app.training.shown_runs import ShownRuns
from app.training.status import RunStatus
from app.training.tint_values import MEASURES
from graph_engine.project import Project
from graph_engine.training import launch
from graph_engine.training.folder import RunFolder


class TrainingDesk(QObject):
    """``changed``: other things can be done; ``count_wanted``: the errors of the drawing want to be
    counted at once; ``problems_wanted``: they are in the way of training; ``panel_wanted``: the run
    wants to be seen."""

    changed = Signal()
    count_wanted = Signal()
    problems_wanted = Signal()
    panel_wanted = Signal()

    def __init__(
        self,
        document: Document,
        theme: Theme,
        icons: Icons,
        messages: Messages,
        settings: Settings,
    ) -> None:
        super().__init__(document)
        self._theme, self._messages = theme, messages
        self._errors = 0
        self.runs = ShownRuns(self)
        self.run = TrainingRun(document, self.runs, messages, self)
        self.run.keep_warm(bool(settings.get(WARM)))
        self.panel = TrainingPanel(self.run, self.runs, document, theme, icons)
        self.notice = Notice(self.run, theme, icons)
        self.status = RunStatus(self.run, theme)
        self.tint = CanvasTint(document, self.runs, self.run)
        self.loader = Loader(self)
        self.loader.loaded.connect(self._show_past)
        self.loader.failed.connect(self._cannot_load)
        self.run.changed.connect(self.changed)
        self.run.refused.connect(self.panel_wanted)
        self.panel.train_asked.connect(self.start)
        self.panel.warned.connect(messages.say)
        self.notice.go_on.clicked.connect(self.go_on)
        self.status.clicked.connect(self.panel_wanted)

    def look_back(self) -> None:
        """Shows the newest run of the project, as soon as it is read."""
        self.loader.load(partial(newest_run, self.run.document.project))

    def _show_past(self, folder: RunFolder, recording: Recording) -> None:
        self.run.show_past(folder, recording)

    def _cannot_load(self, sentence: str) -> None:
        self._messages.say(sentence, "refused")

    # Actions -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Trains, goes on after a pause, or shows what is in the way."""
        if self.run.state == "paused":
            self.run.resume()
            return
        self.count_wanted.emit()  # what was just drawn, or mended, counts as well
        if self._errors and not self.run.is_active:
            self.run.refuse(self.reason())
            self.problems_wanted.emit()
            return
        self.run.start()
        if self.run.is_active:
            self.panel_wanted.emit()
            self.panel.watch()

    def go_on(self) -> None:
        """Takes up a run that was broken off."""
        self.run.go_on()
        self.panel_wanted.emit()

    def show_panel(self) -> None:
        """Shows the training panel."""
        self.panel_wanted.emit()

    def show_runs(self) -> None:
        """Shows the table of all runs."""
        self.panel_wanted.emit()
        self.panel.show_tab("Runs")

    def offer_measures(self, place: QPoint) -> None:
        """Lets the person choose what the canvas is tinted by, at a place on the screen."""
        menu = QMenu(self.panel)
        for measure in MEASURES:
            action = menu.addAction(measure.title)
            action.setCheckable(True)
            action.setChecked(measure is self.tint.measure)
            action.setToolTip(measure.help)
            action.triggered.connect(partial(self.tint.choose, measure.id))
        menu.addSeparator()
        menu.addAction("Tint nothing").triggered.connect(self.tint.toggle)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def reason(self) -> str:
        """Why nothing can be trained now; empty where something can."""
        run = self.run
        if run.is_active and run.recording is not None and run.state != "paused":
            is_ending = run.state == "stopping"
            now = "is ending: then another can begin" if is_ending else "is being trained"
            return f"{run.recording.name} {now}."
        if not self._errors or run.is_active:
            return ""
        are = "is an error" if self._errors == 1 else f"are {self._errors} errors"
        return f"There {are} in the drawing. Mend what stands in Problems, then train."

    def count_problems(self, errors: int, _: int) -> None:
        """Takes in how many errors the drawing has."""
        was_blocked, self._errors = bool(self._errors), errors
        if bool(errors) != was_blocked:
            self.changed.emit()

    def state(self) -> dict[str, bool]:
        """Which needs of actions are met."""
        run = self.run
        return {
            "trainable": not run.is_active or run.state == "paused",
            "steerable": run.state in ("running", "paused"),
            "training": run.is_active,
            "paused": run.state == "paused",
            "resumable": run.can_go_on,
        }

    def dress(self, button: QToolButton, action: QAction) -> None:
        """Makes the toolbar's button say what it does now."""
        is_blocked = bool(self._errors) and not self.run.is_active
        is_paused = self.run.state == "paused"
        action.setText("Go on" if is_paused else "&Train")
        told = "Go on with the run" if is_paused else action.statusTip()
        action.setToolTip(self.reason() or f"{told}  F5")
        dress_train(button, self._theme, is_blocked)

    def prefer(self, key: str, value: object) -> None:
        """Takes a preference that the person changed."""
        if key == WARM.key:
            self.run.keep_warm(bool(value))

    def close(self) -> None:
        """Lets go of the run; its worker stops with a checkpoint."""
        self.run.close()


def newest_run(project: Project) -> RunFolder | None:
    """The newest run of a project, after runs that waited for it have moved beside its file."""
    bring_home(project)
    history = launch.history_of(project)
    names = history.names()
    return history.find(names[-1]) if names else None
