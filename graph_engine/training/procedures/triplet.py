"""Learning distances: samples of one class near one another, those of other classes apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from graph_engine.data.prepared import PreparedData
from graph_engine.errors import TrainingError
from graph_engine.training.criteria import Outputs
from graph_engine.training.procedures.base import Batch
from graph_engine.training.procedures.supervised import Supervised


class Triplet(Supervised):
    """Learns to place samples so that each lies nearer to one of its class than to one of another, by a
    margin (Schroff et al., 2015).

    A network with one input places samples, and the hardest triplets of each batch are learned from
    (Hermans et al., 2017). One with three inputs, anchor, positive and negative, whose layers share
    their weights, is given triplets of the batch and answers with three places.

    ``one_shot`` is the share of samples that lie nearest to the known samples of their own class, of
    which there are a few (``shots``) for each class.
    """

    def prepare(self, data: PreparedData) -> PreparedData:
        """Chooses the known samples. Raises TrainingError where the target is not a class."""
        if data.preprocessing.target.kind != "categorical" or data.preprocessing.target.shape:
            raise TrainingError("Distances are learned from classes: choose a target of classes.")
        self.is_single = len(data.preprocessing.inputs) == 1
        if not self.is_single and len(data.preprocessing.inputs) != 3:
            raise TrainingError(
                "A network that learns distances has one input, or three: anchor, positive, negative."
            )
        part = data.validation if len(data.validation) else data.train
        _, labels = part.plain().batch(np.arange(len(part), dtype=np.int64))
        shots = int(self.choice["shots"])
        chosen = [np.flatnonzero(labels == label)[:shots] for label in np.unique(labels)]
        self.known = part.plain().batch(np.concatenate(chosen))
        return data

    # Learning ------------------------------------------------------------------------------------

    def loss(self, inputs: tuple[Tensor, ...], target: Tensor) -> Tensor:
        """The mean over the batch of how far each triplet is from keeping the margin."""
        inputs = tuple(each.to(self.device) for each in inputs)
        target = target.to(self.device)
        margin = self.choice["margin"]
        if self.is_single:
            return hardest(self._places(inputs), target, margin)
        near, far = partners(target)
        anchors = (inputs[0], inputs[1][near], inputs[2][far])
        outputs, _ = super().answers(anchors, target)
        if len(outputs) < 3:
            raise TrainingError("A network with three inputs answers with three places.")
        return F.triplet_margin_loss(outputs[0], outputs[1], outputs[2], margin=margin)

    def _places(self, inputs: tuple[Tensor, ...]) -> Tensor:
        outputs: Outputs | Tensor = self.module(*inputs)
        first = outputs if isinstance(outputs, Tensor) else outputs[0]
        return first.flatten(1)

    # Measuring -----------------------------------------------------------------------------------

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """The loss, and how many samples lie nearest to the known ones of their class."""
        self.module.eval()
        places: list[Tensor] = []
        labels: list[Tensor] = []
        total = samples = 0.0
        for inputs, target in batches:
            if stop():
                return {}
            total += float(self.loss(inputs, target)) * len(target)
            samples += len(target)
            places.append(self._placed(inputs))
            labels.append(target)
        if not samples:
            return {}
        known, of_known = self._placed(tuple(map(torch.as_tensor, self.known[0]))), self.known[1]
        nearest = torch.cdist(torch.cat(places), known).argmin(1)
        right = torch.as_tensor(of_known)[nearest.cpu()] == torch.cat(labels).cpu()
        return {"loss": total / samples, "one_shot": float(right.float().mean())}

    def _placed(self, inputs: tuple[Tensor, ...]) -> Tensor:
        """Where samples are placed; a network with three inputs places its first."""
        first = inputs[0].to(self.device)
        return self._places((first,) if self.is_single else (first, first, first))


def partners(labels: Tensor) -> tuple[Tensor, Tensor]:
    """For each sample the index of another of its class and of one of another class, drawn by chance; a
    sample that is alone in its class, or whose class is alone, is its own partner."""
    same = labels[:, None] == labels
    others = same & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    return _drawn(others), _drawn(~same)


def _drawn(allowed: Tensor) -> Tensor:
    chances = torch.rand(allowed.shape, device=allowed.device) * allowed
    own = torch.arange(len(allowed), device=allowed.device)
    return torch.where(allowed.any(1), chances.argmax(1), own)


def hardest(places: Tensor, labels: Tensor, margin: float) -> Tensor:
    """For each sample the farthest of its class and the nearest of another, and by how much the second
    is not farther than the first and the margin."""
    distances = torch.cdist(places, places)
    same = labels[:, None] == labels
    far = (distances * same).amax(1)
    near = distances.masked_fill(same, torch.inf).amin(1)
    missing = F.relu(far - near + margin)
    return torch.where(near.isfinite(), missing, torch.zeros_like(missing)).mean()
