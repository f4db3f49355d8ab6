"""A loss of torch.nn together with how a network's outputs and a target are handed to it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from graph_engine.errors import TrainingError
from graph_engine.training.choices import Loss

Outputs = tuple[Tensor, ...]
Arrangement = Callable[["Criterion", Outputs, Tensor], tuple[Tensor, ...]]


class Criterion:
    """Computes the loss of a batch.

    ``is_sum`` tells that it grows with the batch.
    """

    def __init__(self, choice: Loss, device: torch.device) -> None:
        self.choice = choice
        arguments = {name: _argument(value, device) for name, value in choice.values().items()}
        self.function: nn.Module = getattr(nn, choice.name)(**arguments)
        self.arrange = ARRANGEMENTS[choice.name]
        self.is_sum = choice["reduction"] == "sum"
        self.needed = OUTPUTS_NEEDED.get(choice.name, 1)

    def __call__(self, outputs: Outputs, target: Tensor) -> Tensor:
        """The loss of a batch, a single number, in float32.

        Raises TrainingError, in a sentence, where outputs and target do not go together.
        """
        if len(outputs) < self.needed:
            raise TrainingError(
                f"{self.choice.name} needs a network with {self.needed} outputs, not {len(outputs)}."
            )
        loss: Tensor = self.function.forward(*self.arrange(self, outputs, target))
        return loss

    def each(self, outputs: Outputs, target: Tensor) -> Tensor:
        """The loss of each sample: the mean of what the loss makes of its entries."""
        function = copy.copy(self.function)
        function.reduction = "none"  # type: ignore[assignment]
        losses: Tensor = function.forward(*self.arrange(self, outputs, target))
        return losses.reshape(len(target), -1).mean(1)

    def scores(self, output: Tensor) -> Tensor:
        """The first output as probabilities, where the loss gives them that meaning; else itself."""
        return SCORES.get(self.choice.name, _itself)(output)


def _argument(value: Any, device: torch.device) -> Any:
    """A list of weights is a tensor for torch; everything else is what it is."""
    return torch.tensor(value, device=device) if isinstance(value, tuple) else value


# Arrangements ------------------------------------------------------------------------------------


def _classes(criterion: Criterion, outputs: Outputs, target: Tensor) -> tuple[Tensor, ...]:
    """(N, C, …) scores and (N, …) numbers of classes."""
    scores = outputs[0]
    if target.dtype == torch.int64 and target.ndim == 1 and scores.ndim == 2:
        return scores, target
    if target.is_floating_point() and target.shape == scores.shape:
        return scores, target
    wanted = (*scores.shape[:1], *scores.shape[2:])
    if target.is_floating_point() or scores.ndim < 2:
        raise _misfit(criterion, scores, target, "one score for each class and the class's number")
    if target.shape != wanted and _bare(target.shape) == _bare(wanted):
        target = target.reshape(wanted)
    if target.shape != wanted:
        raise _misfit(criterion, scores, target, "the classes in the dimension after the batch")
    return scores, target.long()


def _alike(criterion: Criterion, outputs: Outputs, target: Tensor) -> tuple[Tensor, ...]:
    """Outputs and target of one shape; dimensions of size one do not count."""
    output = outputs[0]
    if target.shape != output.shape:
        if _bare(target.shape) != _bare(output.shape):
            raise _misfit(criterion, output, target, "one number for each of the target's")
        target = target.reshape(output.shape)
    return output, target.to(output.dtype)


def _signed(criterion: Criterion, outputs: Outputs, target: Tensor) -> tuple[Tensor, ...]:
    """As ``_alike``; classes 0 and 1 are told to the loss as −1 and 1."""
    is_class = not target.is_floating_point()
    output, aim = _alike(criterion, outputs, target)
    return output, 2 * aim - 1 if is_class else aim


def _listed(criterion: Criterion, outputs: Outputs, target: Tensor) -> tuple[Tensor, ...]:
    output, aim = _alike(criterion, outputs, target)
    return output, aim.long()


def _pair(criterion: Criterion, outputs: Outputs, target: Tensor) -> tuple[Tensor, ...]:
    """Two outputs and a sign for each sample."""
    first, second = outputs[:2]
    sign = target.to(first.dtype).reshape(len(target), -1)[:, 0]
    if not target.is_floating_point():
        sign = 2 * sign - 1
    if criterion.choice.name == "MarginRankingLoss":
        sign = sign.reshape(-1, *[1] * (first.ndim - 1)).expand_as(first)
    return first, second, sign


def _triplet(criterion: Criterion, outputs: Outputs, target: Tensor) -> tuple[Tensor, ...]:
    return outputs[:3]


def _with_variance(criterion: Criterion, outputs: Outputs, target: Tensor) -> tuple[Tensor, ...]:
    mean, aim = _alike(criterion, outputs, target)
    return mean, aim, outputs[1]


def _aligned(criterion: Criterion, outputs: Outputs, target: Tensor) -> tuple[Tensor, ...]:
    """(N, T, C) logarithms of probabilities; (N, S) symbols, filled up with the blank."""
    scores = outputs[0]
    if scores.ndim != 3 or target.ndim != 2:
        raise _misfit(criterion, scores, target, "time × classes and a row of symbols")
    lengths = torch.full((len(scores),), scores.shape[1], dtype=torch.long)
    symbols = (target != criterion.choice["blank"]).sum(1).cpu()
    return scores.transpose(0, 1), target.long(), lengths, symbols


def _bare(shape: tuple[int, ...]) -> list[int]:
    return [size for size in shape[1:] if size != 1]


def _misfit(criterion: Criterion, output: Tensor, target: Tensor, wanted: str) -> TrainingError:
    return TrainingError(
        f"{criterion.choice.name} needs {wanted}, but the network answers with {_sample(output)} and "
        f"the target has {_sample(target)}. Change the last layers, or choose another loss."
    )


def _sample(tensor: Tensor) -> str:
    sizes = "×".join(str(size) for size in tensor.shape[1:]) or "a single number"
    return f"{sizes} ({str(tensor.dtype).removeprefix('torch.')})"


ARRANGEMENTS: dict[str, Arrangement] = {
    **dict.fromkeys(("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"), _classes),
    **dict.fromkeys(("BCELoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"), _alike),
    **dict.fromkeys(("MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "PoissonNLLLoss"), _alike),
    "KLDivLoss": _alike,
    **dict.fromkeys(("SoftMarginLoss", "HingeEmbeddingLoss"), _signed),
    "MultiLabelMarginLoss": _listed,
    **dict.fromkeys(("CosineEmbeddingLoss", "MarginRankingLoss"), _pair),
    **dict.fromkeys(("TripletMarginLoss", "TripletMarginWithDistanceLoss"), _triplet),
    "GaussianNLLLoss": _with_variance,
    "CTCLoss": _aligned,
}

OUTPUTS_NEEDED = {
    "CosineEmbeddingLoss": 2,
    "MarginRankingLoss": 2,
    "TripletMarginLoss": 3,
    "TripletMarginWithDistanceLoss": 3,
    "GaussianNLLLoss": 2,
}


# Scores ------------------------------------------------------------------------------------------


def _itself(output: Tensor) -> Tensor:
    return output


def _softmax(output: Tensor) -> Tensor:
    return output.softmax(1)


SCORES: dict[str, Callable[[Tensor], Tensor]] = {
    "CrossEntropyLoss": _softmax,
    "MultiMarginLoss": _softmax,
    "NLLLoss": torch.exp,
    "BCEWithLogitsLoss": torch.sigmoid,
    "MultiLabelSoftMarginLoss": torch.sigmoid,
    "SoftMarginLoss": torch.sigmoid,
}
