"""The run of a window: it starts the worker, hands its events on to the recording, and steers it.

Nothing here waits for the worker. A run keeps the drawing with which it began; ``moved_on`` says that
the one in the window is another by now.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from app.document import Document
from app.messages import Messages
from app.training import silence
from app.training.drift import Drift
from app.training.homecoming import Homecoming, bring_home
from app.training.loading import INTERRUPTED
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns
from graph_engine.errors import DesignError
from graph_engine.training import commands, launch
from graph_engine.training.commands import Command
from graph_engine.training.events import Event, Failed, Finished, Started, Steered, Usage
from graph_engine.training.folder import RunFolder
from graph_engine.training.session import Session
from graph_engine.training.warm import WarmWorker

State = Literal["idle", "starting", "running", "paused", "stopping", "finished", "failed"]

ACTIVE: frozenset[State] = frozenset({"starting", "running", "paused", "stopping"})
RATE = 33
"""Milliseconds between two looks at what the worker said."""

WARM_AFTER = 2000
"""Milliseconds after which a worker is started ahead."""


class TrainingRun(QObject):
    """``changed``: the state, or what can be done, is another; ``told``: the worker said something;
    ``used``: what it takes of the machine.

    ``folder`` is that of the run that goes on, or went on last. ``refusal`` says why what was asked for
    last did not begin; it is told by ``refused``, and gone with the next start or edit.
    """

    changed = Signal()
    told = Signal()
    used = Signal(object)
    refused = Signal()
    _parted = Signal()

    def __init__(
        self, document: Document, runs: ShownRuns, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.document, self.runs, self.messages = document, runs, messages
        self.state: State = "idle"
        self.message = self.refusal = ""
        self.folder: RunFolder | None = None
        self.recording: Recording | None = None
        self._session: Session | None = None
        self._warm: WarmWorker | None = None
        self._keeps_warm = False
        self._drift = Drift(document, self)
        self._drift.changed.connect(self.changed)
        self._timer = self._made_timer(RATE, self.drain, is_single=False)
        self._warming = self._made_timer(WARM_AFTER, self.warm_up)
        for signal in (document.changed, document.shown, document.settled):
            signal.connect(self._edited)
        self.homecoming = Homecoming(document, messages, self)
        self.homecoming.moved.connect(self._follow_home)
        document.path_changed.connect(self.homecoming.start)
        self._parted.connect(self.homecoming.start)
        runs.looking.changed.connect(self.send)

    def _made_timer(
        self, interval: int, do: Callable[[], object], is_single: bool = True
    ) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(is_single)
        timer.setInterval(interval)
        timer.timeout.connect(do)
        return timer

    # What can be done ----------------------------------------------------------------------------

    @property
    def is_active(self) -> bool:
        """Whether a worker is at it."""
        return self.state in ACTIVE

    @property
    def moved_on(self) -> bool:
        """Whether the design in the window is another than that of the run."""
        return self._drift.moved_on

    @property
    def can_go_on(self) -> bool:
        """Whether the last run was broken off after a checkpoint."""
        if self.is_active or self.folder is None or self.recording is None:
            return False
        ending = self.recording.ending
        if isinstance(ending, Finished) and ending.reason != "stopped":
            return False
        return self.folder.has_checkpoint()

    def refuse(self, sentence: str) -> None:
        """Says why what was asked for does not begin, where it was asked for and in the status bar."""
        self.refusal = sentence
        self.messages.say(sentence, "refused")
        self.changed.emit()
        self.refused.emit()

    def start(self) -> None:
        """Trains the network that is shown as a new run, or goes on where the run is paused."""
        if self.state == "paused":
            self.resume()
        else:
            self.start_from(None)

    def start_from(self, other: RunFolder | None) -> None:
        """Trains the network that is shown as a new run, with the weights of another that fit."""
        if self._is_refused_for_another():
            return
        document = self.document
        try:
            document.infer_now()
            recipe = document.project.training_recipe()
            graph = document.project.networks[document.scope.network]
            folder = launch.new_run(document.project, graph, recipe, other)
        except (DesignError, OSError) as error:
            self.refuse(str(error))
            return
        self._drift.keep()
        if not self.begin(folder, Recording(folder.name, self)):
            shutil.rmtree(folder.path, ignore_errors=True)  # nothing was trained in it
        elif document.project.path is None:
            document.undo.resetClean()  # whoever closes the window now is asked whether to save

    def go_on(self) -> None:
        """Takes a run that was broken off up again at its last checkpoint."""
        if self._is_refused_for_another():
            return
        if self.homecoming.is_under_way:
            self.refuse("The runs are being moved beside the project's file. Wait a moment.")
            return
        if not self.can_go_on or self.folder is None or self.recording is None:
            self.refuse("There is no checkpoint to go on from any more. Train again.")
            return
        self.begin(self.folder, self.recording)

    def _is_refused_for_another(self) -> bool:
        if self.is_active and self.recording is not None:
            self.refuse(
                f"{self.recording.name} is being trained. Stop it before another run begins."
            )
        return self.is_active

    def begin(self, folder: RunFolder, recording: Recording) -> bool:
        """Starts a worker on a run's folder, and shows its recording; whether one could be started."""
        if self._is_refused_for_another():
            return False
        try:
            self._session = Session.start(folder, warm=self._warm)
        except (DesignError, OSError) as error:
            self._warming.start()
            self.refuse(f"The training process could not be started: {error}")
            return False
        self._warm, self.refusal = None, ""
        self.folder, self.recording = folder, recording
        recording.show_step(None)
        recording.expect()
        self.runs.follow(recording)
        self._timer.start()
        self._drift.begin()
        self._enter("starting")
        return True

    def show_past(self, folder: RunFolder, recording: Recording) -> None:
        """Shows a run of the past, unless one goes on; it may go on from its checkpoint."""
        if self.is_active or self.recording is not None:
            return
        recording.setParent(self)
        self.folder, self.recording = folder, recording
        self.runs.follow(recording)
        ending = recording.ending
        broke_off = isinstance(ending, Failed) and ending.message == INTERRUPTED
        self.message = INTERRUPTED if broke_off else ""
        self._enter("failed" if broke_off else "finished")

    def look_at(self, folder: RunFolder, recording: Recording) -> None:
        """Shows a run of the past; unless one goes on, it is the one that may go on from now on."""
        if self.is_active:
            recording.setParent(self)
            self.runs.follow(recording)
            return
        self.recording = None
        self._drift.forget()
        self.show_past(folder, recording)

    def let_go(self, recording: Recording) -> None:
        """Shows a run no more, whose folder is about to go."""
        self.runs.compare(recording, False)
        if self.runs.current is recording:
            self.runs.follow(self.recording if self.is_active else None)
        if self.recording is recording and not self.is_active:
            self.folder = self.recording = None
            self._drift.forget()
            self.message = ""
            self._enter("idle")

    # Steering ------------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Asks the worker for something; what it answers is in the recording."""
        if self._session is not None and self.is_active:
            self._session.send(command)

    def pause(self) -> None:
        """Waits before the next step, or goes on."""
        if self.state == "paused":
            self.resume()
        elif self.state == "running":
            self.send(commands.Pause())

    def resume(self) -> None:
        """Goes on after a pause."""
        self.send(commands.Resume())

    def advance(self) -> None:
        """Takes one step and pauses."""
        if self.state in ("running", "paused"):
            self.send(commands.Advance())

    def stop(self) -> None:
        """Ends the run with a checkpoint; a second time ends the process."""
        if self._session is None or not self.is_active:
            return
        if self.state == "stopping":
            self._session.kill()
            return
        self.send(commands.Stop())
        self._enter("stopping")

    def set_learning_rate(self, value: float) -> None:
        """Goes on with another learning rate. Raises TrainingError for one that is none."""
        self.send(commands.SetLearningRate(value))

    def save_checkpoint(self) -> None:
        """Writes a checkpoint now."""
        self.send(commands.SaveCheckpoint())

    def restore_best(self) -> None:
        """Goes back to the best weights so far."""
        self.send(commands.RestoreBest())

    def reset_weights(self) -> None:
        """Begins again with the first weights."""
        self.send(commands.ResetWeights())

    # What the worker says ------------------------------------------------------------------------

    def drain(self) -> None:
        """Takes in what was said since the last time."""
        session, recording = self._session, self.recording
        if session is None or recording is None:
            return
        events = session.waiting()
        for event in events:
            self._note(event)
        recording.take(events)
        if events:
            self.told.emit()
        self._listen(session, bool(events))
        if any(isinstance(event, Finished | Failed) for event in events):
            self._part()
            self._enter("failed" if isinstance(recording.ending, Failed) else "finished")

    def _listen(self, session: Session, has_spoken: bool) -> None:
        """Says so when a worker has fallen silent, and when it speaks again."""
        message = silence.message_of(self.state, self.message, session.silence, has_spoken)
        if message != self.message:
            self.message = message
            self.changed.emit()

    def _note(self, event: Event) -> None:
        match event:
            case Usage():
                self.used.emit(event)
            case Started():
                self.send(self.runs.looking.begin())
                if event.note:
                    self.messages.say(event.note)
                self._enter("stopping" if self.state == "stopping" else "running")
            case Steered():
                self._steered(event)
            case Failed():
                self.message = event.message
                self.messages.say(event.message, "refused")
            case Finished():
                self.message = ""

    def _steered(self, event: Steered) -> None:
        if event.message:
            self.messages.say(event.message)
        if self.state != "stopping":
            states: dict[str, State] = {
                "pause": "paused",
                "resume": "running",
                "advance": "running",
            }
            self._enter(states.get(event.action, self.state))

    def _enter(self, state: State) -> None:
        self.state = state
        if state == "starting":
            self.message = ""
        self.changed.emit()

    def _edited(self, _: object = None) -> None:
        """What was refused of another design is no news any more."""
        if self.refusal:
            self.refusal = ""
            self.changed.emit()

    # Beginning and end ---------------------------------------------------------------------------

    def keep_warm(self, wanted: bool) -> None:
        """Whether a worker is started ahead, soon, and again after each run."""
        self._keeps_warm = wanted
        if wanted:
            self._warming.start()
        elif self._warm is not None:
            warm, self._warm = self._warm, None
            threading.Thread(target=warm.close, name="end of a warm worker").start()

    def warm_up(self) -> None:
        """Has a worker ready for the next run."""
        if self._warm is not None and not self._warm.is_running:
            self._warm = None
        if self._keeps_warm and self._warm is None and not self.is_active:
            with suppress(OSError):  # whoever trains then is told why no process can be started
                self._warm = WarmWorker.start()

    def _follow_home(self, names: dict[str, str]) -> None:
        """Runs from before the first save lie beside the project's file now, and can go on there."""
        self.refusal = ""
        home = launch.history_of(self.document.project).folder
        if self.folder is not None and not self.folder.path.exists():
            self.folder = RunFolder(home / names.get(self.folder.name, self.folder.name))
        for each in self.runs.all:
            if each.folder is not None and not each.folder.path.exists():
                each.folder = RunFolder(home / names.get(each.folder.name, each.folder.name))
        self.changed.emit()

    def _part(self) -> None:
        """Lets the worker go, which takes its time to end."""
        session, self._session = self._session, None
        self._timer.stop()
        self._warming.start()

        def part() -> None:
            if session is not None:
                session.end()
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._parted.emit()

        threading.Thread(target=part, name="end of a run").start()

    def close(self) -> None:
        """Stops the worker with a checkpoint, and waits for nothing: the program ends when it has."""
        session, warm, self._session, self._warm = self._session, self._warm, None, None
        self._drift.stop()
        for timer in (self._timer, self._warming):
            timer.stop()
        project, within = self.document.project, launch.unsaved_folder()

        def leave() -> None:
            if session is not None:
                session.end()
            if warm is not None:
                warm.close()
            with suppress(DesignError):  # the runs are found again when the project is opened
                bring_home(project)
            launch.discard_unsaved(project, within)

        threading.Thread(target=leave, name="end of a window").start()
