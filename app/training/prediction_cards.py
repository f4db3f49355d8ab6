"""Answers as cards: the sample's picture, what is true, what was answered. Holds no widgets."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from app.training.answers import Answers, Numbers
from app.training.card_grid import Card, Line
from app.training.loaded_data import as_seen, class_name, class_names
from app.training.sample_images import image_of, overlaid
from app.training.scales import Range, number
from app.training.sketches import sketch_of, span_of
from graph_engine.data.prepared import Split
from graph_engine.errors import DatasetError

FEW = 4
"""Numbers of a vector that are written out."""

LONGEST = 400
SIZES = {
    "classes": QSize(96, 104), "labels": QSize(132, 104), "numbers": QSize(112, 92),
    "sequence": QSize(360, 54), "mask": QSize(196, 112), "images": QSize(152, 100),
    "other": QSize(112, 92),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class AnswerCards:
    """Cards of the samples ``order`` of some answers. ``part`` is where their inputs are, if they were
    read; ``classes`` are names; numbers of ``truth`` and ``answer`` are in the units of the data."""

    answers: Answers
    order: NDArray[np.int64]
    part: Split | None
    classes: tuple[str, ...]
    truth: Numbers
    answer: Numbers
    colors: tuple[QColor, ...] = ()
    _span: list[Range] = field(default_factory=list)

    @property
    def size(self) -> QSize:
        """Of one card."""
        return SIZES[self.answers.kind]

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, place: int) -> Card:
        """The card at a place of the order."""
        sample = int(self.order[place])
        return Card(self._images(sample), self._lines(sample))

    def told(self, place: int) -> str:
        """Which sample it is, its loss, and the best answers."""
        sample = int(self.order[place])
        help = f"Sample {int(self.answers.positions[sample])} of {self.answers.split}\n"
        help += f"Loss {number(float(self.answers.losses[sample]))}"
        told = self._more(sample)
        return f"{help}\n{told}" if told else help

    # Words ---------------------------------------------------------------------------------------

    def _lines(self, sample: int) -> tuple[Line, ...]:
        kind, loss = self.answers.kind, float(self.answers.losses[sample])
        told_loss = Line(f"loss {number(loss, 3)}")
        if kind == "classes":
            return self._class_lines(sample, loss)
        if kind == "labels":
            truth, answer = self._labels(self.truth[sample]), self._labels(self.answer[sample])
            sign, token = ("✓", "good") if truth == answer else ("✕", "error")
            return Line(truth, "text"), Line(f"{answer} {sign}", token), told_loss
        if kind == "numbers":
            return Line(_some(self.truth[sample]), "text"), Line(f"→ {_some(self.answer[sample])}")
        if kind == "sequence":
            truth, answer = self._text(self.truth[sample]), self._text(self._chosen(sample))
            token = "good" if truth == answer else "error"
            return Line(truth, "text"), Line(answer, token), told_loss
        if kind == "mask":
            share = float((self._chosen(sample) == self.truth[sample]).mean())
            return (Line(f"truth · answer  {100 * share:.1f} % right"),)
        return (told_loss,)

    def _class_lines(self, sample: int, loss: float) -> tuple[Line, ...]:
        scores = self.answers.outputs[sample]
        truth, answer = int(self.truth[sample]), int(scores.argmax())
        names = class_name(self.classes, truth), class_name(self.classes, answer)
        best = float(scores[answer])
        share = f"{100 * best:.0f} %" if _is_share(scores) else number(best, 3)
        if truth == answer:
            return Line(f"{names[0]} ✓", "good"), Line(share)
        return Line(f"{names[0]} → {names[1]} ✕", "error"), Line(f"{share} · {number(loss, 2)}")

    def _chosen(self, sample: int) -> NDArray[np.int64]:
        """The class with the highest score at each place of a sample."""
        return np.asarray(self.answers.outputs[sample].argmax(axis=0), np.int64)

    def _labels(self, values: Numbers) -> str:
        names = [class_name(self.classes, int(place)) for place in np.flatnonzero(values >= 0.5)]
        return ", ".join(names) or "none"

    def _text(self, values: Numbers) -> str:
        return class_names(self.classes, values, LONGEST)

    def _more(self, sample: int) -> str:
        """What a longer look tells."""
        if self.answers.kind == "classes":
            scores = self.answers.outputs[sample]
            best = np.argsort(-scores)[:5].tolist()
            told = (f"{class_name(self.classes, n)}: {number(float(scores[n]), 3)}" for n in best)
            return "\n".join(told)
        if self.answers.kind == "numbers":
            return f"Truth {_some(self.truth[sample], 12)}\nAnswer {_some(self.answer[sample], 12)}"
        return ""

    # Pictures ------------------------------------------------------------------------------------

    def _images(self, sample: int) -> tuple[QImage, ...]:
        kind = self.answers.kind
        if kind == "sequence":
            return ()
        seen = self._seen(int(self.answers.positions[sample]))
        if kind == "mask":
            ground = seen if seen is not None and seen.ndim == 3 else None
            masks = self.answers.targets[sample], self._chosen(sample)
            return tuple(self._mask(ground, mask) for mask in masks)
        if kind == "images":
            return self._pair(sample, seen)
        if seen is None or self.part is None:
            return ()
        if not self._span:
            self._span.append(span_of(next(iter(self.part.inputs.values())), seen))
        return (sketch_of(seen, self.colors, self._span[0]),)

    def _mask(self, ground: Numbers | None, mask: Numbers) -> QImage:
        fits = ground is not None and ground.shape[1:] == mask.shape
        under = ground if fits and ground is not None else np.zeros((1, *mask.shape))
        return overlaid(under, mask, self.colors)

    def _pair(self, sample: int, seen: Numbers | None) -> tuple[QImage, ...]:
        """What should be, and what the network made of it, in the same scale."""
        truth, answer = self.answers.targets[sample], self.answers.outputs[sample]
        if truth.ndim < 3 and seen is not None and seen.size == truth.size:
            truth, answer = truth.reshape(seen.shape), answer.reshape(seen.shape)
        span = (float(np.nanmin(truth)), float(np.nanmax(truth)))
        return image_of(truth, span), image_of(answer, span)

    def _seen(self, position: int) -> Numbers | None:
        if self.part is None or not 0 <= position < len(self.part):
            return None
        try:
            return as_seen(self.part, position)
        except (DatasetError, OSError):
            return None  # a file that went away meanwhile: the card has no picture


def _is_share(scores: Numbers) -> bool:
    return bool(scores.min() >= 0 and scores.max() <= 1.0001)


def _some(values: Numbers, most: int = FEW) -> str:
    flat = np.asarray(values, np.float64).reshape(-1)
    told = ", ".join(number(float(each), 3) for each in flat[:most])
    return told + (" …" if len(flat) > most else "")
