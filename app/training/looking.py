"""What of a run is looked at closely: which nodes' pictures, on which samples; one wish of all views."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from PySide6.QtCore import QObject, Signal

from graph_engine.training.commands import Look, Part

MOST = 8
"""Samples that are looked at."""

PARTS: tuple[Part, ...] = get_args(Part)


class Looking(QObject):
    """``changed`` carries the command for a run that goes on.

    Samples are kept from run to run. Nodes are not, for the next network may not have them: views ask
    for theirs when a run has told its layers.
    """

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: dict[str, tuple[str, ...]] = {}
        self._look = Look()

    @property
    def samples(self) -> tuple[int, ...]:
        """The samples' positions in their part."""
        return self._look.samples

    @property
    def split(self) -> Part:
        """The part of the data that they are of."""
        return self._look.split

    @property
    def command(self) -> Look:
        """The wish of all views together."""
        nodes = dict.fromkeys(node for each in self._nodes.values() for node in each)
        look = self._look
        return Look(tuple(nodes), look.samples, look.split, look.detail)

    def want(self, view: str, nodes: Iterable[str]) -> None:
        """The paths whose pictures one view shows; none for one that is hidden."""
        wanted = tuple(dict.fromkeys(nodes))
        if wanted != self._nodes.get(view, ()):
            self._nodes[view] = wanted
            self.changed.emit(self.command)

    def choose(self, split: Part, samples: Iterable[int]) -> None:
        """Looks at other samples, at most ``MOST``."""
        chosen = tuple(dict.fromkeys(samples))[:MOST]
        if chosen and (split, chosen) != (self.split, self.samples):
            self._look = Look((), chosen, split, self._look.detail)
            self.changed.emit(self.command)

    def begin(self) -> Look:
        """The command for a run that begins."""
        self._nodes.clear()
        return self.command
