"""Samples of the data as cards: what the network is given, what it is to answer. Holds no widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from app.training.card_grid import Card, Line
from app.training.loaded_data import class_names
from app.training.sample_images import overlaid
from app.training.scales import Range, number
from app.training.sketches import sketch_of, span_of
from graph_engine.data.encoding import Encoding
from graph_engine.data.prepared import PreparedData, Split
from graph_engine.errors import DatasetError

CHUNK = 64
"""Samples that are read together."""

FEW = 4
LONGEST = 200

Values = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class DataCards:
    """The samples at ``positions`` of a part. ``varied`` ones are as an epoch of training sees them;
    with ``versions``, each card is the first of these samples in another epoch."""

    data: PreparedData
    part: Split
    positions: NDArray[np.int64]
    colors: tuple[QColor, ...]
    varied: bool = False
    versions: int = 0
    seed: int = 0
    _read: dict[int, tuple[tuple[Values, ...], Values]] = field(default_factory=dict)
    _spans: dict[str, Range] = field(default_factory=dict)

    @property
    def size(self) -> QSize:
        """Of one card."""
        if not self._pictured():
            return QSize(360, 54)
        wide = 96 + 84 * (len(self._pictured()) + self._shows_target() - 1)
        return QSize(wide, 104)

    def __len__(self) -> int:
        return self.versions or len(self.positions)

    def __getitem__(self, place: int) -> Card:
        """The card at a place."""
        try:
            inputs, target = self._sample(place)
        except (DatasetError, OSError) as error:
            return Card((), (Line("cannot be read", "error"), Line(str(error))))
        named = dict(zip(self.part.inputs, inputs, strict=True))
        images = tuple(self._image(name, named[name]) for name in self._pictured())
        lines = [Line(f"{name}: {words}") for name, words in self._words(named)]
        if self._shows_target():
            images += (self._target_image(images, inputs, target),)
        told = self._told(self.data.preprocessing.target, target)
        if self.versions:
            lines = [Line(f"epoch {place + 1}", "text")]
        elif told:
            lines = [*lines[: 1 if images else 2], Line(told, "text")]
        return Card(images, tuple(lines))

    def told(self, place: int) -> str:
        """Which sample it is."""
        position = int(self.positions[0 if self.versions else place])
        own = int(self.part.indices[position])
        return f"Sample {position} of this part, {own} of the data set"

    # Reading -------------------------------------------------------------------------------------

    def _sample(self, place: int) -> tuple[tuple[Values, ...], Values]:
        """Inputs and target of a card; several are read at once."""
        if place not in self._read:
            first = place - place % CHUNK
            places = range(first, min(first + CHUNK, len(self)))
            if self.versions:
                for epoch in places:
                    self._keep([epoch], self.positions[:1], epoch)
            else:
                self._keep(list(places), self.positions[first : places.stop], 0)
        return self._read[place]

    def _keep(self, places: list[int], positions: NDArray[np.int64], epoch: int) -> None:
        part = self.part if self.varied or self.versions else self.part.plain()
        inputs, target = part.batch(positions, self.seed, epoch)
        for row, place in enumerate(places):
            self._read[place] = tuple(each[row] for each in inputs), target[row]

    # Pictures and words --------------------------------------------------------------------------

    def _pictured(self) -> list[str]:
        """The inputs that are drawn; classes are written."""
        encodings: Mapping[str, Encoding] = self.data.preprocessing.inputs
        return [name for name, each in encodings.items() if each.kind != "categorical"][:3]

    def _shows_target(self) -> bool:
        """Whether the target is a picture, a mask or a series."""
        target = self.data.preprocessing.target
        is_input = any(feed is self.part.target for feed in self.part.inputs.values())
        is_mask = target.kind == "categorical" and len(target.shape) == 2 and self._has_images()
        return not is_input and (
            is_mask or (target.kind != "categorical" and len(target.shape) > 1)
        )

    def _has_images(self) -> bool:
        shapes = (each.shape for each in self.data.preprocessing.inputs.values())
        target = self.data.preprocessing.target.shape
        return any(len(shape) == 3 and shape[1:] == target for shape in shapes)

    def _image(self, name: str, values: Values) -> QImage:
        if name not in self._spans:
            self._spans[name] = span_of(self.part.inputs[name], values)
        return sketch_of(values, self.colors, self._spans[name])

    def _target_image(
        self, images: tuple[QImage, ...], inputs: tuple[Values, ...], target: Values
    ) -> QImage:
        if target.dtype.kind in "iu":
            ground = next(x for x in inputs if x.ndim == 3 and x.shape[1:] == target.shape)
            return overlaid(ground, target, self.colors)
        return sketch_of(target, self.colors)

    def _words(self, named: Mapping[str, Values]) -> list[tuple[str, str]]:
        encodings = self.data.preprocessing.inputs
        written = [name for name in named if encodings[name].kind == "categorical"]
        return [(name, in_words(encodings[name], named[name])) for name in written]

    def _told(self, target: Encoding, values: Values) -> str:
        """The target in words, where it is none of the pictures."""
        is_input = any(feed is self.part.target for feed in self.part.inputs.values())
        return "" if is_input or self._shows_target() else in_words(target, values)


def in_words(encoding: Encoding, values: Values) -> str:
    """Classes by their names, sequences of characters as text, numbers in the units of the data."""
    if encoding.kind == "categorical":
        return class_names(encoding.classes, values, LONGEST)
    own = np.asarray(encoding.undo(np.asarray(values)[None])[0], np.float64).reshape(-1)
    told = ", ".join(number(float(each), 3) for each in own[:FEW])
    return told + (" …" if len(own) > FEW else "")
