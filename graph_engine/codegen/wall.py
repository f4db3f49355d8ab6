"""A second wall before emitted text is executed: only the Python that the generator writes may pass.

The first wall is that every name and value is checked where it enters a drawing. This one looks at the
finished text and knows nothing of how it came about, so that a hole in a layer's rule is not enough to
run something of a stranger's.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from typing import Any

from graph_engine.codegen.pause import collection_paused
from graph_engine.errors import DesignError

SYNTAX = frozenset({
    # A file of classes with methods
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.ClassDef, ast.FunctionDef, ast.arguments,
    ast.arg, ast.Return, ast.Expr, ast.Pass,
    # Statements
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.For, ast.If, ast.With, ast.withitem,
    ast.Raise,
    # Expressions
    ast.Attribute, ast.Name, ast.Load, ast.Store, ast.Del, ast.Call, ast.keyword, ast.Starred,
    ast.Constant, ast.Tuple, ast.List, ast.Subscript, ast.Slice, ast.GeneratorExp, ast.ListComp,
    ast.comprehension, ast.IfExp, ast.Lambda, ast.JoinedStr, ast.FormattedValue,
    # Operators
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv,
    ast.Mod, ast.Pow, ast.MatMult, ast.USub, ast.Not, ast.Invert, ast.And, ast.Or, ast.Eq, ast.NotEq,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn, ast.BitAnd, ast.BitOr,
    ast.BitXor,
})  # fmt: skip
MODULES = frozenset(
    {"__future__", "collections", "collections.abc", "math", "torch", "torch.nn", "typing"}
)
BUILTINS = frozenset({
    "ValueError", "abs", "bool", "enumerate", "float", "int", "isinstance", "len", "list", "max", "min",
    "range", "reversed", "staticmethod", "str", "sum", "super", "tuple", "zip",
})  # fmt: skip
FORBIDDEN = frozenset(dir(builtins)) - BUILTINS
UNITS = frozenset({"autograd", "fft", "linalg", "nn", "special"})
"""What of torch may be gone into; ``torch.serialization.os`` and its like are not."""
REACHES_OUT = frozenset({
    "classes", "compile", "export", "from_file", "hub", "jit", "library", "load", "ops", "package",
    "save", "set_default_device", "tofile", "utils",
})  # fmt: skip
DECORATORS = frozenset({"staticmethod", "torch.no_grad()"})
BASES = frozenset({"nn.Module", "torch.autograd.Function"})


def checked(text: str) -> ast.Module:
    """The syntax tree of an emitted text. Raises DesignError for what no emitted text contains."""
    with collection_paused():
        tree = ast.parse(text)
        _check(tree)
    return tree


def _check(tree: ast.Module) -> None:
    for statement in tree.body:
        if not isinstance(statement, ast.Import | ast.ImportFrom | ast.ClassDef):
            raise _refusal(statement)
    for node in ast.walk(tree):
        kind = type(node)
        if kind not in SYNTAX:
            raise _refusal(node)
        check = CHECKS.get(kind)
        if check is not None and not check(node):
            raise _refusal(node)


def _is_import(node: ast.Import) -> bool:
    return all(alias.name in MODULES and alias.asname is None for alias in node.names)


def _is_import_from(node: ast.ImportFrom) -> bool:
    names = (alias.name for alias in node.names)
    return node.level == 0 and node.module in MODULES and "*" not in names


def _is_class(node: ast.ClassDef) -> bool:
    plain = not node.keywords and not node.decorator_list
    return plain and all(ast.unparse(base) in BASES for base in node.bases)


def _is_function(node: ast.FunctionDef) -> bool:
    plain = node.name == "__init__" or not node.name.startswith("__")
    return plain and all(ast.unparse(each) in DECORATORS for each in node.decorator_list)


def _is_name(node: ast.Name) -> bool:
    return node.id not in FORBIDDEN and not node.id.startswith("__")


def _is_attribute(node: ast.Attribute) -> bool:
    """No hidden attributes, and of torch nothing that reads, writes or executes."""
    name, inner = node.attr, node.value
    if name == "__init__":
        return isinstance(inner, ast.Call) and ast.unparse(inner) == "super()"
    if name.startswith("__") or (name in REACHES_OUT and not _is_own(inner)):
        return False
    if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
        return inner.value.id != "torch" or inner.attr in UNITS
    return True


def _is_own(node: ast.expr) -> bool:
    """Whether it is ``self`` or lies in it: there every name is a node's."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id == "self"


CHECKS: dict[type[ast.AST], Callable[[Any], bool]] = {
    ast.Import: _is_import,
    ast.ImportFrom: _is_import_from,
    ast.ClassDef: _is_class,
    ast.FunctionDef: _is_function,
    ast.Name: _is_name,
    ast.Attribute: _is_attribute,
}


def _refusal(node: ast.AST) -> DesignError:
    line = getattr(node, "lineno", 0)
    return DesignError(
        f"The source has something in line {line} that no drawing leads to ({type(node).__name__}), and "
        "is not executed. Please report this drawing."
    )
