"""What measuring costs a run: ``python -m tests.benchmarks.telemetry [seconds]``.

The real loop trains the same network several times at once, a quarter of a second each in turn: bare,
and with everything told through the real channel and folder. The rows are medians over blocks of such
turns. Nothing here asserts a time. TensorBoard is measured where it is installed: it gets the same
figures at the wanted rates from the same probes, so that what differs is the writing.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from graph_engine.builder import Handle, NetworkBuilder
from graph_engine.codegen import Source, make_source
from graph_engine.compile import compile_source
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.prepared import PreparedData
from graph_engine.inference import Inference
from graph_engine.training import titles
from graph_engine.training.channel import Channel
from graph_engine.training.commands import Detail, Look
from graph_engine.training.events import Event, Frame, Stepped
from graph_engine.training.folder import RunFolder
from graph_engine.training.governor import Governor
from graph_engine.training.loop import Loop
from graph_engine.training.probes import RATES, Probes
from graph_engine.training.recipe import Recipe

TURN = 0.25
"""Seconds of one lane before the next has its turn."""

TURNS = 8
"""Turns of each lane in a block: together long enough for every kind of measurement."""

SECONDS = 60.0
"""For each network."""


# Networks ----------------------------------------------------------------------------------------


def mlp(net: NetworkBuilder, x: Handle) -> tuple[Handle, tuple[str, ...]]:
    x = net.add("Linear", net.add("Flatten", x), out_features=512, name="fc1")
    x = net.add("Linear", net.add("ReLU", x, name="relu1"), out_features=512, name="fc2")
    x = net.add("ReLU", x, name="relu2")
    return net.add("Linear", x, out_features=10, name="scores"), ("fc1", "relu2")


def cnn(net: NetworkBuilder, x: Handle) -> tuple[Handle, tuple[str, ...]]:
    x = net.add("Upsample", x, scale_factor=3, name="larger")
    for number, channels in ((1, 32), (2, 64)):
        x = net.add(
            "Conv2d", x, out_channels=channels, kernel_size=3, padding=1, name=f"conv{number}"
        )
        x = net.add("BatchNorm2d", x, name=f"norm{number}")
        x = net.add("MaxPool2d", net.add("ReLU", x, name=f"relu{number}"), kernel_size=2)
    x = net.add("Linear", net.add("Flatten", x), out_features=10, name="scores")
    return x, ("conv1", "relu2")


def transformer(net: NetworkBuilder, x: Handle) -> tuple[Handle, tuple[str, ...]]:
    block = net.block("Unit")
    a = block.input("a", shape=(64, 64))
    b = block.add(
        "MultiheadAttention",
        block.add("LayerNorm", a),
        num_heads=4,
        need_weights=False,
        name="look",
    )
    b = block.add("Add", a, b, name="seen")
    c = block.add("Linear", block.add("LayerNorm", b), out_features=128, name="wide")
    c = block.add("Linear", block.add("GELU", c, name="act"), out_features=64, name="narrow")
    block.output("y", block.add("Add", b, c, name="thought"))
    block.done()
    x = net.add("Linear", net.add("Reshape", x, shape=(64, 1)), out_features=64, name="tokens")
    x = net.add("Unit", net.add("LearnedPositionalEncoding", x), name="units", repeat=3)
    x = net.add("Linear", net.add("Mean", x, dim=(1,)), out_features=10, name="scores")
    return x, ("units.0.look", "units.2.act")


NETWORKS: dict[str, tuple[Callable[..., tuple[Handle, tuple[str, ...]]], int]] = {
    "MLP": (mlp, 256),
    "CNN": (cnn, 64),
    "transformer": (transformer, 32),
}


# Lanes -------------------------------------------------------------------------------------------


@dataclass
class Lane:
    """One way to run the same loop, and what its turns took: wall and CPU seconds a step."""

    name: str
    loop: Loop
    probes: Probes | None = None
    stopped: float = 0.0
    blocks: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.steps = self._steps()

    def _steps(self) -> Iterator[None]:
        self.loop.module.train()
        self.loop.procedure.observer.started(0, 0, 0)
        while True:
            for group in self.loop._groups():
                self.loop._step(group)
                yield
            self.loop.position.epoch, self.loop.position.batch = self.loop.position.epoch + 1, 0

    def turn(self, seconds: float) -> tuple[int, float, float]:
        """Trains for so long; answers steps, wall and CPU seconds. Its clocks stood still meanwhile."""
        if self.probes is not None and self.stopped:
            self.probes.offset -= time.perf_counter() - self.stopped
        self.loop.losses.wake()
        count, wall, cpu = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - wall < seconds:
            next(self.steps)
            count += 1
        self.stopped = time.perf_counter()
        return count, self.stopped - wall, time.process_time() - cpu


def watched(
    name: str,
    make: Callable[[Callable[[Event], None]], Loop],
    source: Source,
    tell: Callable[[Event], None],
    look: Look | None,
) -> Lane:
    """A lane that is measured, by a window or, without a look, for the folder alone."""
    loop = make(tell)
    probes = Probes(loop.module, loop.procedure, loop.data, tell, source)
    loop.procedure.observer = probes
    if look is not None:
        loop.look(look)
    return Lane(name, loop, probes)


class Told:
    """The folder and the pipe of a real run, with a reader in another process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = RunFolder(folder)
        command = [sys.executable, "-c", "import sys\nwhile sys.stdin.buffer.read(65536): pass"]
        self.reader = subprocess.Popen(command, stdin=subprocess.PIPE)
        assert self.reader.stdin is not None
        self.channel = Channel(self.reader.stdin)  # type: ignore[arg-type]

    def __call__(self, event: Event) -> None:
        self.folder.append(event)
        self.channel.send(event)

    def close(self) -> None:
        """Ends the reader."""
        self.channel.close()
        assert self.reader.stdin is not None
        self.reader.stdin.close()
        self.reader.wait()


