"""A project that trains in a moment, for runs with a real worker."""

from __future__ import annotations

from graph_engine import templates
from graph_engine.project import Project

PATIENCE = 60_000
"""Milliseconds: a worker loads torch first, and machines that run tests are busy."""


def project(epochs: int = 2, **changes: object) -> Project:
    """The perceptron on Iris: a step takes a fraction of a millisecond."""
    made = templates.new("perceptron-iris")
    recipe = made.training_recipe().replace(epochs=epochs, threads=1, **changes)
    made.set_training_recipe(recipe)
    return made
