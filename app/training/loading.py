"""Reads a run's folder into a recording, in the background: curves at once, pictures when asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, Signal

from app.training.recording import Recording
from app.training.tracks import Track
from graph_engine.errors import DesignError
from graph_engine.training.events import Event, Failed, Frame
from graph_engine.training.folder import RunFolder

CHUNK = 2000
"""Events that are taken in together."""

INTERRUPTED = "The run was broken off. It can go on from its checkpoint."


class Loader(QObject):
    """``loaded`` carries the folder and the recording, ``failed`` a sentence; both come later."""

    loaded = Signal(object, object)
    failed = Signal(str)

    def load(self, find: Callable[[], RunFolder | None]) -> None:
        """Loads the run that ``find``, which may take its time as well, answers with."""
        threading.Thread(target=self._load, args=(find,), name="loading a run", daemon=True).start()

    def _load(self, find: Callable[[], RunFolder | None]) -> None:
        with suppress(RuntimeError):  # the window was closed meanwhile
            try:
                folder = find()
                recording = None if folder is None else load(folder)
            except (DesignError, OSError) as error:
                self.failed.emit(str(error))
                return
            application = QCoreApplication.instance()
            if recording is not None and application is not None:
                recording.moveToThread(application.thread())
                self.loaded.emit(folder, recording)


def load(folder: RunFolder) -> Recording:
    """Everything that a folder knows of its run; a run that neither ended nor lives was broken off."""
    recording = Recording(folder.name)
    recording.folder = folder
    chunk: list[Event] = []
    for event, _ in folder.read_events():
        if not isinstance(event, Frame):
            chunk.append(event)
        if len(chunk) == CHUNK:
            recording.take(chunk)
            chunk = []
    recording.take(chunk)
    for ref in folder.frames_index():
        track = recording.tracks.setdefault(ref.title, Track())
        track.add(ref.step, partial(recording.frame, ref))
    if recording.started is not None and recording.ending is None and not folder.is_alive():
        recording.take([Failed(message=INTERRUPTED, epoch=0, step=recording.step)])
    return recording
