"""Batches of tensors in an order that seed, epoch and step alone decide.

Whoever loads a batch, and whenever, it has the same bits: a run that resumes in the middle of an epoch,
or with another number of loader processes, goes on as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from graph_engine.data import counters
from graph_engine.data.prepared import Split
from graph_engine.errors import DatasetError

TensorBatch = tuple[tuple[torch.Tensor, ...], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Batches:
    """The batches of one epoch: inputs in the network's order, and the target.

    ``start_step`` skips the batches that were done before an interruption. ``drop_last`` leaves out a
    last batch that is not full. With ``workers`` other processes prepare the batches ahead of time,
    which pays where samples are decoded from files.
    """

    split: Split
    batch_size: int
    seed: int = 0
    epoch: int = 0
    start_step: int = 0
    workers: int = 0
    drop_last: bool = False
    shuffle: bool = True

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.start_step < 0 or self.workers < 0:
            raise DatasetError(
                f"Batches need a size of at least 1, and a first step and workers of at least 0, not "
                f"{self.batch_size}, {self.start_step} and {self.workers}."
            )

    @property
    def steps(self) -> int:
        """Batches in the whole epoch, those before ``start_step`` included."""
        whole, rest = divmod(len(self.split), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __len__(self) -> int:
        return max(0, self.steps - self.start_step)

    def __iter__(self) -> Iterator[TensorBatch]:
        steps = range(self.start_step, self.steps)
        if self.workers:
            return self._helped(steps)
        order = self.order()
        return (self.at(step, order) for step in steps)

    def _helped(self, steps: range) -> Iterator[TensorBatch]:
        """Batches from loader processes, whose refusals are raised here in their own words."""
        loader: DataLoader[TensorBatch | DatasetError] = DataLoader(
            _Answers(self),
            batch_size=None,
            sampler=steps,
            num_workers=self.workers,
            collate_fn=_unchanged,
            generator=torch.Generator().manual_seed(0),
        )
        for batch in loader:
            if isinstance(batch, DatasetError):
                raise batch
            yield batch

    def at(self, step: int, order: NDArray[np.int64]) -> TensorBatch:
        """The batch of one step of the epoch that has this order."""
        positions = order[step * self.batch_size : (step + 1) * self.batch_size]
        inputs, target = self.split.batch(positions, self.seed, self.epoch)
        return tuple(_tensor(values) for values in inputs), _tensor(target)

    def order(self) -> NDArray[np.int64]:
        """The positions in the part, in the order in which this epoch meets them."""
        if not self.shuffle:
            return np.arange(len(self.split), dtype=np.int64)
        return counters.permutation(len(self.split), counters.ORDER, self.seed, self.epoch)


class _Answers(Dataset[TensorBatch | DatasetError]):
    """The batch of each step as a loader process gives it, or why there is none."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self.order = batches.order()

    def __getitem__(self, step: int) -> TensorBatch | DatasetError:
        try:
            return self.batches.at(step, self.order)
        except DatasetError as error:
            return error

    def __len__(self) -> int:
        return self.batches.steps


def _tensor(values: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))


def _unchanged(batch: Any) -> Any:
    return batch
