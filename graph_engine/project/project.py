"""A project: networks and the blocks they share, the choice of data, and the recipe of training.

``Project.load`` and ``save`` are the way to and from a file; nothing that a file says is ever executed,
and nothing outside it is read.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from os import PathLike, getpid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph_engine.errors import ProjectError
from graph_engine.graph import Definition, Graph
from graph_engine.layers.block import Block
from graph_engine.migrations import READABLE_BY, VERSION, migrated
from graph_engine.names import check_name
from graph_engine.project import storage
from graph_engine.serial import definition_from_dict, definition_to_dict, opened
from graph_engine.serial.plain import (
    Plain,
    as_extra,
    as_name,
    as_object,
    as_text,
    from_extra,
    left_over,
    refusal,
)
from graph_engine.serial.text import LARGEST_FILE, parse, render

if TYPE_CHECKING:
    from graph_engine.data.choice import DataChoice
    from graph_engine.training.recipe import Recipe

KEYS = frozenset(
    {
        "format", "version", "readable_by", "name", "description", "data", "recipe", "blocks",
        "networks",
    }
)  # fmt: skip
RECOVERY = "recovery"
MOST_NETWORKS = 64
MOST_BLOCKS = 1_000
MOST_NODES = 50_000


class Project:
    """What a project file holds.

    ``networks`` are graphs by name that all share ``blocks``. ``data`` and ``recipe`` are the saved
    forms of the choice of data and of the training recipe, only what differs from the defaults;
    ``data_choice()`` and ``training_recipe()`` give the records. ``path`` is the file, None before
    the first save.
    """

    def __init__(self, name: str, *networks: Graph) -> None:
        self.name = name
        self.description = ""
        self.blocks: dict[str, Definition] = {}
        self.networks: dict[str, Graph] = {}
        self.data: Plain = {}
        self.recipe: Plain = {}
        self.path: Path | None = None
        self.extra = ""
        self.version, self.readable_by = VERSION, READABLE_BY
        self._recovery_name = f"{secrets.token_hex(8)}.netloom"
        self._recovery_file: Path | None = None
        for network in networks:
            self.add(network)

    @property
    def token(self) -> str:
        """What tells this project from others before it has a file; a recovered copy keeps it."""
        return Path(self._recovery_name).stem

    def add(self, network: Graph) -> Graph:
        """Takes a network and its blocks in, as a copy that shares the project's blocks.

        Raises DesignError for a name that is taken, or that another block has.
        """
        name = check_name(network.name, "The name of a network")
        if name in self.networks:
            raise ProjectError(f"There is a network called `{name}` already.")
        self._take_blocks(network)
        self.networks[name] = Graph.opened(network.definition(), self.blocks)
        return self.networks[name]

    def _take_blocks(self, network: Graph) -> None:
        for name, block in network.blocks.items():
            if self.blocks.setdefault(name, block) != block:
                raise ProjectError(
                    f"The network `{network.name}` has a block `{name}` that differs from the project's "
                    "block of that name: rename one of them."
                )

    # Records of data and training ----------------------------------------------------------------

    def data_choice(self) -> DataChoice:
        """The choice of data. Raises DatasetError where it is not one that this version knows."""
        from graph_engine.data.choice import DataChoice  # noqa: PLC0415

        choice: DataChoice = DataChoice.read(self.data)
        return choice

    def set_data_choice(self, choice: DataChoice) -> None:
        """Stores the choice of data."""
        self.data = choice.saved()

    def training_recipe(self) -> Recipe:
        """The recipe. Raises ParameterError where it is not one that this version knows."""
        from graph_engine.training.recipe import Recipe  # noqa: PLC0415

        return Recipe.read(self.recipe)

    def set_training_recipe(self, recipe: Recipe) -> None:
        """Stores what differs from the default recipe."""
        self.recipe = recipe.differing()

    # Files ---------------------------------------------------------------------------------------

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Project:
        """The project in a file. Raises ProjectError, with the place in the file, for anything else."""
        file = Path(path)
        content = storage.read(file, LARGEST_FILE)
        try:
            project = cls.read(content)
        except ProjectError as error:
            raise ProjectError(f"{file.name}: {error}") from error
        project.path = file
        return project

    @classmethod
    def read(cls, content: bytes) -> Project:
        """The project in the content of a file.

        Raises ProjectError with the place, what belongs there and what was found.
        """
        fields = migrated(parse(content))
        project = cls(as_text(fields.get("name", ""), "name", 1_000))
        project.description = as_text(fields.get("description", ""), "description")
        project.data = as_object(fields.get("data", {}), "data")
        project.recipe = as_object(fields.get("recipe", {}), "recipe")
        project.extra = as_extra(left_over(fields, KEYS))
        project.version = max(VERSION, fields["version"])
        project.readable_by = fields.get("readable_by", READABLE_BY)
        project.blocks.update(_definitions(fields, "blocks", "The name of a block", MOST_BLOCKS))
        networks = _definitions(fields, "networks", "The name of a network", MOST_NETWORKS)
        _check_whole(project.blocks, networks)
        for name, block in project.blocks.items():
            opened(block, project.blocks, f"blocks.{name}")
        for name, network in networks.items():
            project.networks[name] = opened(network, project.blocks, f"networks.{name}")
        return project

    def save(self, path: str | PathLike[str] | None = None) -> None:
        """Writes the file, whole or not at all, and drops the autosaved copy.

        Raises ProjectError, in words, where it cannot; the file on disk is then what it was before.
        """
        file = Path(path) if path is not None else self.path
        if file is None:
            raise ProjectError("The project has no file yet: choose a name to save it under.")
        storage.write(file, self._checked(self.text()))
        self.path = file
        self.discard_autosave()

    def text(self) -> str:
        """The text of the project's file; the same project always gives the same text."""
        return render(self._fields())

    def _fields(self) -> Plain:
        for network in self.networks.values():
            if network.blocks != self.blocks:
                self._take_blocks(network)
        fields: Plain = {
            "format": "netloom",
            "version": self.version,
            "readable_by": self.readable_by,
            "name": self.name,
            "description": self.description,
            "data": self.data,
            "recipe": self.recipe,
            "blocks": {name: definition_to_dict(block) for name, block in self.blocks.items()},
            "networks": {
                name: definition_to_dict(network.definition())
                for name, network in self.networks.items()
            },
        }
        needed = {"format", "version", "readable_by", "networks"}
        return {k: v for k, v in fields.items() if v or k in needed} | from_extra(self.extra)

    @staticmethod
    def _checked(text: str) -> bytes:
        """The bytes of the text. Raises ProjectError where they could not be opened again: a good file
        is never replaced by one that cannot be read."""
        try:
            content = text.encode("utf-8")
            Project.read(content)
        except (UnicodeEncodeError, ProjectError) as error:
            raise ProjectError(
                f"The project was not saved, nobody could open it: {error}"
            ) from error
        return content

    # Recovery ------------------------------------------------------------------------------------

    def autosave(self, folder: Path | None = None) -> Path:
        """Writes a copy into the recovery folder, for ``recoverable`` to find after a crash.

        Returns the copy's path. Raises ProjectError where it cannot be written.
        """
        folder = folder or storage.recovery_folder()
        storage.make_private(folder)
        about = {
            "path": str(self.path.absolute()) if self.path else "",
            "saved_at": time.time(),
            "process": getpid(),
        }
        file = folder / self._recovery_name
        storage.write(file, render(self._fields() | {RECOVERY: about}).encode("utf-8"))
        self._recovery_file = file
        return file

    def adopt_autosave(self, file: Path) -> None:
        """Makes an autosaved copy this project's own: it is what the project was recovered from."""
        self._recovery_file, self._recovery_name = file, file.name

    def discard_autosave(self) -> None:
        """Removes the autosaved copy: the project was saved, or closed on purpose."""
        if self._recovery_file is not None:
            self._recovery_file.unlink(missing_ok=True)
            self._recovery_file = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Project) and self._content() == other._content()

    __hash__ = None  # type: ignore[assignment]

    def _content(self) -> tuple[Any, ...]:
        networks = {name: network.definition() for name, network in self.networks.items()}
        return (
            self.name, self.description, networks, self.blocks, self.data, self.recipe, self.extra,
        )  # fmt: skip


