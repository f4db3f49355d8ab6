"""What a layer answers to fixed samples over time: maps, sequences, vectors, attention; its kernels."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QVBoxLayout

from app.document import Document
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training import layer_rows
from app.training.layer_facts import LayerFacts
from app.training.layer_rows import Rows
from app.training.legend import Choice
from app.training.loaded_data import LoadedData
from app.training.map_view import MapView
from app.training.maps import Map
from app.training.recording import Recording
from app.training.run_view import RunView
from app.training.sample_images import image_of
from app.training.sample_strip import SampleStrip
from app.training.shown_runs import ShownRuns
from graph_engine.training import titles

LIST = 176
VIEW = "activations"
ROOMY = 1000
"""Pixels across from which there is room for figures."""

MOST_NODES = 6
"""Nodes whose pictures are asked for, of those selected on the canvas."""

OUTPUTS, KERNELS = 0, 1


class ActivationsPanel(RunView):
    """See the module's docstring."""

    TOPICS: ClassVar[frozenset[str]] = frozenset(
        {"started", "layers", "ended", titles.ACTIVATIONS, titles.ACTIVATION_HISTOGRAMS}
    )

    def __init__(self, runs: ShownRuns, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__(
            runs, theme, icons, "image", "No activations yet",
            "What each layer makes of a few samples is drawn here while a run goes on: feature maps, "
            "sequences, attention, and the kernels of convolutions.",
        )  # fmt: skip
        self.document = document
        self.rows = Rows((), (), np.arange(0))
        self._inputs: tuple[str, ...] = ()
        self._kinds: tuple[str, ...] = ()
        self._thumbnails: NDArray[np.uint8] | None = None
        self.list = QListWidget()
        self.which = Choice(
            [("Outputs", "What the layer answers"), ("Kernels", "The weights of the convolution")],
            "What is drawn",
        )
        self.extent = Choice(
            [("One sample", "All channels of the sample that is chosen"),
             ("All samples", "All samples below one another")],
            "Whose outputs are drawn",
        )  # fmt: skip
        self.samples = SampleStrip(runs.looking, LoadedData.of(document), theme, icons)
        self.view = MapView(theme, icons)
        self.facts = LayerFacts(theme)
        self._lay_out()
        document.selection.changed.connect(self._follow_selection)
        theme.changed.connect(self._retint)

    def _lay_out(self) -> None:
        self.list.setFixedWidth(LIST)
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName("Layers")
        self.view.head.addWidget(self.which)
        self.view.head.addWidget(self.extent)
        side = QVBoxLayout()
        side.setContentsMargins(SIZES.near, 4, 0, 4)
        side.addWidget(self.list)
        row = QHBoxLayout(self.content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SIZES.near)
        row.addLayout(side)
        row.addWidget(self.samples)
        row.addWidget(self.view, 1)
        row.addWidget(self.facts)
        self.which.chosen.connect(self._rechoose)
        self.extent.chosen.connect(self._rechoose)
        self.samples.chosen.connect(self._rechoose)
        self.list.currentRowChanged.connect(self._choose)
        self._retint()

    def _retint(self) -> None:
        self.list.setFont(self.theme.mono(11))

    # What is chosen ------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """The node that is shown."""
        row = self.list.currentRow()
        return self.rows.paths[row] if 0 <= row < len(self.rows.paths) else ""

    def _rechoose(self, _: int) -> None:
        self.pacer.draw_now()

    def _choose(self, row: int) -> None:
        node = self.rows.node(row)
        if node and self.list.hasFocus():
            layer_rows.select(self.document, node)
        self.pacer.mark()

    def _follow_selection(self) -> None:
        """The node chosen last on the canvas is shown; inside of a block, by the end of its path."""
        rows = self._rows_of(self.document.selection.current)
        if rows and self.list.currentRow() not in rows:
            self.list.setCurrentRow(rows[0])
        self.pacer.mark()

    def _rows_of(self, name: str) -> list[int]:
        if not name:
            return []
        if not self.document.scope.block:
            return sorted(self.rows.of_nodes((name,)))
        return [n for n, path in enumerate(self.rows.paths) if path.endswith(f".{name}")]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Figures give way where there is little room."""
        super().resizeEvent(event)
        self.facts.setVisible(event.size().width() >= ROOMY)

    def hideEvent(self, event: QHideEvent) -> None:
        """Pictures that nobody sees need not be made."""
        super().hideEvent(event)
        self.runs.looking.want(VIEW, ())
        self.pacer.mark()

    def _want(self, recording: Recording) -> None:
        """Asks a run that goes on for the pictures of what is shown, chosen and fed."""
        if recording.is_over:
            return
        chosen = [self.path]
        for name in self.document.selection.names[-MOST_NODES:]:
            chosen += [self.rows.paths[row] for row in self._rows_of(name)[:1]]
        self.runs.looking.want(VIEW, (*self._inputs, *filter(None, chosen)))

    # Drawing -------------------------------------------------------------------------------------

    def has_data(self, recording: Recording) -> bool:
        """As soon as the layers are known."""
        return recording.layers is not None and bool(len(recording.track(titles.ACTIVATIONS)))

    def redraw(self, recording: Recording) -> None:
        """Draws the layer that is chosen, at the moment shown."""
        self._offer(recording)
        self._want(recording)
        path, step = self.path, recording.shown_step
        has_kernels = bool(len(recording.track(f"{titles.KERNELS}{path}")))
        self.which.setVisible(has_kernels)
        is_kernels = has_kernels and self.which.number == KERNELS
        self.extent.setVisible(not is_kernels)
        title = f"{titles.KERNELS if is_kernels else titles.MAP}{path}"
        frame = recording.track(title).frame(step)
        found = None if frame is None else Map.of(frame, "kernels" if is_kernels else "")
        self._draw_samples(recording, found)
        sample = None if self.extent.number else self.samples.current
        self.view.show_map(f"{recording.name}/{title}", path, found, sample, self._leads())
        self._draw_facts(recording, step)

    def _leads(self) -> tuple[object, ...]:
        return self.samples.thumbnails.images

    def _offer(self, recording: Recording) -> None:
        assert recording.layers is not None
        rows = layer_rows.node_rows(recording.layers)
        if rows.names == self.rows.names:
            return
        before = self.path
        self.rows, self._kinds = rows, recording.layers.layers
        self._inputs = tuple(
            path for path, kind in zip(rows.paths, self._kinds, strict=True) if kind == "Input"
        )
        self.list.blockSignals(True)
        self.list.clear()
        self.list.addItems(list(rows.names))
        for place, name in enumerate(rows.names):
            self.list.item(place).setToolTip(f"{name}: {self._kinds[place]}")
            self.list.item(place).setSizeHint(QSize(0, SIZES.row))
        chosen = self._rows_of(self.document.selection.current)
        known = rows.paths.index(before) if before in rows.paths else first_to_show(self._kinds)
        self.list.setCurrentRow(chosen[0] if chosen else known)
        self.list.blockSignals(False)

    def _draw_samples(self, recording: Recording, found: Map | None) -> None:
        """The samples are what the network was fed with."""
        shown = None
        for path in self._inputs[:1]:
            frame = recording.track(f"{titles.MAP}{path}").frame(recording.shown_step)
            shown = None if frame is None else Map.of(frame)
        told = shown or found
        if told is None:
            return
        captions = [f"#{number}" for number in told.samples]
        if shown is None:
            self.samples.thumbnails.show_images((), captions)
        elif self._thumbnails is None or not np.array_equal(shown.values, self._thumbnails):
            self._thumbnails = shown.values
            self.samples.thumbnails.show_images(tuple(map(image_of, shown.values)), captions)

    def _draw_facts(self, recording: Recording, step: int | None) -> None:
        row = self.list.currentRow()
        figures = recording.track(titles.ACTIVATIONS).array(step)
        bins = recording.track(titles.ACTIVATION_HISTOGRAMS).array(step)
        self.facts.show_layer(_row(figures, row), _row(bins, row))


def _row(table: NDArray[np.floating] | None, row: int) -> NDArray[np.floating] | None:
    has_row = table is not None and table.ndim == 2 and 0 <= row < len(table)
    return table[row] if has_row and table is not None else None


def first_to_show(kinds: tuple[str, ...]) -> int:
    """The row of the first convolution, or else of the first layer that is no input."""
    for place, kind in enumerate(kinds):
        if kind.startswith(("Conv", "LazyConv")):
            return place
    return next((place for place, kind in enumerate(kinds) if kind != "Input"), 0)
