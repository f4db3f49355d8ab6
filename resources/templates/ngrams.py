"""Character n-grams that count: the model of language that stood before recurrent networks."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

Context = tuple[int, ...]


class NGrams:
    """Interpolated Kneser–Ney smoothing with one discount for each length (Chen and Goodman, 1998).

    ``order`` is the number of characters that are looked at, with the one that is foretold. Below the
    longest, contexts are counted by how many different characters stand before them.
    """

    def __init__(self, text: Sequence[int], order: int, kinds: int) -> None:
        self.order, self.kinds = order, kinds
        self.counts: list[dict[Context, Counter[int]]] = []
        self.discounts: list[float] = []
        for length in range(order):
            found = _counted(text, length, is_longest=length == order - 1)
            self.counts.append(found)
            self.discounts.append(_discount(found))

    def chance(self, context: Context, symbol: int) -> float:
        """Of a symbol behind these; only the last ``order`` − 1 of them count."""
        found = 1.0 / self.kinds
        for length in range(min(self.order, len(context) + 1)):
            counts = self.counts[length].get(context[len(context) - length :])
            if counts is None:
                break
            total, discount = counts.total(), self.discounts[length]
            own = max(0.0, counts[symbol] - discount)
            found = (own + discount * len(counts) * found) / total
        return found

    def bits(self, text: Sequence[int]) -> float:
        """What a symbol of another text costs on average, from the second on."""
        codes = tuple(text)
        total = 0.0
        for place in range(1, len(codes)):
            context = codes[max(0, place - self.order + 1) : place]
            total -= math.log2(self.chance(context, codes[place]))
        return total / (len(codes) - 1)


def best_ngrams(
    train: Sequence[int], validation: Sequence[int], kinds: int, most: int = 8
) -> NGrams:
    """Those of the order that costs least on the text for validation."""
    found = [NGrams(train, order, kinds) for order in range(1, most + 1)]
    return min(found, key=lambda each: each.bits(validation))


def _counted(text: Sequence[int], length: int, *, is_longest: bool) -> dict[Context, Counter[int]]:
    """What follows each context of that length: how often, or behind how many characters."""
    found: dict[Context, Counter[int]] = defaultdict(Counter)
    codes = tuple(text)
    seen = set[Context]()
    for start in range(len(codes) - length):
        place = start + length
        if not is_longest:
            longer = codes[max(0, start - 1) : place + 1]
            if longer in seen:
                continue
            seen.add(longer)
        found[codes[start:place]][codes[place]] += 1
    return dict(found)


def _discount(counts: dict[Context, Counter[int]]) -> float:
    """n₁ / (n₁ + 2 n₂), where nₖ counts what occurs k times (Ney, Essen and Kneser, 1994)."""
    often = Counter(times for row in counts.values() for times in row.values())
    ones, twos = often[1], often[2]
    return ones / (ones + 2 * twos) if ones and twos else 0.5