def _definitions(fields: Plain, table: str, what: str, most: int) -> dict[str, Definition]:
    rows = as_object(fields.get(table, {}), table)
    if len(rows) > most:
        raise refusal(table, f"at most {most:,} of them", rows)
    return {
        as_name(name, table, what): definition_from_dict(name, row, f"{table}.{name}")
        for name, row in rows.items()
    }


def _check_whole(blocks: Mapping[str, Definition], networks: Mapping[str, Definition]) -> None:
    """Refuses a project without a network, with too many nodes, or with a block inside itself."""
    if not networks:
        raise refusal("networks", "at least one network", {})
    count = sum(len(d.nodes) for d in (*blocks.values(), *networks.values()))
    if count > MOST_NODES:
        raise ProjectError(f"The project has {count:,} nodes; at most {MOST_NODES:,} are read.")
    uses = {
        name: {node.layer.block for node in block.nodes.values() if isinstance(node.layer, Block)}
        for name, block in blocks.items()
    }
    try:
        TopologicalSorter(uses).prepare()
    except CycleError as error:
        circle = error.args[1]
        raise ProjectError(
            f"blocks.{circle[0]}: the block contains itself ({_arrows(circle)}). Break the circle."
        ) from error


def _arrows(names: list[str]) -> str:
    shown = names if len(names) <= 6 else [*names[:3], "…", *names[-2:]]
    return " ← ".join(shown)
