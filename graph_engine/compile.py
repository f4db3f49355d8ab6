"""Source → nn.Module: executes exactly the text that is shown, and names nodes in what goes wrong."""

from __future__ import annotations

import itertools
import linecache
import sys
import types
from typing import cast

import torch
from torch import nn

from graph_engine.codegen import Source, make_source
from graph_engine.errors import DesignError
from graph_engine.graph import Graph
from graph_engine.inference import Inference

_serial = itertools.count(1)


def compile_graph(graph: Graph) -> nn.Module:
    """The network as a module with freshly initialised weights.

    Raises DesignError where the drawing has errors.
    """
    return compile_source(make_source(Inference(graph)))


def compile_source(source: Source) -> nn.Module:
    """The module that the source describes.

    Its classes live in a module of their own in ``sys.modules``, so that loader workers can unpickle
    them, and the text is known to ``linecache``, so that tracebacks and ``inspect`` show it.
    """
    kind = cast("type[nn.Module]", getattr(load_source(source.text), source.class_name))
    module = kind()
    module.netloom_source = source  # type: ignore[assignment]
    return module


def load_source(text: str) -> types.ModuleType:
    """Executes a text made by ``generate_source`` as a Python module."""
    name = f"netloom_network_{next(_serial)}"
    filename = f"<{name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    module = types.ModuleType(name)
    module.__file__ = filename
    sys.modules[name] = module
    exec(compile(text, filename, "exec"), module.__dict__)
    return module


def explain(error: BaseException, source: Source) -> str:
    """The sentence for an exception inside a forward pass, with the names of the nodes it passed.

    Falls back to the exception's own words where it did not come from the network.
    """
    path = failing_path(error, source)
    where = f"`{'.'.join(path)}` failed: " if path else ""
    return f"{where}{type(error).__name__}: {error}"


def failing_path(error: BaseException, source: Source) -> list[str]:
    """The nodes from the network inwards that an exception passed through.

    Lines of the source lead to nodes; inside a ``Sequential`` the module that was being called does.
    """
    found: list[str] = []
    trace = error.__traceback__
    while trace is not None:
        code, frame = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if code is nn.Sequential.forward.__code__ and found:
            children = cast("nn.Sequential", frame["self"]).named_children()
            name = next((n for n, child in children if child is frame.get("module")), "")
            found = [*found, name] if name.isdecimal() else [*found[:-1], name or found[-1]]
        elif code.co_filename.startswith("<netloom_network_"):
            place = source.lines.get(trace.tb_lineno)
            found += [place.node] if place is not None else []
        trace = trace.tb_next
    return found


def run(module: nn.Module, *inputs: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Calls a compiled network. Raises DesignError that names the node where torch refuses."""
    try:
        return cast("torch.Tensor | tuple[torch.Tensor, ...]", module(*inputs))
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError) as error:
        source = getattr(module, "netloom_source", None)
        if source is None:
            raise
        raise DesignError(explain(error, source)) from error
