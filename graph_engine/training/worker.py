"""The process that trains: ``python -m graph_engine.training.worker RUN_FOLDER``.

It reads the snapshot, executes its source, goes on from the newest checkpoint if there is one, and
writes events to the folder and to standard output. The line ``stop`` on standard input ends the run
with a checkpoint; the end of standard input means that whoever started it is gone.
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

from graph_engine.codegen import Source
from graph_engine.compile import compile_source, explain, failing_path
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.errors import DesignError, TrainingError
from graph_engine.training.channel import Channel
from graph_engine.training.checkpoints import Checkpoint, CheckpointStore
from graph_engine.training.events import Event, Failed
from graph_engine.training.fitting import versions
from graph_engine.training.folder import RunFolder
from graph_engine.training.loop import Loop
from graph_engine.training.randomness import seed_everything

GRACE = 0.8
"""Seconds that a worker has for its last checkpoint after whoever started it is gone."""

BEAT = 1.0
"""Seconds between two heartbeats."""

FAILED, ORPHANED = 1, 3


class Worker:
    """One run in this process."""

    def __init__(self, folder: RunFolder, channel: Channel) -> None:
        self.folder = folder
        self.channel = channel
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self.source: Source | None = None
        self.loop: Loop | None = None

    def run(self) -> int:
        """Trains and answers the exit status: 0 finished or stopped, 1 failed."""
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

    def _train(self) -> None:
        snapshot = self.folder.snapshot()
        self.source = snapshot.as_source()
        folder = Path(snapshot.data_folder) if snapshot.data_folder else None
        data = prepare(DataChoice.read(snapshot.data), folder, snapshot.inputs)
        torch.set_num_threads(snapshot.recipe.thread_count())
        seed_everything(snapshot.recipe.seed)
        module = compile_source(self.source)
        store = CheckpointStore(self.folder.path)
        checkpoint, note = store.load()
        self.loop = Loop(module, snapshot.recipe, data, store, self.tell, self.stopping.is_set)
        self.folder.write_fitted(self.loop.task, data.preprocessing.saved())
        if checkpoint is not None:
            self.loop.go_on(checkpoint)
            note = " ".join(filter(None, (note, differences(checkpoint))))
        gc.freeze()  # torch's million objects need not be looked through again and again
        self.loop.run(self.folder.name, note)

    def _failure(self, error: Exception) -> Failed:
        message, node = str(error), ""
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
        while not self.ended.wait(BEAT):
            self.folder.beat(os.getpid())

    # What others ask -----------------------------------------------------------------------------

    def listen(self, stream: Iterable[bytes]) -> None:
        """Obeys standard input until it ends; then the run has ``GRACE`` seconds to end by itself."""
        for line in stream:
            if line.strip() == b"stop":
                self.stopping.set()
        self.stopping.set()
        if not self.ended.wait(GRACE):
            leave(ORPHANED)

    def interrupt(self, *_: object) -> None:
        """Ctrl-C or a polite kill: stop with a checkpoint."""
        self.stopping.set()


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
        raise TrainingError("Give one run folder: python -m graph_engine.training.worker FOLDER")
    faulthandler.enable()
    commands, output = _own_streams()
    channel = Channel(output)
    worker = Worker(RunFolder(Path(arguments[0])), channel)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, worker.interrupt)
    threading.Thread(target=worker.listen, args=(commands,), daemon=True).start()
    status = worker.run()
    channel.close()
    return status


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
