"""What a network answers to validation samples at the end of an epoch, beside the truth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graph_engine.training import titles
from graph_engine.training.criteria import Criterion, Outputs

LARGEST = 2**20
"""Bytes of the answers that are told; of large ones, such as images, that many samples are shown."""

LEAST = 8
"""Samples that are shown however large they are."""


class Answers:
    """Gathers the first answers of an evaluation."""

    def __init__(self) -> None:
        self.room = 0
        self.criterion: Criterion | None = None
        self.parts: list[tuple[Outputs, Tensor]] = []

    def begin(self) -> None:
        """A new evaluation."""
        self.parts = []

    def add(self, outputs: Outputs, target: Tensor, criterion: Criterion) -> None:
        """A batch was answered; ``target`` is what the outputs should be."""
        if not self.parts:
            self.criterion = criterion
            self.room = _room(outputs[0])
        taken = min(self.room, len(target))
        if taken > 0:
            self.parts.append(
                (tuple(each[:taken].detach().clone() for each in outputs), target[:taken].clone())
            )
            self.room -= taken

    @torch.no_grad()
    def frames(self) -> Iterator[tuple[str, NDArray[np.generic]]]:
        """Title and array of each frame, the answers last."""
        if not self.parts or self.criterion is None:
            return
        outputs = tuple(torch.cat(each) for each in zip(*(o for o, _ in self.parts), strict=True))
        target = torch.cat([each for _, each in self.parts])
        yield titles.INDICES, np.arange(len(target), dtype=np.int64)
        yield titles.TARGETS, _plain(target)
        yield titles.SAMPLE_LOSSES, _plain(self.criterion.each(outputs, target))
        yield titles.OUTPUTS, _plain(self.criterion.scores(outputs[0]))


def _room(output: Tensor) -> int:
    each = 4 * max(1, output[:1].numel())
    return max(LEAST, min(titles.MOST_OUTPUTS, LARGEST // each))


def _plain(tensor: Tensor) -> NDArray[np.generic]:
    """On the host; fractions as float32, whole numbers as they are."""
    values = tensor.detach().abs() if tensor.is_complex() else tensor.detach()
    floating = values.float() if values.is_floating_point() else values
    array: NDArray[np.generic] = floating.cpu().numpy()
    return array
