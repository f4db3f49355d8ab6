"""What there is to see of a run: every tab of the training panel, and the canvas tinted by it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtTest import QTest

from app.training.panel import TABS
from app.training.recording import Recording
from app.training.runs import RunsPanel
from graph_engine import edits
from graph_engine.layers.softmax import Softmax
from resources.screenshots.stage import Stage
from resources.screenshots.trained import trained_project

LOOKS, PAUSE = 400, 50
"""How often to look whether the run is read, and milliseconds between two looks."""
DRAWN = 700
"""Milliseconds after which a view has read its frames and drawn them."""


def trained(stage: Stage, *selected: str) -> Recording:
    """Opens the trained project, and shows its newest run."""
    stage.window.open_path(trained_project())
    runs = stage.editor.training.runs
    for _ in range(LOOKS):
        if runs.current is not None:
            break
        QTest.qWait(PAUSE)
    stage.document.selection.set(selected)
    stage.editor.show_training()
    stage.settle()
    assert runs.current is not None, "the run was not read in time"
    return runs.current


def tab(title: str, stage: Stage) -> None:
    """A view of the run."""
    trained(stage)
    stage.editor.training.panel.show_tab(title)
    QTest.qWait(DRAWN)


def before(title: str, stage: Stage) -> None:
    """A view while there is no run."""
    stage.open("cnn-digits")
    stage.editor.show_training()
    stage.editor.training.panel.show_tab(title)
    QTest.qWait(DRAWN)


def chosen_layers(title: str, stage: Stage) -> None:
    """A view of the layers that are selected."""
    trained(stage, "conv1", "conv2")
    stage.editor.training.panel.show_tab(title)
    QTest.qWait(DRAWN)


def looked_back(stage: Stage) -> None:
    """The canvas at a moment of the run, tinted by it."""
    recording = trained(stage)
    stage.editor.training.panel.show_tab("Gradients")
    recording.show_step(recording.step // 2)
    QTest.qWait(DRAWN)


def tinted(measure: str, zoom: float, stage: Stage) -> None:
    """The canvas, tinted, with as much room as it can have."""
    trained(stage)
    stage.editor.docks["training"].hide()
    for name in ("problems", "source", "summary", "history"):
        stage.editor.docks[name].hide()
    stage.settle()
    canvas = stage.editor.canvas
    stage.editor.training.tint.choose(measure)
    canvas.show_place(canvas.canvas.nodes["norm1"].sceneBoundingRect().center(), zoom)
    canvas.land()
    canvas.settle()
    QTest.qWait(DRAWN)


def compared(stage: Stage) -> None:
    """Two runs side by side."""
    trained(stage)
    panel = stage.editor.training.panel
    panel.show_tab("Runs")
    QTest.qWait(DRAWN)
    page = panel.page("Runs")
    assert isinstance(page, RunsPanel)
    page.choose("run-001", "run-002")
    QTest.qWait(DRAWN)


def diagnosed(stage: Stage) -> None:
    """What the doctor says of probabilities where the loss takes scores, and of batches of one."""
    stage.open("cnn-digits")
    document = stage.document
    document.do("Add", edits.add(document.graph, Softmax(), after="classifier"))
    document.settle("Set", recipe=document.project.training_recipe().replace(batch_size=1).saved())
    stage.editor.show_training()
    stage.editor.training.panel.show_tab("Doctor")
    QTest.qWait(2 * DRAWN)


def several_networks(stage: Stage) -> None:
    """A project of four networks, before any of them was trained."""
    stage.open("vanishing-gradients", panel="training")
    stage.editor.training.panel.show_tab("Recipe")
    QTest.qWait(DRAWN)


TRAINING_SCENES: dict[str, Callable[[Stage], None]] = {
    **{f"training-{each.title.lower()}": partial(tab, each.title) for each in TABS},
    "training-curves-none": partial(before, "Curves"),
    "training-runs-none": partial(before, "Runs"),
    "training-runs-compared": compared,
    "training-doctor-findings": diagnosed,
    "training-several-networks": several_networks,
    "training-activations-chosen": partial(chosen_layers, "Activations"),
    "training-looked-back": looked_back,
    "tint-gradients": partial(tinted, "gradient", 0.8),
    "tint-near": partial(tinted, "scale", 1.8),
}
