"""Writing down what is heard without being told what is said when, by CTC."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from graph_engine.errors import TrainingError
from graph_engine.training.criteria import Outputs
from graph_engine.training.procedures.supervised import Figures, Supervised


class Transcription(Supervised):
    """Learns logarithms of chances for each symbol in each moment, of which CTC sums all ways to say the
    target (Graves et al., 2006).

    The network answers with moments × symbols; symbol 0 is the blank, which also fills targets up.
    Beside the loss stand ``exact``, the share of samples that are written down without a mistake, and
    ``error_rate``, mistakes for each symbol that was said.
    """

    def figures(self) -> Figures:
        """How much is written down rightly."""
        return Heard()


class Heard(Figures):
    """Samples without a mistake, and mistakes for each symbol that was said."""

    def __init__(self) -> None:
        self.exact = self.mistakes = self.symbols = self.samples = 0

    def add(self, inputs: tuple[Tensor, ...], outputs: Outputs, aim: Tensor) -> None:
        """Counts a batch."""
        for heard, said in zip(heard_in(outputs[0]), aim.tolist(), strict=True):
            truth = [symbol for symbol in said if symbol]
            wrong = distance(heard, truth)
            self.exact += wrong == 0
            self.mistakes += wrong
            self.symbols += len(truth)
            self.samples += 1

    def values(self, loss: float) -> dict[str, float]:
        """Both as shares."""
        return {
            "exact": self.exact / self.samples,
            "error_rate": self.mistakes / max(1, self.symbols),
        }


def heard_in(scores: Tensor) -> list[list[int]]:
    """The likeliest symbol of each moment, repetitions joined and blanks left out, for each sample."""
    if scores.ndim != 3:
        raise TrainingError(
            f"Writing down needs moments × symbols for each sample, but the network answers with "
            f"{'×'.join(map(str, scores.shape[1:]))}."
        )
    best = scores.argmax(2)
    is_new = torch.ones_like(best, dtype=torch.bool)
    is_new[:, 1:] = best[:, 1:] != best[:, :-1]
    return [
        row[keep & (row != 0)].tolist() for row, keep in zip(best.cpu(), is_new.cpu(), strict=True)
    ]


def distance(first: Sequence[int], second: Sequence[int]) -> int:
    """The fewest symbols to put in, take out or change to make one of the other (Levenshtein, 1966)."""
    before = list(range(len(second) + 1))
    for row, own in enumerate(first, start=1):
        now = [row]
        for column, other in enumerate(second, start=1):
            change = before[column - 1] + (own != other)
            now.append(min(change, before[column] + 1, now[column - 1] + 1))
        before = now
    return before[-1]
