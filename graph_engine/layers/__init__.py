"""The catalogue of layers; importing this package fills it."""

from graph_engine.layers import (
    activation,
    arithmetic,
    block,
    convolution,
    inputs,
    linear,
    pooling,
    reshape,
)
from graph_engine.layers.base import CATALOGUE, Layer

__all__ = [
    "CATALOGUE",
    "Layer",
    "activation",
    "arithmetic",
    "block",
    "convolution",
    "inputs",
    "linear",
    "pooling",
    "reshape",
]
