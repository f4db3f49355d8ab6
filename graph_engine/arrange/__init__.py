"""Tidies a drawing: layers from left to right, few crossings, straight wires, nothing overlapping."""

from graph_engine.arrange.layout import Layout, arrange, lay_out

__all__ = ["Layout", "arrange", "lay_out"]
