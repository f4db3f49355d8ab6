"""How often each kind of measurement is made, so that all together take a small share of the time."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping

REMEMBERED = 5
"""Measurements whose median is the cost of the next, so that one that was interrupted does not count."""

UNSURE = 2
"""So many measurements are made at the wanted rate: the first is slow, since everything in it is new."""


class Governor:
    """Divides a share of the time among kinds of measurements.

    ``share`` is the fraction of all time that measuring may take, ``wanted`` the rate of each kind in
    hertz. A kind's rate is the wanted one where that fits, else what its part of the share affords; what
    a cheap kind leaves over goes to the others.
    """

    def __init__(
        self,
        share: float,
        wanted: Mapping[str, float],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.share = share
        self.wanted = dict(wanted)
        self.clock = clock
        self.next = dict.fromkeys(wanted, clock())
        self._costs: dict[str, deque[float]] = {}

    def is_due(self, kind: str) -> bool:
        """Whether it is time for a measurement of this kind."""
        return self.clock() >= self.next[kind]

    def spent(self, kind: str, seconds: float) -> None:
        """A measurement was made and took so long."""
        self._costs.setdefault(kind, deque(maxlen=REMEMBERED)).append(seconds)
        self.put_off(kind)

    def put_off(self, kind: str) -> None:
        """The next measurement comes when its rate says, from now on."""
        self.next[kind] = self.clock() + 1 / self.rates()[kind]

    def cost(self, kind: str) -> float:
        """Seconds that the next measurement will probably take; 0 where that is not known yet."""
        costs = self._costs.get(kind, ())
        return statistics.median_low(costs) if len(costs) >= UNSURE else 0.0

    def rates(self) -> dict[str, float]:
        """The rate of each kind in hertz, the share kept to."""
        rates = dict(self.wanted)
        demands = {kind: rate * self.cost(kind) for kind, rate in self.wanted.items()}
        left, waiting = self.share, sorted(demands, key=demands.__getitem__)
        for number, kind in enumerate(waiting):
            fair = left / (len(waiting) - number)
            if demands[kind] > fair:
                rates[kind] = fair / self.cost(kind)
            left -= min(demands[kind], fair)
        return rates
