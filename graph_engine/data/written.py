"""Plain text from the project's folder or from the shipped files, with what is known of its origin."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import NamedTuple

from graph_engine.data.builtin import attribution
from graph_engine.data.paths import data_file
from graph_engine.errors import DatasetError


class Written(NamedTuple):
    """A text; where it comes from is known of shipped ones only."""

    text: str
    description: str = ""
    source: str = ""
    licence: str = ""


def shipped(text: str, about: str) -> Written:
    """A text that comes with the program, by its file's name and that of the attribution beside it."""
    place = resources.files("resources").joinpath("datasets")
    notes = attribution(place.joinpath(about).read_text(encoding="utf-8"))
    told = (notes.get(name, "") for name in ("Description", "Source", "Licence"))
    return Written(place.joinpath(text).read_text("utf-8"), *told)


def own(folder: Path | None, path: str, largest: int) -> Written:
    """A text of the project's folder. Raises DatasetError for what is not there or no UTF-8."""
    try:
        return Written(data_file(folder, path, largest).read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