class TensorBoard:
    """Writes the same figures as a summary writer does, a scalar or picture each."""

    def __init__(self, folder: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer: Any = SummaryWriter(str(folder))

    def __call__(self, event: Event) -> None:
        if isinstance(event, Stepped):
            for number, loss in enumerate(event.losses):
                self.writer.add_scalar("loss", loss, event.step - len(event.losses) + number)
        elif isinstance(event, Frame):
            self._frame(event, event.array())

    def _frame(self, frame: Frame, array: np.ndarray[Any, Any]) -> None:
        title, step = frame.title, frame.step
        if title.startswith("histograms/"):
            for row, (low, high, *counts) in enumerate(array):
                self._histogram(f"{title}/{row}", low, high, np.array(counts), step)
        elif title.startswith((titles.MAP, titles.KERNELS)):
            picture = array.reshape(-1, array.shape[-1])[None]
            self.writer.add_image(title, picture, step, dataformats="CHW")
        else:
            for row, values in enumerate(array):
                for column, value in enumerate(values):
                    self.writer.add_scalar(f"{title}/{row}/{column}", value, step)

    def _histogram(
        self, title: str, low: float, high: float, counts: np.ndarray[Any, Any], step: int
    ) -> None:
        limits = np.linspace(low, high, len(counts) + 1)[1:]
        self.writer.add_histogram_raw(
            title,
            min=low,
            max=high,
            num=counts.sum(),
            sum=0.0,
            sum_squares=0.0,
            bucket_limits=limits.tolist(),
            bucket_counts=counts.tolist(),
            global_step=step,
        )


# Measuring ---------------------------------------------------------------------------------------


def main() -> None:
    """Prints the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    torch.set_num_threads(1)
    data = prepare(
        DataChoice.read({"source": {"source": "builtin", "name": "digits"}}), None, ["x"]
    )
    table = Table("network", "lane", "steps", "ms a step", "time", "CPU", "goal", title="Telemetry")
    means: dict[str, list[float]] = {}
    for name, (draw, batch) in NETWORKS.items():
        for row in measured(name, draw, batch, data, seconds, means):
            table.add_row(*row)
    for lane, ratios in means.items():
        table.add_row(
            "average", lane, "", "", f"{statistics.mean(ratios):.3f}×", "", goal(lane, True)
        )
    Console(width=110).print(table)
    if "TensorBoard" not in means:
        print("TensorBoard is not installed: uv pip install 'netloom[tensorboard]'")


def measured(
    name: str,
    draw: Callable[..., tuple[Handle, tuple[str, ...]]],
    batch: int,
    data: PreparedData,
    seconds: float,
    means: dict[str, list[float]],
) -> Iterator[tuple[str, ...]]:
    """The rows of one network."""
    with tempfile.TemporaryDirectory() as folder:
        lanes, pipes = lanes_of(draw, batch, data, Path(folder))
        for lane in lanes:
            lane.turn(1.0)
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds:
            block(lanes)
        for pipe in pipes:
            pipe.close()
        bare = lanes[0]
        for lane in lanes:
            pairs = list(zip(lane.blocks, bare.blocks, strict=True))
            wall, cpu = (statistics.median([a[n] / b[n] for a, b in pairs]) for n in (0, 1))
            if lane is not bare:
                means.setdefault(lane.name, []).append(wall)
            steps, took = lane.loop.position.step, statistics.median(b[0] for b in lane.blocks)
            yield (
                name,
                lane.name,
                f"{steps}",
                f"{1000 * took:.2f}",
                f"{wall:.3f}×",
                f"{cpu:.3f}×",
                goal(lane.name),
            )


def lanes_of(
    draw: Callable[..., tuple[Handle, tuple[str, ...]]],
    batch: int,
    data: PreparedData,
    folder: Path,
) -> tuple[list[Lane], list[Told]]:
    """Bare, bare again (what noise does to a ratio), full, lean, unwatched, and TensorBoard."""
    net = NetworkBuilder("main")
    result, nodes = draw(net, net.input("x", shape=(1, 8, 8)))
    net.output("y", result)
    source = make_source(Inference(net.graph))
    recipe = Recipe(epochs=10**6, batch_size=batch, threads=1, drop_last=True)

    def make(tell: Callable[[Event], None]) -> Loop:
        torch.manual_seed(0)
        return Loop(compile_source(source), recipe, data, None, tell)

    pipes = [Told(folder / name) for name in ("full", "lean", "alone")]
    details: tuple[Detail, Detail] = ("full", "lean")
    lanes = [Lane("bare", make(_nothing)), Lane("bare again", make(_nothing))]
    lanes += [
        watched(detail, make, source, pipe, Look(nodes=nodes, detail=detail))
        for detail, pipe in zip(details, pipes, strict=False)
    ]
    lanes.append(watched("unwatched", make, source, pipes[2], None))
    try:
        writer = TensorBoard(folder / "tensorboard")
    except ImportError:
        return lanes, pipes
    lane = watched("TensorBoard", make, source, writer, Look(nodes=nodes))
    assert lane.probes is not None
    lane.probes.governor = Governor(1.0, RATES["full"], lane.probes.clock)
    return [*lanes, lane], pipes


def block(lanes: list[Lane]) -> None:
    """Lets every lane have its turns, the order moving on each time."""
    sums = {lane.name: np.zeros(3) for lane in lanes}
    for number in range(TURNS):
        first = number % len(lanes)
        for lane in lanes[first:] + lanes[:first]:
            sums[lane.name] += lane.turn(TURN)
    for lane in lanes:
        steps, wall, cpu = sums[lane.name]
        lane.blocks.append((wall / steps, cpu / steps))


def goal(lane: str, on_average: bool = False) -> str:
    """What the lane's ratio should be."""
    if lane == "full":
        return "≤ 1.03×" if on_average else "≤ 1.05×"
    if lane in ("lean", "unwatched"):
        return "≤ 1.01×"
    return "above full" if lane == "TensorBoard" else ""


def _nothing(event: Event) -> None:
    """Tells nobody."""


if __name__ == "__main__":
    main()
