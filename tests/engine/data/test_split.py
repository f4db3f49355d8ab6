"""Parts are disjoint, cover everything, repeat with the seed and keep the shares of classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_engine.data.split import Parts, split
from graph_engine.errors import DatasetError

fractions = st.sampled_from([0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4])
counts = st.integers(5, 600)
seeds = st.integers(0, 2**32)


def everything(parts: Parts) -> list[int]:
    return sorted(np.concatenate([parts.train, parts.validation, parts.test]).tolist())


@given(count=counts, validation=fractions, test=fractions, seed=seeds, kinds=st.integers(0, 12))
def test_parts_are_disjoint_cover_and_have_their_sizes(
    count: int, validation: float, test: float, seed: int, kinds: int
) -> None:
    labels = np.arange(count) ** 2 % kinds if kinds else None

    parts = split(count, validation, test, seed, labels)

    assert everything(parts) == list(range(count))
    assert len(parts.test) == (max(1, round(count * test)) if test else 0)
    assert len(parts.validation) == (max(1, round(count * validation)) if validation else 0)
    assert all((np.diff(part) > 0).all() for part in (parts.train, parts.validation, parts.test))


@given(
    sizes=st.lists(st.integers(1, 120), min_size=2, max_size=8),
    validation=fractions,
    test=fractions,
    seed=seeds,
)
def test_every_class_has_its_share_of_every_part(
    sizes: list[int], validation: float, test: float, seed: int
) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    count = len(labels)
    if count < 5:
        return

    parts = split(count, validation, test, seed, labels)

    for part in (parts.train, parts.validation, parts.test):
        for name, size in enumerate(sizes):
            share = size / count
            found = int((labels[part] == name).sum())
            assert abs(found - len(part) * share) <= 1 + len(sizes) * share + 1e-9


def test_balanced_classes_come_out_equal_to_one_sample() -> None:
    labels = np.tile(np.arange(3), 50)

    parts = split(150, 0.15, 0.15, 0, labels)

    for part in (parts.train, parts.validation, parts.test):
        shares = np.bincount(labels[part], minlength=3)
        assert shares.max() - shares.min() <= 1


@given(count=st.integers(20, 300), seed=seeds)
def test_the_seed_alone_decides(count: int, seed: int) -> None:
    first, again, other = (split(count, 0.2, 0.2, s) for s in (seed, seed, seed + 1))

    assert first.test.tolist() == again.test.tolist()
    assert first.validation.tolist() == again.validation.tolist()
    assert everything(other) == everything(first)


def test_another_seed_divides_otherwise() -> None:
    assert split(100, 0.2, 0.2, 0).test.tolist() != split(100, 0.2, 0.2, 1).test.tolist()


def test_text_labels_are_classes_too() -> None:
    labels = np.array(["a"] * 20 + ["b"] * 20)

    parts = split(40, 0.0, 0.5, 3, labels)

    assert (labels[parts.test] == "a").sum() == 10


@pytest.mark.parametrize(
    ("count", "validation", "test", "words"),
    [
        (2, 0.1, 0.1, "2 samples are too few"),
        (1, 0.0, 0.5, "1 sample is too few"),
        (100, 0.5, 0.5, "add up to less than 1"),
        (100, -0.1, 0.5, "add up to less than 1"),
    ],
)
def test_nothing_to_learn_from_is_refused(
    count: int, validation: float, test: float, words: str
) -> None:
    with pytest.raises(DatasetError, match=words):
        split(count, validation, test)
