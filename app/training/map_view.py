"""One map with its heading, its scale of colours, and the value under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from app.forms.controls import tint
from app.forms.empty import EmptyState
from app.icons import Icons
from app.theme import SIZES, Theme
from app.training.hues import Lookup, diverging, magnitude
from app.training.maps import Map, colors_of, span_of
from app.training.mosaic import Mosaic
from app.training.scales import Range, number
from app.training.tiles import Hit
from app.training.value_scale import ValueScale
from app.training.vector_bars import VectorBars
from graph_engine.data.dataset import sizes

FEW = 4096
"""Features of a vector up to which each is a bar."""


class MapView(QWidget):
    """``head`` is the row above the picture, where a panel may put its choices."""

    def __init__(self, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self._theme = theme
        self._spans: dict[str, Range] = {}
        self._shown: Map | None = None
        self._sample: int | None = None
        self._told = ""
        self._key: tuple[object, ...] = ()
        self.title, self.told = QLabel(), QLabel()
        self.mosaic = Mosaic(theme, "Activations")
        self.bars = VectorBars(theme, "Activations")
        self.empty = EmptyState(theme, icons, "image", "No picture here yet", "")
        self.scale = ValueScale(theme)
        self.head = QHBoxLayout()
        self._stack = QStackedLayout()
        self._lay_out()
        self.mosaic.pointed.connect(self._point)
        self.bars.pointed.connect(self._point_bar)
        theme.changed.connect(self._retint)
        self._retint()

    def _lay_out(self) -> None:
        self.head.setContentsMargins(SIZES.near, 4, 0, 0)
        self.head.setSpacing(SIZES.near)
        self.told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.told.setMinimumWidth(60)
        for widget in (self.mosaic, self.bars, self.empty):
            self._stack.addWidget(widget)
        head = QHBoxLayout()
        head.setSpacing(SIZES.apart)
        head.addLayout(self.head)
        head.addWidget(self.title)
        head.addWidget(self.told, 1)
        picture = QHBoxLayout()
        picture.setSpacing(0)
        picture.addLayout(self._stack, 1)
        picture.addWidget(self.scale)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(picture, 1)

    def _retint(self) -> None:
        self.title.setFont(self._theme.mono(11))
        self.told.setFont(self._theme.mono(11))
        tint(self.title, self._theme.color("second"))
        self._key = ()

    @property
    def shown(self) -> Map | None:
        """What is drawn."""
        return self._shown

    def show_map(
        self, key: str, name: str, found: Map | None, sample: int | None, leads: Sequence[Any]
    ) -> None:
        """Draws one sample of a map, or all for None. The colours of a ``key`` keep their meaning."""
        if found is None:
            self._say_nothing(name)
            return
        drawn = (key, found.step, sample, found.samples, found.values.shape, len(leads))
        if drawn == self._key:
            return
        self._key, self._shown, self._sample = drawn, found, sample
        span = self._spans[key] = span_of(found, self._spans.get(key))
        lookup = self._lookup(found)
        shape = found.size if found.layout == "kernels" else found.size[1:]
        self.title.setText(f"{name}  {sizes(shape)}{_left_out(found)}")
        if found.layout == "vector" and sample is not None and found.size[-1] <= FEW:
            self._draw_bars(found, sample, span, lookup)
        else:
            self._draw_tiles(found, sample, span, lookup, leads)
        self.scale.show_scale(lookup, span)
        self._tell()

    def _say_nothing(self, name: str) -> None:
        self._shown, self._key = None, ()
        self.title.setText(name)
        self.told.setText("")
        self.scale.show_scale(None, (0.0, 1.0))
        self.empty.say(
            "No picture here yet",
            f"Pictures of {name} are made while a run goes on and this is open; "
            "some are kept over the whole run.",
        )
        self._stack.setCurrentWidget(self.empty)

    def _lookup(self, found: Map) -> Lookup:
        is_signed = found.is_signed or found.layout == "kernels"
        return diverging(self._theme) if is_signed else magnitude()

    def _draw_tiles(
        self,
        found: Map,
        sample: int | None,
        span: Range,
        lookup: Lookup,
        leads: Sequence[Any],
    ) -> None:
        tiles = found.tiles(sample)
        rows = sample is None and tiles.columns > 0 and found.layout != "kernels"
        self.mosaic.draw(
            tiles.values,
            colors_of(found, span, lookup),
            tiles.columns,
            tiles.stretches,
            tuple(leads) if rows and len(leads) == found.count else (),
        )
        self._stack.setCurrentWidget(self.mosaic)

    def _draw_bars(self, found: Map, sample: int, span: Range, lookup: Lookup) -> None:
        values = np.asarray(found.units(found.values[found.place(sample)]))
        self.bars.draw(values, span)
        self._stack.setCurrentWidget(self.bars)

    # The pointer ---------------------------------------------------------------------------------

    def _point(self, hit: Hit | None) -> None:
        self._hit = hit
        self._tell()

    def _point_bar(self, place: int | None) -> None:
        self._hit = None if place is None else Hit(0, 0, place)
        self._tell()

    _hit: Hit | None = None

    def _tell(self) -> None:
        found, hit, words = self._shown, self._hit, ""
        if found is not None and hit is not None:
            tiles = found.tiles(self._sample).values
            if hit.tile < len(tiles) and hit.row < tiles.shape[1] and hit.column < tiles.shape[2]:
                value = number(found.value_at(hit, self._sample), 3)
                words = f"{found.words(hit, self._sample)}  {value}"
        elif found is not None:
            words = f"step {found.step:,}"
        self.told.setText(words)


def _left_out(found: Map) -> str:
    """How much of a large output is drawn."""
    shown = found.values.shape[-1 if found.layout in ("sequence", "vector") else 1]
    return f" (first {shown:,})" if 0 < shown < found.entries else ""
