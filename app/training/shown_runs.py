"""Which runs the panels show: the current one, and those laid over it for comparison."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.training.looking import Looking
from app.training.recording import Recording

HUES = 8
"""Colours before they begin again."""


class ShownRuns(QObject):
    """``changed``: other runs are shown, or in other colours. A run keeps its colour everywhere.

    ``looking`` is what views want to see closely of the run that goes on.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.looking = Looking(self)
        self._current: Recording | None = None
        self._compared: dict[str, Recording] = {}
        self._hues: dict[str, int] = {}

    @property
    def current(self) -> Recording | None:
        """The run that is followed, or chosen in the table of runs."""
        return self._current

    @property
    def all(self) -> list[Recording]:
        """The current run first, then those beside it."""
        own = [self._current] if self._current else []
        return own + [each for each in self._compared.values() if each is not self._current]

    def follow(self, recording: Recording | None) -> None:
        """Makes a run the current one."""
        if recording is not self._current:
            self._current = recording
            self.changed.emit()

    def compare(self, recording: Recording, shown: bool) -> None:
        """Lays a run over the current one, or takes it away."""
        if shown:
            self._compared[recording.name] = recording
        else:
            self._compared.pop(recording.name, None)
        self.changed.emit()

    def is_compared(self, name: str) -> bool:
        """Whether a run is laid over the current one."""
        return name in self._compared

    def hue(self, name: str) -> int:
        """The number of a run's colour, from 0."""
        return self._hues.setdefault(name, len(self._hues)) % HUES
