"""Curves of how classes are ranked (ROC, precision and recall); numbers foretold beside the truth."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.theme import Theme
from app.training.answers import Answers
from app.training.hues import mixed
from app.training.plot import Plot
from app.training.plot_axes import Axis, Ground
from app.training.plot_items import Curve
from app.training.plot_marks import End
from app.training.scales import Range, number, padded
from app.training.scores import Array, Fit, Ranking

Mode = Literal["roc", "recall", "scatter", "residuals"]

MOST_CURVES = 24
"""Classes of which each has a curve; of more, the most frequent ones."""

MOST_POINTS = 400

AXES = {
    "roc": ("ROC", "False positives", "True positives"),
    "recall": ("Precision and recall", "Recall", "Precision"),
    "scatter": ("Answer by truth", "Truth", "Answer"),
    "residuals": ("Answer less truth", "Truth", "Residual"),
}


class ScorePlot(QWidget):
    """One of the plots at a time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.plot = Plot(theme, Ground(heading=" ", x=Axis("x")))
        self.guide = self.plot.curve(-1.0)
        self.curves: list[Curve] = []
        self.bold = self.plot.curve(2.0)
        self.dots = self.plot.dots(4.0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)

    def _clear(self, mode: Mode) -> None:
        heading, x, y = AXES[mode]
        self.plot.set_ground(heading=heading, x=Axis(x), unit=y)
        for curve in (*self.curves, self.bold, self.guide):
            curve.clear()
        self.dots.draw([], QRectF())
        self.plot.set_ends([])

    # Classes -------------------------------------------------------------------------------------

    def show_ranking(
        self, mode: Mode, answers: Answers, chosen: int | None, names: tuple[str, ...]
    ) -> None:
        """Draws each class against the rest; the one that is chosen, or all together, stands out."""
        self._clear(mode)
        shown = classes_of(answers)
        while len(self.curves) < len(shown):
            self.curves.append(self.plot.curve(0.0))
        faint = mixed(self._theme.color("panel"), self._theme.color("second"), 0.45)
        if len(shown) > 1:
            for curve, number_ in zip(self.curves, shown, strict=False):
                curve.draw(*_line(ranking_of(answers, number_), mode), faint)
        bold = micro(answers) if chosen is None else ranking_of(answers, chosen)
        color = self._theme.color("accent")
        x, y = _line(bold, mode)
        self.bold.draw(x, y, color, wide=True)
        second = self._theme.color("border")
        if mode == "roc":
            self.guide.draw(np.array([0.0, 1.0]), np.array([0.0, 1.0]), second)
        area = bold.auroc() if mode == "roc" else bold.average_precision()
        what = "area" if mode == "roc" else "mean precision"
        name = "all classes" if chosen is None else _named(names, chosen)
        self.plot.set_ground(unit=f"{AXES[mode][2]} · {name}, {what} {number(area, 4)}")
        self.plot.show_range((-0.01, 1.01), (-0.02, 1.04))

    # Numbers -------------------------------------------------------------------------------------

    def show_fit(self, mode: Mode, truth: Array, answer: Array) -> None:
        """Draws numbers foretold, or by how much they are wrong, over the true ones."""
        self._clear(mode)
        known = np.isfinite(truth) & np.isfinite(answer)
        x, y = truth[known], answer[known] if mode == "scatter" else (answer - truth)[known]
        if not len(x):
            return
        x_range = padded(float(x.min()), float(x.max()))
        y_range = padded(float(y.min()), float(y.max()))
        if mode == "scatter":
            both = (min(x_range[0], y_range[0]), max(x_range[1], y_range[1]))
            x_range = y_range = both
        self._guide(mode, x_range)
        color = self._theme.color("accent")
        area = QRectF(x_range[0], y_range[0], x_range[1] - x_range[0], y_range[1] - y_range[0])
        self.dots.draw([(color, x, y)], area)
        fit = Fit.of(truth[known], answer[known])
        words = f"mean error {number(fit.mean_absolute, 3)}, R² {number(fit.determination, 3)}"
        self.plot.set_ground(unit=f"{AXES[mode][2]} · {words}")
        self.plot.show_range(x_range, y_range)

    def _guide(self, mode: Mode, span: Range) -> None:
        ends = np.array(span)
        right = ends if mode == "scatter" else np.zeros(2)
        self.guide.draw(ends, right, self._theme.color("second"))
        word = "right" if mode == "scatter" else ""
        end = End(word, "", float(right[1]), self._theme.color("second"))
        self.plot.set_ends([end] if word else [])


def classes_of(answers: Answers) -> list[int]:
    """The classes that have curves: of two only the second, of many the most frequent."""
    count = answers.outputs.shape[1]
    if count == 2 and answers.kind == "classes":
        return [1]
    if answers.kind == "labels":
        often = (answers.targets >= 0.5).sum(axis=0)
    else:
        often = np.bincount(answers.targets.reshape(-1), minlength=count)[:count]
    order = np.argsort(-often, kind="stable")[:MOST_CURVES]
    return sorted(int(each) for each in order if often[each])


def ranking_of(answers: Answers, number: int) -> Ranking:
    """One class against the rest."""
    is_one = (
        answers.targets[:, number] >= 0.5 if answers.kind == "labels" else answers.targets == number
    )
    return Ranking.of(answers.outputs[:, number], np.asarray(is_one, np.bool_))


def micro(answers: Answers) -> Ranking:
    """All decisions of all classes together; of two classes those about the second."""
    count = answers.outputs.shape[1]
    if answers.kind == "labels":
        return Ranking.of(answers.outputs.ravel(), answers.targets.ravel() >= 0.5)
    if count == 2:
        return ranking_of(answers, 1)
    is_one = answers.targets[:, None] == np.arange(count)
    return Ranking.of(answers.outputs.ravel(), is_one.ravel())


def _line(ranking: Ranking, mode: Mode) -> tuple[Array, Array]:
    x, y = ranking.roc() if mode == "roc" else ranking.precision_recall()
    if len(x) <= MOST_POINTS:
        return x, y
    places = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).astype(int))
    return x[places], y[places]


def _named(names: tuple[str, ...], place: int) -> str:
    return names[place] if place < len(names) else str(place)
