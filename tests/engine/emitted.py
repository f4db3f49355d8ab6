"""A second wall around emitted source: what it may consist of, read as a tree and never executed."""

from __future__ import annotations

import ast
import builtins

from graph_engine.modules import definition

ALLOWED_MODULES = frozenset(
    {"collections", "math", "torch", "torch.nn", "torch.nn.functional", "typing"}
)
ALLOWED_NODES = (
    ast.Module, ast.Import, ast.ImportFrom, ast.alias, ast.ClassDef, ast.FunctionDef,
    ast.arguments, ast.arg,
    ast.Expr, ast.Assign, ast.Return, ast.Delete, ast.For, ast.If, ast.IfExp, ast.Lambda,
    ast.Call, ast.keyword, ast.Attribute,
    ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Starred, ast.GeneratorExp, ast.comprehension,
    ast.Subscript, ast.Slice, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.operator,
    ast.unaryop,
    ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip
ALLOWED_BUILTINS = frozenset(
    {"super", "range", "int", "float", "bool", "str", "tuple", "min", "max"}
)


def strange(text: str, classes: frozenset[str]) -> list[str]:
    """What does not belong into emitted source; ``classes`` are those copied from the engine's own."""
    for name in classes:
        text = text.replace(definition(name).rstrip("\n"), "")
    tree = ast.parse(text)
    known = {"self", *classes} | ALLOWED_BUILTINS
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED_NODES):
            found.append(type(node).__name__)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            modules = [a.name for a in node.names]
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            found += [m for m in modules if m not in ALLOWED_MODULES]
            known |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            known.add(node.name)
        elif isinstance(node, ast.arg):
            known.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            known.add(node.id)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and (node.id not in known or node.id in FORBIDDEN):
            found.append(node.id)
        elif (
            isinstance(node, ast.Attribute)
            and node.attr.startswith("__")
            and node.attr != "__init__"
        ):
            found.append(node.attr)
    return found


FORBIDDEN = frozenset(dir(builtins)) - ALLOWED_BUILTINS
