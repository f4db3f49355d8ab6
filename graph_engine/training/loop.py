"""The training loop: epochs, measuring, the best weights, checkpoints, stopping and going on.

What a step does is the procedure's affair (``procedures``); what happens is told as events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from graph_engine.data.loading import Batches
from graph_engine.data.prepared import PreparedData, Split
from graph_engine.errors import TrainingError
from graph_engine.training import randomness, weights
from graph_engine.training.checkpoints import Checkpoint, CheckpointStore
from graph_engine.training.commands import Look
from graph_engine.training.events import (
    EpochEnded,
    Event,
    Finished,
    Metrics,
    Reason,
    Started,
)
from graph_engine.training.fitting import choose_device, choose_task, versions
from graph_engine.training.guard import NotFiniteError
from graph_engine.training.losses import UNWATCHED, WATCHED, LossMeter
from graph_engine.training.origin import diverged
from graph_engine.training.procedures import Batch, procedure_class
from graph_engine.training.randomness import EVALUATION, STEP, Randomness
from graph_engine.training.recipe import Recipe
from graph_engine.training.saving import Saver
from graph_engine.training.showing import Showing
from graph_engine.training.steering import Steering, Wishes
from graph_engine.training.watch import Watch
from graph_engine.training.weights import Weights


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; the module then has the best weights, or the last where the run was stopped."""

    reason: Reason
    epoch: int
    step: int
    metrics: Metrics
    best_epoch: int


@dataclass(slots=True)
class Position:
    """Where a run is: finished epochs, batches done in this one, updates in all."""

    epoch: int = 0
    batch: int = 0
    step: int = 0


def train(
    module: nn.Module,
    recipe: Recipe,
    data: PreparedData,
    *,
    store: CheckpointStore | None = None,
    resume: Checkpoint | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    stop: Callable[[], bool] = lambda: False,
    run: str = "",
    note: str = "",
) -> Outcome:
    """Trains a module and measures it.

    With a ``store`` the run leaves checkpoints, from which ``resume`` goes on: on the same machine with
    the same number of threads to the same bits. ``stop`` is asked before each step. Raises
    TrainingError where the recipe does not fit the network or the data, and where the loss is no
    longer finite; the last checkpoint is then sound. Sets the number of torch's threads.
    """
    loop = Loop(module, recipe, data, store, on_event, stop)
    if resume is not None:
        loop.go_on(resume)
    return loop.run(run, note)


