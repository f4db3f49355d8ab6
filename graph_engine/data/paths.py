"""File names in a project, which a stranger may have written: they never lead out of its folder."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from graph_engine.declaration import short
from graph_engine.errors import DatasetError

MEBIBYTE = 2**20


def inside(folder: Path | None, name: str) -> Path:
    """The path of a file or folder that a project names, links resolved.

    Raises DatasetError for an empty or absolute name, for ``..``, for a link that leaves the folder,
    and where nothing is there. ``folder`` is None for a project that has not been saved yet.
    """
    if not name:
        raise DatasetError("No file is chosen yet: choose one that lies in the project's folder.")
    if folder is None:
        raise DatasetError(f"Save the project first: {short(name)} is looked for beside its file.")
    _refuse_leaving(name)
    try:
        root = folder.resolve()
        path = (root / name.replace("\\", "/")).resolve()
        found = path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise DatasetError(f"{short(name)} is not a file name that can be opened.") from error
    if not path.is_relative_to(root):
        raise DatasetError(
            f"{short(name)} is a link that leads out of the project's folder. "
            "Copy the data into the folder."
        )
    if not found:
        raise DatasetError(
            f"There is no {short(name)} in {root}. Check the name, or copy it there."
        )
    return path


def data_file(folder: Path | None, name: str, largest: int) -> Path:
    """As ``inside``, for an ordinary file of at most ``largest`` bytes.

    Raises DatasetError as well for a folder, a device and a file that is too large.
    """
    path = inside(folder, name)
    if not path.is_file():
        raise DatasetError(f"{short(name)} is not a file. Choose the file that holds the data.")
    size = path.stat().st_size
    if size > largest:
        raise DatasetError(
            f"{short(name)} has {size / MEBIBYTE:,.0f} MiB, and at most {largest / MEBIBYTE:,.0f} "
            "are read. Use a part of it."
        )
    return path


def data_folder(folder: Path | None, name: str) -> Path:
    """As ``inside``, for a folder."""
    path = inside(folder, name)
    if not path.is_dir():
        raise DatasetError(f"{short(name)} is not a folder. Choose the folder that holds the data.")
    return path


def _refuse_leaving(name: str) -> None:
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    if posix.is_absolute() or windows.drive or windows.root:
        raise DatasetError(
            f"{short(name)} is an absolute path. Projects name their data relative to their own "
            "folder: copy the data there and give its name."
        )
    if ".." in windows.parts or ".." in posix.parts:
        raise DatasetError(
            f"{short(name)} leads out of the project's folder by “..”. Copy the data into the folder."
        )
