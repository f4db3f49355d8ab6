"""Reads the optimizers, schedulers and losses of the installed torch into a table of plain values.

The table is shipped as ``resources/torch_signatures.json``, from which forms and checks follow without
torch; ``python -m graph_engine.training.signatures`` writes it anew.
"""

from __future__ import annotations

import collections.abc
import inspect
import json
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import torch
from torch import nn
from torch.optim import Optimizer, lr_scheduler

from graph_engine.training.parameter_notes import HELP, IGNORED, LEFT_OUT, NOTES, UNCHANGED, Note


def table() -> dict[str, Any]:
    """Everything that a recipe can name, with its parameters, and what it cannot and why."""
    return {
        "torch": torch.__version__.split("+")[0],
        "optimizers": _described(optimizers()),
        "schedulers": _described(schedulers()),
        "losses": _described(losses()),
        "left_out": LEFT_OUT,
    }


def optimizers() -> dict[str, type]:
    """The classes of ``torch.optim``."""
    return _subclasses(torch.optim, Optimizer)


def schedulers() -> dict[str, type]:
    """The classes of ``torch.optim.lr_scheduler`` that can be made from values."""
    return _subclasses(lr_scheduler, lr_scheduler.LRScheduler)


def losses() -> dict[str, type]:
    """The losses of ``torch.nn`` without weights of their own."""
    return {name: each for name, each in _subclasses(nn, nn.Module).items() if "Loss" in name}


def _subclasses(module: types.ModuleType, base: type) -> dict[str, type]:
    return {
        name: each
        for name, each in sorted(vars(module).items())
        if isinstance(each, type)
        and issubclass(each, base)
        and each is not base
        and not name.startswith("_")
        and name not in LEFT_OUT
    }


def _described(classes: Mapping[str, type]) -> dict[str, Any]:
    return {
        name: {"help": HELP[name], "parameters": _parameters(each)}
        for name, each in classes.items()
    }


def _parameters(cls: type) -> dict[str, dict[str, Any]]:
    # The schedulers import these names for type checkers only.
    hints = get_type_hints(cls.__init__, localns=vars(collections.abc))  # type: ignore[misc]
    signature = inspect.signature(cls)
    return {
        name: _parameter(cls, parameter, hints.get(name, Any))
        for name, parameter in signature.parameters.items()
        if name not in IGNORED
    }


def _parameter(cls: type, parameter: inspect.Parameter, hint: Any) -> dict[str, Any]:
    note = _note(cls, parameter.name)
    default = parameter.default if note.default is UNCHANGED else note.default
    if default is inspect.Parameter.empty:
        raise TypeError(f"{cls.__name__}.{parameter.name} needs a default in parameter_notes")
    entry: dict[str, Any] = {"type": note.type or _type(hint), "default": _plain(default)}
    entry |= {key: getattr(note, key) for key in ("low", "high") if getattr(note, key) is not None}
    return entry | {"help": note.help}


def _note(cls: type, name: str) -> Note:
    return NOTES.get(f"{cls.__name__}.{name}") or NOTES[name]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _type(hint: Any) -> str:
    """An annotation as text, with tensors read as the numbers that they stand for."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin in (Union, types.UnionType):
        return " | ".join(_names(arguments))
    if origin is tuple:
        return f"tuple[{', '.join(_type(each) for each in arguments)}]"
    if origin is collections.abc.Iterable:
        return f"tuple[{_type(arguments[0])}, ...]"
    if hint in (int, float, bool):
        return str(hint.__name__)
    raise TypeError(f"{hint} needs a type in parameter_notes")


def _names(options: tuple[Any, ...]) -> list[str]:
    """The options of a union that a single value can have: not a tensor or a list in its place."""
    kept = [each for each in options if each is not torch.Tensor and get_origin(each) is not list]
    return ["None" if each is type(None) else _type(each) for each in kept]


def text() -> str:
    """The table as JSON, one parameter a line."""
    described = table()
    parts = [f'{{\n"torch": {json.dumps(described["torch"])}']
    for family in ("optimizers", "schedulers", "losses"):
        entries = ",\n".join(_entry(name, each) for name, each in described[family].items())
        parts.append(f'"{family}": {{\n{entries}\n}}')
    parts.append(f'"left_out": {json.dumps(described["left_out"], indent=1)}')
    return ",\n".join(parts) + "\n}\n"


def _entry(name: str, described: Mapping[str, Any]) -> str:
    lines = ",\n".join(
        f"   {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in described["parameters"].items()
    )
    help_text = json.dumps(described["help"], ensure_ascii=False)
    inside = f"{{\n{lines}\n  }}" if lines else "{}"
    return f' {json.dumps(name)}: {{\n  "help": {help_text},\n  "parameters": {inside}\n }}'


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
