"""A project that was really trained, for pictures of the training panel: two short runs."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from graph_engine import templates
from graph_engine.project import Project
from graph_engine.training import launch
from graph_engine.training.events import Finished
from graph_engine.training.recipe import Recipe
from graph_engine.training.session import Session

DESIGN, EPOCHS, TOO_HIGH = "cnn-digits", 6, "0.5"


@cache
def trained_project() -> Path:
    """The file of the project, trained when first asked for: too fast at first, then by its recipe."""
    project = templates.new(DESIGN)
    recipe = project.training_recipe().replace(epochs=EPOCHS, threads=1)
    project.set_training_recipe(recipe)
    path = Path(tempfile.mkdtemp(prefix="netloom-")) / "digits.netloom"
    project.save(path)
    train(project, recipe.with_setting("scheduler.max_lr", TOO_HIGH))
    train(project, recipe)
    return path


def train(project: Project, recipe: Recipe) -> None:
    """One run, to its end."""
    (network,) = project.networks.values()
    with Session.start(launch.new_run(project, network, recipe)) as session:
        last = list(session)[-1]
    assert isinstance(last, Finished), last
