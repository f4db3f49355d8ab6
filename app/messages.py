"""Sentences for the person at the window: said in the status bar, never in a dialog."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from PySide6.QtCore import QObject, Signal

from graph_engine.errors import DesignError

Kind = Literal["hint", "done", "refused"]


class Messages(QObject):
    """Where everything that is said in a window goes through; tests read ``said``."""

    said = Signal(str, str)

    def say(self, sentence: str, kind: Kind = "hint") -> None:
        """Shows a sentence."""
        self.said.emit(sentence, kind)

    @contextmanager
    def sentences(self) -> Iterator[None]:
        """Turns what a person can fix into its sentence; everything else is a bug and goes on."""
        try:
            yield
        except DesignError as error:
            self.say(str(error), "refused")
