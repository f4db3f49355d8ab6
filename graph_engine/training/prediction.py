"""What a trained network answers to new inputs, in the units and with the names of its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from graph_engine.data.choice import DataChoice
from graph_engine.data.encoding import Encoding, Preprocessing
from graph_engine.data.new_inputs import read_inputs
from graph_engine.errors import TrainingError
from graph_engine.training import weights
from graph_engine.training.building import build
from graph_engine.training.checkpoints import CheckpointStore
from graph_engine.training.choices import Loss
from graph_engine.training.criteria import Criterion
from graph_engine.training.events import finite
from graph_engine.training.folder import RunFolder
from graph_engine.training.procedure_choices import DEFAULT_LOSSES
from graph_engine.training.snapshot import Snapshot

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answers to a number of samples.

    ``values`` are the network's first output: probabilities of the classes (samples × classes), or
    numbers in the units of the target. ``classes`` are names, or numbers where there are no names, and
    empty for numbers; ``labels`` has the likeliest class of each sample. ``outputs`` are all outputs as
    the network gave them.
    """

    task: str
    values: Array
    outputs: tuple[Array, ...]
    classes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    def to_json(self) -> list[dict[str, Any]]:
        """One plain record a sample, for ``netloom predict --json``."""
        if not self.labels:
            return [{"value": finite(value)} for value in self.values.tolist()]
        return [
            {"class": label, "probabilities": dict(zip(self.classes, row, strict=True))}
            for label, row in zip(self.labels, finite(self.values.tolist()), strict=True)
        ]


def predict(
    module: nn.Module,
    inputs: Sequence[Array],
    *,
    device: torch.device | str = "cpu",
    batch_size: int = 256,
) -> tuple[Tensor, ...]:
    """All outputs of a network for encoded samples, each stacked along the first axis.

    ``inputs`` stand in the network's order. The module is left in evaluation mode.
    """
    module.to(device).eval()
    parts: list[tuple[Tensor, ...]] = []
    with torch.no_grad():
        for start in range(0, len(inputs[0]), batch_size):
            batch = (torch.as_tensor(each[start : start + batch_size]) for each in inputs)
            outputs = module(*(each.to(device) for each in batch))
            outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
            parts.append(tuple(each.cpu() for each in outputs))
    return tuple(torch.cat(each) for each in zip(*parts, strict=True))


def predict_from_files(
    folder: RunFolder, paths: Sequence[Path], *, best: bool = True, device: str = "cpu"
) -> Prediction:
    """What the network of a run answers to files.

    Uses the best weights, or the last. Raises DatasetError for files that do not fit and TrainingError
    for a run without weights.
    """
    snapshot = folder.snapshot()
    task, saved = folder.fitted()
    preprocessing = Preprocessing.read(saved)
    source = DataChoice.read(snapshot.data).source
    inputs = read_inputs(source, preprocessing, paths)
    module = trained(folder, snapshot, best=best)
    outputs = predict(module, [inputs[name] for name in snapshot.inputs], device=device)
    return interpreted(outputs, task, snapshot.recipe.loss, preprocessing)


def trained(folder: RunFolder, snapshot: Snapshot, *, best: bool = True) -> nn.Module:
    """The network of a run with its weights. Raises TrainingError where there are none yet."""
    module = build(snapshot)
    weights.put(module, CheckpointStore(folder.path).weights(best=best))
    return module


def interpreted(
    outputs: tuple[Tensor, ...], task: str, loss: Loss | None, preprocessing: Preprocessing
) -> Prediction:
    """Outputs as a person understands them."""
    if task not in DEFAULT_LOSSES:
        raise TrainingError(f"The run's task is {task!r}, which this version does not know.")
    criterion = Criterion(loss or Loss.read(DEFAULT_LOSSES[task]), torch.device("cpu"))
    scores = criterion.scores(outputs[0])
    raw = tuple(each.numpy() for each in outputs)
    target = preprocessing.target
    if task == "reconstruction":
        target = next(iter(preprocessing.inputs.values()))
    if task in ("classification", "control") and scores.ndim == 2:
        return _classified(task, scores.numpy(), raw, target)
    if task == "binary" and scores[0].numel() == 1:
        yes = scores.reshape(-1, 1).numpy()
        return _classified(task, np.concatenate([1 - yes, yes], axis=1), raw, target)
    return Prediction(task, _in_units(scores.numpy(), target), raw)


def _classified(task: str, values: Array, raw: tuple[Array, ...], target: Encoding) -> Prediction:
    known: Mapping[int, str] = dict(enumerate(target.classes))
    classes = tuple(known.get(number, str(number)) for number in range(values.shape[1]))
    labels = tuple(classes[number] for number in values.argmax(axis=1))
    return Prediction(task, values, raw, classes, labels)


def _in_units(values: Array, target: Encoding) -> Array:
    """Numbers as the data had them, where they have the target's shape."""
    if values.shape[1:] != target.shape:
        same = values[0].size == int(np.prod(target.shape))
        values = values.reshape(len(values), *target.shape) if same else values
    return target.undo(values) if values.shape[1:] == target.shape else values
