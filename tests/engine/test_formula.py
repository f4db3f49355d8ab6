"""Formulas: what they may say, what they are worth, and that Python never runs them."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_engine import formula
from graph_engine.errors import ParameterError

KNOWN: dict[str, formula.Value] = {
    "width": 16,
    "depth": 3,
    "rate": 0.5,
    "flag": True,
    "mode": "same",
}

numbers = st.one_of(st.integers(0, 50).map(str), st.sampled_from(["0.5", "2.25", "1e2"]))
leaves = st.one_of(numbers, st.sampled_from(["width", "depth", "rate"]))
formulas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//"]), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}"),
    ),
    max_leaves=6,
).filter(lambda text: len(text) <= 60)


@given(formulas)
def test_a_formula_is_worth_what_python_says(text: str) -> None:
    try:
        expected = eval(text, {"__builtins__": {}}, dict(KNOWN))
    except ZeroDivisionError:
        with pytest.raises(ParameterError, match="cannot be computed"):
            formula.evaluate(text, KNOWN)
        return
    if abs(expected) > formula.LARGEST:
        with pytest.raises(ParameterError, match="out of range"):
            formula.evaluate(text, KNOWN)
        return

    value = formula.evaluate(text, KNOWN)

    assert value == expected
    assert type(value) is type(expected)
    assert formula.evaluate(formula.written(text), KNOWN) == value
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert formula.names_in(text) == used


@given(formulas, formulas)
def test_a_name_stands_for_a_formula_as_a_whole(outer: str, inner: str) -> None:
    try:
        meant = formula.evaluate(inner, KNOWN)
        expected = formula.evaluate(outer, {**KNOWN, "width": meant})
        joined = formula.substituted(outer, {"width": inner})
    except ParameterError:
        return

    assert float(formula.evaluate(joined, KNOWN)) == pytest.approx(float(expected))


@given(formulas, st.one_of(st.integers(-20, 20), st.floats(-4, 4), st.booleans()))
def test_a_name_stands_for_a_value(text: str, value: float) -> None:
    try:
        expected = formula.evaluate(text, {**KNOWN, "width": value})
        replaced = formula.substituted(text, {"width": value})
    except ParameterError:
        return

    assert "width" not in formula.names_in(replaced)
    assert float(formula.evaluate(replaced, KNOWN)) == pytest.approx(float(expected))


WRONG = (
    *("", "()", "width +", "4 **2", "f(3)", "a.b", "a[0]", "'x'", "x if y else z", "1 < 2"),
    *("lambda: 0", "__import__('os')", "1_000", "0x10", "2j", "1e999", "a; b", "a := 3", "not a"),
    *("~a", "a @ b", "a % b", "1if 2else 3", "ﬁ", "a\nb", "# a", "None", "True", "{}", "x" * 101),
    *("a and b", "1 2", "a b", "*a", "a,", "3.4.5"),
)


@pytest.mark.parametrize("text", WRONG)
def test_nothing_but_arithmetic_is_a_formula(text: str) -> None:
    with pytest.raises(ParameterError):
        formula.parse(text)


def test_a_long_text_that_is_no_formula_is_refused_at_once() -> None:
    begin = time.process_time()

    for text in ("a" * 99 + "!", "1" * 99 + "!", " " * 99 + "!", "-" * 99, "(" * 100, "1." * 50):
        with pytest.raises(ParameterError):
            formula.parse(text)

    assert time.process_time() - begin < 2.0, "the time grows with the length alone"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("height", "no parameter 'height'; it has width, depth, rate, flag, mode"),
        ("width / 0", "cannot be computed"),
        ("mode + 1", "a text is not a number"),
        ("-mode", "cannot be computed"),
        ("1e300 * 1e300", "out of range"),
        ("1e300 * 1e300 - 1e300 * 1e300", "out of range"),
        ("width * 1000000000000", "out of range"),
    ],
)
def test_a_formula_that_has_no_value_says_why(text: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        formula.evaluate(text, KNOWN)


def test_texts_and_truths_pass_through() -> None:
    assert formula.evaluate("mode", KNOWN) == "same"
    assert formula.evaluate("flag", KNOWN) is True


def test_what_grows_too_long_is_refused() -> None:
    with pytest.raises(ParameterError, match="at most 100 characters"):
        formula.substituted(" + ".join(["a"] * 20), {"a": "width * depth"})
