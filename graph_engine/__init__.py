"""Netloom's engine: graphs of layers, their shapes and costs, and the PyTorch source they become.

    from graph_engine import NetworkBuilder, Project, compile_graph, generate_source

Importing it does not import torch; ``compile_graph`` does. What stands here is loaded when it is first
asked for, so that a single part of the engine can be imported without the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graph_engine.builder import NetworkBuilder
    from graph_engine.codegen import generate_source
    from graph_engine.compile import compile_graph
    from graph_engine.errors import DesignError
    from graph_engine.graph import Change, Graph, Node, PortRef
    from graph_engine.inference import Inference, Problem
    from graph_engine.project import Project

HOMES = {
    "Change": "graph",
    "DesignError": "errors",
    "Graph": "graph",
    "Inference": "inference",
    "NetworkBuilder": "builder",
    "Node": "graph",
    "PortRef": "graph",
    "Problem": "inference",
    "Project": "project",
    "compile_graph": "compile",
    "generate_source": "codegen",
}

__all__ = [
    "Change",
    "DesignError",
    "Graph",
    "Inference",
    "NetworkBuilder",
    "Node",
    "PortRef",
    "Problem",
    "Project",
    "compile_graph",
    "generate_source",
]


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
