"""What the window shows of training, as plain values: the run, and what each view has drawn of it."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from app.editor import Editor
from app.training.curve_data import strands
from app.training.recording import Recording
from app.training.run import TrainingRun

Answer = dict[str, Any]


def training_of(editor: Editor) -> Answer:
    """The run and the views that were made; views that were never shown are not there."""
    desk = editor.training
    panel, current = desk.panel, desk.runs.current
    told = _run(desk.run) | {
        "is_panel_shown": panel.isVisible(),
        "tab": panel.tabs.tabText(panel.tabs.currentIndex()),
        "refusal": desk.run.refusal,
        "reason": desk.reason(),
        "notice": desk.notice.text.text() if desk.notice.isVisible() else "",
        "status": desk.status.text(),
        "rate": panel.bar.rate.text(),
        "time": panel.time.told.text() if panel.time.isVisible() else "",
        "shown_step": current.shown_step if current else None,
    }
    looks = {"Curves": _curves, "Gradients": _gradients, "Activations": _map, "Runs": _runs}
    for title, look in looks.items():
        page = panel.page(title)
        told[title.lower()] = look(page) if page is not None else None
    return told


def _run(run: TrainingRun) -> Answer:
    recording = run.recording
    warm = run._warm
    told: Answer = {
        "state": run.state,
        "folder": str(run.folder.path) if run.folder else "",
        "is_warm": warm is not None and warm.is_ready,
    }
    return told | (_recording(recording) if recording else {"step": 0})


def _recording(recording: Recording) -> Answer:
    started, ending = recording.started, recording.ending
    return {
        "step": recording.step,
        "started_at": started.step if started else None,
        "steps": started.epochs * started.steps_per_epoch if started else None,
        "losses": len(recording.series["loss"]) if "loss" in recording.series else 0,
        "checkpoint": recording.checkpoint.step if recording.checkpoint else None,
        "steered": [[each.action, each.step, each.learning_rate] for each in recording.steerings],
        "newest_rate": recording.newest.learning_rate if recording.newest else None,
        "ending": type(ending).__name__ if ending else "",
    }


def _curves(page: Any) -> Answer:
    """How many points of the loss are drawn."""
    plot = page.plots.get("loss")
    shown = strands(page.runs.all, "loss") if plot is not None and page.isVisible() else []
    drawn = [plot.drawn(each)[1] for each in shown if each.name == "loss"]
    return {"points": sum(int(np.isfinite(values).sum()) for values in drawn)}


def _gradients(page: Any) -> Answer:
    """How many tables the picture over time shows, and which parts of its width and height they fill."""
    values = page.picture.values
    filled = values > 0
    return {
        "words": page.verdict.words,
        "tables": len(page._heat.history(0)[0]),
        "width": float(filled.any(axis=0).mean()) if values.size else 0.0,
        "height": float(filled.any(axis=1).mean()) if values.size else 0.0,
    }


def _map(page: Any) -> Answer:
    """The picture of a layer: what it is, when it was, and the hash of its colours."""
    shown = page.view.shown
    return {
        "layer": page.path,
        "title": page.view.title.text(),
        "step": shown.step if shown is not None else None,
        "hash": _hash(page.view.mosaic.pixels),
    }


def _hash(values: NDArray[Any]) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest() if values.size else ""


def _runs(page: Any) -> list[dict[str, str]]:
    """The rows of the table by the heads of the columns that are seen."""
    model, view = page.view.model(), page.view
    heads = {
        place: model.headerData(place, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        for place in range(model.columnCount())
        if not view.isColumnHidden(place)
    }
    return [
        {str(head): str(model.index(row, place).data() or "") for place, head in heads.items()}
        for row in range(model.rowCount())
    ]
