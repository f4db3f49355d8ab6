"""Modules that PyTorch lacks; the generator copies their text into the source.

Each file has one class that needs nothing but torch. The files are read as text: this
package imports no torch.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib import resources

from graph_engine.names import snake


def definition(name: str) -> str:
    """The source text of a class, docstring included, with a newline at its end.

    Raises KeyError where no such class is supplied.
    """
    text, _ = _read(name)
    return text


def definition_imports(name: str) -> tuple[str, ...]:
    """The import lines that the class needs, such as ``import math``.

    Raises KeyError where no such class is supplied.
    """
    _, imports = _read(name)
    return imports


@cache
def _read(name: str) -> tuple[str, tuple[str, ...]]:
    file = resources.files(__name__).joinpath(f"{snake(name)}.py")
    if not name.isidentifier() or not file.is_file():
        raise KeyError(name)
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    if [found.name for found in classes] != [name]:
        raise KeyError(name)
    lines = text.splitlines()[classes[0].lineno - 1 : classes[0].end_lineno]
    return "\n".join(lines) + "\n", tuple(_imports(tree))


def _imports(tree: ast.Module) -> list[str]:
    """One line for each import, without those that only this package needs."""
    own = ("__future__", "graph_engine")
    lines = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return [line for line in lines if not line.removeprefix("from ").startswith(own)]
