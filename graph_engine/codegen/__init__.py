"""Turns a graph into PyTorch source text, and knows which line belongs to which node."""

from graph_engine.codegen.source import Place, Source, class_name, generate_source, make_source
from graph_engine.codegen.wall import checked

__all__ = ["Place", "Source", "checked", "class_name", "generate_source", "make_source"]
