"""Views that were kept under a number, to go back to: remembered for each project, not in its file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPointF, QSettings

from app.document import Scope
from graph_engine.errors import DesignError
from graph_engine.graph import Definition

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

NUMBERS = range(1, 10)
FARTHEST = 4_000_000.0


@dataclass(frozen=True, slots=True)
class Place:
    """Which graph was shown, what stood in the middle, and how large."""

    network: str
    blocks: tuple[str, ...]
    x: float
    y: float
    zoom: float


class Bookmarks(QObject):
    """The kept views of a document; they are written as soon as the project has a file."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._store: QSettings | None = None
        self._places: dict[int, Place] = {}
        view.document.path_changed.connect(self._write)

    def use(self, store: QSettings) -> None:
        """Remembers views in the person's settings, and reads those of this project."""
        self._store = store
        path = self._view.document.project.path
        if path is not None:
            self._places = read(str(store.value(key_of(path), "")))

    def keep(self, number: int) -> None:
        """Keeps what is in view."""
        view = self._view
        view.land()
        scope, center = view.document.scope, view.seen().center()
        place = Place(scope.network, scope.blocks, center.x(), center.y(), view.zoom)
        self._places[number] = place
        self._write()

    def go(self, number: int) -> None:
        """Shows a kept view. Raises DesignError where there is none, or its block is gone."""
        place = self._places.get(number)
        if place is None:
            raise DesignError(f"No view is kept as {number} yet. Ctrl+{number} keeps this one.")
        document = self._view.document
        scope = Scope(place.network, place.blocks)
        known: dict[str, Definition] = document.project.blocks
        if scope.network not in document.project.networks or not set(scope.blocks) <= set(known):
            raise DesignError(f"What view {number} showed is not in the project any more.")
        if scope != document.scope:
            document.show(scope)
        self._view.show_place(QPointF(place.x, place.y), place.zoom)

    def _write(self) -> None:
        path = self._view.document.project.path
        if path is not None and self._store is not None and self._places:
            self._store.setValue(key_of(path), written(self._places))


def key_of(path: Path) -> str:
    """Where the views of a project are in the settings."""
    return f"views/{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]}"


def written(places: dict[int, Place]) -> str:
    """The views as text."""
    return json.dumps({str(number): asdict(place) for number, place in sorted(places.items())})


def read(text: str) -> dict[int, Place]:
    """The views from text; what is no view is left out, for anybody can write into settings."""
    try:
        rows = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(rows, dict):
        return {}
    found = {number: _place(rows.get(str(number))) for number in NUMBERS}
    return {number: place for number, place in found.items() if place is not None}


def _place(row: Any) -> Place | None:
    if not isinstance(row, dict):
        return None
    network, blocks = row.get("network"), row.get("blocks")
    found = [row.get(key) for key in ("x", "y", "zoom")]
    numbers = [n for n in found if isinstance(n, int | float) and not isinstance(n, bool)]
    if not (isinstance(network, str) and isinstance(blocks, list)):
        return None
    if not all(isinstance(block, str) for block in blocks):
        return None
    if len(numbers) != 3 or not all(abs(n) < FARTHEST for n in numbers):
        return None
    x, y, zoom = (float(number) for number in numbers)
    return Place(network, tuple(blocks), x, y, zoom)
