"""Project files on disk: read within bounds, and written so that they are there whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import platform
import re
import stat
import sys
import time
import zlib
from pathlib import Path

import platformdirs

from graph_engine.errors import ProjectError

SUFFIX = ".netloom-saving"
TEMPORARY = re.compile(rf"\..*\.([0-9a-f]{{8}})\.(\d+)\.\d+{re.escape(SUFFIX)}\Z", re.DOTALL)
FORGOTTEN = 24 * 3600.0

_serial = itertools.count(1)

REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "files of that size are not allowed there",
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "you are not allowed to write there",
    errno.EPERM: "you are not allowed to write there",
    errno.ENOENT: "there is no such folder",
    errno.ENOTDIR: "there is no such folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EIO: "the disk reports an error",
}


def read(path: Path, largest: int) -> bytes:
    """The content of an ordinary file. Raises ProjectError, in words, where there is none."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise ProjectError(f"{path} is not a file. Choose a project file (.netloom).")
        if state.st_size > largest:
            raise ProjectError(
                f"{path} has {state.st_size / 2**20:,.0f} MiB; project files have at most "
                f"{largest / 2**20:.0f} MiB."
            )
        with path.open("rb") as file:
            return file.read(largest + 1)
    except FileNotFoundError as error:
        raise ProjectError(f"There is no file {path}. Check the name and the folder.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProjectError(f"{path} cannot be read: {reason}.") from error


def write(path: Path, content: bytes) -> None:
    """Puts the content in place of whatever the file had.

    It goes to a temporary file in the same folder, to the disk, and is read back before it takes the
    name, so that a full disk, a crash or a kill leaves the old file whole. The file's permissions stay,
    and a link stays a link. Raises ProjectError, in words, where it cannot be done.
    """
    try:
        target = Path(os.path.realpath(path))
        _write(target, content)
        sweep(target.parent)
    except (OSError, ValueError) as error:
        raise ProjectError(failure(path, error)) from error


def recovery_folder() -> Path:
    """Where autosaved copies of this user's projects lie."""
    return platformdirs.user_state_path("netloom", appauthor=False) / "recovery"


def make_private(folder: Path) -> None:
    """Makes a folder that only this user can read. Raises ProjectError where that fails."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(failure(folder, error)) from error


def failure(path: Path, error: OSError | ValueError) -> str:
    """The sentence for a file that could not be written."""
    known = REASONS.get(error.errno or 0) if isinstance(error, OSError) else None
    reason = known or getattr(error, "strerror", None) or str(error)
    return (
        f"{path} was not saved: {reason}. What was saved there before is unchanged; save in another "
        "place or under another name."
    )


def _write(target: Path, content: bytes) -> None:
    mode = _mode(target)
    name = f".{target.name[:100]}.{_host()}.{os.getpid()}.{next(_serial)}{SUFFIX}"
    temporary = target.with_name(name)
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        if _sha256(temporary.read_bytes()) != _sha256(content):
            raise OSError(errno.EIO, "what was written reads differently")
        temporary.replace(target)
        _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _mode(target: Path) -> int | None:
    """The permissions of the file that is there. Raises OSError where it must not be replaced."""
    try:
        state = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(state.st_mode):
        raise OSError(errno.EINVAL, "something that is not a file has that name")
    if not state.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise OSError(errno.EINVAL, "the file is protected against writing")
    return stat.S_IMODE(state.st_mode)


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _sync(folder: Path) -> None:
    """Makes the new name last; only POSIX can, and only POSIX needs it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Removes what saves that were killed left in a folder; those still at work are left alone."""
    with os.scandir(folder) as entries:
        found = [entry.name for entry in entries if entry.name.endswith(SUFFIX)]
    for name in found:
        match = TEMPORARY.match(name)
        if match is not None and _is_stale(folder / name, match.group(1), int(match.group(2))):
            (folder / name).unlink(missing_ok=True)


def _is_stale(path: Path, host: str, process: int) -> bool:
    """Whether its process has ended; of another computer's files, whether they are a day old."""
    if host == _host():
        return not is_alive(process)
    try:
        return time.time() - path.stat().st_mtime > FORGOTTEN
    except FileNotFoundError:
        return False


def _host() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


if sys.platform == "win32":

    def is_alive(process: int) -> bool:
        """Whether a process of that number runs on this computer."""
        import ctypes  # noqa: PLC0415

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x00100000, False, process)
        if not handle:
            return False
        waited: int = kernel.WaitForSingleObject(handle, 0)
        kernel.CloseHandle(handle)
        return waited == 0x102

else:

    def is_alive(process: int) -> bool:
        """Whether a process of that number runs on this computer."""
        try:
            os.kill(process, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:  # another user's
            return True
        return True
