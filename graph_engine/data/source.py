"""One declaration for each kind of place that data comes from.

A form, the saved text and the checks follow from the class; ``SOURCES`` has all of them by the key
that project files use.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from graph_engine.data.dataset import Dataset, missing_name
from graph_engine.declaration import Declared, short
from graph_engine.errors import DatasetError, ParameterError
from graph_engine.kinds import Named

SOURCES: dict[str, type[Source]] = {}


class Saved(Declared):
    """A declared record that knows its form in a project file: only what differs from the defaults."""

    def saved(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        parameters = self.parameters()
        return {
            name: dict(value) if isinstance(parameters[name].kind, Named) else plain(value)
            for name, value in self.changed().items()
        }

    @classmethod
    def read(cls, saved: object) -> Any:
        """The record from its saved form, strictly.

        Raises DatasetError for an unknown name and for a value that its parameter does not take.
        """
        if not isinstance(saved, Mapping):
            raise DatasetError(f"{cls.__name__} is saved as values by name, not as {short(saved)}.")
        return cls._made(saved)

    @classmethod
    def _made(cls, values: Mapping[Any, Any]) -> Any:
        try:
            return cls(**{str(name): value for name, value in values.items()})
        except ParameterError as error:
            raise DatasetError(f"{cls.__name__}: {error}") from error


def plain(value: object) -> Any:
    """Records as their saved form and tuples as lists, inside and out."""
    if isinstance(value, Saved):
        return value.saved()
    return [plain(item) for item in value] if isinstance(value, tuple) else value


class Source(Saved):
    """Where the samples come from."""

    key: ClassVar[str] = ""

    def __init_subclass__(cls, key: str = "") -> None:
        super().__init_subclass__()
        cls.key = key
        SOURCES[key] = cls

    def load(self, folder: Path | None) -> Dataset:
        """The data set; files are looked for in the project's folder, and only there.

        Raises DatasetError, in words, for whatever keeps it from being read.
        """
        raise NotImplementedError

    def saved(self) -> dict[str, Any]:
        """Plain values that JSON can hold, with the key of the source."""
        return {"source": self.key, **super().saved()}

    @classmethod
    def read(cls, saved: object) -> Source:
        """The source from its key alone or from its saved form.

        Raises DatasetError for an unknown key or name and for a value that is not taken.
        """
        fields: Mapping[Any, Any] = {"source": saved} if isinstance(saved, str) else {}
        if isinstance(saved, Mapping):
            fields = saved
        key = fields.get("source")
        kind = SOURCES.get(key) if isinstance(key, str) else None
        if kind is None:
            told = key if isinstance(key, str) else short(key)
            raise DatasetError(missing_name("kind of source", told, SOURCES, "Netloom"))
        made: Source = kind._made({k: v for k, v in fields.items() if k != "source"})
        return made
