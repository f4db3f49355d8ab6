"""Measurements are made as often as wanted, or as the share of the time affords."""

from __future__ import annotations

import random

import pytest

from graph_engine.training.governor import UNSURE, Governor


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def simulated(
    share: float, wanted: dict[str, float], costs: dict[str, float], seconds: float
) -> tuple[dict[str, int], float]:
    """How often each kind is measured, and the share of the time that all of it takes, when a step
    comes each 5 ms."""
    clock = Clock()
    governor = Governor(share, wanted, clock)
    counts, spent, begun = dict.fromkeys(wanted, 0), 0.0, clock.now
    while clock.now < begun + seconds:
        clock.now += 0.005
        for kind in wanted:
            if governor.is_due(kind):
                counts[kind] += 1
                clock.now += costs[kind]
                spent += costs[kind]
                governor.spent(kind, costs[kind])
    return counts, spent / seconds


def test_cheap_measurements_come_at_their_wanted_rates() -> None:
    # Given kinds that cost little, when a minute passes
    wanted = {"gradients": 10.0, "maps": 4.0, "histograms": 1.0}
    counts, share = simulated(0.03, wanted, dict.fromkeys(wanted, 0.0002), 60)

    # Then each comes as often as wanted, but for the length of a step
    assert counts == pytest.approx({"gradients": 600, "maps": 240, "histograms": 60}, rel=0.06)
    assert share < 0.005


@pytest.mark.parametrize("share", [0.008, 0.025])
def test_dear_measurements_keep_to_the_share(share: float) -> None:
    # Given kinds that would cost more than there is, when ten minutes pass
    wanted = {"gradients": 10.0, "maps": 4.0, "histograms": 1.0}
    costs = {"gradients": 0.0005, "maps": 0.040, "histograms": 0.100}
    counts, taken = simulated(share, wanted, costs, 600)

    # Then all together take the share, and the cheap kind does not suffer from the others
    assert taken <= share * 1.05 + UNSURE * sum(costs.values()) / 600
    assert taken >= share * 0.9
    assert counts["gradients"] / 600 >= min(10.0, share / 3 / 0.0005) * 0.9
    assert counts["maps"] > 0
    assert counts["histograms"] > 0


def test_a_single_slow_measurement_does_not_silence_the_rest() -> None:
    # Given a kind whose first measurement is slow, as everything new is, and one later was interrupted
    clock = Clock()
    governor = Governor(0.02, {"maps": 4.0}, clock)
    for cost in (0.5, 0.001, 0.001, 0.8, 0.001):
        governor.spent("maps", cost)

    # Then it goes on at the wanted rate
    assert governor.rates() == {"maps": 4.0}
    assert governor.next["maps"] == pytest.approx(clock.now + 0.25)


def test_rates_never_exceed_what_is_wanted_nor_the_share() -> None:
    # Given any costs and wishes
    for seed in range(200):
        dice = random.Random(seed)
        wanted = {str(n): dice.uniform(0.1, 20) for n in range(dice.randint(1, 6))}
        governor = Governor(dice.uniform(0.001, 0.1), wanted, Clock())
        for kind in wanted:
            cost = 10 ** dice.uniform(-5, 0)
            for _ in range(UNSURE):
                governor.spent(kind, cost)

        # Then no rate is above the wish, and together they fit
        rates = governor.rates()
        assert all(0 < rates[kind] <= wanted[kind] * 1.000001 for kind in wanted)
        total = sum(rates[kind] * governor.cost(kind) for kind in wanted)
        assert total <= governor.share * 1.000001
