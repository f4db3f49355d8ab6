"""Which weights are the best so far, and when waiting for better ones should end. No torch."""

from __future__ import annotations

import math
from typing import Any

from graph_engine.errors import TrainingError
from graph_engine.training.choices import unknown
from graph_engine.training.events import Metrics
from graph_engine.training.measures import is_better_lower
from graph_engine.training.recipe import Recipe


class Watch:
    """Follows one metric, that of the validation samples where there are any.

    ``falls`` says that a smaller value is better. Without validation samples no weights are kept as
    the best, because the training loss would always choose the last.
    """

    def __init__(self, recipe: Recipe, has_validation: bool) -> None:
        own = "validation_loss" if has_validation else "train_loss"
        self.metric = own if recipe.monitor == "auto" else recipe.monitor
        self.falls = is_better_lower(self.metric)
        self.keeps_best = has_validation
        self.patience = recipe.patience
        self.min_delta = recipe.min_delta
        self.best = math.inf if self.falls else -math.inf
        self.best_epoch = self.best_step = 0
        self.waited = 0

    def value(self, metrics: Metrics) -> float:
        """The metric's value. Raises TrainingError, with the nearest name, where there is none."""
        if self.metric not in metrics:
            raise TrainingError(unknown("measured metric", self.metric, metrics))
        return metrics[self.metric]

    def see(self, metrics: Metrics, epoch: int, step: int) -> bool:
        """Whether these weights are the best so far; a value that is not a number never is."""
        value = self.value(metrics)
        gain = self.best - value if self.falls else value - self.best
        if not gain > self.min_delta:
            self.waited += 1
            return False
        self.best, self.best_epoch, self.best_step, self.waited = value, epoch, step, 0
        return True

    def is_exhausted(self) -> bool:
        """Whether patience has come to its end."""
        return 0 < self.patience <= self.waited

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "best_step": self.best_step,
            "waited": self.waited,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint."""
        for name, value in state.items():
            setattr(self, name, value)