class Loop:
    """One run of ``train``.

    ``wishes`` are what others ask while it goes on, and ``fresh`` makes the weights of its beginning.
    """

    def __init__(
        self,
        module: nn.Module,
        recipe: Recipe,
        data: PreparedData,
        store: CheckpointStore | None,
        on_event: Callable[[Event], None],
        stop: Callable[[], bool] = lambda: False,
        wishes: Wishes | None = None,
        fresh: Callable[[], Weights] | None = None,
    ) -> None:
        torch.set_num_threads(recipe.thread_count())
        self.recipe, self.data, self.store = recipe, data, store
        self.tell, self.stop, self.fresh = on_event, stop, fresh
        self.steering = Steering(self, wishes or Wishes())
        self.device = choose_device(recipe)
        self.module = module.to(self.device)
        self.random = Randomness(recipe.seed, self.device)
        self.task = choose_task(recipe, self.module, data, self.device)
        self.procedure = procedure_class(recipe, self.task)(
            self.module, recipe, self.task, self.device
        )
        self.data = self.procedure.prepare(data)
        self.watch = self._new_watch()
        self.procedure.begin(self.steps_per_epoch(), self.watch.falls, self._reseed)
        self.showing = Showing(self.procedure, on_event)
        self.position = Position()
        self.losses = LossMeter(on_event, self.device.type == "cpu")
        self.metrics: Metrics = {}
        self.best: Weights | None = None
        self.seconds = 0.0
        self.begun = self.steering.clock()
        self.saver = Saver(recipe, store, on_event)
        self.host: dict[str, Any] | None = None

    def _new_watch(self) -> Watch:
        return Watch(self.recipe, bool(len(self.data.validation)))

    def steps_per_epoch(self) -> int:
        """Updates in an epoch. Raises TrainingError where there is none."""
        batches = self._batches(0, 0).steps
        if not batches:
            raise TrainingError(
                f"The {len(self.data.train)} samples to learn from do not fill one batch of "
                f"{self.recipe.batch_size}. Lower `batch_size`, or keep the last batch."
            )
        return -(-batches // self.recipe.accumulate)

    # The run -------------------------------------------------------------------------------------

    def run(self, name: str, note: str) -> Outcome:
        """From where the position is to the end."""
        self._announce(name, note)
        last = self.recipe.epochs * self.steps_per_epoch()
        self.procedure.observer.started(self.position.epoch, self.position.step, last)
        reason = self._epochs()
        self.losses.report(now=True)
        if self.saver.saved != (self.position.epoch, self.position.step):
            self.checkpoint()
        self.procedure.observer.finished(self.position.epoch, self.position.step)
        if reason != "stopped":
            self._test()
        return self._finish(reason)

    def _epochs(self) -> Reason:
        while self.position.epoch < self.recipe.epochs:
            if self.watch.is_exhausted():
                return "early_stopping"
            if not self._epoch():
                return "stopped"
        return "completed"

    def _epoch(self) -> bool:
        """Meets every sample once; False where the run was stopped on the way."""
        begun = self.steering.clock()
        self.module.train()
        is_fresh = not self.position.batch
        if self.procedure.epoch_begins(self.position.epoch, is_fresh) and is_fresh:
            self.watch, self.best = self._new_watch(), None
        for group in self._groups():
            if self._must_end():
                return False
            self._step(group)
        self.losses.report(now=True)
        if self._must_end():
            return False
        measured = self._measured(
            self.procedure.measured_by(self.data, self.position.epoch), "validation"
        )
        if measured is None:
            return False
        self._end_epoch(measured, self.steering.clock() - begun)
        return True

    def _must_end(self) -> bool:
        """Asked before each step, and while measuring; obeys what was asked meanwhile."""
        return self.stop() or not self.steering.goes_on()

    def look(self, command: Look) -> str:
        """Measures from here on what is asked for; answers a sentence, or nothing."""
        self.losses.interval = WATCHED if command.detail == "full" else UNWATCHED
        return self.procedure.observer.look(command)

    def _groups(self) -> Iterator[list[Batch]]:
        """The batches of each step that is still to be done in this epoch."""
        batches = iter(self._batches(self.position.epoch, self.position.batch))
        if self.host is not None:
            randomness.restore_host(self.host)
            self.host = None
        while group := list(islice(batches, self.recipe.accumulate)):
            yield group

    def _batches(self, epoch: int, start: int) -> Batches:
        recipe = self.recipe
        return Batches(
            self.procedure.learned_from(self.data, epoch),
            recipe.batch_size,
            seed=recipe.seed,
            epoch=epoch,
            start_step=start,
            workers=recipe.workers,
            drop_last=recipe.drop_last,
            shuffle=recipe.shuffle,
        )

    def _step(self, group: list[Batch]) -> None:
        self._reseed()
        position, observer = self.position, self.procedure.observer
        observer.begin(self.module, position.epoch, position.step)
        rate = self.procedure.learning_rate()
        try:
            loss = self._update(group)
            position.batch += len(group)
            position.step += 1
            observer.ended(self.module, position.epoch, position.step)
            samples = sum([len(target) for _, target in group])
            self.losses.add(loss, samples, position.epoch, position.step, rate)
            self.losses.report()
        except NotFiniteError as error:
            raise diverged(error, position.step + 1, self.procedure, group, self._reseed) from error
        if self.saver.is_due(position.step):
            self.checkpoint()

    def _update(self, group: list[Batch]) -> Tensor:
        try:
            return self.procedure.step(group)
        except BaseException:
            self.procedure.observer.broken_off()
            raise

    def _reseed(self) -> None:
        self.random.restart(STEP, self.position.step)

    def _end_epoch(self, measured: Metrics, seconds: float) -> None:
        position = self.position
        self.metrics = {
            "train_loss": self.losses.end_epoch(),
            **measured,
        }
        position.epoch, position.batch = position.epoch + 1, 0
        is_best = self.watch.see(self.metrics, position.epoch, position.step)
        self.procedure.epoch_ended(self.watch.value(self.metrics))
        if is_best and self.watch.keeps_best and self.procedure.keeps_best:
            self.best = weights.snapshot(self.module)
        self.procedure.observer.epoch_ended(position.epoch, position.step)
        is_last = position.epoch >= self.recipe.epochs
        self.showing.epoch_ended(position.epoch, position.step, is_last)
        self.tell(
            EpochEnded(
                epoch=position.epoch,
                step=position.step,
                metrics=self.metrics,
                learning_rate=self.losses.rate,
                seconds=seconds,
                best=is_best,
            )
        )
        if self.saver.is_due_at_epoch(position.epoch):
            self.checkpoint()

    # Measuring -----------------------------------------------------------------------------------

    def _measured(self, split: Split, prefix: str) -> Metrics | None:
        """Loss and metrics of a split under names with its prefix; None where the run was stopped."""
        if not len(split):
            return {}
        batches = Batches(
            split.plain(), self.recipe.batch_size, workers=self.recipe.workers, shuffle=False
        )
        while not (found := self._evaluated(batches, prefix)):
            if not self.steering.is_disturbed:
                return None
        return {f"{prefix}_{name}": value for name, value in found.items()}

    def _evaluated(self, batches: Batches, part: str) -> Metrics:
        """Nothing where the run was stopped, or its weights were replaced meanwhile."""
        self.steering.is_disturbed = False
        self.procedure.observer.evaluating(part)
        self.random.restart(EVALUATION, self.position.epoch)
        return self.procedure.evaluate(
            batches, lambda: self._must_end() or self.steering.is_disturbed
        )

    def _test(self) -> None:
        self.steering.is_result = True
        if self.best is not None:
            weights.put(self.module, self.best)
        measured = self._measured(self.data.test, "test")
        self.metrics = {**self.metrics, **(measured or {})}

    # Telling -------------------------------------------------------------------------------------

    def _announce(self, name: str, note: str) -> None:
        recipe, data = self.recipe, self.data
        trainable = (each for each in self.module.parameters() if each.requires_grad)
        self.begun = self.steering.clock()
        self.tell(
            Started(
                run=name,
                task=self.task,
                device=str(self.device),
                precision=recipe.precision,
                threads=torch.get_num_threads(),
                seed=recipe.seed,
                epochs=recipe.epochs,
                steps_per_epoch=self.steps_per_epoch(),
                parameters=sum(each.numel() for each in trainable),
                train=len(data.train),
                validation=len(data.validation),
                test=len(data.test),
                epoch=self.position.epoch,
                step=self.position.step,
                note=note,
                versions=versions(),
            )
        )

    def _finish(self, reason: Reason) -> Outcome:
        position, best = self.position, self.watch.best_epoch
        result = weights.snapshot(self.module) if self.best is None else self.best
        path = self.store.publish(result) if self.store and position.step else ""
        self.tell(
            Finished(
                reason=reason,
                epoch=position.epoch,
                step=position.step,
                metrics=self.metrics,
                best_epoch=best,
                seconds=self._elapsed(),
                weights=path,
            )
        )
        return Outcome(reason, position.epoch, position.step, self.metrics, best)

    def _elapsed(self) -> float:
        return self.seconds + self.steering.clock() - self.begun

    # Checkpoints ---------------------------------------------------------------------------------

    def checkpoint(self) -> None:
        """Writes a checkpoint, if there is a store.

        Raises TrainingError where weights are not finite or the disk refuses.
        """
        if self.store is None:
            return
        self.losses.report(now=True)
        checkpoint = Checkpoint(
            epoch=self.position.epoch,
            step=self.position.step,
            weights=weights.snapshot(self.module),
            state=self._state(),
            best=self.best,
            best_step=self.watch.best_step,
        )
        self.saver.save(checkpoint)

    def _state(self) -> dict[str, Any]:
        return {
            "batch": self.position.batch,
            "procedure": self.procedure.state_dict(),
            "losses": self.losses.state_dict(),
            "watch": self.watch.state_dict(),
            "metrics": dict(self.metrics),
            "host": randomness.host_state(),
            "seconds": self._elapsed(),
            "threads": torch.get_num_threads(),
            "versions": versions(),
        }

    def go_on(self, checkpoint: Checkpoint) -> None:
        """Takes a checkpoint's place. Raises TrainingError where it is another network's."""
        state = checkpoint.state
        weights.put(self.module, checkpoint.weights)
        self.position = Position(checkpoint.epoch, state["batch"], checkpoint.step)
        self.procedure.load_state_dict(state["procedure"])
        self.losses.load_state_dict(state["losses"])
        self.watch.load_state_dict(state["watch"])
        self.metrics, self.best = state["metrics"], checkpoint.best
        self.host, self.seconds = state["host"], state["seconds"]
