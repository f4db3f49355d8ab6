"""Sees what every node of a network gives while the network computes, without a second way to compute.

Modules are seen by hooks. What only stands as an expression in the source is read from the forward
method's variables, once the line behind it is reached; so are modules that serve several nodes, whose
lines tell which one it is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any

import torch
import torch.nn.modules.module as torch_module
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

from graph_engine.training.anatomy import Anatomy, Statement

See = Callable[[int, Tensor, float], None]
Called = Callable[[nn.Module, tuple[Any, ...], dict[str, Any]], None]


@dataclass(slots=True)
class _Visit:
    """A forward method that is being executed."""

    prefix: str
    statements: Mapping[int, Statement]
    statement: Statement | None = None
    begun: float = 0.0
    spent: float = 0.0
    follow: Any = None


@dataclass(slots=True)
class Trace:
    """Calls ``see`` with row, first output and seconds of every node of the network's next forward pass.

    ``called`` is told of every module's call as well. With ``learned`` the pass must be one that keeps
    what gradients need: a procedure may ask the network first, and learn from what came of it. The
    trace ends with that pass, or by ``detach``. ``spent`` are the seconds that it took itself, which no
    node's time contains.
    """

    anatomy: Anatomy
    see: See
    called: Called | None = None
    learned: bool = False
    spent: float = 0.0
    _handles: list[Any] = field(default_factory=list)
    _visits: list[_Visit] = field(default_factory=list)
    _calls: list[tuple[float, float]] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _before: Any = None

    def attach(self) -> None:
        """Begins to look on."""
        self._handles = [
            register_module_forward_pre_hook(self._begin),
            register_module_forward_hook(self._end, with_kwargs=True),
        ]
        self._before = sys.gettrace()
        sys.settrace(self._enter)

    def detach(self) -> None:
        """Leaves nothing behind; may be called again."""
        if not self._handles:
            return
        sys.settrace(self._before)
        for handle in self._handles:
            handle.remove()
            # torch 2.13 forgets this mark, and would warn of global hooks from then on
            torch_module._global_forward_hooks_with_kwargs.pop(handle.id, None)
        self._handles = []

    def node(self) -> str:
        """The path of the node whose line is being executed, or nothing."""
        visit = self._visits[-1] if self._visits else None
        if visit is None or visit.statement is None:
            return ""
        return visit.prefix + visit.statement.node

    # Modules -------------------------------------------------------------------------------------

    def _is_meant(self) -> bool:
        return not self.learned or torch.is_grad_enabled()

    def _begin(self, module: nn.Module, inputs: object) -> None:
        if self._is_meant() and id(module) in self.anatomy.callers:
            self._calls.append((time.perf_counter(), self.spent))

    def _end(
        self, module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any], output: object
    ) -> None:
        if not self._is_meant():
            return
        now = time.perf_counter()
        rows = self.anatomy.callers.get(id(module))
        if rows is not None:
            begun, spent = self._calls.pop()
            row = rows[0] if len(rows) == 1 else self._of(rows)
            if row is not None:
                self._tell(row, output, now - begun - (self.spent - spent))
        if self.called is not None:
            self.called(module, inputs, named)
        self.spent += time.perf_counter() - now
        if module is self.anatomy.module:
            self.detach()

    def _of(self, rows: tuple[int, ...]) -> int | None:
        """Which of the nodes that a module serves is computing: the line tells."""
        row = self.anatomy.rows.get(self.node())
        if row in rows:
            return row
        prefix = self._visits[-1].prefix if self._visits else ""
        inside = [each for each in rows if self._parent(each) == prefix]
        return inside[0] if len(inside) == 1 else None

    def _parent(self, row: int) -> str:
        head, dot, _ = self.anatomy.nodes[row].rpartition(".")
        return head + dot

    # Lines ---------------------------------------------------------------------------------------

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:
        """Python calls this for every function; only forward methods of the source are followed."""
        code = frame.f_code
        statements = self.anatomy.statements.get(code.co_filename)
        if statements is None or code.co_name != "forward" or not self._is_meant():
            return None
        prefixes = self.anatomy.prefixes.get(id(frame.f_locals.get("self")))
        prefix = self._prefix(prefixes) if prefixes else None
        if prefix is None:
            return None
        visit = _Visit(prefix, statements)
        self._visits.append(visit)
        if prefix in self.anatomy.roots:
            self._arguments(prefix, frame.f_locals)
        visit.follow = partial(self._follow, visit)
        return visit.follow

    def _prefix(self, prefixes: tuple[str, ...]) -> str | None:
        """Which of the blocks that share an instance is computing."""
        if len(prefixes) == 1 or not self._visits:
            return prefixes[0]
        visit = self._visits[-1]
        node = visit.statement.node if visit.statement else ""
        fitting = [each for each in prefixes if each.startswith(f"{visit.prefix}{node}.")]
        return fitting[0] if fitting else None

    def _arguments(self, prefix: str, values: dict[str, Any]) -> None:
        for name, value in values.items():
            row = self.anatomy.rows.get(prefix + name)
            if row is not None and self.anatomy.layers[row] == "Input":
                self._tell(row, value, 0.0)

    def _follow(self, visit: _Visit, frame: FrameType, event: str, argument: object) -> Any:
        now = time.perf_counter()
        if event == "line":
            statement = visit.statements.get(frame.f_lineno)
            if statement is not visit.statement:
                self._close(visit, now, frame.f_locals)
                visit.statement = statement
                visit.begun, visit.spent = time.perf_counter(), self.spent
        elif event == "return":
            self._close(visit, now, frame.f_locals, argument)
            self._visits.pop()
        return visit.follow

    def _close(
        self, visit: _Visit, now: float, values: dict[str, Any], returned: object = None
    ) -> None:
        """A statement is done: what it assigned is its node's output, unless a hook has seen it."""
        statement = visit.statement
        if statement is None:
            return
        row = self.anatomy.rows.get(visit.prefix + statement.node)
        if row is None or row in self._seen:
            return
        output = values.get(statement.names[0]) if statement.names else returned
        self._tell(row, output, now - visit.begun - (self.spent - visit.spent))
        self.spent += time.perf_counter() - now

    def _tell(self, row: int, output: object, seconds: float) -> None:
        tensor = first_tensor(output)
        if tensor is not None:
            self._seen.add(row)
            self.see(row, tensor, seconds)


def first_tensor(value: object) -> Tensor | None:
    """The first tensor of what a module gives: a tensor, or tuples, lists and dicts of some."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return next((t for t in map(first_tensor, value) if t is not None), None)
    return None
