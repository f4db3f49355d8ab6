"""The engine's speed beside its baselines, measured in one run: ``python -m tests.benchmarks.engine``.

Nothing here asserts a time; the table shows measured figures beside the goals. Ratios are medians of
interleaved pairs, times are process CPU in milliseconds unless they say otherwise.
"""

from __future__ import annotations

import gc
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from graph_engine import Change, Graph, Inference, Project
from graph_engine.codegen import make_source
from graph_engine.compile import compile_graph, load_source
from tests.benchmarks import drawings

ROUNDS = 15


def main() -> None:
    """Prints the table."""
    torch.set_num_threads(1)
    table = Table("what", "measured", "baseline", "goal", title="Engine")
    for row in (*forward_rows(), *inference_rows(), *source_rows(), *file_rows()):
        table.add_row(*row)
    Console(width=120).print(table)


def forward_rows() -> list[tuple[str, str, str, str]]:
    """Compiled against hand-written modules with the same weights."""
    pairs: list[tuple[str, Graph, nn.Module, Tensor]] = [
        ("chain of 200", drawings.chain(200), drawings.hand_chain(200), torch.randn(4, 8)),
        (
            "residual of 200",
            drawings.residual(200),
            drawings.HandResidual(200),
            torch.randn(4, 8),
        ),
        (
            "ResNet-like, 16 blocks",
            drawings.resnet(16),
            drawings.HandResnet(16),
            torch.randn(8, 3, 16, 16),
        ),
    ]
    rows = []
    for name, graph, hand, x in pairs:
        module = compile_graph(graph)
        copy_weights(hand, module)
        same = torch.equal(module(x), hand(x))
        ratio, baseline = interleaved(partial(step, module, x), partial(step, hand, x))
        rows.append(
            (f"forward + backward, {name}", f"{ratio:.3f}×", f"{baseline:.2f} ms", "0.97–1.03×")
        )
        rows.append((f"outputs bit-equal, {name}", str(same), "", "True"))
        memory = peak_bytes(module, x), peak_bytes(hand, x)
        one = max(largest_activation(hand, x), 1)
        more = (memory[0] - memory[1]) / one
        rows.append((f"peak memory, {name}", f"{more:+.1f} activations", f"{memory[1]} B", "≤ +1"))
    return rows


def inference_rows() -> list[tuple[str, str, str, str]]:
    """Shapes of a whole drawing, and after one edit."""
    rows = []
    for name, draw in (("chain", drawings.chain), ("residual", drawings.residual)):
        graph = draw(1000)
        sort = cpu_ms(partial(in_order, graph))
        whole = cpu_ms(partial(Inference, graph))
        edit, worst = after_one_edit(graph), after_the_first_changed(graph)
        baseline = f"topological sort {sort:.2f} ms"
        rows.append((f"all shapes, {name} of 1,000", f"{whole:.2f} ms", baseline, "≤ 5 ms"))
        rows.append((f"after one edit, {name} of 1,000", f"{edit:.3f} ms", baseline, "≤ 1 ms"))
        rows.append((f"every shape changes, {name} of 1,000", f"{worst:.2f} ms", baseline, ""))
    return rows


def source_rows() -> list[tuple[str, str, str, str]]:
    """From the drawing to a constructed module."""
    rows = []
    for count, goal, rounds in ((1000, "≤ 100 ms", ROUNDS), (10_000, "≤ 1,200 ms", 3)):
        for name, draw in (("chain", drawings.chain), ("residual", drawings.residual)):
            graph = draw(count)
            parts = [
                statistics.median(part)
                for part in zip(*(stages(graph) for _ in range(rounds)), strict=True)
            ]
            by_hand = cpu_ms(partial(drawings.hand_chain, count), rounds)
            told = " + ".join(f"{part:.0f}" for part in parts)
            rows.append(
                (
                    f"infer + generate + compile + construct, {name} of {count:,}",
                    f"{sum(parts):.0f} ms ({told})",
                    f"construct by hand {by_hand:.0f} ms",
                    goal,
                )
            )
    return rows


def stages(graph: Graph) -> list[float]:
    """CPU milliseconds of inference, generation, compilation and construction."""
    gc.collect()
    marks = [time.process_time()]
    inference = Inference(graph)
    marks.append(time.process_time())
    source = make_source(inference)
    marks.append(time.process_time())
    loaded = load_source(source.text)
    marks.append(time.process_time())
    getattr(loaded, source.class_name)()
    marks.append(time.process_time())
    return [1e3 * (b - a) for a, b in pairwise(marks)]


