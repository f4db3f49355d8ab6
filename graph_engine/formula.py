"""Small formulas over the parameters of a block, such as ``4 * width``.

They come from project files, so they are parsed into a tree of a few allowed kinds and evaluated here;
Python never evaluates them.
"""

from __future__ import annotations

import ast
import copy
import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from graph_engine.declaration import short
from graph_engine.errors import ParameterError

LONGEST = 100
NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?(?![A-Za-z0-9_.])"
WORDS = re.compile(rf"(?> *(?>{NUMBER}|[A-Za-z_][A-Za-z0-9_]*|//|[-+*/()]))*+ *\Z")
LARGEST = 2**40
Value = int | float | bool | str

OPERATORS: dict[type[ast.operator], tuple[str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.FloorDiv: ("//", operator.floordiv),
    ast.Div: ("/", operator.truediv),
}


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.expr:
    """The tree of a formula. Raises ParameterError for anything but numbers, names and + - * / //."""
    if len(text) > LONGEST:
        raise ParameterError(f"A formula has at most {LONGEST} characters, not {len(text)}.")
    if not WORDS.match(text):
        raise _refusal(text)
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ParameterError(
            f"{short(text)} is not a formula; write one such as 4 * width."
        ) from error
    _check(tree, text)
    return tree


def evaluate(text: str, known: Mapping[str, Value]) -> Value:
    """The value of a formula for these parameters.

    Raises ParameterError for an unknown name, a division by zero or a result out of range.
    """
    try:
        value: Value = _value(parse(text), known)
    except KeyError as error:
        have = ", ".join(known) or "none"
        raise ParameterError(f"The block has no parameter {error}; it has {have}.") from error
    except (ZeroDivisionError, TypeError, OverflowError) as error:
        raise ParameterError(f"{short(text)} cannot be computed: {error}.") from error
    if isinstance(value, int | float) and not abs(value) <= LARGEST:
        raise ParameterError(f"{short(text)} gives {short(value)}, which is out of range.")
    return value


def names_in(text: str) -> frozenset[str]:
    """The parameters that a formula mentions."""
    return frozenset(node.id for node in ast.walk(parse(text)) if isinstance(node, ast.Name))


def substituted(text: str, meaning: Mapping[str, str | Value]) -> str:
    """The formula with names replaced by other formulas or by values.

    Raises ParameterError where the result is too long or a text would stand in a calculation.
    """
    tree = copy.deepcopy(parse(text))
    made = _Substitution({name: _meant(value) for name, value in meaning.items()}).visit(tree)
    result = ast.unparse(made)
    parse(result)
    return result


class _Substitution(ast.NodeTransformer):
    """Puts trees in the place of names; the tree itself keeps what binds more tightly together."""

    def __init__(self, trees: Mapping[str, ast.expr]) -> None:
        self.trees = trees

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.trees.get(node.id, node)


def _meant(value: str | Value) -> ast.expr:
    if isinstance(value, str):
        return parse(value)
    number: float = int(value) if isinstance(value, bool) else value
    whole: ast.expr = ast.Constant(abs(number))
    return ast.UnaryOp(ast.USub(), whole) if number < 0 else whole


def written(text: str) -> str:
    """The formula as Python source, in ruff's spacing."""
    return ast.unparse(parse(text))


def _check(tree: ast.AST, text: str) -> None:
    for node in ast.walk(tree):
        number = isinstance(node, ast.Constant) and _is_number(node.value)
        named = isinstance(node, ast.Name)
        binary = isinstance(node, ast.BinOp) and type(node.op) in OPERATORS
        negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        mark = isinstance(node, ast.operator | ast.unaryop | ast.expr_context)
        if not (number or named or binary or negative or mark):
            raise _refusal(text)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]


def _refusal(text: str) -> ParameterError:
    return ParameterError(
        f"{short(text)} is not a formula: only numbers, parameter names and + - * / // may stand in one."
    )


def _value(node: ast.expr, known: Mapping[str, Value]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, known)
    assert isinstance(node, ast.BinOp)
    _, apply = OPERATORS[type(node.op)]
    left, right = _value(node.left, known), _value(node.right, known)
    if isinstance(left, str) or isinstance(right, str):
        raise TypeError("a text is not a number")
    return apply(left, right)
