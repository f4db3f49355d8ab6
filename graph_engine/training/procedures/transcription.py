"""Writing down what is heard without being told what is said when, by CTC."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from graph_engine.errors import TrainingError
from graph_engine.training.procedures.base import Batch
from graph_engine.training.procedures.supervised import Supervised


class Transcription(Supervised):
    """Learns logarithms of chances for each symbol in each moment, of which CTC sums all ways to say the
    target (Graves et al., 2006).

    The network answers with moments × symbols; symbol 0 is the blank, which also fills targets up.
    Beside the loss stand ``exact``, the share of samples that are written down without a mistake, and
    ``error_rate``, mistakes for each symbol that was said.
    """

    @torch.no_grad()
    def evaluate(self, batches: Iterable[Batch], stop: Callable[[], bool]) -> dict[str, float]:
        """As for supervised learning, and how much is written down rightly."""
        kept = list(batches)
        found = super().evaluate(kept, stop)
        if not found:
            return found
        exact = mistakes = symbols = samples = 0
        for inputs, target in kept:
            if stop():
                return {}
            outputs, aim = self.answers(inputs, target)
            for heard, said in zip(heard_in(outputs[0]), aim.tolist(), strict=True):
                truth = [symbol for symbol in said if symbol]
                wrong = distance(heard, truth)
                exact, mistakes = exact + (wrong == 0), mistakes + wrong
                symbols, samples = symbols + len(truth), samples + 1
        return {**found, "exact": exact / samples, "error_rate": mistakes / max(1, symbols)}


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
