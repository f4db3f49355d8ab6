"""What tinting the canvas costs: ``python -m tests.benchmarks.tint [1000]``.

CPU milliseconds, medians, for so many nodes in 1600 × 900 pixels: working the values out of a run's
tables, showing them with every colour another, with none another, and a frame with the tint off and on.
Tints come at most four times a second.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QApplication

from app.canvas.tint import Tint
from app.canvas.view import CanvasView
from app.document import Scope
from app.training.tint_values import MEASURES, flows, node_places, values, weight_places
from graph_engine.training import titles
from graph_engine.training.events import Layers
from tests.benchmarks.canvas import editor
from tests.benchmarks.measuring import HIGH, WIDE, Places, grid, median

FAR_ROOM = 0.95


def main(count: int) -> None:
    """Prints the table."""
    QApplication([])
    places, wires = grid(count)
    view = editor(places, wires, [0.0, 0.0])
    assert isinstance(view, CanvasView)
    view.resize(WIDE, HIGH)
    view.show()
    names = list(view.document.graph.nodes)
    print(f"{count} nodes, CPU milliseconds")
    print(f"{'values from tables':28}{_measure(view, names):8.2f}")
    print(f"{'the same for another drawing':28}{_place(view, names):8.2f}")
    box = QRectF(0, 0, max(x for x, _ in places) + 184, max(y for _, y in places) + 52)
    fit = min(WIDE / box.width(), HIGH / box.height(), 1.0) * FAR_ROOM
    for words, zoom, at in (
        ("at 100 %", 1.0, _middle(places)),
        (f"at {fit:.0%}", fit, box.center()),
    ):
        _look(view, zoom, at)
        _table(view, names, words)


def _table(view: CanvasView, names: list[str], words: str) -> None:
    paint = view.viewport().repaint
    view.show_tint(None)
    off = median(lambda _: paint())
    tints = [_tint(names, shift) for shift in (0.0, 0.5)]

    all_other = median(lambda number: view.show_tint(tints[number % 2]))
    with_frame = median(lambda number: _shown(view, tints[number % 2]))
    same = median(lambda _: view.show_tint(tints[0]))
    on = median(lambda _: paint())
    for title, taken in (
        (f"frame {words}, off", off),
        (f"frame {words}, on", on),
        (f"all colours other {words}", all_other),
        ("the same with its frame", with_frame),
        (f"no colour other {words}", same),
    ):
        print(f"{title:28}{taken:8.2f}")


def _shown(view: CanvasView, tint: Tint) -> None:
    view.show_tint(tint)
    QApplication.processEvents()


def _tint(names: list[str], shift: float) -> Tint:
    parts = {name: (n / len(names) + shift) % 1.0 for n, name in enumerate(names)}
    found = {name: 10 ** (4 * part - 4) for name, part in parts.items()}
    return Tint("Gradient magnitude", "L2 norm", "log", 1e-4, 1.0, found, found)


def _layers(names: list[str]) -> Layers:
    weights = tuple(f"{name}.{part}" for name in names for part in ("weight", "bias"))
    owners = tuple(name for name in names for _ in range(2))
    kinds = tuple("Conv2d" for _ in names)
    return Layers(nodes=tuple(names), layers=kinds, weights=weights, weight_nodes=owners)


def _measure(view: CanvasView, names: list[str]) -> float:
    told, project, rng = _layers(names), view.document.project, np.random.default_rng(0)
    by_weight = weight_places(told, project, Scope("main"))
    by_node = node_places(told, project, Scope("main"))
    table = rng.random((2 * len(names), len(titles.GRADIENT_COLUMNS)))
    back = rng.random((len(names), len(titles.ACTIVATION_GRADIENT_COLUMNS)))
    return median(lambda _: (values(MEASURES[0], table, by_weight), flows(back, by_node)))


def _place(view: CanvasView, names: list[str]) -> float:
    told, project = _layers(names), view.document.project
    return median(lambda _: weight_places(told, project, Scope("main")))


def _middle(places: Places) -> QPointF:
    return QPointF(*places[len(places) // 2])


def _look(view: CanvasView, zoom: float, at: QPointF) -> None:
    view.show_place(at, zoom)
    view.land()
    view.set_zoom(zoom)
    view.settle()
    QApplication.processEvents()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
