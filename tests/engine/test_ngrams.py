"""Counted groups of characters, beside which the language models of the templates are measured."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.templates.ngrams import NGrams, best_ngrams


def test_chances_are_those_worked_out_by_hand() -> None:
    # Given pairs 0→1 twice, 0→2 once, 1→0 twice; 0 stands behind two kinds, 1 and 2 behind one each
    model = NGrams([0, 1, 0, 1, 0, 2], order=2, kinds=3)

    # Then the discounts are 2/(2+2·1) of single symbols and 1/(1+2·2) of pairs
    assert model.discounts == pytest.approx([0.5, 0.2])

    # And what a pair gives up goes to the symbols by how many kinds they stand behind
    assert model.chance((), 0) == pytest.approx((2 - 0.5) / 4 + 0.5 * 3 / 4 / 3)
    assert model.chance((0,), 1) == pytest.approx((2 - 0.2) / 3 + 0.2 * 2 / 3 * 0.25)
    assert model.chance((0,), 0) == pytest.approx(0.2 * 2 / 3 * 0.5)


@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=60),
    st.lists(st.integers(0, 3), max_size=6),
    st.integers(1, 5),
)
def test_chances_behind_any_context_add_up_to_one(
    text: list[int], context: list[int], order: int
) -> None:
    model = NGrams(text, order, kinds=4)
    chances = [model.chance(tuple(context), symbol) for symbol in range(4)]

    assert sum(chances) == pytest.approx(1)
    assert min(chances) >= 0


def test_a_text_that_repeats_itself_costs_little_and_chooses_the_length_it_needs() -> None:
    # Given a text in which three symbols tell the fourth, and two do not
    text = [0, 0, 1, 0, 2, 1] * 50

    # When the length is chosen
    model = best_ngrams(text, text[:60], kinds=3, most=4)

    # Then it looks back just so far, and hardly anything is left to be told
    assert model.order == 4
    assert model.bits(text) < 0.1 < NGrams(text, 1, 3).bits(text) < math.log2(3)
