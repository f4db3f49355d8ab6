"""The data sets that come with the program; each lies beside a text that says whose it is."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Literal

from graph_engine.data.archive import read_archive
from graph_engine.data.dataset import Dataset
from graph_engine.data.npz_file import dataset_of
from graph_engine.data.source import Source
from graph_engine.declaration import param

Name = Literal["digits", "iris", "wine", "breast_cancer", "diabetes", "photographs"]


class Builtin(Source, key="builtin"):
    """A data set that comes with Netloom, with its source and licence."""

    name: Name = param("digits", help="Which of the shipped data sets.", required=True)

    def load(self, folder: Path | None = None) -> Dataset:
        """The shipped arrays; needs no folder."""
        place = resources.files("resources").joinpath("datasets")
        content = io.BytesIO(place.joinpath(f"{self.name}.npz").read_bytes())
        notes = attribution(place.joinpath(f"{self.name}.txt").read_text(encoding="utf-8"))
        return replace(
            dataset_of(read_archive(content, f"{self.name}.npz"), self.name),
            description=notes.get("Description", ""),
            source=notes.get("Source", ""),
            licence=notes.get("Licence", ""),
            notes={key: notes[key] for key in ("Authors", "Citation", "Changes")},
        )


def attribution(text: str) -> Mapping[str, str]:
    """The lines ``Key: value`` after the first paragraph, which is the ``Description``."""
    description, _, rest = text.partition("\n\n")
    lines = [line.partition(": ") for line in rest.splitlines()]
    return {"Description": description, **{key: value for key, _, value in lines if key}}
