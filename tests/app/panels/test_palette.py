"""The palette: find a layer, add it behind the current node, keep favourites, drag it out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QSettings, Qt
from PySide6.QtTest import QSignalSpy, QTest
from pytestqt.qtbot import QtBot

from app.canvas.view import CanvasView
from app.document import Document
from app.icons import Icons
from app.panels.palette import Palette
from app.panels.palette_model import (
    FAVOURITES,
    MIME_LAYER,
    LayerModel,
    family_groups,
)
from app.theme import Theme
from graph_engine import edits
from graph_engine.graph import PortRef
from graph_engine.layers.base import CATALOGUE
from graph_engine.layers.block import Block


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def palette(
    qtbot: QtBot, document: Document, theme: Theme, icons: Icons, store: QSettings
) -> Palette:
    made = Palette(document, theme, icons, store)
    qtbot.addWidget(made)
    made.resize(220, 600)
    made.show()
    return made


NONE = Qt.KeyboardModifier.NoModifier


def titles(palette: Palette) -> list[str]:
    model = palette.tree.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def row_of(palette: Palette, group: str, name: str) -> QModelIndex:
    model = palette.tree.model()
    for row in range(model.rowCount()):
        parent = model.index(row, 0)
        if parent.data() == group:
            inside = [model.index(each, 0, parent) for each in range(model.rowCount(parent))]
            return next(index for index in inside if index.data() == name)
    raise AssertionError(f"no group {group}")


def test_every_layer_stands_under_its_family() -> None:
    shown = {(family, entry.name) for family, entries in family_groups() for entry in entries}

    assert shown == {(cls.family, name) for name, cls in CATALOGUE.items() if name != "Block"}


def test_typing_a_synonym_and_enter_adds_the_layer_behind_the_current_node(
    qtbot: QtBot, palette: Palette, document: Document
) -> None:
    # given that the second node is the current one
    document.selection.set(["conv1"])

    # when a person types and presses Enter
    palette.focus_search()
    QTest.keyClicks(palette.search_field, "bn")
    QTest.keyClick(palette.search_field, Qt.Key.Key_Return)

    # then the layer stands between it and its follower, and is the current one, in one step
    assert document.selection.names == ("batch_norm1",)
    name = document.selection.current
    assert document.graph.wires[PortRef(name, "input")] == PortRef("conv1", "output")
    assert document.graph.wires[PortRef("relu1", "input")] == PortRef(name, "output")
    assert document.undo.count() == 1
    assert document.undo.undoText() == "Add BatchNorm2d"


def test_adding_again_goes_on_behind_the_new_one(
    qtbot: QtBot, palette: Palette, document: Document
) -> None:
    document.selection.set(["conv1"])
    palette.search_field.setText("dropout")

    QTest.keyClick(palette.search_field, Qt.Key.Key_Return)
    first = document.selection.current
    QTest.keyClick(palette.search_field, Qt.Key.Key_Return)

    second = document.selection.current
    assert document.graph.wires[PortRef(second, "input")] == PortRef(first, "output")


def test_arrows_choose_among_what_was_found(qtbot: QtBot, palette: Palette) -> None:
    QTest.keyClicks(palette.search_field, "pool")
    found = titles(palette)

    QTest.keyClick(palette.search_field, Qt.Key.Key_Down)
    QTest.keyClick(palette.search_field, Qt.Key.Key_Down)

    entry = palette.current()
    assert entry is not None
    assert entry.name == found[2]


def test_escape_brings_the_families_back(qtbot: QtBot, palette: Palette) -> None:
    before = titles(palette)
    QTest.keyClicks(palette.search_field, "pool")
    assert titles(palette) != before

    QTest.keyClick(palette.search_field, Qt.Key.Key_Escape)

    assert titles(palette) == before


def test_a_search_without_result_says_what_to_do(qtbot: QtBot, palette: Palette) -> None:
    QTest.keyClicks(palette.search_field, "zzqq")

    assert not palette.tree.isVisible()
    assert "zzqq" in palette._empty.text()
    assert "Esc" in palette._empty.text()


def test_a_double_click_adds_the_layer(qtbot: QtBot, palette: Palette, document: Document) -> None:
    document.selection.set(["flatten1"])
    index = row_of(palette, "Convolution", "Conv2d")
    palette.tree.scrollTo(index)
    place = palette.tree.visualRect(index).center()

    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, NONE, place)
    QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, NONE, place)

    assert document.undo.undoText() == "Add Conv2d"


def test_a_click_folds_a_family(qtbot: QtBot, palette: Palette) -> None:
    group = row_of(palette, "Convolution", "Conv2d").parent()
    place = palette.tree.visualRect(group).center()

    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, NONE, place)

    assert not palette.tree.isExpanded(group)


def test_a_dragged_row_carries_the_layers_name(palette: Palette) -> None:
    index = row_of(palette, "Convolution", "Conv2d")
    model = palette.tree.model()
    assert isinstance(model, LayerModel)

    data = model.mimeData([index])

    assert data.data(MIME_LAYER).toStdString() == "Conv2d"
    assert model.flags(index) & Qt.ItemFlag.ItemIsDragEnabled
    assert not model.flags(index.parent()) & Qt.ItemFlag.ItemIsDragEnabled


def test_favourites_come_first_and_are_remembered(
    qtbot: QtBot,
    palette: Palette,
    document: Document,
    theme: Theme,
    icons: Icons,
    store: QSettings,
) -> None:
    # given two layers that were starred by the key
    for name in ("GRU", "Conv2d"):
        palette.focus_search()
        palette.search_field.setText(name)
        QTest.keyClick(palette.search_field, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    palette.search_field.clear()
    assert titles(palette)[0] == FAVOURITES

    # when the palette is made anew
    again = Palette(document, theme, icons, store)
    qtbot.addWidget(again)

    # then they are there, and the star can be taken off
    assert row_of(again, FAVOURITES, "GRU").isValid()
    again.tree.setCurrentIndex(row_of(again, FAVOURITES, "GRU"))
    again._toggle_favourite()
    assert store.value("palette/favourites") in (["Conv2d"], "Conv2d")


def test_f1_asks_for_the_help_of_the_layer(qtbot: QtBot, palette: Palette) -> None:
    asked = QSignalSpy(palette.help_requested)
    QTest.keyClicks(palette.search_field, "fully connected")

    QTest.keyClick(palette.search_field, Qt.Key.Key_F1)

    assert asked.count() == 1
    assert asked.at(0) == ["Linear"]


def test_blocks_of_the_project_are_a_group_that_follows_the_drawing(
    palette: Palette, document: Document
) -> None:
    # given a project without blocks
    assert "Blocks of this project" not in titles(palette)

    # when two layers become a block
    change = edits.group(document.graph, ["conv1", "relu1"], "stem")
    document.do("Group", change)

    # then an instance can be dragged or added, and it goes when the block goes
    index = row_of(palette, "Blocks of this project", "stem")
    model = palette.tree.model()
    assert isinstance(model, LayerModel)
    assert model.mimeData([index]).data(MIME_LAYER).toStdString() == "block:stem"
    entry = model.entry(index)
    assert entry is not None
    document.selection.set(["max_pool1"])
    palette.add(entry)
    assert document.undo.undoText() == "Add stem"
    document.undo.undo()
    document.undo.undo()
    assert "Blocks of this project" not in titles(palette)


def test_a_dragged_block_lands_on_the_canvas_as_an_instance(
    qtbot: QtBot, palette: Palette, document: Document, theme: Theme, icons: Icons
) -> None:
    # given a block in the palette
    document.do("Group", edits.group(document.graph, ["conv1", "relu1"], "stem"))
    model = palette.tree.model()
    assert isinstance(model, LayerModel)
    data = model.mimeData([row_of(palette, "Blocks of this project", "stem")])

    # when its row is dropped on the canvas
    view = CanvasView(document, theme, icons)
    qtbot.addWidget(view)
    view.commands.add(view.drop.layer(data))

    # then an instance of it stands there
    added = document.graph.nodes[document.selection.current].layer
    assert isinstance(added, Block)
    assert added.block == "stem"


def test_a_refusal_is_said_where_the_person_looks(palette: Palette, document: Document) -> None:
    # given that the inside of a block is open
    document.do("Group", edits.group(document.graph, ["conv1", "relu1"], "stem"))
    document.enter("stem")
    index = row_of(palette, "Blocks of this project", "stem")
    model = palette.tree.model()
    assert isinstance(model, LayerModel)
    entry = model.entry(index)
    assert entry is not None

    # when the block is to be put into itself
    palette.add(entry)

    # then nothing is added, and the sentence stands under the search field
    assert palette.refusal.isVisible()
    assert "stem" in palette.refusal.text()
    assert document.undo.count() == 1
