"""Moving the folder of a run, onto another disk as well, so that it is kept however the process ends."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

ORIGIN = "origin.txt"
"""In a copy whose source may not be gone yet: where that is."""


def move(source: Path, target: Path) -> None:
    """Gives a folder its new place at once, or onto another disk copies it: the copy takes the name when
    it is whole and on the disk, and only then the source goes. Raises OSError where that fails."""
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(source, target)
        finish(source, target)


def finish(source: Path, target: Path) -> None:
    """Throws away what was copied; a part of it is never taken for a run."""
    doomed = source.with_name(f".{source.name}.moved")
    if source.is_dir():
        shutil.rmtree(doomed, ignore_errors=True)
        source.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)
    (target / ORIGIN).unlink(missing_ok=True)


def copied_from(target: Path) -> Path | None:
    """The source of a copy that may still be there."""
    try:
        return Path((target / ORIGIN).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _copy(source: Path, target: Path) -> None:
    part = target.parent / f".{source.parent.name}-{source.name}.partial"
    shutil.rmtree(part, ignore_errors=True)  # of an attempt that was broken off
    try:
        shutil.copytree(source, part, copy_function=_copied)
        (part / ORIGIN).write_text(str(source.absolute()), encoding="utf-8")
        part.rename(target)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _copied(source: str, target: str) -> None:
    shutil.copy2(source, target)
    handle = os.open(target, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
