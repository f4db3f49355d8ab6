"""The shape and dtype on every wire of a graph, and sentences for what does not fit."""

from graph_engine.inference.findings import Arguments, Problem, Refused, Visit
from graph_engine.inference.inference import Inference, infer

__all__ = ["Arguments", "Inference", "Problem", "Refused", "Visit", "infer"]
