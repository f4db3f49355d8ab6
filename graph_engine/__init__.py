"""Netloom's engine: graphs of layers, their shapes and costs, and the PyTorch source they become.

    from graph_engine import NetworkBuilder, Project, compile_graph, generate_source

Importing it does not import torch; ``compile_graph`` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph_engine.builder import NetworkBuilder
from graph_engine.codegen import generate_source
from graph_engine.errors import DesignError
from graph_engine.graph import Change, Graph, Node, PortRef
from graph_engine.inference import Inference, Problem
from graph_engine.project import Project

if TYPE_CHECKING:
    from graph_engine.compile import compile_graph

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
    if name == "compile_graph":
        from graph_engine.compile import compile_graph  # noqa: PLC0415

        return compile_graph
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
