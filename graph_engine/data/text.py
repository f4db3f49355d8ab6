"""A text cut into windows of characters, for networks that learn to go on writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graph_engine.data.dataset import Dataset, Field, InMemory, named
from graph_engine.data.source import Source
from graph_engine.data.written import own, shipped
from graph_engine.declaration import param
from graph_engine.errors import DatasetError

SHIPPED = ("library",)
LARGEST = 2**26
MOST_NUMBERS = 2**27
MOST_CHARACTERS = 5000


class Text(Source, key="text"):
    """Windows of a text: ``text`` has the characters of a window, ``next`` the same one place on.

    Choose the division “in order” beside it, so that the network is judged by pages that it never saw.
    """

    path: str = param("library", help="A UTF-8 file of the project's folder, or: library.")
    length: int = param(64, low=1, high=100_000, help="Characters in a window.")
    stride: int = param(0, low=0, high=100_000, help="Characters between windows; 0: the length.")
    most: int = param(0, low=0, help="Use only so many characters from the beginning; 0: all.")

    def load(self, folder: Path | None) -> Dataset:
        """Fields ``text`` and ``next``, whose classes are the characters that occur, in order.

        Raises DatasetError for a file that is not there or no text, and for a text that is too short.
        """
        written = (
            shipped(f"{self.path}.text", f"{self.path}.about.txt")
            if self.path in SHIPPED
            else own(folder, self.path, LARGEST)
        )
        text = written.text[: self.most or None]
        letters = sorted(set(text))
        if len(text) <= self.length or len(letters) > MOST_CHARACTERS:
            raise DatasetError(
                f"{self.path} has {len(text)} characters of {len(letters)} kinds: more than "
                f"{self.length}, of at most {MOST_CHARACTERS} kinds, are needed."
            )
        codes = np.searchsorted(np.array([ord(c) for c in letters]), [ord(c) for c in text])
        stride = self.stride or self.length
        starts = np.arange(0, len(text) - self.length, stride)
        if len(starts) * self.length > MOST_NUMBERS:
            raise DatasetError("So many windows do not fit into memory: choose a larger stride.")
        windows = codes.astype(np.int64)[starts[:, None] + np.arange(self.length + 1)]
        classes = tuple(letters)
        fields = [
            Field("text", InMemory(windows[:, :-1]), "categorical", classes),
            Field("next", InMemory(windows[:, 1:]), "categorical", classes),
        ]
        return Dataset(
            Path(self.path).stem,
            named(fields),
            "next",
            description=written.description,
            source=written.source,
            licence=written.licence,
        )
