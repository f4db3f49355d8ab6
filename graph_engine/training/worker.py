"""The process that trains: ``python -m graph_engine.training.worker RUN_FOLDER``.

It reads the snapshot, executes its source, goes on from the newest checkpoint if there is one, and
writes events to the folder and to standard output. On standard input come commands; its end means that
whoever started the worker is gone. With ``--wait`` in place of a folder it loads everything ahead of
time, and the command ``Start`` names the folder.
"""

from __future__ import annotations

import faulthandler
import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NoReturn

import torch
from torch import nn

from graph_engine.codegen import Source
from graph_engine.compile import explain, failing_path
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.errors import DesignError, TrainingError
from graph_engine.training import weights
from graph_engine.training.building import build
from graph_engine.training.channel import Channel
from graph_engine.training.checkpoints import Checkpoint, CheckpointStore
from graph_engine.training.commands import Command, Start, Stop
from graph_engine.training.events import Event, Failed, Ready, Started
from graph_engine.training.fitting import versions
from graph_engine.training.folder import RunFolder
from graph_engine.training.keeping import Keeper
from graph_engine.training.loop import Loop, train
from graph_engine.training.probes import Probes
from graph_engine.training.randomness import host_state, restore_host, seed_everything
from graph_engine.training.recipe import Recipe
from graph_engine.training.steering import Wishes
from graph_engine.training.usage import Gauge
from graph_engine.training.weights import Weights

GRACE = 0.8
"""Seconds that a worker has for its last checkpoint after whoever started it is gone."""

BEAT = 1.0
"""Seconds between two heartbeats."""

FAILED, ORPHANED = 1, 3


