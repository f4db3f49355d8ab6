"""Finding the copies that an interrupted Netloom left, to offer them when it starts again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph_engine.errors import ProjectError
from graph_engine.project import storage
from graph_engine.project.project import RECOVERY, Project
from graph_engine.serial.plain import as_extra, as_object, as_text, as_whole, from_extra, refusal
from graph_engine.serial.text import LARGEST_FILE


@dataclass(frozen=True)
class Recoverable:
    """A copy of a project whose Netloom ended before it was saved.

    ``path`` is the file that the project belongs to, None for one that never had a file; ``saved_at`` is
    in seconds since 1970.
    """

    file: Path
    name: str
    path: Path | None
    saved_at: float

    def open(self) -> Project:
        """The project as it was; saving it writes the file that it belongs to.

        Raises ProjectError where the copy cannot be read any more.
        """
        project, _ = _read(self.file)
        project.path = self.path
        project.adopt_autosave(self.file)
        return project

    def discard(self) -> None:
        """Deletes the copy."""
        self.file.unlink(missing_ok=True)


def recoverable(folder: Path | None = None) -> list[Recoverable]:
    """The copies whose Netloom has ended, newest first. Copies that cannot be read are left out, and
    left where they are."""
    folder = folder or storage.recovery_folder()
    if not folder.is_dir():
        return []
    return sorted(_abandoned(folder), key=lambda found: found.saved_at, reverse=True)


def _abandoned(folder: Path) -> Iterator[Recoverable]:
    for file in sorted(folder.glob("*.netloom")):
        try:
            project, about = _read(file)
            process = as_whole(about.get("process"), f"{RECOVERY}.process")
            path = as_text(about.get("path"), f"{RECOVERY}.path", 10_000)
            saved_at = about.get("saved_at")
            if not isinstance(saved_at, int | float):
                raise refusal(f"{RECOVERY}.saved_at", "a time", saved_at)
        except ProjectError:
            continue
        if not storage.is_alive(process):
            yield Recoverable(file, project.name, Path(path) if path else None, saved_at)


def _read(file: Path) -> tuple[Project, dict[str, Any]]:
    """The project in a copy, and what the copy says about itself."""
    project = Project.read(storage.read(file, LARGEST_FILE))
    extra = from_extra(project.extra)
    about = as_object(extra.pop(RECOVERY, None), RECOVERY)
    project.extra = as_extra(extra)
    return project, about
