"""What others ask of a run, carried out between two steps: pausing, another rate, other weights."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

from graph_engine.errors import DesignError, TrainingError
from graph_engine.training import weights
from graph_engine.training.commands import (
    Advance,
    Command,
    Look,
    Pause,
    ResetWeights,
    RestoreBest,
    Resume,
    SaveCheckpoint,
    SetLearningRate,
    Stop,
)
from graph_engine.training.events import Steered

if TYPE_CHECKING:
    from graph_engine.training.loop import Loop

Wish = Command | TrainingError
"""A command, or why a line was none."""


class Wishes:
    """Commands wait here, from any thread or signal handler, until the loop comes by."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Wish] = queue.SimpleQueue()

    def ask(self, wish: Wish) -> None:
        """Puts a wish last; returns at once."""
        self._queue.put(wish)

    def is_empty(self) -> bool:
        """Whether nothing is asked, which is so before almost every step."""
        return self._queue.empty()

    def next(self) -> Wish:
        """The oldest wish; waits for one."""
        return self._queue.get()


class Steering:
    """Carries wishes out on a loop, and holds it while it is paused.

    ``is_disturbed`` says that the weights were replaced, so
    that what was being measured is measured anew.
    """

    def __init__(self, loop: Loop, wishes: Wishes) -> None:
        self.loop = loop
        self.wishes = wishes
        self.pause_at: int | None = None
        self.rested = 0.0
        self.resting_since: float | None = None
        self.is_stopping = False
        self.is_disturbed = False
        self.is_result = False
        """Whether the run's result is being measured, for which its weights stay as they are."""

    def goes_on(self) -> bool:
        """Between two steps: carries out what was asked, waits while paused; False to stop."""
        while not self.is_stopping and (self._is_paused() or not self.wishes.is_empty()):
            if self._is_paused() and self.resting_since is None:
                self._begin_rest()
            self._answer(self.wishes.next())
            if self.resting_since is not None and (self.is_stopping or not self._is_paused()):
                self._end_rest(self.resting_since)
        return not self.is_stopping

    def clock(self) -> float:
        """Seconds that stand still in a pause."""
        now = time.monotonic() if self.resting_since is None else self.resting_since
        return now - self.rested

    def _is_paused(self) -> bool:
        return self.pause_at is not None and self.loop.position.step >= self.pause_at

    def _begin_rest(self) -> None:
        self.resting_since = time.monotonic()
        self._tell("pause", f"Paused after step {self.loop.position.step:,}.")

    def _end_rest(self, since: float) -> None:
        self.rested += time.monotonic() - since
        self.resting_since = None
        self.loop.losses.wake()

    # Wishes --------------------------------------------------------------------------------------

    def _answer(self, wish: Wish) -> None:
        if isinstance(wish, TrainingError):
            self._tell("", str(wish))
            return
        try:
            message = self._carry_out(wish)
        except DesignError as error:
            message = str(error)
        if message:
            self._tell(wish.name, message)

    def _tell(self, action: str, message: str) -> None:
        loop = self.loop
        loop.losses.report(now=True)
        loop.tell(
            Steered(
                epoch=loop.position.epoch,
                step=loop.position.step,
                action=action,
                learning_rate=loop.procedure.learning_rate(),
                message=message,
            )
        )

    def _carry_out(self, command: Command) -> str:
        """Does what was asked; answers a sentence, or nothing where one comes by itself.

        Raises DesignError, with nothing changed, for what cannot be.
        """
        match command:
            case Stop():
                self.is_stopping = True
                return "Stopping with a checkpoint."
            case Pause():
                return self._pause()
            case Resume():
                self.pause_at = None
                return "Going on."
            case Advance():
                self.pause_at = self.loop.position.step + command.steps
                return f"Going on for {command.steps:,} step{'s' * (command.steps != 1)}."
            case Look():
                return self.loop.look(command)
            case SaveCheckpoint():
                return self._save()
        self._forbid_at_the_end()
        return self._change(command)

    def _change(self, command: Command) -> str:
        """What makes the run another one than it would have been."""
        match command:
            case SetLearningRate():
                self.loop.procedure.set_learning_rate(command.value)
                message = f"The learning rate is {command.value:g} from here on."
            case RestoreBest():
                message = self._restore()
            case ResetWeights():
                message = self._reset()
            case _:
                raise TrainingError(f"A run cannot be asked to {command.name} while it goes on.")
        self.loop.saver.saved = None
        return message

    def _forbid_at_the_end(self) -> None:
        if self.is_result:
            raise TrainingError("The run is at its end: its result is being measured.")

    def _pause(self) -> str:
        if self._is_paused():
            return "It is paused already."
        self.pause_at = self.loop.position.step
        return ""

    def _save(self) -> str:
        if self.loop.store is None:
            raise TrainingError("This run keeps no checkpoints.")
        self.loop.checkpoint()
        return f"Wrote a checkpoint of step {self.loop.position.step:,}."

    def _restore(self) -> str:
        loop = self.loop
        if not loop.watch.keeps_best:
            raise TrainingError("Without validation samples no weights are known as the best.")
        if loop.best is None:
            raise TrainingError("There are no best weights before the end of the first epoch.")
        self._replace(loop.best)
        return f"Went back to the weights of epoch {loop.watch.best_epoch:,}, the best so far."

    def _reset(self) -> str:
        if self.loop.fresh is None:
            raise TrainingError("This run does not know how its weights began.")
        self._replace(self.loop.fresh())
        return f"Began again with the first weights of seed {self.loop.recipe.seed}."

    def _replace(self, state: weights.Weights) -> None:
        weights.put(self.loop.module, state)
        self.loop.procedure.forget()
        self.loop.watch.waited = 0
        self.is_disturbed = True
