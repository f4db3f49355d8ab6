"""Files that are there whole or not at all, however the process ends."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from graph_engine.errors import TrainingError

SUFFIX = ".partial"
APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


def write(path: Path, content: bytes) -> str:
    """Puts the content in place of whatever the file had, and answers its SHA-256.

    It goes to a temporary file in the same folder, to the disk, and is read back before it takes the
    name, so that a full disk or a kill leaves the old file. Raises TrainingError where that fails.
    """
    expected = hashlib.sha256(content).hexdigest()
    try:
        with NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", suffix=SUFFIX, delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _put(temporary, path, expected)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written: {error.strerror or error}.") from error
    return expected


def append(path: Path, content: bytes) -> int:
    """Adds bytes to the end of a file, and answers where they begin.

    Straight through the system: Python's files take five times as long to open and close.
    """
    handle = os.open(path, APPENDING, 0o666)
    try:
        begun = os.lseek(handle, 0, os.SEEK_END)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        return begun
    finally:
        os.close(handle)


def _put(temporary: Path, path: Path, expected: str) -> None:
    try:
        if sha256(temporary) != expected:
            raise TrainingError(
                f"{path} reads differently from what was written: is the disk sound?"
            )
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep(folder: Path) -> None:
    """Removes what writers that were killed left behind."""
    for stale in _partial(folder):
        stale.unlink(missing_ok=True)


def _partial(folder: Path) -> Iterator[Path]:
    return folder.glob(f".*{SUFFIX}")


def _sync_folder(folder: Path) -> None:
    """Makes the new name last; only POSIX can, and only POSIX needs it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
