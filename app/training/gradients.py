"""Gradients of a run layer by layer: how large now, how large over time, and what updates come of them.

Rows are in the order in which the layers compute. A sentence says what is seen.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QVBoxLayout

from app.document import Document
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training import gradient_words, layer_rows
from app.training.gradient_columns import Magnitudes, Ratios
from app.training.gradient_words import Verdict
from app.training.heat import ColorScale, Heat, with_nothing
from app.training.hues import diverging, magnitude
from app.training.layer_rows import Rows
from app.training.legend import Choice
from app.training.plot import Plot
from app.training.plot_axes import Axis, Ground
from app.training.recording import Recording
from app.training.run_view import RunView
from app.training.scales import Range, number, roomy
from app.training.shown_runs import ShownRuns
from app.training.tracks import Track
from app.training.verdict_line import VerdictLine
from graph_engine.training import titles

RECENT = 3
"""Tables whose mean the sentence is about."""

ROW, TALLEST = 6.0, 30.0
"""Pixels of a row: at least, so that it can be hit, and at most."""

RATIO_LEVELS: Range = (-5.0, -1.0)
"""Around 1e-3, in powers of ten: the colours of update ratios."""

MEASURES = (
    ("L2 norm", "Length of the whole gradient of a layer", "norm"),
    ("Mean", "Mean absolute entry, which does not depend on a layer's size", "mean"),
    ("Largest", "Largest absolute entry", "largest"),
)
COLUMN = {name: n for n, name in enumerate(titles.GRADIENT_COLUMNS)}
OUTPUT_COLUMN = {name: n for n, name in enumerate(titles.ACTIVATION_GRADIENT_COLUMNS)}

Table = NDArray[np.floating]


class GradientsPanel(RunView):
    """See the module's docstring."""

    TOPICS: ClassVar[frozenset[str]] = frozenset(
        {"started", "layers", titles.GRADIENTS, titles.ACTIVATION_GRADIENTS}
    )

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__(
            runs, theme, icons, "sliders-horizontal", "No gradients yet",
            "The gradient of each layer is shown here while a run goes on, and whether it vanishes "
            "or explodes on its way back.",
        )  # fmt: skip
        self.document = document
        self.rows = Rows((), (), np.arange(0))
        self.table: Table = np.empty((0, 0))
        self._heat = Heat()
        self._x: Range = (0.0, 1.0)
        self._pointed: tuple[int, int | None] = (-1, None)
        self._maps = (with_nothing(magnitude()), with_nothing(diverging(theme)))
        self._make()
        self._lay_out()
        document.selection.changed.connect(self._choose_rows)
        theme.changed.connect(self._retint)

    # Controls ------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.verdict = VerdictLine(self.theme, self.icons)
        self.which = Choice(
            [("Weights", "Gradients of the weights"), ("Outputs", "Gradients of layers' outputs")],
            "Whose gradients",
        )
        self.measure = Choice([(text, help) for text, help, _ in MEASURES], "What is measured")
        self.painted = Choice(
            [("Gradient", "Gradient over time"), ("Update ÷ weight", "Update ÷ weight over time")],
            "What is shown over time",
        )
        self.magnitudes, self.ratios = Magnitudes(self.theme), Ratios(self.theme)
        ground = Ground(x=Axis("steps", kind="count"), y=Axis(kind="rows"))
        self.over_time = Plot(self.theme, ground, axes="x")
        self.picture = self.over_time.picture()
        self.scale = ColorScale(self.theme)
        self.bar = QScrollBar(Qt.Orientation.Vertical)
        for choice in (self.which, self.measure, self.painted):
            choice.chosen.connect(self._rechoose)
        self.bar.valueChanged.connect(self.pacer.mark)
        self.over_time.zoomed.connect(self.pacer.mark)
        self.over_time.fit_asked.connect(self.pacer.mark)
        for plot in self._plots():
            plot.clicked.connect(self._click)
            plot.pointed.connect(self._point)

    def _plots(self) -> tuple[Plot, Plot, Plot]:
        return self.magnitudes.plot, self.ratios.plot, self.over_time

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(SIZES.near, 4, SIZES.near, 0)
        head.setSpacing(SIZES.apart)
        head.addWidget(self.verdict, 1)
        for choice in (self.which, self.measure, self.painted):
            head.addWidget(choice)
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        for plot, stretch in zip(self._plots(), (6, 3, 7), strict=True):
            body.addWidget(plot, stretch)
        body.addWidget(self.scale)
        body.addWidget(self.bar)
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(body, 1)

    def _rechoose(self, number: int) -> None:
        self.pacer.draw_now()

    def _retint(self) -> None:
        self._maps = (self._maps[0], with_nothing(diverging(self.theme)))

    # Drawing -------------------------------------------------------------------------------------

    def has_data(self, recording: Recording) -> bool:
        """From the first gradients on."""
        return recording.layers is not None and len(recording.track(titles.GRADIENTS)) > 0

    def redraw(self, recording: Recording) -> None:
        """Draws the moment shown, and what was before."""
        of_weights = self._of_weights
        track = recording.track(titles.GRADIENTS if of_weights else titles.ACTIVATION_GRADIENTS)
        assert recording.layers is not None
        make = layer_rows.weight_rows if of_weights else layer_rows.node_rows
        self.rows = make(recording.layers)
        self.table = self._now(track, recording.shown_step)
        self._set_axes()
        y = self._seen_rows()
        self._draw_now(y)
        self._draw_time(recording, track, y)
        said = self._verdict(self._recent(track, recording.shown_step))
        self.verdict.say(said.words, said.token, said.sign)

    @property
    def _of_weights(self) -> bool:
        return self.which.number == 0

    @property
    def _columns(self) -> dict[str, int]:
        return COLUMN if self._of_weights else OUTPUT_COLUMN

    @property
    def _measured(self) -> str:
        return MEASURES[self.measure.number][2]

    def _paints_ratio(self) -> bool:
        return self._of_weights and self.painted.number == 1

    def _now(self, track: Track, step: int | None) -> Table:
        table = track.array(step)
        if table is None or table.ndim != 2 or len(table) != len(self.rows.order):
            return np.full((len(self.rows.order), len(self._columns)), np.nan)
        return np.asarray(table[self.rows.order])

    def _recent(self, track: Track, step: int | None) -> Table:
        """The mean of the newest tables up to the moment shown."""
        last = track.index_at(step)
        steps = track.steps[max(0, last + 1 - RECENT) : last + 1]
        tables = np.stack([self._now(track, each) for each in steps] or [self.table])
        known = np.isfinite(tables)
        count = known.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(known, tables, 0.0).sum(axis=0) / count
        return np.asarray(np.where(np.isinf(tables[-1]), tables[-1], mean))

    def _column(self, table: Table, name: str) -> Table:
        return np.asarray(table[:, self._columns[name]], np.float64)

    def _verdict(self, table: Table) -> Verdict:
        mean, norm = self._column(table, "mean"), self._column(table, "norm")
        if not self._of_weights:
            return gradient_words.of_outputs(self.rows.names, mean, norm)
        ratio, clipped = self._column(table, "ratio"), self._column(table, "clipped_norm")
        mean, ratio = (np.where(self._biases, np.nan, each) for each in (mean, ratio))
        return gradient_words.of_weights(self.rows.names, mean, norm, ratio, clipped)

    @property
    def _biases(self) -> NDArray[np.bool_]:
        return np.array([layer_rows.is_bias(name) for name in self.rows.names], bool)

    def _set_axes(self) -> None:
        text = MEASURES[self.measure.number][0]
        unit = f"{text}{', faint before clipping' if self._is_clipped() else ''}"
        chosen = self.rows.of_nodes(self.document.selection.names)
        names = Axis(kind="rows", names=self.rows.names)
        self.magnitudes.plot.set_ground(unit=unit, y=names, chosen_rows=chosen)
        self.ratios.plot.set_ground(chosen_rows=chosen)
        heading = "Update ÷ weight over time" if self._paints_ratio() else "Gradient over time"
        self.over_time.set_ground(
            heading=heading, unit="" if self._paints_ratio() else text, chosen_rows=chosen
        )
        self.ratios.plot.setVisible(self._of_weights)
        self.painted.setVisible(self._of_weights)

    def _is_clipped(self) -> bool:
        if not self._of_weights or self._measured != "norm":
            return False
        norm, clipped = self._column(self.table, "norm"), self._column(self.table, "clipped_norm")
        with np.errstate(invalid="ignore"):
            return bool((clipped < 0.999 * norm).any())

    def _seen_rows(self) -> Range:
        """The edges of the rows that are seen; there is a scroll bar where they are not all."""
        count = len(self.rows.names)
        tall = max(ROW, self.over_time.view.box.height())
        seen = max(1, int(tall / ROW))
        hidden = max(0, count - seen)
        if self.bar.maximum() != hidden or self.bar.pageStep() != seen:
            self.bar.setRange(0, hidden)
            self.bar.setPageStep(seen)
        self.bar.setVisible(hidden > 0)
        first = self.bar.value() if hidden else 0
        shown = seen if hidden else max(count, tall / TALLEST)
        return (-first - float(shown), -float(first))

    def _draw_now(self, y: Range) -> None:
        mean, norm = self._column(self.table, "mean"), self._column(self.table, "norm")
        clipped = self._column(self.table, "clipped_norm") if self._is_clipped() else None
        faulty = gradient_words.faulty(np.where(self._biases, np.nan, mean), norm)
        self.magnitudes.draw(self._column(self.table, self._measured), clipped, faulty, y)
        if self._of_weights:
            self.ratios.draw(self._column(self.table, "ratio"), y)

    def _draw_time(self, recording: Recording, track: Track, y: Range) -> None:
        is_ratio = self._paints_ratio()
        if not self._heat.follow(track, self._columns["ratio" if is_ratio else self._measured]):
            self.pacer.mark()
        levels = RATIO_LEVELS if is_ratio else self._heat.span
        self._x = roomy(0.0, float(max(1, recording.step)), self._x)
        plot, count = self.over_time, len(self.rows.names)
        plot.show_range(self._x, y)
        plot.look_at(plot.view.values_x(), y)
        x = plot.view.x
        values = self._heat.picture(x, plot.columns, self.rows.order, levels)
        lookup = self._maps[is_ratio]
        self.picture.draw(values, QRectF(x[0], -count, x[1] - x[0], count), lookup)
        self.scale.show_scale(lookup, levels, plot.ground.heading)
        step = recording.shown_step
        plot.show_moment(None if step is None else float(step))

    # Hands ---------------------------------------------------------------------------------------

    def _click(self, x: float, y: float) -> None:
        node = self.rows.node(int(np.floor(-y)))
        if node:
            layer_rows.select(self.document, node)

    def _choose_rows(self) -> None:
        chosen = self.rows.of_nodes(self.document.selection.names)
        for plot in self._plots():
            plot.set_ground(chosen_rows=chosen)

    def _point(self, values: tuple[float, float] | None) -> None:
        """Tells the figures of the row under the pointer; over the picture, those of the step there."""
        row = -1 if values is None else int(np.floor(-values[1]))
        track, step = self._track(), None
        if values is not None and self.sender() is self.over_time and track is not None:
            index = track.index_at(int(values[0]))
            step = track.steps[index] if index >= 0 else None
        if (row, step) != self._pointed:
            self._pointed = (row, step)
            text = self.exact(row, step)
            for plot in self._plots():
                plot.setToolTip(text)

    def _track(self) -> Track | None:
        title = titles.GRADIENTS if self._of_weights else titles.ACTIVATION_GRADIENTS
        return None if self.current is None else self.current.track(title)

    def exact(self, row: int, step: int | None = None) -> str:
        """All figures of a row in words, at the moment shown or at a step; nothing for no row."""
        track = self._track()
        if not 0 <= row < len(self.rows.names) or track is None:
            return ""
        table = self.table if step is None else self._now(track, step)
        value = {name: number(float(table[row, n])) for name, n in self._columns.items()}
        at = "" if step is None else f", step {step:,}"
        lines = [f"{self.rows.names[row]}{at}"]
        lines.append(
            f"L2 norm {value['norm']}, mean |g| {value['mean']}, largest {value['largest']}"
        )
        if self._of_weights:
            lines.append(f"L2 norm after clipping {value['clipped_norm']}")
            lines.append(
                f"Update {value['update_norm']} ÷ weight {value['weight_norm']} = {value['ratio']}"
            )
        return "\n".join(lines)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls through the rows."""
        if self.bar.isVisible():
            self.bar.setValue(self.bar.value() - round(event.angleDelta().y() / 40))
            event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose the row before and after."""
        move = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
            return
        chosen = sorted(self.rows.of_nodes(self.document.selection.names))
        row = (chosen[0 if move < 0 else -1] if chosen else -1) + move
        self._click(0.0, -row - 0.5)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another number of rows may fit."""
        super().resizeEvent(event)
        self.pacer.mark()
