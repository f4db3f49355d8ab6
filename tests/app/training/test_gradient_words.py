"""The sentence over the gradients names what is wrong, with its layer and by how much."""

from __future__ import annotations

import numpy as np
import pytest

from app.training.gradient_words import faulty, of_outputs, of_weights

NAMES = ("conv1.weight", "conv2.weight", "fc1.weight")


def words(
    mean: tuple[float, ...] = (1e-3, 2e-3, 3e-3),
    norm: tuple[float, ...] = (0.1, 0.1, 0.1),
    ratio: tuple[float, ...] = (1e-3, 1e-3, 1e-3),
    clipped: tuple[float, ...] | None = None,
) -> str:
    values = [np.array(each) for each in (mean, norm, ratio, clipped or norm)]
    return of_weights(NAMES, *values).words


def test_healthy_gradients_are_said_to_be() -> None:
    said = words()
    assert said == (
        "Gradients reach every layer (largest ÷ smallest: 3.0). "
        "Updates change weights by about 0.10 %."
    )


def test_the_layer_that_gets_least_is_named() -> None:
    said = words(mean=(2e-12, 1e-5, 1e-3))
    assert said == ("Gradients vanish: `conv1.weight` gets 2e-9 of what `fc1.weight` gets.")


def test_others_that_vanish_are_counted() -> None:
    assert words(mean=(1e-12, 2e-12, 1e-3)).endswith("and 1 more does likewise.")


def test_gradients_that_are_small_everywhere_vanish_as_well() -> None:
    assert words(mean=(3e-8, 2e-8, 1e-8)) == (
        "Gradients vanish: that of `fc1.weight` is 1e-8 on average, and 2 more do likewise."
    )


def test_no_gradient_at_all_is_named() -> None:
    assert words(mean=(0.0, 1e-3, 1e-3)) == "No gradient reaches `conv1.weight`."


@pytest.mark.parametrize("clipped", [None, (1.0, 0.001, 0.001)])
def test_exploding_gradients_are_named_also_where_they_are_clipped(
    clipped: tuple[float, ...] | None,
) -> None:
    said = words(norm=(52_000.0, 10.0, 10.0), clipped=clipped)
    assert said.startswith("Gradients explode: that of `conv1.weight` has the length 52,000")
    assert ("before clipping" in said) == (clipped is not None)


def test_infinity_comes_before_all_else() -> None:
    assert words(norm=(float("inf"), 1e9, 1.0)) == "The gradient of `conv1.weight` is infinite."


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        ((0.05, 0.02, 1e-3), "Updates are large: 2 of 3 weights change by more than 1 % a step"),
        ((1e-6, 1e-5, 1e-3), "Updates are small: 2 of 3 weights change by less than 0.01 % a step"),
        ((5e-5, 1e-3, 1e-3), "Gradients reach every layer"),
    ],
)
def test_updates_are_judged_by_the_middle_one(ratio: tuple[float, ...], expected: str) -> None:
    assert words(ratio=ratio).startswith(expected)


def test_frozen_layers_are_left_out() -> None:
    nothing = float("nan")
    assert words(mean=(nothing, 1e-3, 1e-3)).startswith("Gradients reach every layer")
    assert words(mean=(nothing,) * 3, norm=(nothing,) * 3, ratio=(nothing,) * 3) == (
        "No gradients were measured at this step."
    )


def test_outputs_are_judged_by_the_same_rules() -> None:
    said = of_outputs(("conv1", "fc"), np.array([1e-10, 1e-3]), np.array([0.1, 0.1]))
    assert said.words == "Gradients vanish: `conv1` gets 1e-7 of what `fc` gets."
    assert said.rows == {0}


def test_faulty_rows_are_those_that_are_too_small_or_too_large() -> None:
    mean, norm = np.array([1e-9, 1e-3, np.nan, 1e-3]), np.array([0.1, 5e3, np.nan, 0.1])
    assert faulty(mean, norm).tolist() == [True, True, False, False]
