"""What there is to see in the window: a row for each picture.

A scene is a function of a stage; a new panel needs a row here and no more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QMenu

from app.canvas.menu import menu_for
from app.dialogs.export import previews
from app.dialogs.export_options import ExportOptions
from app.forms.parameter_editors import FieldEditor
from graph_engine import edits, templates
from resources.screenshots.stage import Stage
from resources.screenshots.training_scenes import TRAINING_SCENES

Scene = Callable[[Stage], None]


def opened(design: str, *selected: str, panel: str = "") -> Scene:
    """A design with layers selected and a panel in front."""
    return lambda stage: stage.open(design, *selected, panel=panel)


def welcome(stage: Stage) -> None:
    """The page that greets."""
    stage.window.show_welcome()


def welcome_back(stage: Stage) -> None:
    """The same, for someone who has been here before."""
    folder = Path(tempfile.mkdtemp()) / "projects"
    folder.mkdir()
    for name in ("wine-judge", "sevens-and-ones", "A thesis with a long name that goes on and on"):
        project = templates.new("mlp-wine")
        project.save(folder / f"{name}.netloom")
        stage.settings.opened(folder / f"{name}.netloom")
    stage.open_window()


def empty(stage: Stage) -> None:
    """A new project."""
    stage.window.new()


def problems(stage: Stage) -> None:
    """A drawing that does not fit together, with the sentences and repairs for it."""
    stage.open("cnn-digits")
    graph = stage.document.graph
    stage.document.do("Remove", edits.remove(graph, ["flatten"], heal=False))
    stage.document.do("Set", edits.set_parameter(graph, "conv2", "kernel_size", 9))
    stage.settle()
    stage.editor.docks["problems"].raise_()
    stage.document.selection.set(["conv2"])
    stage.look_at("norm2", "conv1", "conv2")


def problems_behind(panel: str, stage: Stage) -> None:
    """What another panel says meanwhile."""
    stage.open("cnn-digits", panel=panel)
    stage.document.do("Remove", edits.remove(stage.document.graph, ["flatten"], heal=False))


def refused(stage: Stage) -> None:
    """A value that is not one."""
    stage.open("cnn-digits", "conv1")
    editor = stage.editor.inspector.node_page.form.rows["out_channels"].editor
    assert isinstance(editor, FieldEditor)
    editor.field.setFocus()
    editor.field.selectAll()
    QTest.keyClicks(editor.field, "many")
    QTest.qWait(700)


def history(stage: Stage) -> None:
    """Steps, some of them taken back."""
    stage.open("cnn-digits", panel="history")
    document = stage.document
    document.do("Mute dropout", edits.set_muted(document.graph, ["dropout"], True))
    document.do("Set kernel_size", edits.set_parameter(document.graph, "conv2", "kernel_size", 5))
    document.do("Rename conv1", edits.rename(document.graph, "conv1", "stem"))
    document.do("Move stem", edits.move(document.graph, ["stem"], (0, 40)))
    document.undo.undo()


def helped(stage: Stage) -> None:
    """The page of a layer."""
    stage.open("cnn-digits", "conv1")
    stage.editor.show_help("Conv2d")


def searched(text: str, stage: Stage) -> None:
    """The palette while something is looked for."""
    stage.open("cnn-digits", "conv1")
    stage.editor.palette.focus_search()
    stage.editor.palette.search_field.setText(text)


def quick_add(stage: Stage) -> None:
    """The search on the canvas."""
    stage.open("cnn-digits", "pool1")
    stage.editor.canvas.quick_add()
    QTest.keyClicks(stage.editor.canvas.searching.popup.field, "skip")


def find(stage: Stage) -> None:
    """The search for what is drawn."""
    stage.open("cnn-digits")
    action = stage.window.actions_by_id.get("edit.find")
    if action is not None:
        action.trigger()


def dialog(name: str, typed: str, stage: Stage) -> None:
    """A dialog that an action opens, before a design."""
    stage.open("resnet-digits", "residuals")
    stage.window.actions_by_id[name].trigger()
    found = [each for each in stage.window.findChildren(QDialog) if each.isVisible()][-1]
    if typed:
        QTest.keyClicks(found.findChildren(QLineEdit)[0], typed)
    at = stage.window.mapFromGlobal(found.pos()) if name == "view.commands" else None
    stage.place(found, at)


def export(stage: Stage) -> None:
    """The options of an export."""
    stage.open("resnet-digits")
    shown, on_paper = previews(stage.editor.canvas.scene(), "resnet", stage.theme)
    stage.place(ExportOptions(stage.window, shown, offers_light=True, on_paper=on_paper))


def inside(stage: Stage) -> None:
    """In a block, with its parameters."""
    stage.open("resnet-digits")
    document = stage.document
    stage.document.enter(next(iter(document.graph.blocks)))
    document.do("Add parameter", edits.add_parameter(document.graph, "kernel", 3))
    stage.settle()


def zoomed(by: float, stage: Stage) -> None:
    """A design from near or from far."""
    stage.open("resnet-digits")
    stage.editor.canvas.set_zoom(by)
    stage.editor.canvas.settle()


def minimap(stage: Stage) -> None:
    """The map of a drawing that is larger than the window."""
    zoomed(1.3, stage)
    stage.editor.canvas.minimap.is_wanted = True
    stage.editor.canvas.minimap.renew()


def annotated(stage: Stage) -> None:
    """Notes and frames, a muted layer, one that is not trained."""
    stage.open("cnn-digits")
    document, canvas = stage.document, stage.editor.canvas
    document.selection.set(["conv1", "norm1", "relu1"])
    canvas.add_frame()
    canvas.inline.commit()
    document.selection.clear()
    document.do("Mute", edits.set_muted(document.graph, ["dropout"], True))
    document.do("Freeze", edits.set_parameter(document.graph, "conv2", "trainable", False))
    canvas.set_zoom(0.8)


def menu(stage: Stage) -> None:
    """The menu at the pointer."""
    stage.open("resnet-digits", "residuals")
    at = QPoint(560, 360)
    stage.place(menu_for(stage.editor.canvas, at.toPointF()), at)


def main_menu(title: str, stage: Stage) -> None:
    """One of the menus of the window."""
    stage.open("resnet-digits", "residuals")
    found: QMenu = stage.window.menus[title]
    stage.place(found, QPoint(40, 30))


SCENES: dict[str, Scene] = {
    "welcome": welcome,
    "welcome-back": welcome_back,
    "editor": opened("resnet-digits", "residuals", panel="source"),
    "editor-empty": empty,
    "editor-annotated": annotated,
    "editor-inside-a-block": inside,
    "editor-near": partial(zoomed, 2.0),
    "editor-far": partial(zoomed, 0.3),
    "editor-minimap": minimap,
    "quick-add": quick_add,
    "find": find,
    "menu": menu,
    "menu-view": partial(main_menu, "&View"),
    "inspector-network": opened("cnn-digits"),
    "inspector-convolution": opened("cnn-digits", "conv1"),
    "inspector-recurrent": opened("lstm-digits", "lstm"),
    "inspector-block": opened("resnet-digits", "residuals"),
    "inspector-several": opened("cnn-digits", "conv1", "conv2"),
    "inspector-mixed": opened("cnn-digits", "conv1", "relu1", "dropout"),
    "inspector-refused": refused,
    "problems": problems,
    "problems-none": opened("cnn-digits", panel="problems"),
    "source": opened("cnn-digits", "conv2", panel="source"),
    "source-outdated": partial(problems_behind, "source"),
    "summary": opened("cnn-digits", "conv2", panel="summary"),
    "summary-outdated": partial(problems_behind, "summary"),
    "history": history,
    "help": helped,
    "palette-search": partial(searched, "skip"),
    "palette-nothing": partial(searched, "quux"),
    "commands": partial(dialog, "view.commands", ""),
    "commands-search": partial(dialog, "view.commands", "zo"),
    "preferences": partial(dialog, "file.preferences", ""),
    "shortcuts": partial(dialog, "help.shortcuts", ""),
    "export": export,
    **TRAINING_SCENES,
}
