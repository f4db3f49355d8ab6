"""The curves of the runs shown: loss by step, every metric by epoch, and the learning rate.

All plots share their x axis and their cursor. They follow the run until a hand zooms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from app.document import Document
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training import curve_data
from app.training.chip_row import ChipRow
from app.training.curve_data import LEARNING_RATE, LOSS, Across, strands, title_of
from app.training.hues import run_color
from app.training.legend import Chip, Choice, Smoothing
from app.training.metric_plot import MetricPlot
from app.training.plot_marks import Mark
from app.training.recording import Recording
from app.training.run_view import RunView
from app.training.scales import Range, roomy
from app.training.shown_runs import ShownRuns
from app.training.smoothing import Smoothed

ACROSS: tuple[Across, ...] = ("steps", "epochs", "time")
AT_FIRST = 2
"""Quantities shown besides the learning rate before any was chosen."""

TALL = 460


class CurvesPanel(RunView):
    """See the module's docstring."""

    TOPICS: ClassVar[frozenset[str]] = frozenset({"started", "steps", "epoch", "steered", "ended"})

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__(
            runs, theme, icons, "activity", "No curves yet",
            "Loss, metrics and learning rate of a run are drawn here while it goes on.",
        )  # fmt: skip
        self.plots: dict[str, MetricPlot] = {}
        self.chips: dict[str, Chip] = {}
        self.run_chips: dict[str, Chip] = {}
        self._hidden: set[str] = set()
        self._smoothed: dict[str, Smoothed] = {}
        self._x: Range = (0.0, 1.0)
        self._width: float | None = None
        self._cursor: float | None = None
        self._arranged: tuple[tuple[str, ...], int] = ((), 1)
        self._lay_out()

    # Controls ------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.across = Choice(
            [("Steps", "Against steps"), ("Epochs", "Against epochs"), ("Time", "Against time")],
            "What the curves are drawn against",
        )
        self.smoothing = Smoothing(self.theme)
        self.log = Chip("Log", "Logarithmic scale for what should fall")
        self.following = Chip("Follow", "Keep the newest steps in view", is_on=True)
        self.row = ChipRow(self.icons)
        row = QHBoxLayout()
        row.setContentsMargins(SIZES.near, 4, SIZES.near, 0)
        row.setSpacing(SIZES.apart)
        row.addWidget(self.row, 1)
        for widget in (self.smoothing, self.across, self.log, self.following):
            row.addWidget(widget)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(0)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(self._grid, 1)
        self.smoothing.changed.connect(self._smooth)
        self.across.chosen.connect(self._show_all)
        self.log.toggled.connect(self._set_log)
        self.theme.changed.connect(self.row.retint)
        self.following.toggled.connect(self._set_following)

    def _smooth(self, window: int) -> None:
        self._smoothed.clear()
        self.pacer.mark()

    def _set_log(self, is_log: bool) -> None:
        for plot in self.plots.values():
            plot.set_log(is_log)
        self.pacer.mark()

    def _set_following(self, follows: bool) -> None:
        if follows:
            for each in self.plots.values():
                each.plot.is_free = False
        self.pacer.mark()

    def _show_all(self) -> None:
        """Everything, following again."""
        self._width = None
        self.following.setChecked(True)
        self._set_following(True)

    def _zoomed(self) -> None:
        """A hand zoomed one plot: the others show the same steps."""
        zoomed = next(each for each in self.plots.values() if each.plot is self.sender())
        self._x = zoomed.plot.view.values_x()
        self._width = self._x[1] - self._x[0]
        self.following.setChecked(False)
        for each in self.plots.values():
            each.plot.is_free = each is zoomed
        self.pacer.mark()

    def _hover(self, at: object) -> None:
        self._cursor = at if isinstance(at, float) else None
        for each in self._shown_plots():
            each.plot.show_cursor(self._cursor)
        self._show_values()

    def _choose(self, is_on: bool) -> None:
        self._hidden = {name for name, chip in self.run_chips.items() if not chip.isChecked()}
        self.pacer.mark()

    # Drawing -------------------------------------------------------------------------------------

    def has_data(self, recording: Recording) -> bool:
        """From the first step on."""
        return bool(recording.series)

    def redraw(self, recording: Recording) -> None:
        """Draws all curves anew."""
        runs = self._seen()
        self._offer(curve_data.quantities(self.runs.all))
        self._offer_runs()
        self._arrange()
        complete = [self._follow_smoothed(run) for run in runs]
        x, colors = self._window(runs), self._colors()
        marks = self._marks(recording) if recording in runs else []
        for each in self._shown_plots():
            each.draw(strands(runs, each.quantity), self._smoothed, x, self._across, colors)
            each.plot.set_marks(marks)
            each.plot.show_moment(self._moment())
        self._show_values()
        if not all(complete):
            self.pacer.mark()

    @property
    def _across(self) -> Across:
        return ACROSS[self.across.number]

    def _seen(self) -> list[Recording]:
        return [run for run in self.runs.all if run.name not in self._hidden]

    def _shown_plots(self) -> list[MetricPlot]:
        return [self.plots[name] for name in self._arranged[0] if name in self.plots]

    def _colors(self) -> dict[str, QColor]:
        return {run.name: run_color(self.theme, self.runs.hue(run.name)) for run in self.runs.all}

    def _follow_smoothed(self, run: Recording) -> bool:
        window = self.smoothing.steps
        if window == 1 or LOSS not in run.series:
            self._smoothed.pop(run.name, None)
            return True
        source, smoothed = run.series[LOSS], self._smoothed.get(run.name)
        if smoothed is None or smoothed.source is not source:
            smoothed = self._smoothed[run.name] = Smoothed(source, window)
        return smoothed.follow()

    def _window(self, runs: Sequence[Recording]) -> Range:
        end = curve_data.newest_place(runs, self._across)
        if not self.following.isChecked():
            return self._x
        if self._width is not None:
            self._x = (end - self._width, end)
        else:
            self._x = roomy(0.0, end, self._x)
        return self._x

    def _moment(self) -> float | None:
        run = self.current
        if run is None or run.shown_step is None:
            return None
        return self._place(run, run.shown_step)

    def _place(self, run: Recording, step: float) -> float:
        return float(curve_data.placed(run, np.array([step]), self._across)[0])

    def _marks(self, run: Recording) -> list[Mark]:
        marks = [
            Mark(self._place(run, step), "warning", words) for step, words in curve_data.turns(run)
        ]
        best = curve_data.best(run)
        if best is not None:
            marks.append(Mark(self._place(run, best[0]), "good", best[1], is_best=True))
        return marks

    def _show_values(self) -> None:
        """The values under the cursor, else at the moment shown, else the newest."""
        runs, steps = self._seen(), {}
        for run in runs:
            at = self._cursor if self._cursor is not None else self._moment()
            place = float("inf") if at is None else at
            steps[run.name] = curve_data.steps_between(run, place, place, self._across)[0]
        for each in self._shown_plots():
            shown = strands(runs, each.quantity)
            each.end_values(shown, self._smoothed, steps, self._colors())

    # Which plots there are -----------------------------------------------------------------------

    def _offer(self, names: Sequence[str]) -> None:
        """A chip for each quantity."""
        measured = [name for name in names if name != LEARNING_RATE]
        for name in [name for name in names if name not in self.chips]:
            is_on = name in measured[:AT_FIRST] or name == LEARNING_RATE
            chip = Chip(title_of(name), f"Show {title_of(name).lower()}", is_on)
            chip.toggled.connect(self._choose)
            self.chips[name] = chip

    def _offer_runs(self) -> None:
        """A chip for each run where there are several."""
        runs = self.runs.all if len(self.runs.all) > 1 else []
        names = [run.name for run in runs]
        for gone in [name for name in self.run_chips if name not in names]:
            self._hidden.discard(gone)
            self.run_chips.pop(gone).deleteLater()
        for name in names:
            if name not in self.run_chips:
                chip = Chip(name, f"Show the run {name}", name not in self._hidden)
                chip.toggled.connect(self._choose)
                self.run_chips[name] = chip
            self.run_chips[name].show_color(self._colors()[name])
        chosen = [self.chips[name] for name in self._in_order()]
        self.row.show_chips(chosen, [self.run_chips[name] for name in names])

    def _arrange(self) -> None:
        """Puts the plots that are chosen side by side, in two rows where there is room."""
        chosen = tuple(name for name in self._in_order() if self.chips[name].isChecked())
        rows = 2 if self.height() >= TALL and len(chosen) > 1 else 1
        if (chosen, rows) == self._arranged:
            return
        self._arranged = (chosen, rows)
        across = -(-len(chosen) // rows)
        for name in chosen:
            if name not in self.plots:
                self._add_plot(name)
        for name, each in self.plots.items():
            self._grid.removeWidget(each.plot)
            each.plot.setVisible(name in chosen)
        for number, name in enumerate(chosen):
            rest = across - number % across if number == len(chosen) - 1 else 1
            self._grid.addWidget(self.plots[name].plot, number // across, number % across, 1, rest)

    def _in_order(self) -> list[str]:
        return curve_data.quantities(self.runs.all)

    def _add_plot(self, name: str) -> None:
        made = MetricPlot(self.theme, name)
        made.set_log(self.log.isChecked())
        made.plot.hovered.connect(self._hover)
        made.plot.fit_asked.connect(self._show_all)
        made.plot.zoomed.connect(self._zoomed)
        made.plot.setParent(self.content)
        self.plots[name] = made

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Curves are thinned to the pixels there are."""
        super().resizeEvent(event)
        self.pacer.mark()
