"""Source → nn.Module: executes exactly the text that is shown, and names nodes in what goes wrong."""

from __future__ import annotations

import itertools
import linecache
import sys
import types
import weakref
from typing import Any, cast

import torch
from torch import nn

from graph_engine.codegen import Source, checked, make_source
from graph_engine.codegen.pause import collection_paused
from graph_engine.errors import DesignError
from graph_engine.graph import Graph
from graph_engine.inference import Inference

_serial = itertools.count(1)
PREFIX = "netloom_network_"


def compile_graph(graph: Graph) -> nn.Module:
    """The network as a module with freshly initialised weights.

    Raises DesignError where the drawing has errors.
    """
    return compile_source(make_source(Inference(graph)))


def compile_source(source: Source) -> nn.Module:
    """The module that the source describes.

    Raises DesignError for a text that no drawing leads to; see ``graph_engine.codegen.wall``.
    """
    kind = cast("type[nn.Module]", getattr(load_source(source.text), source.class_name))
    module = kind()
    module.netloom_source = source  # type: ignore[assignment]
    return module


def load_source(text: str) -> types.ModuleType:
    """Executes a text made by ``generate_source`` as a Python module.

    The module stands in ``sys.modules``, so that its classes can be pickled, and its text is known to
    ``linecache``, so that tracebacks and ``inspect`` show it; both only as long as one of the classes is
    in use.
    """
    name = f"{PREFIX}{next(_serial)}"
    filename = f"<{name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    module = types.ModuleType(name)
    module.__file__ = filename
    module.__dict__["_module"] = module
    sys.modules[name] = _Door(module)
    weakref.finalize(module, _forget, name, filename)
    with collection_paused():
        exec(compile(checked(text), filename, "exec"), module.__dict__)
    return module


class _Door(types.ModuleType):
    """What ``sys.modules`` has of an executed text: it leads to the module and does not keep it alive.

    The module and its classes refer to one another, so they live as long as any of them is in use.
    """

    def __init__(self, module: types.ModuleType) -> None:
        super().__init__(module.__name__)
        self.__file__ = module.__file__
        self._leads_to = weakref.ref(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._leads_to(), name)


def _forget(name: str, filename: str) -> None:
    sys.modules.pop(name, None)
    linecache.cache.pop(filename, None)


# Failures ----------------------------------------------------------------------------------------


def explain(error: BaseException, source: Source) -> str:
    """The sentence for an exception inside a forward pass, with the names of the nodes it passed.

    Falls back to the exception's own words where it did not come from the network.
    """
    path = failing_path(error, source)
    where = f"`{'.'.join(path)}` failed: " if path else ""
    return f"{where}{type(error).__name__}: {error}"


def failing_path(error: BaseException, source: Source) -> list[str]:
    """The nodes from the network inwards that an exception passed through, with the numbers of copies.

    Lines of the source lead to nodes; inside a ``Sequential`` or a loop the module that was being called
    does. Modules inside of PyTorch's own layers are left out.
    """
    found: list[str] = []
    inside = False
    trace = error.__traceback__
    while trace is not None:
        code, scope = trace.tb_frame.f_code, trace.tb_frame.f_locals
        if code.co_filename.startswith(f"<{PREFIX}"):
            place = source.lines.get(trace.tb_lineno)
            inside = place is not None
            if place is not None:
                found += [place.node, *_copy_in_loop(scope, place.node)]
        elif inside and code is nn.Sequential.forward.__code__:
            name = _name_in(scope["self"], scope.get("module"))
            if name and not name.isdecimal():
                found.pop()
            found += [name] if name else []
            inside = _is_emitted(scope.get("module"))
        elif code.co_name == "forward":
            inside = False
        trace = trace.tb_next
    return found


def _copy_in_loop(scope: dict[str, Any], node: str) -> list[str]:
    """The number of the copy that a loop had come to."""
    copies = getattr(scope.get("self"), node, None)
    if not isinstance(copies, nn.ModuleList):
        return []
    return [name for name in (_name_in(copies, value) for value in scope.values()) if name][:1]


def _name_in(container: nn.Module, module: object) -> str:
    return next((name for name, child in container.named_children() if child is module), "")


def _is_emitted(module: object) -> bool:
    """Whether nodes can lie deeper: in a block, or in the copies of one."""
    return type(module).__module__.startswith(PREFIX) or type(module) is nn.Sequential


def run(module: nn.Module, *inputs: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Calls a compiled network. Raises DesignError that names the node where torch refuses."""
    try:
        return cast("torch.Tensor | tuple[torch.Tensor, ...]", module(*inputs))
    except (RuntimeError, ValueError, IndexError, TypeError, AssertionError) as error:
        source = getattr(module, "netloom_source", None)
        if source is None:
            raise
        raise DesignError(explain(error, source)) from error
