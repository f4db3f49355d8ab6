"""Learning from few labels, and from the network's own sure answers to samples without any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from graph_engine.data.prepared import PreparedData
from graph_engine.errors import TrainingError
from graph_engine.training.procedures.supervised import Supervised


class PseudoLabels(Supervised):
    """Takes the likeliest class of a sample without a label for its label, where the network is sure
    enough (Lee, 2013).

    The samples without labels are those beyond the data's limit. Answers and labels are of the same
    step; the answers are given to the plain samples without dropout, and no gradient flows through
    them. What is learned from them is augmented (Sohn et al., 2020), so that the answer spreads to all
    that looks alike; the labelled samples are learned as they are, which keeps the answers to plain
    ones right.
    """

    epoch = 0

    def prepare(self, data: PreparedData) -> PreparedData:
        """Finds the samples without labels, and leaves the others plain. Raises TrainingError where
        there are none."""
        if not len(data.rest):
            raise TrainingError(
                "There are no samples without labels. Set the data's `limit` to the number of those "
                "whose labels may be seen."
            )
        if self.criterion.choice.name != "CrossEntropyLoss":
            raise TrainingError("Pseudo-labels are classes: use CrossEntropyLoss.")
        self.unlabelled = data.rest
        return replace(data, train=data.train.plain())

    def epoch_begins(self, epoch: int, is_fresh: bool) -> bool:
        """Knows when the network's own answers begin to count."""
        self.epoch = epoch
        return False

    def loss(self, inputs: tuple[Tensor, ...], target: Tensor) -> Tensor:
        """That of the labelled samples and, in time, of those others that the network is sure of."""
        known = super().loss(inputs, target)
        if self.epoch < self.choice["after"]:
            return known
        plain, others = self._others(self.choice["ratio"] * len(target))
        sure, label = self._chances(plain).max(1)
        outputs, _ = self.answers(others, target)
        each = F.cross_entropy(outputs[0], label, reduction="none")
        guessed: Tensor = (each * (sure >= self.choice["threshold"])).mean()
        weight: float = self.choice["weight"]
        return known + weight * guessed

    def _others(self, count: int) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Samples without labels, drawn anew in each step: plain, and augmented."""
        positions = torch.randint(len(self.unlabelled), (count,)).numpy().astype(np.int64)
        seed = int(torch.randint(2**31, (1,)))
        plain, _ = self.unlabelled.plain().batch(positions)
        changed, _ = self.unlabelled.batch(positions, seed, self.epoch)
        return self._placed(plain), self._placed(changed)

    def _placed(self, inputs: Sequence[NDArray[Any]]) -> tuple[Tensor, ...]:
        return tuple(torch.as_tensor(each).to(self.device) for each in inputs)

    @torch.no_grad()
    def _chances(self, inputs: tuple[Tensor, ...]) -> Tensor:
        self.module.eval()
        outputs = self.module(*inputs)
        self.module.train()
        first: Tensor = outputs if isinstance(outputs, Tensor) else outputs[0]
        return first.softmax(1)
