"""The layers as rows under their families, and as a flat list of what a search found.

Both are standard item models; what a row stands for is in its roles, and a dragged row carries the key
of its layer or block.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from PySide6.QtCore import QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from app.catalogue_search import first_sentence, search
from graph_engine.graph import Definition
from graph_engine.layers.base import CATALOGUE

MIME_LAYER = "application/x-netloom-layer"
ENTRY = Qt.ItemDataRole.UserRole + 1
FAVOURITE = Qt.ItemDataRole.UserRole + 2
FAVOURITES, BLOCKS = "Favourites", "Blocks of this project"
FAMILIES = (
    "Input and output", "Convolution", "Linear", "Pooling", "Normalization", "Activation", "Dropout",
    "Merge", "Arithmetic", "Reshape", "Attention", "Transformer", "Recurrent", "Embedding", "Position",
    "Upsampling", "Padding", "Loss", "Reduction", "Functions", "Logic", "Indexing", "Masks", "Windows",
    "Resampling", "Distance", "Generative",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row stands for: a group of rows, a layer of the catalogue or a block of the project."""

    kind: Literal["group", "layer", "block"]
    name: str
    family: str
    told: str = ""

    @property
    def key(self) -> str:
        """The name under which it is dragged, and remembered as a favourite."""
        return self.name if self.kind == "layer" else f"block:{self.name}"


def layer_entry(name: str) -> Entry:
    """The row of a layer."""
    return Entry("layer", name, CATALOGUE[name].family, first_sentence(name))


def block_entry(definition: Definition) -> Entry:
    """The row of a block of the project."""
    ports = ", ".join(definition.input_names()) or "no inputs"
    return Entry("block", definition.name, "Block", f"{len(definition.nodes)} nodes · {ports}")


def matching_blocks(text: str, blocks: Iterable[Definition]) -> list[Entry]:
    """The blocks whose name contains the text; those that begin with it first."""
    wanted = text.lower().replace(" ", "_")
    found = [block for block in blocks if wanted in block.name.lower()]
    found.sort(key=lambda block: (not block.name.lower().startswith(wanted), block.name))
    return [block_entry(block) for block in found]


class LayerModel(QStandardItemModel):
    """Groups with rows under them, or rows alone."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(1)

    def entry(self, index: QModelIndex | QPersistentModelIndex) -> Entry | None:
        """What the row stands for."""
        found = index.data(ENTRY)
        return found if isinstance(found, Entry) else None

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.ToolTipRole:
            entry = self.entry(index)
            return tooltip(entry) if entry is not None else None
        return super().data(index, role)

    def mimeTypes(self) -> list[str]:
        return [MIME_LAYER]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        entry = self.entry(indexes[0]) if indexes else None
        if entry is not None and entry.kind != "group":
            data.setData(MIME_LAYER, entry.key.encode())
            data.setText(entry.name)
        return data

    def fill_groups(
        self, groups: Iterable[tuple[str, Sequence[Entry]]], favourites: set[str]
    ) -> None:
        """Shows these groups, in that order."""
        self.clear()
        for title, entries in groups:
            group = self._item(Entry("group", title, _sign(title, entries), str(len(entries))))
            group.setDragEnabled(False)
            for entry in entries:
                group.appendRow(self._item(entry, entry.key in favourites))
            self.appendRow(group)

    def fill_rows(self, entries: Iterable[Entry], favourites: set[str]) -> None:
        """Shows these rows without groups."""
        self.clear()
        for entry in entries:
            self.appendRow(self._item(entry, entry.key in favourites))

    @staticmethod
    def _item(entry: Entry, favourite: bool = False) -> QStandardItem:
        item = QStandardItem(entry.name)
        item.setEditable(False)
        item.setData(entry, ENTRY)
        item.setData(favourite, FAVOURITE)
        item.setData(
            f"{entry.name}, {entry.told}" if entry.told else entry.name,
            Qt.ItemDataRole.AccessibleTextRole,
        )
        return item


def family_groups() -> list[tuple[str, list[Entry]]]:
    """The families in the order of use, each with its layers, the most common first."""
    members: dict[str, list[Entry]] = {family: [] for family in FAMILIES}
    for name in search("", limit=len(CATALOGUE)):
        entry = layer_entry(name)
        members.setdefault(entry.family, []).append(entry)
    return [(family, entries) for family, entries in members.items() if entries]


def tooltip(entry: Entry) -> str:
    """What the pointer is told over a row: the whole help, and how to get on."""
    if entry.kind == "group":
        return ""
    if entry.kind == "block":
        return f"<b>{escape(entry.name)}</b><br>{escape(entry.told)}"
    text = escape(CATALOGUE[entry.name].help().replace("``", ""))
    keys = "Drag it to the canvas, or press Enter to add it. F1 for help."
    return f"<b>{entry.name}</b> · {escape(entry.family)}<p>{text}</p><p>{keys}</p>"


def _sign(title: str, entries: Sequence[Entry]) -> str:
    if title == FAVOURITES:
        return ""
    return entries[0].family if entries else "Block"
