"""Work that would hold up the window, done beside it on a copy of the drawing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal, Slot

from graph_engine.graph import Definition, Graph
from graph_engine.inference import Inference

TURN = 0.0005  # seconds that a worker may hold the interpreter while the window wants it


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A network as it was at one moment; edits of the drawing do not reach it."""

    network: Definition
    blocks: dict[str, Definition]

    @classmethod
    def of(cls, graph: Graph) -> Snapshot:
        """The graph as it stands now."""
        return cls(graph.definition(), dict(graph.blocks))

    def inference(self) -> Inference:
        """Everything known about it, worked out afresh."""
        return Inference(Graph.opened(self.network, self.blocks))


class Background(QObject):
    """Does one piece of work at a time; ``done`` brings the answer to the last question only."""

    done = Signal(object)
    _answered = Signal(int, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._asked = 0
        self._answered.connect(self._take)

    def start(self, work: Callable[[], Any]) -> None:
        """Begins; the answer to an earlier question is dropped when it comes."""
        self._asked += 1
        QThreadPool.globalInstance().start(_Work(self._asked, work, self._answered))

    def forget(self) -> None:
        """Drops the answer that is still to come."""
        self._asked += 1

    @Slot(int, object)
    def _take(self, asked: int, answer: object) -> None:
        if asked == self._asked:
            self.done.emit(answer)


class _Work(QRunnable):
    def __init__(self, asked: int, work: Callable[[], Any], answered: Any) -> None:
        super().__init__()
        self._asked, self._work, self._answered = asked, work, answered

    def run(self) -> None:
        """Does the work in a thread of the pool."""
        with short_turns():
            answer = self._work()
        try:
            self._answered.emit(self._asked, answer)
        except RuntimeError:  # the panel was closed meanwhile
            return


_turns = Lock()
_workers = 0
_usual = sys.getswitchinterval()


@contextmanager
def short_turns() -> Iterator[None]:
    """Lets the window have the interpreter ten times as often as usual while work goes on beside it."""
    global _workers  # noqa: PLW0603  (the interval belongs to the process, and so does the count)
    with _turns:
        _workers += 1
        sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        with _turns:
            _workers -= 1
            if not _workers:
                sys.setswitchinterval(_usual)
