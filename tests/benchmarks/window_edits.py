"""From an edit to the screen, in the real window at 1,000 nodes.

``python -m tests.benchmarks.window_edits`` prints milliseconds of wall clock from the call that makes an
edit until everything that it changed is painted, shapes included: 50th and 95th percentile and the
longest, and for busy machines the CPU of that; then the longest turn of the event loop within half
a second afterwards, where panels that may wait catch up. Measured with the panels as a new window has
them, and with source, summary and history in view as well. The second table tells which parts of the
program the Python time of the edits went to. Nothing here asserts a time.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QSettings, Qt
from PySide6.QtWidgets import QApplication
from rich.console import Console
from rich.table import Table

from app.icons import Icons
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import Theme
from graph_engine import Graph, NetworkBuilder, PortRef, Project, edits
from tests.benchmarks.measuring import grid

NODES, ROUNDS, GOAL = 1000, 40, 50
AFTER = 0.5
PARTS = (
    "app/canvas", "app/panels/problem", "app/panels/inspector", "app/panels/palette",
    "app/panels/summary", "app/panels/source", "app/panels/history", "app/panels", "app/forms",
    "app/training", "app/", "graph_engine/inference", "graph_engine/checks", "graph_engine/edits",
    "graph_engine/layers", "graph_engine/", "",
)  # fmt: skip
Edit = Callable[[int], None]


class Screen(QObject):
    """Knows when the canvas was painted last."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.painted, self.processor = window, 0.0, 0.0
        assert window.editor is not None
        window.editor.canvas.viewport().installEventFilter(self)
        self.document, self.changed = window.editor.document, 0.0
        self.document.changed.connect(self._touch)
        self.document.inferred.connect(self._touch)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Counts what is painted."""
        if event.type() is QEvent.Type.Paint:
            self.painted = time.perf_counter()
        return False

    def _touch(self, _: object) -> None:
        self.changed = time.perf_counter()

    def until_shown(self, edit: Callable[[], None]) -> float:
        """Milliseconds from the call until the screen shows what it did."""
        start, begun = time.perf_counter(), time.process_time()
        edit()
        while (
            self.painted < start or self.painted < self.changed or self.document._timer.isActive()
        ):
            QApplication.processEvents()
        self.processor = (time.process_time() - begun) * 1000
        return (time.perf_counter() - start) * 1000

    @staticmethod
    def longest_turn() -> float:
        """The longest turn of the event loop within half a second."""
        end, longest = time.perf_counter() + AFTER, 0.0
        while (start := time.perf_counter()) < end:
            QApplication.processEvents()
            longest = max(longest, (time.perf_counter() - start) * 1000)
            time.sleep(0.001)
        return longest


def network(nodes: int) -> Graph:
    """Residual blocks of three layers one behind the other, in the rows of a grid."""
    net = NetworkBuilder("main")
    x = net.input("image", shape=(8, 16, 16))
    for i in range(nodes // 3):
        y = net.add("Conv2d", x, out_channels=8, kernel_size=3, padding=1, name=f"conv{i}")
        y = net.add("ReLU", y, name=f"act{i}")
        x = net.add("Add", x, y, name=f"add{i}")
    net.output("y", x)
    places, _ = grid(len(net.graph.nodes))
    net.graph.apply(edits.place(net.graph, dict(zip(net.graph.nodes, places, strict=True))))
    return net.graph


def rows(screen: Screen) -> dict[str, Edit]:
    """Every kind of edit, near the middle of the drawing; the first few change all shapes behind."""
    document, graph = screen.document, screen.document.graph
    middle = NODES // 6
    text = edits.copy(
        graph, [f"{kind}{middle + i}" for i in range(4) for kind in ("conv", "act", "add")]
    )
    place = graph.nodes[f"conv{middle}"].position
    do = document.do

    def size(number: int) -> None:
        do("Size", edits.set_parameter(graph, "image", "shape", (8, 17 + number % 2, 16)))

    def channels(number: int) -> None:
        do("Channels", edits.set_parameter(graph, f"conv{middle}", "out_channels", 9 + number % 2))

    def bias(number: int) -> None:
        do("Bias", edits.set_parameter(graph, f"conv{middle}", "bias", False))

    def connect(number: int) -> None:
        source = PortRef(f"act{middle - 2 - number % 3}", "output")
        do("Connect", edits.connect(graph, source, PortRef(f"add{middle}", "x")))

    def move(number: int) -> None:
        by = (4.0 if number % 2 else -4.0, 8.0)
        do("Move", edits.move(graph, [f"conv{middle}"], by))

    def delete(number: int) -> None:
        do("Delete", edits.remove(graph, [f"act{middle}"]))

    def paste(number: int) -> None:
        do("Paste", edits.paste(graph, text, at=(place[0] + 20.0, place[1] + 120.0)))

    return {
        "set a parameter, all shapes change": size, "set a parameter, which breaks a sum": channels,
        "set a parameter": bias, "connect": connect, "move": move, "delete": delete,
        "paste 12 layers": paste,
    }  # fmt: skip


def open_window(*, nodes: int = NODES, everything: bool) -> Screen:
    """The window with the network, the selected layer in the middle."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme(application, "dark")
    window = MainWindow(theme, Icons(theme), Settings())
    window.resize(1600, 1000)
    window.show()
    window.show_project(Project("benchmark", network(nodes)))
    assert window.editor is not None
    window.editor.canvas.animated = False
    if everything:
        names = ("problems", "source", "summary", "history")
        for left, right in pairwise(names):
            docks = window.editor.docks
            window.splitDockWidget(docks[left], docks[right], Qt.Orientation.Horizontal)
    screen = Screen(window)
    settle()
    return screen


