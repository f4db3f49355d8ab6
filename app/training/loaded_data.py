"""The project's data, read and encoded beside the window; read anew when their choice changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.background import Background
from app.document import Document
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.dataset import Array
from graph_engine.data.description import Description, describe
from graph_engine.data.prepared import PreparedData, Split
from graph_engine.errors import DatasetError
from graph_engine.layers.inputs import Input

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What was read, or in a sentence why it could not be.

    ``counts`` are the samples of each class by part, where each sample has one class.
    """

    data: PreparedData | None = None
    description: Description | None = None
    sentence: str = ""
    counts: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)

    def part(self, name: str) -> Split | None:
        """One part of the data."""
        return getattr(self.data, name) if self.data is not None and name in PARTS else None


class LoadedData(QObject):
    """``changed`` says that other data are there. Nothing is read before ``need`` is called.

    All views of a document share one: ``of`` finds it.
    """

    changed = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.setObjectName(type(self).__name__)
        self._document = document
        self._wanted: tuple[Any, ...] | None = None
        self._is_needed = False
        self.found = Loaded()
        self.is_reading = False
        self._background = Background(self)
        self._background.done.connect(self._take)
        document.settled.connect(self._look)
        document.shown.connect(self._look)
        document.changed.connect(self._look)
        document.path_changed.connect(self._look)

    @classmethod
    def of(cls, document: Document) -> Self:
        """The data of a document."""
        return document.findChild(cls, cls.__name__) or cls(document)

    def need(self) -> None:
        """Somebody looks: reads what has not been read."""
        self._is_needed = True
        self._look()

    def _look(self, _: object = None) -> None:
        """Reads anew where something else is chosen than was read."""
        if not self._is_needed:
            return
        project = self._document.project
        graph = project.networks[self._document.scope.network]
        names = tuple(name for name, node in graph.nodes.items() if isinstance(node.layer, Input))
        folder = project.path.absolute().parent if project.path else None
        wanted = (repr(project.data), folder, names)
        if wanted == self._wanted:
            return
        self._wanted = wanted
        try:
            choice = project.data_choice()
        except DatasetError as error:
            self._background.forget()
            self._take(Loaded(sentence=str(error)))
            return
        self.is_reading = True
        self._background.start(partial(read, choice, folder, names))

    def _take(self, found: Loaded) -> None:
        self.found, self.is_reading = found, False
        self.changed.emit()


def read(choice: DataChoice, folder: Path | None, names: tuple[str, ...]) -> Loaded:
    """The data for a network with these inputs; takes its time."""
    try:
        data = prepare(choice, folder, names)
        return Loaded(data, describe(data.dataset), counts=counts_of(data))
    except (DatasetError, OSError) as error:
        return Loaded(sentence=str(error))


def counts_of(data: PreparedData) -> dict[str, NDArray[np.int64]]:
    """The samples of each class in each part; nothing where the target has no classes with names."""
    target = data.preprocessing.target
    if target.kind != "categorical" or target.shape or not target.classes:
        return {}
    counts = {}
    for name in PARTS:
        part: Split = getattr(data, name)
        values = part.target.take(part.indices)
        counts[name] = np.bincount(values, minlength=len(target.classes)).astype(np.int64)
    return counts


def class_name(classes: tuple[str, ...], number: int) -> str:
    """A class in words; its number where it has no name."""
    return classes[number] if 0 <= number < len(classes) else str(number)


def class_names(classes: tuple[str, ...], numbers: Array, most: int) -> str:
    """Classes one after the other: characters as a text on one line, other names with spaces."""
    names = [class_name(classes, int(each)) for each in np.asarray(numbers).reshape(-1)[:most]]
    is_text = all(len(name) == 1 for name in names)
    return ("" if is_text else " ").join(names).replace("\n", "↵").replace("\t", "⇥")


def as_seen(part: Split, position: int) -> Array:
    """The first input of a sample, as the network is given it without variation."""
    inputs, _ = part.sample(position)
    return next(iter(inputs.values()))
