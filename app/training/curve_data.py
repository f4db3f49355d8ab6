"""What curves there are of some runs, and where their points stand on an axis of steps, epochs or time.

No Qt but that of the recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.training.recording import Recording
from app.training.scales import Range, number
from app.training.series import Series
from graph_engine.training.measures import is_better_lower

Array = NDArray[np.float64]
Row = Sequence[str | float]
Across = Literal["steps", "epochs", "time"]
Split = Literal["train", "validation", ""]

LOSS = "loss"
LEARNING_RATE = "learning_rate"
MARKED = ("learning_rate", "restore_best", "reset_weights")
"""Commands after which a curve may turn."""

SHORT = {"auroc": "AUROC", "f1": "F1", "r2": "R²", "mae": "MAE", "mse": "MSE", "rmse": "RMSE"} | {
    "mape": "MAPE",
    "top5_accuracy": "Top-5 accuracy",
}


@dataclass(frozen=True, slots=True)
class Strand:
    """One curve: a series of a run. ``by_step`` has a point each step, others one each epoch.

    ``is_line`` is false for what another line of the plot shows better, and is only exported.
    """

    run: Recording
    name: str
    split: Split
    by_step: bool = False
    is_line: bool = True

    @property
    def series(self) -> Series:
        """The points."""
        return self.run.series.get(self.name) or Series()


def title_of(quantity: str) -> str:
    """``validation_accuracy``'s quantity ``accuracy`` as a heading."""
    return SHORT.get(quantity) or quantity.replace("_", " ").capitalize()


def quantities(runs: Iterable[Recording]) -> list[str]:
    """What was measured in any of the runs: the loss first, the learning rate last."""
    names = dict.fromkeys(_quantity(name) for run in runs for name in run.series)
    between = [name for name in names if name not in (LOSS, LEARNING_RATE)]
    return [LOSS, *between, LEARNING_RATE] if names else []


def strands(runs: Iterable[Recording], quantity: str) -> list[Strand]:
    """The curves of one quantity, run after run."""
    return [each for run in runs for each in _of(run, quantity)]


def _of(run: Recording, quantity: str) -> list[Strand]:
    if quantity == LEARNING_RATE:
        return [Strand(run, LEARNING_RATE, "", by_step=True)] if quantity in run.series else []
    has_steps = quantity == LOSS and LOSS in run.series
    made = [Strand(run, LOSS, "train", by_step=True)] if has_steps else []
    if f"train_{quantity}" in run.series:
        made.append(Strand(run, f"train_{quantity}", "train", is_line=not has_steps))
    if f"validation_{quantity}" in run.series:
        made.append(Strand(run, f"validation_{quantity}", "validation"))
    return made


def _quantity(name: str) -> str:
    for split in ("train_", "validation_"):
        if name.startswith(split):
            return name.removeprefix(split)
    return name


def placed(run: Recording, steps: Array, across: Across) -> Array:
    """Where steps stand on an axis of steps, epochs or seconds."""
    if across == "epochs":
        return steps / _epoch(run)
    if across == "time" and len(run.clock):
        return np.interp(steps, run.clock.positions, run.clock.values)
    return steps


def steps_between(run: Recording, low: float, high: float, across: Across) -> Range:
    """The steps of a stretch of an axis."""
    if across == "epochs":
        return low * _epoch(run), high * _epoch(run)
    if across == "time" and len(run.clock):
        found = np.interp((low, high), run.clock.values, run.clock.positions)
        return float(found[0]), float(found[1])
    return low, high


def newest_place(runs: Sequence[Recording], across: Across) -> float:
    """The end of the longest run; never 0."""
    ends = [float(placed(run, np.array([float(run.step)]), across)[0]) for run in runs]
    return max([end for end in ends if end > 0], default=1.0)


def _epoch(run: Recording) -> float:
    return float(max(1, run.started.steps_per_epoch if run.started else 1))


def best(run: Recording) -> tuple[int, str] | None:
    """The step of the best weights, and a sentence of how good they are."""
    found = next((each for each in reversed(run.epochs) if each.best), None)
    if found is None:
        return None
    measured = [name for name in found.metrics if name.startswith("validation_")]
    shown = measured[:3] or list(found.metrics)[:1]
    figures = ", ".join(
        f"{name.partition('_')[0]} {title_of(_quantity(name)).lower()} {number(found.metrics[name])}"
        for name in shown
    )
    return found.step, f"Best weights so far: epoch {found.epoch}. {figures}."


def turns(run: Recording) -> list[tuple[int, str]]:
    """Steps at which a hand steered the run, with a sentence each."""
    return [
        (each.step, f"{each.message or each.action} (step {each.step:,})")
        for each in run.steerings
        if each.action in MARKED
    ]


@dataclass(frozen=True, slots=True)
class Figures:
    """The points of a curve as they were at one moment: the run may go on while they are written."""

    run: str
    curve: str
    steps: Array
    values: Array
    per_epoch: float
    clock: tuple[Array, Array]

    @classmethod
    def of(cls, strand: Strand) -> Figures:
        """A copy, which is quick where the rows are not."""
        run, series = strand.run, strand.series
        clock = (run.clock.positions.copy(), run.clock.values.copy())
        return cls(
            run.name, strand.name, series.positions.copy(), series.values.copy(), _epoch(run), clock
        )

    def rows(self) -> Iterator[Row]:
        """A row a point."""
        at, taken = self.clock
        seconds = np.interp(self.steps, at, taken) if len(at) else self.steps
        columns = (self.steps, self.steps / self.per_epoch, seconds, self.values)
        for step, epoch, second, value in zip(*(each.tolist() for each in columns), strict=True):
            yield self.run, self.curve, int(step), round(epoch, 4), round(second, 3), value


def figures(shown: Iterable[Strand]) -> Iterator[Row]:
    """Every point of some curves as rows of a table, its heading first; taken at once, worked out row by
    row."""
    return _rows([Figures.of(each) for each in shown])


def _rows(taken: Sequence[Figures]) -> Iterator[Row]:
    yield "run", "curve", "step", "epoch", "seconds", "value"
    for each in taken:
        yield from each.rows()


def is_lower_better(quantity: str) -> bool:
    """Whether a curve should fall."""
    return is_better_lower(f"validation_{quantity}")