def settle() -> None:
    """Lets everything finish that waits."""
    end = time.perf_counter() + 1.5
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.002)


def measure(
    screen: Screen, rounds: int, profile: cProfile.Profile | None = None
) -> dict[str, list[list[float]]]:
    """For each edit: the times until it and its undoing were on screen, and the longest turns behind."""
    found: dict[str, list[list[float]]] = {}
    canvas, document = screen.window.editor.canvas, screen.document  # type: ignore[union-attr]
    for what, edit in rows(screen).items():
        canvas.reveal("conv0" if "all shapes" in what else f"conv{NODES // 6}")
        canvas.set_zoom(1.0)
        canvas.reveal("conv0" if "all shapes" in what else f"conv{NODES // 6}")
        Screen.longest_turn()
        done, undone, behind, processor = found.setdefault(what, [[], [], [], []])
        for number in range(rounds):
            if profile:
                profile.enable()
            done.append(screen.until_shown(lambda: edit(number)))  # noqa: B023
            processor.append(screen.processor)
            undone.append(screen.until_shown(document.undo.undo))
            if profile:
                profile.disable()
            if number % 8 == 0:
                screen.until_shown(document.undo.redo)
                behind.append(Screen.longest_turn())
                screen.until_shown(document.undo.undo)
                Screen.longest_turn()
    return found


def show(title: str, found: dict[str, list[list[float]]]) -> None:
    """Prints one table."""
    table = Table(
        "edit", "p50", "p95", "longest", "CPU p95", "undo p95", "behind", "goal, p95", title=title
    )
    for what, (done, undone, behind, processor) in found.items():
        middle, high = (sorted(done)[int(len(done) * part)] for part in (0.5, 0.95))
        back = sorted(undone)[int(len(undone) * 0.95)]
        own = sorted(processor)[int(len(processor) * 0.95)]
        figures = (middle, high, max(done), own, back, max(behind))
        table.add_row(what, *(f"{each:.1f}" for each in figures), f"≤ {GOAL} ms")
    Console(width=104).print(table)


def show_shares(profile: cProfile.Profile, count: int) -> None:
    """Prints where the time went, what was called in C counting for its caller."""
    spent = dict.fromkeys(PARTS, 0.0)
    for (file, _, name), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file == "~":
            for (caller, _, _), (*_, taken, _) in callers.items():
                spent[part_of("" if "processEvents" in name else caller)] += taken
        else:
            spent[part_of(file)] += own
    table = Table(
        "part", "ms an edit", title="Where the time of an edit or its undoing goes (profiled)"
    )
    for part, taken in sorted(spent.items(), key=lambda row: -row[1]):
        if taken:
            table.add_row(part or "painting by Qt, and the rest", f"{taken * 1000 / count:.2f}")
    Console(width=104).print(table)


def part_of(file: str) -> str:
    """The part of the program that a file belongs to."""
    inside = file.removeprefix(str(Path(__file__).parents[2]) + os.sep)
    return next(part for part in PARTS if inside.startswith(part))


def main(rounds: int) -> None:
    """Prints the tables."""
    QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        for everything in (False, True):
            screen = open_window(everything=everything)
            title = f"{NODES} nodes, {'all panels in view' if everything else 'a new window'}"
            show(title, measure(screen, rounds))
            profile = cProfile.Profile()
            measure(screen, 4, profile)
            show_shares(profile, 4 * 2 * 7)
            screen.document.undo.setClean()
            screen.window.close()
            settle()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