def file_rows() -> list[tuple[str, str, str, str]]:
    """A project file read and written, beside its text alone."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "big.netloom"
        Project("big", drawings.chain(1000)).save(file)
        text = file.read_text(encoding="utf-8")
        project = Project.load(file)
        parse = cpu_ms(lambda: json.loads(text))
        for what, do in (("load", lambda: Project.load(file)), ("save", project.save)):
            spent = cpu_ms(do)
            baseline = f"parse the JSON {parse:.1f} ms"
            rows.append(
                (f"{what} a project, chain of 1,000", f"{spent:.0f} ms", baseline, "≤ 50 ms")
            )
    return rows


def after_one_edit(graph: Graph) -> float:
    """Median over edits all along the drawing: a width is set and set back, shapes follow."""
    inference, times = Inference(graph), []
    names = [name for name in graph.nodes if name.startswith("fc")]
    for name in names[:: max(1, len(names) // 100)]:
        node = graph.nodes[name]
        layer = node.layer.replace(bias=not node.layer.values()["bias"])
        changed = type(node)(name, layer, node.position)
        change = Change({"nodes": {name: (node, changed)}})
        for edit in (change, change.inverse()):
            start = time.process_time()
            graph.apply(edit)
            inference.update(edit)
            times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


def after_the_first_changed(graph: Graph) -> float:
    """The worst edit: the input becomes a sequence, and with it every shape behind it."""
    inference, times = Inference(graph), []
    node = graph.nodes["x"]
    longer = type(node)("x", node.layer.replace(shape=(5, 8)), node.position)
    change = Change({"nodes": {"x": (node, longer)}})
    for edit in (change, change.inverse()) * 10:
        start = time.process_time()
        graph.apply(edit)
        inference.update(edit)
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


# Measuring ---------------------------------------------------------------------------------------


def in_order(graph: Graph) -> list[str]:
    """The names of the nodes, each behind those that it needs."""
    return list(nx.topological_sort(graph.dag))


def step(module: nn.Module, x: Tensor) -> None:
    """One forward and backward pass."""
    module.zero_grad(set_to_none=True)
    module(x).sum().backward()


def cpu_ms(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Median CPU milliseconds of a call."""
    work()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


def interleaved(ours: Callable[[], Any], theirs: Callable[[], Any]) -> tuple[float, float]:
    """Median ratio of neighbouring runs, and the baseline's median in milliseconds."""
    for _ in range(10):
        ours(), theirs()
    ratios, baseline = [], []
    for i in range(200):
        first, second = (ours, theirs) if i % 2 else (theirs, ours)
        times = []
        for work in (first, second):
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
        mine, other = times if i % 2 else times[::-1]
        ratios.append(mine / other)
        baseline.append(1e3 * other)
    return statistics.median(ratios), statistics.median(baseline)


def copy_weights(source: nn.Module, target: nn.Module) -> None:
    """Copies weights and buffers in the order of construction."""
    with torch.no_grad():
        pairs = zip(source.state_dict().values(), target.state_dict().values(), strict=True)
        for mine, theirs in pairs:
            theirs.copy_(mine)


class LiveBytes(TorchDispatchMode):
    """Follows the bytes of all tensors that operations made and that are still alive."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._weights = {weight.data_ptr() for weight in module.parameters()}
        self.live: dict[int, int] = {}
        self.peak = self.largest = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._sweep()
        result = func(*args, **(kwargs or {}))
        for made in result if isinstance(result, tuple) else (result,):
            if isinstance(made, Tensor) and made.data_ptr() not in self._weights:
                storage = made.untyped_storage()
                reference: Any = storage._weak_ref()  # a number, whatever the stub says
                self.live[reference] = storage.nbytes()
                self.largest = max(self.largest, storage.nbytes())
        self.peak = max(self.peak, sum(self.live.values()))
        return result

    def _sweep(self) -> None:
        expired = torch.UntypedStorage._expired
        for reference in [r for r in self.live if expired(r)]:
            torch.UntypedStorage._free_weak_ref(reference)
            del self.live[reference]


def peak_bytes(module: nn.Module, x: Tensor) -> int:
    """The most bytes of activations alive at once in inference."""
    module.eval()
    mode = LiveBytes(module)
    with torch.no_grad(), mode:
        module(x)
    module.train()
    return mode.peak


def largest_activation(module: nn.Module, x: Tensor) -> int:
    """The bytes of the largest activation."""
    mode = LiveBytes(module)
    with torch.no_grad(), mode:
        module(x)
    return mode.largest


if __name__ == "__main__":
    main()