class Worker:
    """One run in this process."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.wishes = Wishes()
        self.has_started = False
        self.ended = threading.Event()
        self.source: Source | None = None
        self.loop: Loop | None = None

    def awaited(self) -> RunFolder | None:
        """Loads everything, and answers the folder that ``Start`` names; None when told to end."""
        warm_up()
        self.channel.send(Ready())
        while not isinstance(wish := self.wishes.next(), Start):
            if isinstance(wish, Stop):
                return None
        folder = RunFolder(Path(wish.folder))
        _log_to(folder.log)
        return folder

    def run(self, folder: RunFolder) -> int:
        """Trains and answers the exit status: 0 finished or stopped, 1 failed."""
        self.folder = folder
        self.folder.beat(os.getpid())
        threading.Thread(target=self._beat, daemon=True).start()
        try:
            self._train()
        except Exception as error:  # the worker's boundary: whatever went wrong becomes an event
            self.tell(self._failure(error))
            return FAILED
        finally:
            self.ended.set()
            self.folder.rest()
        return 0

    def tell(self, event: Event) -> None:
        """Writes an event to the folder and to whoever listens."""
        self.folder.append(event)
        self.channel.send(event)
        self.has_started = self.has_started or isinstance(event, Started)

    def _train(self) -> None:
        snapshot = self.folder.snapshot()
        self.source = snapshot.as_source()
        folder = Path(snapshot.data_folder) if snapshot.data_folder else None
        data = prepare(DataChoice.read(snapshot.data), folder, snapshot.inputs)
        torch.set_num_threads(snapshot.recipe.thread_count())
        seed_everything(snapshot.recipe.seed)
        module = build(snapshot)
        store = CheckpointStore(self.folder.path)
        checkpoint, note = store.load()
        if checkpoint is None and self.folder.initial.is_file():
            taken = weights.take(module, weights.read(self.folder.initial))
            note = f"Begins with the weights of {snapshot.begun_from}: {taken}"
        self.loop = Loop(
            module, snapshot.recipe, data, store, self.tell, wishes=self.wishes, fresh=self._fresh
        )
        self.folder.write_fitted(self.loop.task, data.preprocessing.saved())
        mapped = None if snapshot.others else self.source
        keeper = Keeper(self.folder.frames_index())
        self.loop.procedure.observer = Probes(
            module, self.loop.procedure, self.loop.data, self.tell, mapped, keeper
        )
        if checkpoint is not None:
            self.loop.go_on(checkpoint)
            note = " ".join(filter(None, (note, differences(checkpoint))))
        gc.freeze()  # torch's million objects need not be looked through again and again
        self.loop.run(self.folder.name, note)

    def _fresh(self) -> Weights:
        """The weights that a run with this seed begins with; no other randomness is touched."""
        assert self.source is not None
        assert self.loop is not None
        state = host_state()
        seed_everything(self.loop.recipe.seed)
        begun = weights.snapshot(build(self.folder.snapshot()))
        restore_host(state)
        return begun

    def _failure(self, error: Exception) -> Failed:
        message, node = str(error), getattr(error, "node", "")
        if not isinstance(error, DesignError):
            message = f"{type(error).__name__}: {error}"
            if self.source is not None:
                message = explain(error, self.source)
                node = ".".join(failing_path(error, self.source))
        position = self.loop.position if self.loop else None
        return Failed(
            message=message,
            node=node,
            traceback="".join(traceback.format_exception(error)),
            epoch=position.epoch if position else 0,
            step=position.step if position else 0,
        )

    def _beat(self) -> None:
        gauge = Gauge()
        while not self.ended.wait(BEAT):
            self.folder.beat(os.getpid())
            if self.has_started:
                self.channel.send(gauge.read())

    # What others ask -----------------------------------------------------------------------------

    def listen(self, stream: Iterable[bytes]) -> None:
        """Hands on commands until the stream ends; then the run has ``GRACE`` seconds to end."""
        for line in stream:
            try:
                self.wishes.ask(Command.from_json(line))
            except TrainingError as error:
                self.wishes.ask(error)
        self.wishes.ask(Stop())
        if not self.ended.wait(GRACE):
            leave(ORPHANED)

    def interrupt(self, *_: object) -> None:
        """Ctrl-C or a polite kill: stop with a checkpoint."""
        self.wishes.ask(Stop())


def warm_up() -> None:
    """Trains a small network on shipped data, so that all that a run needs was used once."""
    choice = DataChoice.read({"source": {"source": "builtin", "name": "digits"}})
    data = prepare(choice, None, ["image"])
    body = [nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    module = nn.Sequential(*body, nn.Dropout(), nn.Linear(36, 10))
    train(module, Recipe(epochs=1, batch_size=512), data)


def differences(checkpoint: Checkpoint) -> str:
    """A sentence where something differs that may change the bits of what follows."""
    before = {**checkpoint.state["versions"], "threads": str(checkpoint.state["threads"])}
    now = {**versions(), "threads": str(torch.get_num_threads())}
    told = [
        f"{name} was {before[name]} and is {now[name]}" for name in now if before[name] != now[name]
    ]
    return f"Results may differ in the last digits: {', '.join(told)}." if told else ""


def main(arguments: list[str]) -> int:
    """Runs one worker on this process's own streams."""
    if len(arguments) != 1:
        raise TrainingError(
            "Give one run folder, or --wait: python -m graph_engine.training.worker FOLDER"
        )
    faulthandler.enable()
    commands, output = _own_streams()
    channel = Channel(output)
    worker = Worker(channel)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, worker.interrupt)
    threading.Thread(target=worker.listen, args=(commands,), daemon=True).start()
    folder = worker.awaited() if arguments == ["--wait"] else RunFolder(Path(arguments[0]))
    status = worker.run(folder) if folder is not None else 0
    channel.close()
    return status


def _log_to(path: Path) -> None:
    """What is printed from here on goes into a file."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for commands and events alone.

    What a network prints goes to standard error. Standard input becomes empty: a loader process closes
    its copy when it starts, and would wait for ever for the lock of a reader in another thread.
    """
    commands = os.fdopen(os.dup(0), "rb", buffering=0)
    output = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return commands, output


def leave(status: int) -> NoReturn:
    """Ends at once: Python's own way out takes a second once torch is loaded."""
    for child in multiprocessing.active_children():
        child.kill()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
