"""Measures a run while it goes on, by time and within a budget, and tells frames of what it finds.

Training has the same bits with and without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from graph_engine.codegen import Source
from graph_engine.data.prepared import PreparedData
from graph_engine.training import titles
from graph_engine.training.activation_gradients import ActivationGradients
from graph_engine.training.anatomy import Anatomy
from graph_engine.training.commands import Look
from graph_engine.training.criteria import Criterion, Outputs
from graph_engine.training.events import Event, Frame
from graph_engine.training.governor import Governor
from graph_engine.training.gradients import GradientTable
from graph_engine.training.histograms import histograms
from graph_engine.training.keeping import (
    ACTIVATION_GRADIENTS,
    ACTIVATIONS,
    GRADIENTS,
    HISTOGRAMS,
    MAPS,
    OUTPUTS,
    Keeper,
)
from graph_engine.training.observer import Observer
from graph_engine.training.outputs import Answers
from graph_engine.training.probe import Probe, Samples
from graph_engine.training.procedures import Procedure

SHARES = {"full": 0.016, "lean": 0.004}
"""The fraction of all time that measuring may take."""

RATES = {
    "full": {
        GRADIENTS: 10.0,
        ACTIVATION_GRADIENTS: 2.0,
        ACTIVATIONS: 4.0,
        HISTOGRAMS: 1.0,
        OUTPUTS: 1.0,
    },
    "lean": {
        GRADIENTS: 5.0,
        ACTIVATION_GRADIENTS: 1.0,
        ACTIVATIONS: 2.0,
        HISTOGRAMS: 0.5,
        OUTPUTS: 0.5,
    },
}
"""Wanted rates in hertz."""

IN_STEPS = (GRADIENTS, ACTIVATION_GRADIENTS, ACTIVATIONS, HISTOGRAMS)

IN_LAST = frozenset({GRADIENTS, ACTIVATION_GRADIENTS})
"""What is measured in the last step, due or not: ``finished`` comes too late for gradients."""


class Probes(Observer):
    """The observer of a run that somebody may watch, now or later.

    Until somebody looks, only what the folder keeps is measured, at the lean share of the time.
    """

    def __init__(
        self,
        module: nn.Module,
        procedure: Procedure,
        data: PreparedData,
        tell: Callable[[Event], None],
        source: Source | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self.procedure, self.data, self.tell = procedure, data, tell
        self.device = procedure.device
        self.anatomy = Anatomy.of(module, source)
        self.probe = Probe(self.anatomy, self.device, procedure.recipe.precision)
        self.table = GradientTable(self.anatomy.weights)
        self.flow = ActivationGradients(self.anatomy)
        self.answers = Answers()
        self.keeper = keeper or Keeper()
        self.offset = time.time() - time.perf_counter()
        # What other programs take of a processor is no cost; what a device is waited for is one.
        self.stopwatch = time.thread_time if self.device.type == "cpu" else time.perf_counter
        self.look_at: Look | None = None
        self.governor = Governor(SHARES["lean"], RATES["lean"], self.clock)
        self.samples: Samples | None = None
        self.measured: frozenset[str] = frozenset()
        self.binned: NDArray[np.float32] | None = None
        self.costs: dict[str, float] = {}
        self.wake = 0.0
        self.is_gathering = False
        self.is_pending = self.is_owed = False
        self.place, self.last_step = (0, 0), -1

    def clock(self) -> float:
        """Seconds since 1970, which never go back."""
        return time.perf_counter() + self.offset

    # The run -------------------------------------------------------------------------------------

    def started(self, epoch: int, step: int, last_step: int) -> None:
        """Tells what the rows are, and shows the network as it begins."""
        self.place, self.last_step = (epoch, step), last_step
        self.tell(self.anatomy.event())
        self._glance(frozenset({ACTIVATIONS, HISTOGRAMS}))
        self._rest()

    def finished(self, epoch: int, step: int) -> None:
        """Shows and keeps the network as it ends."""
        self.place = epoch, step
        if self._is_off():
            return
        self._answers(keeps=True)
        self._glance(frozenset({ACTIVATIONS, HISTOGRAMS}), keeps=True)

    def look(self, command: Look) -> str:
        """Measures from here on what is wanted, and shows it at once, paused or not."""
        self.look_at, self.samples = command, None
        if command.detail == "off":
            self.wake = float("inf")
            return ""
        self.governor = Governor(SHARES[command.detail], RATES[command.detail], self.clock)
        unknown = [each for each in command.nodes if each not in self.anatomy.rows]
        self._glance(frozenset({ACTIVATIONS}))
        self._rest()
        if unknown:
            return f"There is nothing to see of {', '.join(unknown[:3])}."
        return ""

    # A step --------------------------------------------------------------------------------------

    def begin(self, module: nn.Module, epoch: int, step: int) -> None:
        """Chooses what is measured in this step."""
        now, is_last = self.clock(), step + 1 == self.last_step
        if now < self.wake and not (is_last and not self._is_off()):
            return
        self.measured = IN_LAST if is_last else self._all_due(now)
        self.is_looking = not self.measured.isdisjoint({GRADIENTS, HISTOGRAMS})
        if GRADIENTS in self.measured:
            with self._timed(GRADIENTS):
                self.table.begin()
        if ACTIVATION_GRADIENTS in self.measured:
            with self._timed(ACTIVATION_GRADIENTS):
                scaler = getattr(self.procedure, "scaler", None)
                self.flow.begin(scaler.get_scale() if scaler is not None else 1.0)

    def gradients_ready(self, weights: Sequence[Tensor]) -> None:
        """Measures gradients as they are before clipping."""
        if GRADIENTS in self.measured:
            with self._timed(GRADIENTS):
                self.table.gradients(weights)
        if HISTOGRAMS in self.measured:
            with self._timed(HISTOGRAMS):
                self.binned = histograms(each.grad for each in self.anatomy.weights.values())

    def clipped(self, weights: Sequence[Tensor]) -> None:
        """Measures gradients as they are after clipping."""
        if GRADIENTS in self.measured:
            with self._timed(GRADIENTS):
                self.table.clipped(weights)

    def updated(self, weights: Sequence[Tensor]) -> None:
        """Measures by how much the weights changed."""
        if GRADIENTS in self.measured:
            with self._timed(GRADIENTS):
                self.table.updated(weights)

    def ended(self, module: nn.Module, epoch: int, step: int) -> None:
        """Tells what was measured."""
        self.place = epoch, step
        self.is_owed = False
        if not self.measured:
            return
        keeps = step == self.last_step
        if GRADIENTS in self.measured:
            with self._spending(GRADIENTS):
                self._send(GRADIENTS, [(titles.GRADIENTS, self.table.rows(), {})], keeps)
        if ACTIVATION_GRADIENTS in self.measured:
            with self._spending(ACTIVATION_GRADIENTS):
                rows = self.flow.end()
                self.costs[ACTIVATION_GRADIENTS] += self.flow.seconds
                self._send(ACTIVATION_GRADIENTS, [(titles.ACTIVATION_GRADIENTS, rows, {})], keeps)
        self._glance(self.measured & {ACTIVATIONS, HISTOGRAMS})
        self._let_go()
        self._rest()

    def broken_off(self) -> None:
        """Takes what was attached off a step that failed."""
        self.flow.end()
        self._let_go()

    def _let_go(self) -> None:
        self.measured, self.is_looking, self.binned = frozenset(), False, None

    # The end of an epoch -------------------------------------------------------------------------

    def evaluating(self, part: str) -> None:
        """Gathers what is answered to validation samples."""
        self.is_gathering = part == "validation" and not self._is_off()
        if self.is_gathering:
            self.answers.begin()

    def answered(self, outputs: Outputs, target: Tensor, criterion: Criterion) -> None:
        """Gathers a batch."""
        if self.is_gathering:
            self.answers.add(outputs, target, criterion)

    def epoch_ended(self, epoch: int, step: int) -> None:
        """Tells the answers, unless epochs are too short for that."""
        self.place = epoch, step
        self.is_pending = self.is_owed = True
        if not self._is_off() and self.clock() >= self._due(OUTPUTS):
            self._answers()

    def _answers(self, keeps: bool = False) -> None:
        """Tells the answers of the last epoch once, and again at the end if the folder lacks them."""
        if not self.is_pending and not (keeps and self.is_owed):
            return
        self.is_pending = False
        with self._spending(OUTPUTS):
            about = {"split": "validation", "task": self.procedure.task}
            frames = [(title, array, about) for title, array in self.answers.frames()]
            self.is_owed = not self._send(OUTPUTS, frames, keeps)

    # Looking -------------------------------------------------------------------------------------

    def _glance(self, kinds: frozenset[str], keeps: bool = False) -> None:
        """One forward pass of the fixed samples, and what the weights are like."""
        if not kinds or self._is_off():
            return
        binned = HISTOGRAMS in kinds
        with self._spending(HISTOGRAMS if binned else ACTIVATIONS):
            nodes = self.look_at.nodes if self.look_at is not None else ()
            keeps_maps = keeps or self.clock() >= self.keeper.next(MAPS)
            found = self.probe.glance(self._samples(), nodes, keeps_maps, binned)
            self._send(ACTIVATIONS, [(titles.ACTIVATIONS, found.table, {})], keeps)
            pictures = ((title, *picture) for title, picture in found.pictures.items())
            self._send(MAPS, pictures, keeps)
            if found.histograms is not None:
                self._send(HISTOGRAMS, self._binned(found.histograms), keeps)
        if binned and ACTIVATIONS in kinds:
            self.governor.put_off(ACTIVATIONS)

    def _binned(
        self, activations: NDArray[np.float32]
    ) -> Iterator[tuple[str, Any, dict[str, Any]]]:
        weights = histograms(self.anatomy.weights.values())
        yield titles.WEIGHT_HISTOGRAMS, weights, {}
        if self.binned is not None:
            yield titles.GRADIENT_HISTOGRAMS, self.binned, {}
        yield titles.ACTIVATION_HISTOGRAMS, activations, {}

    def _samples(self) -> Samples:
        if self.samples is None:
            self.samples = Samples.of(self.data, self.look_at or Look(), self.device)
        return self.samples

    # Telling and time ----------------------------------------------------------------------------

    def _send(
        self,
        kind: str,
        frames: Iterable[tuple[str, NDArray[Any], Mapping[str, Any]]],
        keeps: bool = False,
    ) -> bool:
        """Tells frames of one moment; all of them are kept, or none. Answers which."""
        now, size = self.clock(), 0
        kept = keeps or now >= self.keeper.next(kind)
        epoch, step = self.place
        for title, array, about in frames:
            frame = Frame.of(title, array, epoch, step, about, kept)
            self.tell(frame)
            size += frame.size
        if kept and size:
            self.keeper.keep(kind, now, size)
        return kept

    def _is_off(self) -> bool:
        return self.look_at is not None and self.look_at.detail == "off"

    def _all_due(self, now: float) -> frozenset[str]:
        return frozenset(kind for kind in IN_STEPS if now >= self._due(kind))

    def _due(self, kind: str) -> float:
        """When a kind is measured next; while nobody watches, only to be kept."""
        at = self.governor.next[kind]
        return at if self.look_at is not None else max(at, self.keeper.next(kind))

    def _rest(self) -> None:
        if not self._is_off():
            self.wake = min(map(self._due, IN_STEPS))

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        """Adds to what a measurement of this kind costs."""
        begun = self.stopwatch()
        yield
        self.costs[kind] = self.costs.get(kind, 0.0) + self.stopwatch() - begun

    @contextmanager
    def _spending(self, kind: str) -> Iterator[None]:
        """The end of a measurement, which the governor then knows the cost of."""
        with self._timed(kind):
            yield
        self.governor.spent(kind, self.costs.pop(kind))
