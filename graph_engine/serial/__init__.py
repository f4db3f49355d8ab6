"""Nodes, graphs and layers as plain values that JSON can hold, and back, checked strictly.

Only what differs from the defaults is written. Keys that this version does not know are kept in
``extra``, and layers that it does not know become placeholders, so that both survive a save. Project
files and the clipboard are made of these.
"""

from graph_engine.serial.graphs import (
    definition_from_dict,
    definition_to_dict,
    opened,
    routes_from_dict,
    wires_from_dict,
    wires_to_dict,
)
from graph_engine.serial.layers import layer_from_dict, layer_to_dict
from graph_engine.serial.nodes import (
    frame_from_dict,
    frame_to_dict,
    node_from_dict,
    node_to_dict,
    note_from_dict,
    note_to_dict,
    parameter_from_dict,
    parameter_to_dict,
)

__all__ = [
    "definition_from_dict",
    "definition_to_dict",
    "frame_from_dict",
    "frame_to_dict",
    "layer_from_dict",
    "layer_to_dict",
    "node_from_dict",
    "node_to_dict",
    "note_from_dict",
    "note_to_dict",
    "opened",
    "parameter_from_dict",
    "parameter_to_dict",
    "routes_from_dict",
    "wires_from_dict",
    "wires_to_dict",
]
