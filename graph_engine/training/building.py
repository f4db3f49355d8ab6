"""From a run's snapshot to what is trained: one network, or several of a project together."""

from __future__ import annotations

from torch import nn

from graph_engine.compile import compile_source
from graph_engine.training.procedures.networks import Networks
from graph_engine.training.snapshot import Snapshot


def build(snapshot: Snapshot) -> nn.Module:
    """The module of a snapshot, new. Raises DesignError for a text that no drawing leads to."""
    main = compile_source(snapshot.as_source())
    if not snapshot.others:
        return main
    others = {each.network: compile_source(each.as_source()) for each in snapshot.others}
    shapes = {each.network: each.shapes for each in (snapshot, *snapshot.others)}
    return Networks({snapshot.network: main, **others}, shapes, snapshot.fed)
