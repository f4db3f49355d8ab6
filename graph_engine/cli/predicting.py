"""``predict``: the only command that needs torch in its own process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graph_engine.cli.output import plain_table, print_json, print_table
from graph_engine.project import Project
from graph_engine.training.launch import history_of

if TYPE_CHECKING:
    from graph_engine.training.prediction import Prediction

MOST_CLASSES = 3
MOST_VALUES = 8


def predict(project: Project, run: str, paths: Sequence[Path], as_json: bool) -> None:
    """Prints what the network of a run answers to each sample of the files."""
    from graph_engine.training.prediction import predict_from_files  # noqa: PLC0415

    folder = history_of(project).find(run)
    prediction = predict_from_files(folder, paths)
    if as_json:
        print_json(
            {"run": folder.name, "task": prediction.task, "predictions": prediction.to_json()}
        )
        return
    if prediction.labels:
        table = plain_table("sample", "class", "probabilities", numbers=("sample",))
        for number, label in enumerate(prediction.labels, 1):
            table.add_row(str(number), label, _likeliest(prediction, number - 1))
    else:
        table = plain_table("sample", "value", numbers=("sample",))
        for number, value in enumerate(prediction.values, 1):
            table.add_row(str(number), _numbers(np.asarray(value).reshape(-1)))
    print_table(table)


def _likeliest(prediction: Prediction, sample: int) -> str:
    row = prediction.values[sample]
    best = np.argsort(-row, kind="stable")[:MOST_CLASSES]
    return ", ".join(f"{prediction.classes[i]} {100 * row[i]:.1f} %" for i in best)


def _numbers(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> str:
    shown = " ".join(f"{v:.4g}" if math.isfinite(v) else "–" for v in values[:MOST_VALUES].tolist())
    return shown + (f" … ({len(values)} numbers)" if len(values) > MOST_VALUES else "")
