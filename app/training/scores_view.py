"""How good an epoch's answers are: confusion, scores of classes, curves; or numbers by the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from app.forms.controls import tint
from app.theme import SIZES, Theme
from app.training.answers import Answers
from app.training.confusion_view import ConfusionView
from app.training.legend import Choice
from app.training.loaded_data import class_name
from app.training.score_plots import ScorePlot, ranking_of
from app.training.score_table import Row, ScoreTable
from app.training.scores import ClassScores, confusion

CONFUSION, TABLE, ROC, RECALL = range(4)
MOST_CLASSES = 200
"""Classes up to which there is a matrix and a table."""


class ScoresView(QWidget):
    """``cell_chosen`` carries a cell of the confusion matrix or None, ``class_chosen`` a class."""

    cell_chosen = Signal(object)
    class_chosen = Signal(int)
    mode_chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.of_classes = Choice(
            [("Confusion", "Which classes are taken for which"),
             ("Scores", "Precision, recall and F1 of each class"),
             ("ROC", "True by false positives, each class against the rest"),
             ("Recall", "Precision by recall, each class against the rest")],
            "Scores of classes",
        )  # fmt: skip
        self.of_numbers = Choice(
            [("Scatter", "Answers by the truth"), ("Residuals", "By how much answers are wrong")],
            "Scores of numbers",
        )
        self.told = QLabel()
        self.matrix = ConfusionView(theme)
        self.table = ScoreTable(theme)
        self.plot = ScorePlot(theme)
        self._stack = QStackedLayout()
        self._lay_out()
        self.matrix.chosen.connect(self.cell_chosen)
        self.matrix.pointed.connect(self.told.setText)
        self.table.chosen.connect(self.class_chosen)
        self.of_classes.chosen.connect(self.mode_chosen)
        self.of_numbers.chosen.connect(self.mode_chosen)
        theme.changed.connect(self._retint)
        self._retint()

    def _lay_out(self) -> None:
        self.told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.told.setMinimumWidth(20)
        head = QHBoxLayout()
        head.setContentsMargins(0, 4, SIZES.near, 0)
        head.addWidget(self.of_classes)
        head.addWidget(self.of_numbers)
        head.addWidget(self.told, 1)
        for widget in (self.matrix, self.table, self.plot):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(self._stack, 1)

    def _retint(self) -> None:
        self.told.setFont(self._theme.mono(11))
        tint(self.told, self._theme.color("second"))

    def show_nothing(self) -> None:
        """There are no answers."""
        self.hide()

    def forget_cell(self) -> None:
        """No cell of the matrix is chosen."""
        self.matrix.cell = None
        self.matrix.update()

    def show_answers(
        self,
        answers: Answers,
        names: tuple[str, ...],
        truth: NDArray[np.generic],
        answer: NDArray[np.generic],
        chosen: int | None,
    ) -> None:
        """Shows what can be said about this kind of answers."""
        ranks, is_numbers = answers.kind in ("classes", "labels"), answers.kind == "numbers"
        is_shown = (ranks or is_numbers) and len(answers) > 0
        self.setVisible(is_shown)
        self.of_classes.setVisible(ranks)
        self.of_numbers.setVisible(is_numbers)
        if not is_shown:
            return
        if is_numbers:
            flat = [np.asarray(each, np.float64).ravel() for each in (truth, answer)]
            mode = "scatter" if self.of_numbers.number == 0 else "residuals"
            self.plot.show_fit(mode, *flat)  # type: ignore[arg-type]  # of a plain choice
            self._stack.setCurrentWidget(self.plot)
        else:
            self._show_classes(answers, names, chosen)

    def _show_classes(self, answers: Answers, names: tuple[str, ...], chosen: int | None) -> None:
        mode = self.of_classes.number
        if mode == CONFUSION and answers.kind == "labels":
            mode = TABLE
        if mode in (CONFUSION, TABLE) and answers.classes > MOST_CLASSES:
            mode = ROC
        if mode == CONFUSION:
            told = tuple(class_name(names, n) for n in range(answers.classes))
            self.matrix.show_matrix(matrix_of(answers), told)
            self._stack.setCurrentWidget(self.matrix)
        elif mode == TABLE:
            self.table.show_rows(rows_of(answers, names))
            self._stack.setCurrentWidget(self.table)
        else:
            self.plot.show_ranking("roc" if mode == ROC else "recall", answers, chosen, names)
            self._stack.setCurrentWidget(self.plot)


def matrix_of(answers: Answers) -> NDArray[np.int64]:
    """How many samples of each class were taken for each class."""
    known = answers.targets >= 0
    return confusion(answers.targets[known], answers.chosen()[known], answers.classes)


def rows_of(answers: Answers, names: tuple[str, ...]) -> list[Row]:
    """The scores of each class."""
    if answers.kind == "labels":
        found = [_label_scores(answers, number) for number in range(answers.outputs.shape[1])]
    else:
        scores = ClassScores.of(matrix_of(answers))
        columns = (scores.precision, scores.recall, scores.f1, scores.support)
        found = list(zip(*(each.tolist() for each in columns), strict=True))
    rows: list[Row] = []
    for number, (precision, recall, f1, support) in enumerate(found):
        has_score = number < answers.outputs.shape[1]
        area = ranking_of(answers, number).auroc() if has_score else float("nan")
        rows.append((class_name(names, number), precision, recall, f1, area, int(support)))
    return rows


def _label_scores(answers: Answers, number: int) -> tuple[float, float, float, int]:
    """Of one label, which a sample has or not."""
    truth = (answers.targets[:, number] >= 0.5).astype(np.int64)
    answer = (answers.outputs[:, number] >= 0.5).astype(np.int64)
    scores = ClassScores.of(confusion(truth, answer, 2))
    of_yes = (scores.precision, scores.recall, scores.f1)
    precision, recall, f1 = (float(each[1]) for each in of_yes)
    return precision, recall, f1, int(scores.support[1])
