"""The table of gradients, weights and updates of one step, a row for each weight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graph_engine.training.titles import GRADIENT_COLUMNS

NORM, CLIPPED, MEAN, LARGEST, WEIGHT, UPDATE, RATIO = range(len(GRADIENT_COLUMNS))


class GradientTable:
    """Measures one step after the other; nothing is read from the device before the step is over.

    A step is ``begin``, then for some or all of the weights ``gradients``, ``clipped`` and ``updated``;
    ``rows`` ends it. Each weight's first gradient in a step counts.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self.weights = [plain(each.detach()) for each in weights.values()]
        self.row = {id(weight): row for row, weight in enumerate(weights.values())}
        self.before: list[Tensor] = []
        self.found: dict[tuple[int, int], Tensor] = {}

    @torch.no_grad()
    def begin(self) -> None:
        """Remembers the weights, in memory that is kept: fresh memory takes longer than the copy."""
        self.found = {}
        if not self.weights:
            return
        if not self.before:
            self.before = [torch.empty_like(weight) for weight in self.weights]
        torch._foreach_copy_(self.before, self.weights)
        self._put(range(len(self.weights)), WEIGHT, _norms(self.weights))

    @torch.no_grad()
    def gradients(self, weights: Sequence[Tensor]) -> None:
        """The gradients are complete and not clipped yet."""
        rows, gradients = self._gradients(weights)
        new = [n for n, row in enumerate(rows) if (row, NORM) not in self.found]
        rows, gradients = [rows[n] for n in new], [gradients[n] for n in new]
        if not rows:
            return
        norms = _norms(gradients)
        self._put(rows, NORM, norms)
        self._put(rows, CLIPPED, norms)
        for row, gradient in zip(rows, gradients, strict=True):
            if gradient.numel():
                self.found[row, MEAN] = gradient.abs().sum() / self.weights[row].numel()
                low, high = torch.aminmax(gradient)
                self.found[row, LARGEST] = torch.maximum(-low, high)

    @torch.no_grad()
    def clipped(self, weights: Sequence[Tensor]) -> None:
        """The gradients were clipped."""
        rows, gradients = self._gradients(weights)
        if rows:
            self._put(rows, CLIPPED, _norms(gradients))

    @torch.no_grad()
    def updated(self, weights: Sequence[Tensor]) -> None:
        """The weights were updated."""
        rows = [self.row[id(weight)] for weight in weights if id(weight) in self.row]
        if rows and self.before:
            before = [self.before[row] for row in rows]
            torch._foreach_sub_(before, [self.weights[row] for row in rows])
            self._put(rows, UPDATE, _norms(before))

    def rows(self) -> NDArray[np.float32]:
        """Columns of ``GRADIENT_COLUMNS``; NaN for what a weight does not have, such as one that is
        frozen."""
        table = np.full((len(self.weights), len(GRADIENT_COLUMNS)), np.nan, np.float32)
        if self.found:
            values = torch.stack([each.float() for each in self.found.values()]).cpu().numpy()
            places = np.array(list(self.found))
            table[places[:, 0], places[:, 1]] = values
        there = table[:, WEIGHT] > 0
        table[there, RATIO] = table[there, UPDATE] / table[there, WEIGHT]
        self.found = {}
        return table

    def _gradients(self, weights: Sequence[Tensor]) -> tuple[list[int], list[Tensor]]:
        own = [(self.row[id(w)], w.grad) for w in weights if id(w) in self.row]
        found = [(row, plain(gradient.detach())) for row, gradient in own if gradient is not None]
        return [row for row, _ in found], [gradient for _, gradient in found]

    def _put(self, rows: Iterable[int], column: int, values: Sequence[Tensor]) -> None:
        for row, value in zip(rows, values, strict=True):
            self.found[row, column] = value


def plain(tensor: Tensor) -> Tensor:
    """The numbers of a tensor, seen as real and dense ones."""
    if tensor.layout != torch.strided:
        tensor = tensor.coalesce().values()
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def _norms(tensors: list[Tensor]) -> Sequence[Tensor]:
    return torch._foreach_norm(tensors)
