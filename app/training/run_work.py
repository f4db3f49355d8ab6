"""What can be done to runs: shown, laid over, taken up again, put back, written out, deleted."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.document import Document, Plain
from app.training.loading import Loader
from app.training.recording import Recording
from app.training.run import TrainingRun
from app.training.shown_runs import ShownRuns
from graph_engine.errors import DesignError
from graph_engine.project import Project
from graph_engine.training import drawing, launch
from graph_engine.training.folder import RunFolder
from graph_engine.training.history import History
from graph_engine.training.recipe import Recipe

Purpose = Literal["show", "compare", "resume"]


@dataclass(frozen=True, slots=True)
class Done:
    """What work beside the window came to: a sentence, and whether it is one of refusal."""

    sentence: str
    is_refused: bool = False


class RunWork(QObject):
    """``changed``: the folders of runs are others."""

    changed = Signal()
    _done = Signal(object)

    def __init__(
        self, document: Document, runs: ShownRuns, run: TrainingRun, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.document, self.runs, self.run = document, runs, run
        self._loaders: dict[str, Loader] = {}
        self._done.connect(self._tell)

    @property
    def history(self) -> History:
        """Where the project's runs are now."""
        return launch.history_of(self.document.project)

    # Looking -------------------------------------------------------------------------------------

    def show(self, name: str) -> None:
        """Makes a run the current one of all panels; its time can be gone through."""
        known = self._known(name)
        if known is not None and (self.run.is_active or known is self.run.recording):
            self.runs.follow(known)
        else:
            self._load(name, "show", partial(self.history.find, name))

    def compare(self, name: str, shown: bool) -> None:
        """Lays a run over the current one, or takes it away."""
        known = self._known(name)
        if known is not None:
            self.runs.compare(known, shown)
        elif shown:
            self._load(name, "compare", partial(self.history.find, name))

    def _known(self, name: str) -> Recording | None:
        """The recording of a run that is in memory already."""
        live = self.run.recording
        if live is not None and live.name == name:
            return live
        return next((each for each in self.runs.all if each.name == name), None)

    def _load(self, name: str, purpose: Purpose, find: Callable[[], RunFolder | None]) -> None:
        loader = self._loaders.get(purpose)
        if loader is None:
            loader = self._loaders[purpose] = Loader(self)
            take = {"show": self._show, "compare": self._compare, "resume": self._resume}
            loader.loaded.connect(take[purpose])
            loader.failed.connect(self._refuse)
        loader.load(find)

    def _show(self, folder: RunFolder, recording: Recording) -> None:
        self.run.look_at(folder, recording)

    def _compare(self, folder: RunFolder, recording: Recording) -> None:
        if self._known(recording.name) is None:
            recording.setParent(self)
            self.runs.compare(recording, True)

    def _refuse(self, sentence: str) -> None:
        self.run.refuse(sentence)

    # Going on ------------------------------------------------------------------------------------

    def resume(self, name: str) -> None:
        """Takes a run up at its checkpoint; to more epochs where the recipe in the window has more."""
        if self.run.is_active:
            self._refuse("A run goes on. Stop it before another is taken up.")
            return
        if self.run.homecoming.is_under_way:
            self._refuse("The runs are being moved beside the project's file. Wait a moment.")
            return
        epochs = 0
        with suppress(DesignError):
            epochs = self.document.project.training_recipe().epochs
        find = partial(launch.resumed_run, self.history, name, "", partial(_for_longer, epochs))
        self._load(name, "resume", find)

    def _resume(self, folder: RunFolder, recording: Recording) -> None:
        recording.setParent(self.run)
        self.run.begin(folder, recording)

    def begin_from(self, name: str) -> None:
        """Starts a new run of the network in the window with the weights of another."""
        try:
            self.run.start_from(self.history.find(name))
        except DesignError as error:
            self._refuse(str(error))

    def restore(self, name: str) -> None:
        """Puts drawing, recipe and data of a run back, as one step."""
        document = self.document
        with self.run.messages.sentences():
            folder = self.history.find(name)
            snapshot, then = folder.snapshot(), drawing.drawing_of(folder)
            changes = drawing.restoring(document.project, then, snapshot)
            settings = _other_settings(document.project, snapshot.recipe, dict(snapshot.data))
            before = document.undo.index()
            text = f"Restore the drawing of {name}"
            document.restore(text, snapshot.network, changes, **settings)
            if document.undo.index() == before:
                self.run.messages.say(f"Drawing and recipe are those of {name} already.")
            else:
                self.run.messages.say(f"Drawing and recipe are those of {name}; Undo goes back.")

    # Files ---------------------------------------------------------------------------------------

    def annotate(self, name: str, notes: str) -> None:
        """Keeps a person's words about a run."""
        with self.run.messages.sentences():
            self.history.annotate(name, notes)
        self.changed.emit()

    def delete(self, names: Sequence[str]) -> None:
        """Removes runs with all their files, beside the window."""
        active = self.run.recording if self.run.is_active else None
        if active is not None and active.name in names:
            self._refuse(f"{active.name} is being trained: stop it before deleting it.")
            return
        for name in names:
            known = self._known(name)
            if known is not None:
                self.run.let_go(known)
        self._beside(partial(_deleted, self.history, tuple(names)))

    def reveal(self, name: str) -> None:
        """Shows the folder of a run where the system shows folders."""
        with self.run.messages.sentences():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.history.find(name).path)))

    def export(self, name: str, path: Path) -> None:
        """Writes every number of a run as a table, a row a step."""
        self._beside(partial(_exported, self.history, name, path))

    def _beside(self, work: Callable[[], Done]) -> None:
        def do() -> None:
            try:
                done = work()
            except (DesignError, OSError) as error:
                done = Done(str(error), True)
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._done.emit(done)

        threading.Thread(target=do, name="work on runs").start()

    def _tell(self, done: Done) -> None:
        self.run.messages.say(done.sentence, "refused" if done.is_refused else "done")
        self.changed.emit()


def _for_longer(epochs: int, recipe: Recipe) -> Recipe:
    return recipe.replace(epochs=max(epochs, recipe.epochs))


def _other_settings(project: Project, recipe: Recipe, data: Plain) -> dict[str, Plain]:
    """What of recipe and data is not as it was."""
    try:
        is_same = project.training_recipe() == recipe
    except DesignError:
        is_same = False
    settings: dict[str, Plain] = {} if is_same else {"recipe": recipe.differing()}
    try:
        is_same = project.data_choice().saved() == data
    except DesignError:
        is_same = False
    return settings if is_same else {**settings, "data": data}


def _deleted(history: History, names: Sequence[str]) -> Done:
    for name in names:
        history.delete(name)
    return Done(f"{names[0]} is deleted." if len(names) == 1 else f"{len(names)} runs are deleted.")


def _exported(history: History, name: str, path: Path) -> Done:
    series = history.scalars(name)
    steps: dict[int, dict[str, float]] = {}
    for column, points in series.items():
        for step, value in points:
            steps.setdefault(step, {})[column] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", *series])
        for step in sorted(steps):
            row = steps[step]
            writer.writerow([step, *(row.get(column, "") for column in series)])
    return Done(f"The numbers of {name} are in {path.name}.")
