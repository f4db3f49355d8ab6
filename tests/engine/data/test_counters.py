"""Randomness by counters: fixed for ever, even, and independent of order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph_engine.data import counters


def test_bits_are_those_of_splitmix64() -> None:
    # The first output of splitmix64 with seed 0, and its finalizer applied to other states.
    assert int(counters.mix(0)[0]) == 0xE220A8397B1DCDAF


def test_the_same_counters_give_the_same_order_on_every_machine() -> None:
    order = counters.permutation(8, counters.ORDER, 7, 3)

    assert order.tolist() == counters.permutation(8, counters.ORDER, 7, 3).tolist()
    assert order.tolist() != counters.permutation(8, counters.ORDER, 7, 4).tolist()
    assert order.tolist() != counters.permutation(8, counters.ORDER, 8, 3).tolist()


def test_arrays_of_counters_equal_single_ones() -> None:
    samples = np.arange(5)

    together = counters.uniform(counters.FLIP, 11, 2, samples)

    for sample in samples.tolist():
        assert together[sample] == counters.uniform(counters.FLIP, 11, 2, sample)[0]


def test_negative_and_huge_seeds_are_taken() -> None:
    assert counters.mix(-1, 2**70)[0] == counters.mix(2**64 - 1, 2**70)[0]


def test_uniform_and_normal_numbers_have_their_distribution() -> None:
    many = np.arange(200_000)

    even = counters.uniform(1, many)
    bell = counters.normal(1, many)

    counts, _ = np.histogram(even, bins=100, range=(0, 1))
    chi_square = float(((counts - 2000) ** 2 / 2000).sum())
    assert 55 < chi_square < 155  # 99 degrees of freedom, beyond one in ten thousand
    assert even.min() >= 0
    assert even.max() < 1
    assert abs(bell.mean()) < 0.01
    assert abs(bell.std() - 1) < 0.01
    assert abs((np.abs(bell) < 1.96).mean() - 0.95) < 0.005


def test_neighbouring_counters_are_uncorrelated() -> None:
    table = counters.uniform(1, np.arange(300)[:, None], np.arange(300))

    assert abs(np.corrcoef(table[:-1].ravel(), table[1:].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(table[:, :-1].ravel(), table[:, 1:].ravel())[0, 1]) < 0.02


@given(count=st.integers(0, 2000), seed=st.integers(0, 2**40), epoch=st.integers(0, 1000))
def test_a_permutation_has_every_number_once(count: int, seed: int, epoch: int) -> None:
    order = counters.permutation(count, counters.ORDER, seed, epoch)

    assert sorted(order.tolist()) == list(range(count))
