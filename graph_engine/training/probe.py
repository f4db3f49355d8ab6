"""A look at the network's outputs for a few fixed samples, on the side of training."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.modules.conv import _ConvNd

from graph_engine.data.prepared import PreparedData
from graph_engine.training import titles
from graph_engine.training.activations import Units, figures
from graph_engine.training.anatomy import Anatomy
from graph_engine.training.attention import AttentionCalls, AttentionModules
from graph_engine.training.commands import Look
from graph_engine.training.histograms import histograms
from graph_engine.training.pictures import LARGEST, Picture, attention_of, kernels_of, map_of
from graph_engine.training.stillness import undisturbed
from graph_engine.training.tracing import Trace

MOST = 8
"""Samples of a look."""

ALL_MAPS = 2**19
"""Bytes of the maps of all nodes together, where they are not asked for one by one."""

LEAST = 2**13


@dataclass(frozen=True, slots=True)
class Samples:
    """The fixed samples, ready for the network: ``positions`` of them in the part ``split``."""

    split: str
    positions: tuple[int, ...]
    inputs: tuple[Tensor, ...]

    @classmethod
    def of(cls, data: PreparedData, look: Look, device: torch.device) -> Samples:
        """Those that are wanted and exist; where none does, the first of a part that has some."""
        parts = (look.split, "validation", "train", "test")
        split = next(name for name in parts if len(getattr(data, name)))
        part = getattr(data, split)
        wished = dict.fromkeys(each for each in look.samples if 0 <= each < len(part))
        positions = tuple(wished or range(len(part)))[:MOST]
        inputs, _ = part.plain().batch(np.array(positions, np.int64))
        tensors = (torch.from_numpy(np.ascontiguousarray(values)) for values in inputs)
        return cls(split, positions, tuple(each.to(device) for each in tensors))


@dataclass(slots=True)
class Glance:
    """What one look found: the table, histograms where wanted, and pictures by title."""

    table: NDArray[np.float32]
    histograms: NDArray[np.float32] | None = None
    pictures: dict[str, Picture] = field(default_factory=dict)


class Probe:
    """Looks at a network; each look is one forward pass."""

    def __init__(self, anatomy: Anatomy, device: torch.device, precision: str) -> None:
        self.anatomy, self.device = anatomy, device
        self.lowered = getattr(torch, precision) if precision != "float32" else None

    def glance(
        self, samples: Samples, nodes: Collection[str], all_maps: bool, binned: bool
    ) -> Glance:
        """The figures of all nodes, and pictures of ``nodes``, or small ones of every node too."""
        return _Looking(self, samples, nodes, all_maps, binned).glance()


class _Looking:
    """One look."""

    def __init__(
        self, probe: Probe, samples: Samples, nodes: Collection[str], all_maps: bool, binned: bool
    ) -> None:
        self.probe, self.anatomy, self.samples = probe, probe.anatomy, samples
        self.nodes, self.all_maps, self.binned = nodes, all_maps, binned
        self.small = max(LEAST, ALL_MAPS // max(1, len(self.anatomy.nodes)))
        self.units = Units()
        self.figures: dict[int, tuple[float, ...]] = {}
        self.bins: dict[int, NDArray[np.float32]] = {}
        self.pictures: dict[str, Picture] = {}
        self.attentions = AttentionModules(self.anatomy, nodes, self._attention)
        self.trace = Trace(self.anatomy, self._see, self.attentions.called)

    def glance(self) -> Glance:
        """Computes, and gathers what was seen."""
        self._forward()
        count = len(self.anatomy.nodes)
        table = np.full((count, len(titles.ACTIVATION_COLUMNS)), np.nan, np.float32)
        for row, each in self.figures.items():
            table[row] = each
        bins = None
        if self.binned:
            bins = np.full((count, titles.BINS + 2), np.nan, np.float32)
            for row, counts in self.bins.items():
                bins[row] = counts
        for title, picture in self._kernels():
            self.pictures[title] = picture
        return Glance(table, bins, self.pictures)

    def _forward(self) -> None:
        layers = self.anatomy.layers
        kinds = {layers[self.anatomy.rows[n]] for n in self.nodes if n in self.anatomy.rows}
        with undisturbed(self.anatomy.module, self.probe.device), ExitStack() as around:
            if self.probe.lowered is not None:
                around.enter_context(torch.autocast(self.probe.device.type, self.probe.lowered))
            if "ScaledDotProductAttention" in kinds:
                around.enter_context(AttentionCalls(self.trace.node, self._attention))
            around.callback(self.trace.detach)
            self.trace.attach()
            self.anatomy.module(*self.samples.inputs)

    def _see(self, row: int, output: Tensor, seconds: float) -> None:
        path, layer = self.anatomy.nodes[row], self.anatomy.layers[row]
        output = output.detach()
        if output.ndim == 0 or len(output) != len(self.samples.positions):
            output = output.unsqueeze(0)  # the same for all samples
        first = self.units.channels_first(layer, output)
        found = figures(output, layer, self.anatomy.parts.get(path), first)
        self.figures[row] = *found, 1000 * seconds
        if self.binned:
            self.bins[row] = histograms([output])[0]
        if f"{titles.MAP}{path}" in self.pictures or not output.numel():
            return
        if path in self.nodes:
            self._show(path, map_of(output, first, LARGEST))
        elif self.all_maps:
            self._show(path, map_of(output, first, self.small))

    def _attention(self, path: str, weights: Tensor) -> None:
        if path in self.nodes:
            self._show(path, attention_of(weights))

    def _show(self, path: str, picture: Picture) -> None:
        array, about = picture
        shown = {"samples": list(self.samples.positions), "split": self.samples.split}
        self.pictures[f"{titles.MAP}{path}"] = array, {**about, **shown}

    def _kernels(self) -> Iterator[tuple[str, Picture]]:
        for path, part in self.anatomy.parts.items():
            if isinstance(part, _ConvNd) and (self.all_maps or path in self.nodes):
                largest = LARGEST // 4 if path in self.nodes else self.small
                picture = kernels_of(part.weight, part.transposed, largest)
                yield f"{titles.KERNELS}{path}", picture
