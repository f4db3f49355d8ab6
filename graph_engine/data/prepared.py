"""Samples ready for a network: three parts of a data set, encoded and, in training, augmented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.augmentation import Augmentation, Draw, movable
from graph_engine.data.dataset import Array, Dataset, Field
from graph_engine.data.encoding import Encoding, Preprocessing
from graph_engine.data.scaling import chunks

Batch = tuple[tuple[Array, ...], Array]

LARGEST_READY = 2**29


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """What one input, or the target, is given: kept ready in memory where that takes at most 512 MiB,
    else read and encoded when asked for."""

    field: Field
    encoding: Encoding
    ready: Array | None = None

    @classmethod
    def of(cls, field: Field, encoding: Encoding) -> Self:
        """The feed, made ready if it fits.

        Raises DatasetError where a sample cannot be read or encoded.
        """
        each = np.dtype(encoding.dtype).itemsize * int(np.prod(encoding.shape))
        if each * len(field) > LARGEST_READY:
            return cls(field, encoding)
        ready = np.empty((len(field), *encoding.shape), dtype=encoding.dtype)
        start = 0
        for values in chunks(field, np.arange(len(field), dtype=np.int64)):
            ready[start : start + len(values)] = encoding.apply(values)
            start += len(values)
        return cls(field, encoding, ready)

    def take(self, samples: NDArray[np.int64]) -> Array:
        """The encoded samples of these numbers, stacked along the first axis."""
        if self.ready is not None:
            return np.take(self.ready, samples, axis=0)
        return self.encoding.apply(self.field.take(samples))


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """One part: the samples of ``indices``, as the network's inputs in its order and the target."""

    inputs: Mapping[str, Feed]
    target: Feed
    indices: NDArray[np.int64]
    augmentation: Augmentation

    def __len__(self) -> int:
        return len(self.indices)

    def sample(self, position: int) -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
        """Sample ``position`` of the part without augmentation: inputs by name, and the target."""
        inputs, target = self.plain().batch(np.array([position]))
        named = zip(self.inputs, inputs, strict=True)
        return {name: values[0] for name, values in named}, np.asarray(target[0])

    def batch(self, positions: NDArray[np.int64], seed: int = 0, epoch: int = 0) -> Batch:
        """The samples at these positions of the part, stacked, and augmented for that epoch."""
        samples = self.indices[positions]
        inputs = tuple(feed.take(samples) for feed in self.inputs.values())
        target = self.target.take(samples)
        if not self.augmentation.is_active():
            return inputs, target
        return self._augmented(inputs, target, Draw(self.augmentation, seed, epoch, samples))

    def plain(self) -> Split:
        """The same samples without augmentation, such as for measuring on the training part."""
        return replace(self, augmentation=Augmentation())

    def _augmented(self, inputs: tuple[Array, ...], target: Array, draw: Draw) -> Batch:
        """Images move, and a target of the same size with them; noise is for the inputs alone."""
        place = movable([feed.encoding.shape for feed in self.inputs.values()])
        if place is not None and draw.augmentation.moves():
            inputs = tuple(draw.moved(x) if x.shape[1:][-2:] == place else x for x in inputs)
            target = draw.moved(target) if target.shape[1:][-2:] == place else target
        if draw.augmentation.noise:
            inputs = tuple(
                draw.noisy(x, number) if x.dtype == np.float32 else x
                for number, x in enumerate(inputs)
            )
        return inputs, target


@dataclass(frozen=True, slots=True, eq=False)
class PreparedData:
    """A data set divided and encoded for one network.

    ``rest`` are the samples beyond a limit on those to learn from: their labels are not shown, but a
    procedure may look at their inputs. ``variant`` prepares the same source with other values of the
    choice, such as other classes.
    """

    dataset: Dataset
    preprocessing: Preprocessing
    train: Split
    validation: Split
    test: Split
    rest: Split
    variant: Callable[..., PreparedData]
