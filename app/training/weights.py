"""Weights, gradients and outputs of one layer as histograms over time, and their size over time."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QVBoxLayout

from app.document import Document
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training import layer_rows
from app.training.heat import Heat
from app.training.layer_rows import Rows
from app.training.legend import Choice
from app.training.plot import Plot
from app.training.plot_axes import Axis, Ground
from app.training.plot_marks import End
from app.training.recording import Recording
from app.training.ridge import Ridge, histograms
from app.training.run_view import RunView
from app.training.scales import Range, number, roomy, steady
from app.training.shown_runs import ShownRuns
from graph_engine.training import titles

SHOWN = (
    (titles.WEIGHT_HISTOGRAMS, titles.GRADIENTS, titles.GRADIENT_COLUMNS.index("weight_norm"),
     "weights", "L2 norm"),
    (titles.GRADIENT_HISTOGRAMS, titles.GRADIENTS, titles.GRADIENT_COLUMNS.index("norm"),
     "gradient before clipping", "L2 norm"),
    (titles.ACTIVATION_HISTOGRAMS, titles.ACTIVATIONS, titles.ACTIVATION_COLUMNS.index("deviation"),
     "outputs", "Standard deviation"),
)  # fmt: skip
"""Title of the histograms, of the tables over time and their column, and the words for both."""

LIST = 196
MOST_POINTS = 600
FEW = 150


class WeightsPanel(RunView):
    """See the module's docstring."""

    TOPICS: ClassVar[frozenset[str]] = frozenset(
        {"started", "layers", *(each[0] for each in SHOWN), *(each[1] for each in SHOWN)}
    )

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__(
            runs, theme, icons, "sigma", "No weights yet",
            "Histograms of each layer's weights, gradients and outputs are drawn here while a run "
            "goes on, one line a moment.",
        )  # fmt: skip
        self.document = document
        self.rows = Rows((), (), np.arange(0))
        self.ridge = Ridge(theme)
        ground = Ground(x=Axis("steps", kind="count"))
        self.over_time = Plot(theme, ground)
        self.curve = self.over_time.curve()
        self._heat = Heat()
        self._x: Range = (0.0, 1.0)
        self._y: Range = (0.0, 0.0)
        self._lay_out()
        document.selection.changed.connect(self._follow_selection)
        theme.changed.connect(self._retint)

    def _lay_out(self) -> None:
        self.which = Choice(
            [("Weights", "Histograms of weights"), ("Gradients", "Histograms of their gradients"),
             ("Outputs", "Histograms of layers' outputs")],
            "What is drawn",
        )  # fmt: skip
        self.list = QListWidget()
        self.list.setFixedWidth(LIST)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName("Layers")
        side = QVBoxLayout()
        side.setContentsMargins(SIZES.near, 4, 0, 4)
        side.setSpacing(4)
        side.addWidget(self.which)
        side.addWidget(self.list, 1)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SIZES.near)
        row.addLayout(side)
        row.addWidget(self.ridge.plot, 5)
        row.addWidget(self.over_time, 4)
        self.which.chosen.connect(self._rechoose)
        self.list.currentRowChanged.connect(self._choose)
        self.ridge.plot.zoomed.connect(self.pacer.mark)
        self._retint()

    def _retint(self) -> None:
        self.list.setFont(self.theme.mono(11))

    def _rechoose(self, number: int) -> None:
        self.ridge.plot.is_free = False
        self.pacer.draw_now()

    def _choose(self, row: int) -> None:
        """A row of the list was chosen: so is its node."""
        self.ridge.plot.is_free = self.over_time.is_free = False
        node = self.rows.node(row)
        if node and self.list.hasFocus():
            layer_rows.select(self.document, node)
        self.pacer.mark()

    def _follow_selection(self) -> None:
        rows = sorted(self.rows.of_nodes(self.document.selection.names))
        if rows and self.list.currentRow() not in rows:
            self.list.setCurrentRow(rows[0])

    # Drawing -------------------------------------------------------------------------------------

    def has_data(self, recording: Recording) -> bool:
        """From the first histograms on."""
        known = any(len(recording.track(title)) for title, *_ in SHOWN)
        return recording.layers is not None and known

    def redraw(self, recording: Recording) -> None:
        """Draws the row that is chosen."""
        self._offer(recording)
        row = max(0, self.list.currentRow())
        if row >= len(self.rows.names):
            return
        title, table, column, words, size = SHOWN[self.which.number]
        place = int(self.rows.order[row])
        name = self.rows.names[row]
        found = histograms(recording.track(title), place)
        unit = f"{words}, density by step" if found else f"{words}: none were measured yet"
        self.ridge.draw(found, recording.shown_step, name, unit)
        if not self._heat.follow(recording.track(table), column):
            self.pacer.mark()
        self._draw_size(recording, place, size, words)

    def _offer(self, recording: Recording) -> None:
        assert recording.layers is not None
        make = layer_rows.node_rows if self.which.number == 2 else layer_rows.weight_rows
        rows = make(recording.layers)
        if rows.names == self.rows.names:
            return
        row = self.list.currentRow()
        before = self.rows.paths[row] if 0 <= row < len(self.rows.paths) else ""
        self.rows = rows
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems(list(rows.names))
        for place, name in enumerate(rows.names):
            self.list.item(place).setToolTip(name)
            self.list.item(place).setSizeHint(QSize(0, SIZES.row))
        self.list.setCurrentRow(rows.paths.index(before) if before in rows.paths else 0)
        self.list.blockSignals(False)

    def _draw_size(self, recording: Recording, place: int, heading: str, words: str) -> None:
        steps, values = self._heat.history(place)
        if len(steps) > MOST_POINTS:
            chosen = np.unique(np.linspace(0, len(steps) - 1, MOST_POINTS).astype(int))
            steps, values = steps[chosen], values[chosen]
        color = self.theme.color("accent")
        self.over_time.set_ground(heading=heading, unit=f"{words}, over time")
        few = len(steps) < FEW
        self.curve.draw(steps, values, color, wide=few, smooth=few)
        known = values[np.isfinite(values)]
        if len(known):
            self._x = roomy(0.0, float(max(1, recording.step)), self._x)
            self._y = steady(float(known.min()), float(known.max()), self._y)
            self.over_time.show_range(self._x, self._y)
        step = recording.shown_step
        self.over_time.show_moment(None if step is None else float(step))
        seen = steps <= (np.inf if step is None else step)
        at = float(values[seen][-1]) if seen.any() else float("nan")
        last = float(values[-1]) if len(values) else float("nan")
        self.over_time.set_ends([End("", number(at), last, color)] if len(values) else [])
