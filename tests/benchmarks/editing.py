"""The speed of edits in large drawings: ``python -m tests.benchmarks.editing``.

``window_edits`` measures them up to the screen. Nothing here asserts a time; the table shows medians of
process CPU in milliseconds beside the goals.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
from rich.console import Console
from rich.table import Table

from graph_engine import Change, Graph, NetworkBuilder, PortRef, edits
from graph_engine.errors import WiringError
from graph_engine.layers import CATALOGUE

ROUNDS = 31


def main() -> None:
    """Prints the table."""
    table = Table("what", "100 blocks", "5,000 nodes", "goal", title="Editing")
    small, large = (dict(rows(tower(blocks))) for blocks in (100, 2_500))
    for what, work in small.items():
        goal = "≤ 2" if what.startswith("connect") else ""
        table.add_row(what, f"{median(work):.3f}", f"{median(large[what]):.3f}", goal)
    Console(width=100).print(table)


def tower(blocks: int) -> Graph:
    """Residual blocks one behind the other."""
    net = NetworkBuilder("main")
    x = net.input("image", shape=(8,))
    for _ in range(blocks):
        x = net.add("Add", x, net.add("Linear", x, out_features=8))
    net.output("y", x)
    return net.graph


def rows(graph: Graph) -> list[tuple[str, Callable[[], object]]]:
    """Each edit with what it takes to make it, and to make and undo it."""
    last = graph.in_order()[-2]
    early, late = PortRef("linear2", "input"), PortRef(last, "output")
    graph.apply(edits.add(graph, CATALOGUE["Linear"](out_features=8), name="extra"))
    against = edits.connect(graph, PortRef("extra", "output"), early)
    forward = edits.connect(graph, PortRef("image", "output"), PortRef(last, "x"))

    def refuse() -> None:
        with pytest.raises(WiringError):
            edits.connect(graph, late, early)

    def both(change: Change) -> None:
        graph.apply(change)
        graph.apply(change.inverse())

    names = [name for name in graph.nodes if name.startswith("linear")]
    inner = [f"{kind}{number}" for number in range(2, 22) for kind in ("linear", "add")]
    text = edits.copy(graph, inner)
    return [
        ("connect, asked", lambda: edits.connect(graph, *_ends(forward))),
        ("connect, refused at worst", refuse),
        ("connect, done and undone", lambda: both(forward)),
        ("connect against the kept order", lambda: both(against)),
        ("move one", lambda: edits.move(graph, ["linear7"], (1.0, 0.0))),
        ("move all", lambda: edits.move(graph, names, (1.0, 0.0))),
        ("set a parameter of one", lambda: edits.set_parameter(graph, "linear7", "bias", False)),
        ("set a parameter of all", lambda: edits.set_parameters(graph, names, {"bias": False})),
        ("rename", lambda: both(edits.rename(graph, "linear7", "other"))),
        ("remove, healed, and undone", lambda: both(edits.remove(graph, ["linear7"]))),
        ("group 40 nodes", lambda: edits.group(graph, inner)),
        ("paste 40 nodes", lambda: edits.paste(graph, text)),
    ]


def _ends(change: Change) -> tuple[PortRef, PortRef]:
    [(target, (_, source))] = change.pairs("wires").items()
    return source, target


def median(work: Callable[[], object]) -> float:
    """Milliseconds of process time."""
    times = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    main()
