"""Names that source can use."""

from __future__ import annotations

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_engine.errors import DesignError
from graph_engine.layers import CATALOGUE
from graph_engine.names import (
    LONGEST,
    MODULE_ATTRIBUTES,
    RESERVED,
    check_name,
    free_name,
    is_name,
    snake,
)


@pytest.mark.parametrize("name", ["x", "conv1", "Tokens", "a_b", "x" * LONGEST])
def test_ordinary_words_are_names(name: str) -> None:
    assert check_name(name) == name
    assert is_name(name)


WRONG = (
    *("", "1x", "_x", "a b", "a-b", "ﬁ", "größe", "x\n", "x" * (LONGEST + 1), "a__"),
    *("for", "match", "print", "forward", "training", "to", "torch", "nn", "self", "F"),
)


@pytest.mark.parametrize("name", WRONG)
def test_what_source_could_not_use_is_refused(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(DesignError, match="The name of a block"):
        check_name(name, "The name of a block")


@pytest.mark.parametrize("value", [None, 3, ["x"], b"x"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(DesignError):
        check_name(value)


@given(st.text(max_size=60), st.sets(st.text("abx123_", max_size=5)))
def test_a_free_name_is_a_name_and_is_free(wish: str, taken: set[str]) -> None:
    found = free_name(wish, taken)

    assert is_name(found)
    assert found not in taken
    if is_name(wish) and wish not in taken:
        assert found == wish


def test_a_free_name_counts_on_and_stays_short() -> None:
    long = "x" * LONGEST

    assert free_name("conv1", {"conv1", "conv2"}) == "conv3"
    assert free_name("relu", {"relu"}) == "relu1"
    assert free_name("to", ()) == "to1"
    assert free_name(long, {long}) == "x" * (LONGEST - 1) + "1"
    assert free_name("12", ()) == "node1"


@pytest.mark.parametrize(
    ("kind", "stem"),
    [
        ("Conv2d", "conv"),
        ("BatchNorm1d", "batch_norm"),
        ("MaxPool3d", "max_pool"),
        ("ReLU", "relu"),
        ("LeakyReLU", "leaky_relu"),
        ("PReLU", "prelu"),
        ("LSTM", "lstm"),
        ("LSTMCell", "lstm_cell"),
        ("LPPool2d", "lp_pool"),
        ("CrossEntropyLoss", "cross_entropy_loss"),
        ("NLLLoss", "nll_loss"),
        ("RMSNorm", "rms_norm"),
        ("KLDivLoss", "kl_div_loss"),
    ],
)
def test_the_stem_of_a_name_is_how_a_programmer_would_write_the_layer(kind: str, stem: str) -> None:
    assert snake(kind) == stem


@pytest.mark.parametrize("kind", CATALOGUE)
def test_every_layer_has_a_name_to_begin_with(kind: str) -> None:
    assert is_name(f"{snake(kind)}1")


def test_keywords_and_builtins_are_reserved() -> None:
    assert {*keyword.kwlist, "len", "input", "type"} <= RESERVED


@pytest.mark.torch
def test_every_attribute_of_a_module_is_reserved() -> None:
    from torch import nn

    found = {name for name in dir(nn.Module()) if not name.startswith("_")}

    assert found <= MODULE_ATTRIBUTES
