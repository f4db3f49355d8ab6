"""When a run writes checkpoints, and the writing itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from graph_engine.training.checkpoints import Checkpoint, CheckpointStore
from graph_engine.training.events import Checkpointed, Event
from graph_engine.training.recipe import Recipe

SHARE = 0.05
"""Largest share of a run that checkpoints at the ends of short epochs may take."""


class Saver:
    """Writes checkpoints into a store, if there is one, and tells of each."""

    def __init__(
        self, recipe: Recipe, store: CheckpointStore | None, tell: Callable[[Event], None]
    ) -> None:
        self.recipe, self.store, self.tell = recipe, store, tell
        self.last = time.monotonic()
        self.cost = 0.0
        self.saved: tuple[int, int] | None = None

    def is_due(self, step: int) -> bool:
        """After a step: by the number of steps, or because the last checkpoint is long ago."""
        if self.store is None:
            return False
        every, limit = self.recipe.checkpoint_steps, self.recipe.checkpoint_seconds
        if every and not step % every:
            return True
        return limit > 0 and time.monotonic() - self.last >= limit

    def is_due_at_epoch(self, epoch: int) -> bool:
        """After an epoch, unless epochs are so short that checkpoints would take much of the time."""
        every = self.recipe.checkpoint_epochs
        if self.store is None or not every or epoch % every:
            return False
        return (time.monotonic() - self.last) * SHARE >= self.cost

    def save(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint. Raises TrainingError where weights are not finite or the disk refuses."""
        if self.store is None:
            return
        written = self.store.save(checkpoint)
        self.saved = (checkpoint.epoch, checkpoint.step)
        self.cost, self.last = written.seconds, time.monotonic()
        self.tell(
            Checkpointed(
                epoch=checkpoint.epoch,
                step=checkpoint.step,
                path=written.path,
                size=written.size,
                sha256=written.sha256,
                seconds=written.seconds,
            )
        )
