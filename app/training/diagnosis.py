"""What the doctor says of a document: asked beside the window after edits and while a run goes on.

All who want to know share one for a document: ``Diagnosis.of``.
"""

from __future__ import annotations

import hashlib
import time
from functools import partial
from typing import Any, Self

from PySide6.QtCore import QObject, QTimer, Signal

from app.background import Background, Snapshot
from app.document import Document
from app.settings import Setting, Settings
from app.training.consultation import Answer, Question, RunSoFar, consult
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns
from graph_engine.training import launch
from graph_engine.training.doctor import RUN_RULES, Cure, Finding
from graph_engine.training.recipe import Recipe

SOON = 400
"""Milliseconds after an edit before the rules are asked."""

PAUSE = 2.0
"""Seconds between two questions while a run goes on."""

SHARE = 0.1
"""Of the time that questions may take; where they are slow they are asked less often."""

TOPICS = frozenset({"started", "steps", "epoch", "ended", "layers"})


class Diagnosis(QObject):
    """``changed``: the findings are others; ``warned`` carries a sentence about a run that goes on.

    ``findings`` are those that the person does not ignore, ``ignored`` the others.
    """

    changed = Signal()
    warned = Signal(str)

    def __init__(self, runs: ShownRuns, document: Document) -> None:
        super().__init__(document)
        self.setObjectName(type(self).__name__)
        self._runs, self._document = runs, document
        self._recording: Recording | None = None
        self._ignored: set[str] = set()
        self._warned: set[str] = set()
        self._asked = self._next = 0.0
        self.answer = Answer()
        self.is_asking = self._is_stale = False
        self._background = Background(self)
        self._background.done.connect(self._take)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.ask)
        for signal in (document.changed, document.settled, document.shown):
            signal.connect(self._edited)
        document.path_changed.connect(self._remember)
        runs.changed.connect(self._follow)
        self._remember()
        self._follow()

    @classmethod
    def of(cls, runs: ShownRuns, document: Document) -> Self:
        """The diagnosis of a document."""
        return document.findChild(cls, cls.__name__) or cls(runs, document)

    # Asking --------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Asks the rules, unless an answer is still to come; then once more behind it."""
        if self.is_asking:
            self._is_stale = True
            return
        self._timer.stop()
        project, scope = self._document.project, self._document.scope
        recording = self._runs.current
        is_shown = recording is not None and recording.started is not None
        question = Question(
            drawing=Snapshot.of(project.networks[scope.network]),
            recipe=project.recipe,
            data=project.data,
            folder=project.path.absolute().parent if project.path else None,
            run=RunSoFar.of(recording) if recording is not None and is_shown else None,
            runs=launch.history_of(project).folder,
            known=self.answer.known,
        )
        self.is_asking, self._asked = True, time.monotonic()
        self._background.start(partial(consult, question))

    def _edited(self, _: object = None) -> None:
        self._timer.start(SOON)

    def _follow(self) -> None:
        if self._recording is not self._runs.current:
            if self._recording is not None:
                self._recording.told.disconnect(self._told)
            self._recording = self._runs.current
            if self._recording is not None:
                self._recording.told.connect(self._told)
            self._warned = set()
        self._edited()

    def _told(self, topics: frozenset[str]) -> None:
        if topics & TOPICS and not self._timer.isActive():
            wait = 0.0 if "ended" in topics else self._next - time.monotonic()
            self._timer.start(max(SOON, round(wait * 1000)))

    def _take(self, answer: Answer) -> None:
        self.is_asking = False
        now = time.monotonic()
        self._next = now + max(PAUSE, (now - self._asked) / SHARE)
        before, self.answer = self.answer, answer
        said = (before.findings, before.looked, before.sentence, before.is_outdated)
        if said != (answer.findings, answer.looked, answer.sentence, answer.is_outdated):
            self.changed.emit()
        self._warn()
        if self._is_stale:
            self._is_stale = False
            self._edited()

    def _warn(self) -> None:
        """Says once for each rule what goes wrong in a run while it goes on."""
        recording = self._recording
        if recording is None or recording.is_over or self.answer.is_outdated:
            return
        for finding in self.findings:
            is_news = finding.rule not in self._warned
            if finding.rule in RUN_RULES and finding.severity != "advice" and is_news:
                self._warned.add(finding.rule)
                self.warned.emit(f"{finding.evidence} Training ▸ Doctor says more.")
                return

    # What is said --------------------------------------------------------------------------------

    @property
    def findings(self) -> list[Finding]:
        """Those that are not ignored, the worst first."""
        return [each for each in self.answer.findings if place_of(each) not in self._ignored]

    @property
    def ignored(self) -> list[Finding]:
        """Those that the person does not want to see."""
        return [each for each in self.answer.findings if place_of(each) in self._ignored]

    def ignore(self, finding: Finding) -> None:
        """Leaves a finding out from now on, for this project."""
        self._ignored.add(place_of(finding))
        self._keep()

    def heed_all(self) -> None:
        """Shows what was ignored again."""
        self._ignored -= {place_of(each) for each in self.answer.findings}
        self._keep()

    def _keep(self) -> None:
        setting = self._setting()
        if setting is not None:
            Settings().set(setting, sorted(self._ignored))
        self.changed.emit()

    def _remember(self) -> None:
        setting = self._setting()
        if setting is not None:
            stored: Any = Settings().get(setting)
            self._ignored |= {stored} if isinstance(stored, str) else set(stored or ())
            self._keep()

    def _setting(self) -> Setting | None:
        """Where a project's ignored findings are kept; nowhere before it has a file."""
        path = self._document.project.path
        if path is None:
            return None
        key = hashlib.sha256(str(path.absolute()).encode("utf-8", "replace")).hexdigest()[:16]
        return Setting(f"doctor/ignored/{key}", [])

    # Curing --------------------------------------------------------------------------------------

    def apply(self, cure: Cure) -> None:
        """Makes a cure as one step that can be undone.

        Raises DesignError where the drawing has changed so much that it cannot be made.
        """
        document = self._document
        values: dict[str, dict[str, Any]] = {}
        if cure.recipe is not None:
            values["recipe"] = stored_recipe(cure.recipe)
        if cure.data is not None:
            values["data"] = cure.data.saved()
        if cure.change is None:
            document.settle(cure.label, "", **values)
            return
        network = document.scope.network
        if document.scope.block:
            document.restore(cure.label, network, {network: cure.change}, **values)
        else:
            document.do(cure.label, cure.change)


def stored_recipe(recipe: Recipe) -> dict[str, Any]:
    """A recipe as a project keeps it."""
    return recipe.differing()


def place_of(finding: Finding) -> str:
    """By what an ignored finding is known again."""
    return f"{finding.rule}@{finding.block}.{finding.node}"
