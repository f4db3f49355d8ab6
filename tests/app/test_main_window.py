"""The window as a whole: its pages, panels, actions and preferences, and what it never loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget
from pytestqt.qtbot import QtBot

from app.canvas.view import CanvasView
from app.forms.parameter_editors import Field
from app.icons import Icons
from app.main_window import MainWindow
from app.settings import ANIMATIONS, AUTOSAVE_SECONDS, SNAP, WHEEL, Settings
from app.theme import Theme
from tests.app.windows import chosen, clean, in_front


def test_a_window_starts_with_the_welcome_page(window: MainWindow) -> None:
    assert window.pages.currentWidget() is window.welcome
    assert not chosen(window, "file.save").isEnabled()
    assert chosen(window, "file.open").isEnabled()


def test_a_template_opens_with_canvas_and_panels(window: MainWindow) -> None:
    window.welcome.template_chosen.emit("cnn-digits")

    assert window.document is not None
    assert isinstance(window.editor.canvas, CanvasView)  # type: ignore[union-attr]
    titles = {dock.windowTitle() for dock in window.findChildren(QDockWidget)}
    assert {"Layers", "Inspector", "Problems", "Source", "Summary", "History", "Help"} <= titles
    assert chosen(window, "file.save").isEnabled()


def test_a_template_introduces_itself_until_something_is_selected(
    window: MainWindow, qtbot: QtBot
) -> None:
    # given a template that has just been opened
    window.open_template("rosenblatt-iris")
    editor = window.editor
    assert editor is not None

    # then its page is in front
    qtbot.waitUntil(lambda: not editor.help.visibleRegion().isEmpty())
    assert "Rosenblatt" in editor.help.browser.toPlainText()

    # when a layer is selected, the inspector takes its place
    editor.document.selection.set(["neuron"])
    qtbot.waitUntil(lambda: not editor.inspector.visibleRegion().isEmpty())
    assert editor.help.visibleRegion().isEmpty()


def test_every_canvas_action_has_its_method(window: MainWindow) -> None:
    window.open_template("resnet-digits")
    canvas = window.editor.canvas  # type: ignore[union-attr]

    for row in window.rows:
        method = getattr(row.run, "args", ())
        if method and getattr(row.run, "func", None) == window.run_canvas:
            assert callable(getattr(canvas, method[0])), row.id


def test_no_two_actions_share_a_shortcut(window: MainWindow) -> None:
    keys = [
        key.toString() for action in window.actions_by_id.values() for key in action.shortcuts()
    ]

    given = [key for key in keys if key]
    assert sorted(given) == sorted(set(given))


def test_typing_names_draws_a_sequence(window: MainWindow, qtbot: QtBot) -> None:
    window.new()
    editor = window.editor
    assert editor is not None
    canvas = editor.canvas
    qtbot.waitUntil(canvas.isVisible)

    for typed in ("input", "conv", "relu", "flatten", "linear"):
        canvas.setFocus()
        canvas.quick_add()
        field = window.focusWidget() or canvas
        field = QApplication.focusWidget() or field
        QTest.keyClicks(field, typed)
        QTest.keyClick(field, Qt.Key.Key_Return)
        QTest.qWait(20)

    kinds = [type(node.layer).__name__ for node in editor.document.graph.nodes.values()]
    assert kinds == ["Input", "Conv2d", "ReLU", "Flatten", "Linear"]
    assert len(editor.document.graph.wires) == 4


def test_a_node_keeps_selection_and_keyboard_when_it_is_renamed(
    window: MainWindow, qtbot: QtBot
) -> None:
    # Given a selected layer, and the cursor in the field of its name
    window.open_template("cnn-digits")
    editor = window.editor
    assert editor is not None
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    editor.document.selection.set(["conv1"])
    field = editor.inspector.node_page.header.name
    field.setFocus()
    field.selectAll()

    # When another name is typed
    QTest.keyClicks(field, "first")
    QTest.keyClick(field, Qt.Key.Key_Return)

    # Then the layer is selected under that name, drawn so, and the cursor is where it was
    assert editor.document.selection.names == ("first",)
    assert editor.canvas.canvas.chosen == {"first"}
    assert field.hasFocus()

    # And undo leads back
    window.undo()
    assert editor.document.selection.names == ("conv1",)


def test_the_process_of_the_window_never_imports_torch(tmp_path: Path) -> None:
    script = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication
QSettings.setDefaultFormat(QSettings.Format.IniFormat)
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
from app.application import Application
from graph_engine import templates
qt = QApplication([])
window = Application(qt).open(templates.new("resnet-digits"))
window.editor.docks["source"].raise_(); window.editor.docks["summary"].raise_()
window.document.selection.set(["residuals"])
def end():
    print(sorted({m.partition(".")[0] for m in sys.modules} & {"torch", "torchmetrics"}))
    sys.stdout.flush(); os._exit(0)
QTimer.singleShot(1500, end)
qt.exec()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "[]", done.stderr


def test_preferences_count_at_once(window: MainWindow) -> None:
    window.open_template("cnn-digits")
    canvas, keeper = window.editor.canvas, window.keeper  # type: ignore[union-attr]
    assert keeper is not None

    for setting, value in (
        (WHEEL, "zoom"),
        (SNAP, False),
        (ANIMATIONS, False),
        (AUTOSAVE_SECONDS, 60),
    ):
        window._take_preference(setting.key, value)

    assert (canvas.wheel_zooms, canvas.snaps, canvas.animated) == (True, False, False)
    assert canvas.snapped(5.0) == 5.0
    assert not canvas.motion()
    assert keeper.seconds == 60


def test_problems_are_in_front_until_another_panel_is_chosen(
    window: MainWindow, qtbot: QtBot, theme: Theme, icons: Icons
) -> None:
    # Given a first network, when the source is brought to the front and the window closed
    window.new()
    qtbot.waitUntil(lambda: in_front(window) == "Problems")
    assert window.editor is not None
    window.editor.show_dock("source")
    qtbot.waitUntil(lambda: in_front(window) == "Source")
    window.close()

    # Then it is in front when another is opened
    later = MainWindow(theme, icons, Settings())
    qtbot.addWidget(later, before_close_func=clean)
    later.show()
    later.new()
    qtbot.waitUntil(lambda: in_front(later) == "Source")


def test_an_empty_network_is_not_judged(window: MainWindow, qtbot: QtBot) -> None:
    window.new()
    editor = window.editor
    assert editor is not None
    qtbot.waitUntil(editor.problems.isVisible)
    page = editor.inspector.network_page
    assert page.isVisible()
    assert page.problems.isHidden()
    assert editor.problems.problems == []

    # When it is to be trained all the same, a sentence says what is missing
    with qtbot.waitSignal(window.messages.said) as told:
        chosen(window, "train.start").trigger()
    assert "no Input" in told.args[0]
    assert told.args[1] == "refused"


def test_undo_in_a_field_takes_back_the_edit_once_it_is_entered(
    window: MainWindow, qtbot: QtBot
) -> None:
    # Given a value that is being typed into the inspector
    window.open_template("cnn-digits")
    editor = window.editor
    assert editor is not None
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    graph = editor.document.graph
    before = graph.nodes["conv1"].layer
    editor.document.selection.set(["conv1"])
    field = next(
        f
        for f in editor.inspector.node_page.findChildren(Field)
        if f.accessibleName() == "out_channels"
    )
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "2*24")
    undo = (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)

    # When a letter is taken back before it is entered, only the text is another
    QTest.keyClick(field, *undo)
    assert field.text() != "2*24"
    field.selectAll()
    QTest.keyClicks(field, "2*24")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert graph.nodes["conv1"].layer != before
    assert field.text() == "48"

    # And when it is entered, undo takes the edit back as a whole, and redo makes it again
    QTest.keyClick(field, *undo)
    assert graph.nodes["conv1"].layer == before
    assert field.text() == "32"
    assert not window.isWindowModified()
    QTest.keyClick(field, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == "48"
    assert field.hasFocus()
    clean(window)


class Painted(QObject):
    """Notes in which size and at which zoom a canvas is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, int, float]] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        view = watched.parent() if event.type() == QEvent.Type.Paint else None
        if isinstance(view, CanvasView):
            size = view.viewport().size()
            self.seen.append((size.width(), size.height(), round(view.zoom, 3)))
        return False


def test_a_drawing_is_first_painted_in_its_own_place(
    window: MainWindow, qtbot: QtBot, qapp: QApplication
) -> None:
    painted = Painted()
    qapp.installEventFilter(painted)
    try:
        window.open_template("cnn-digits")
        qtbot.waitUntil(lambda: bool(painted.seen))
        QTest.qWait(300)
    finally:
        qapp.removeEventFilter(painted)

    assert len(set(painted.seen)) == 1
    assert painted.seen[0][0] < window.width() - 300
