"""The rows of the problems panel: what stands in the way, and its repair, looked for once it is seen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
)

from app.document import Document
from graph_engine.checks import checks
from graph_engine.errors import DesignError
from graph_engine.inference import Problem
from graph_engine.repairs import Repair, repair

Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
Role = Qt.ItemDataRole
PROBLEM, LABEL = Role.UserRole + 1, Role.UserRole + 2


def found_problems(document: Document) -> list[Problem]:
    """What stands in the way of the shown graph, the loss of the recipe included; nothing before the
    first layer is drawn."""
    document.infer_now()
    if not document.graph.nodes:
        return []
    graph, inference = document.graph, document.inference
    found = inference.problems()
    if not document.scope.block:
        found += checks(graph, inference, _loss_name(document))
    return found


def _loss_name(document: Document) -> str:
    try:
        loss = document.project.training_recipe().loss
    except DesignError:
        return ""  # the recipe's own page says what is wrong with it
    return loss.name if loss else ""


def repair_of(document: Document, problem: Problem) -> Repair | None:
    """A repair that is ready, for the drawing as it is now."""
    document.infer_now()
    try:
        return repair(problem, document.inference)
    except DesignError:
        return None


class ProblemList(QAbstractListModel):
    """The problems in their order. The label of a repair is looked for once its row is drawn."""

    def __init__(self, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self.problems: list[Problem] = []
        self._labels: dict[Problem, str] = {}
        self._wanted: dict[Problem, None] = {}
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._find_one)

    def show(self, problems: Sequence[Problem]) -> None:
        """Shows these problems; rows that stay the same stay in place."""
        new = list(problems)
        self._labels.clear()
        self._wanted.clear()
        if new != self.problems:
            self.beginResetModel()
            self.problems = new
            self.endResetModel()
        elif new:
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1), [LABEL])

    def rowCount(self, parent: Index = NOTHING) -> int:
        """How many problems there are."""
        return 0 if parent.isValid() else len(self.problems)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """The sentence, the problem itself, or the label of its repair where that is known."""
        if not index.isValid():
            return None
        problem = self.problems[index.row()]
        if role in (Role.DisplayRole, Role.AccessibleTextRole):
            return f"{problem.severity}: {problem.sentence}".replace("`", "").capitalize()
        if role == PROBLEM:
            return problem
        if role == LABEL:
            return self._label(problem)
        return None

    def _label(self, problem: Problem) -> str:
        known = self._labels.get(problem)
        if known is None and problem.fix:
            self._wanted[problem] = None
            self._turn.start()
        return known or ""

    def _find_one(self) -> None:
        if not self._wanted:
            self._turn.stop()
            return
        problem = next(iter(self._wanted))
        del self._wanted[problem]
        ready = repair_of(self._document, problem)
        self._labels[problem] = ready.label if ready else ""
        if ready and problem in self.problems:
            index = self.index(self.problems.index(problem))
            self.dataChanged.emit(index, index, [LABEL])
