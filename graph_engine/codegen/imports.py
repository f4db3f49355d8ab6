"""The import lines at the top of a source: those that its text needs, sorted as ruff sorts them."""

from __future__ import annotations

import re
from collections.abc import Iterable

ALWAYS = (
    "from collections import OrderedDict",
    "import math",
    "import torch",
    "from torch import Tensor, nn",
    "from torch.nn import functional as F",
)
PROSE = r'"""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*'


def import_lines(text: str, others: Iterable[str]) -> list[str]:
    """The imports for ``text``: of the usual ones and of ``others`` those whose names stand in it."""
    imports = [_parts(line) for line in (*ALWAYS, *others)]
    bound = {_bound(name) for module, names in imports for name in names or (module,)}
    found = re.findall(rf"{PROSE}|(?<![\w.])({'|'.join(sorted(bound))})\b", text)
    used, modules = set(found), set[str]()
    members: dict[str, set[str]] = {}
    for module, names in imports:
        if not names and _bound(module) in used:
            modules.add(module)
        wanted = {name for name in names if _bound(name) in used}
        if wanted:
            members.setdefault(module, set()).update(wanted)
    every = [(module, f"import {module}") for module in sorted(modules)]
    every += [
        (module, f"from {module} import {', '.join(sorted(names, key=_by_kind))}")
        for module, names in sorted(members.items())
    ]
    torch = [line for module, line in every if module.partition(".")[0] == "torch"]
    standard = [line for _, line in every if line not in torch]
    return [*standard, *([""] if standard and torch else []), *torch]


def _parts(line: str) -> tuple[str, list[str]]:
    """``from torch import Tensor, nn`` → ``torch`` and its names; ``import math`` → ``math`` alone."""
    module, _, names = line.removeprefix("from ").removeprefix("import ").partition(" import ")
    return module, names.split(", ") if names else []


def _bound(name: str) -> str:
    """The name that an import makes known: ``F`` for ``functional as F``."""
    return name.rpartition(" as ")[2]


def _by_kind(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then the rest."""
    return not name.isupper(), not name[0].isupper(), name
