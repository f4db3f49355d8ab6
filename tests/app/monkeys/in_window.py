"""A monkey in the whole window: canvas, panels, menus, dialogs, keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QLineEdit,
    QMenu,
    QToolButton,
    QWidget,
)

from app.dialogs.command_palette import COMMAND
from app.document import Document
from app.forms.parameter_editors import Editor as ValueEditor
from app.forms.parameter_editors import FieldEditor, SquareEditor, TruthEditor
from app.forms.parameter_row import ParameterRow
from app.main_window import MainWindow
from tests.app.monkeys.on_canvas import WORDS, CanvasMonkey, Keys, Left, Mods, Right

LEAVING = frozenset({
    "file.new", "file.open", "file.welcome", "file.save", "file.save_as", "file.export", "file.close",
    "file.quit", "train.start", "train.step", "train.go_on", "help.tour",
})  # fmt: skip
GROWING = frozenset({"edit.paste", "edit.duplicate", "block.ungroup"})
VALUES = (
    "0", "1", "2", "3", "5", "8", "-1", "0.5", "1e-3", "2*8", "none", "", "same", "3, 5", "wrong",
    "width", "2 * width", "(1, 2)", "99999999999", "true",
)  # fmt: skip
NAMES = ("a", "b", "net", "x1", "conv", "forward", "class", "ﬁ", "", "two words", "Größe", "self")
TEXTS = ("", "A title", "<b>bold</b>", "# Head\n* one\n* two", "π ≈ 3.14", "$x$")
LETTERS = "abcdlmnrtyzACLMTX0129 .,?+-*/()"
PLAIN_KEYS = (
    Keys.Key_Tab, Keys.Key_Backtab, Keys.Key_Return, Keys.Key_Escape, Keys.Key_Delete, Keys.Key_Left,
    Keys.Key_Right, Keys.Key_Up, Keys.Key_Down, Keys.Key_Home, Keys.Key_End, Keys.Key_PageUp,
    Keys.Key_PageDown, Keys.Key_Space, Keys.Key_F1, Keys.Key_Backspace, Keys.Key_Menu,
)  # fmt: skip


class WindowMonkey(CanvasMonkey):
    """Uses what it finds in the window as a person would, by events and by actions."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        assert window.editor is not None
        super().__init__(window.editor.canvas, seed)
        self.window, self.editor = window, window.editor
        self.actions += [
            (self.menu_action, 16), (self.set_value, 16), (self.rename, 4), (self.use_switches, 3),
            (self.repair, 5), (self.choose_problem, 3), (self.add_from_palette, 4),
            (self.drag_from_palette, 4), (self.search_palette, 3), (self.go_in_history, 2),
            (self.use_source, 2), (self.use_summary, 3), (self.use_breadcrumbs, 2), (self.use_docks, 3),
            (self.use_commands, 4), (self.use_dialogs, 2), (self.random_keys, 8), (self.wheel, 4),
            (self.write_note, 3), (self.burst, 3), (self.block_parameters, 5), (self.list_menu, 3),
            (self.select_some, 5), (self.resize, 1), (self.into_block, 4), (self.repeat, 3),
        ]  # fmt: skip

    @property
    def document(self) -> Document:
        return self.editor.document

    # Helping hands -------------------------------------------------------------------------------

    @staticmethod
    def type(target: QWidget, text: str) -> None:
        """Types also what is on no key: QTest knows ASCII alone."""
        for letter in text:
            if letter.isascii():
                QTest.keyClicks(target, letter)
            else:
                for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                    QApplication.sendEvent(target, QKeyEvent(kind, 0, Mods.NoModifier, letter))

    def type_into(self, field: QLineEdit, text: str, end: Qt.Key | None) -> None:
        """Replaces the text of a field and leaves it by a key, or stays."""
        field.window().activateWindow()
        field.setFocus()
        field.selectAll()
        if text:
            self.type(field, text)
        else:
            QTest.keyClick(field, Keys.Key_Delete)
        if end is not None:
            QTest.keyClick(field, end)

    def end_key(self) -> Qt.Key | None:
        return self.dice.choice(
            [Keys.Key_Return, Keys.Key_Return, Keys.Key_Escape, Keys.Key_Tab, None]
        )

    def click_row(self, view: QAbstractItemView, row: int, *, twice: bool = False) -> None:
        """Clicks somewhere into a row, after bringing it into view."""
        index = view.model().index(row, 0)
        view.scrollTo(index)
        box = view.visualRect(index)
        if not box.isValid():
            return
        at = QPoint(self.dice.randint(box.left(), max(box.right(), box.left())), box.center().y())
        QTest.mouseClick(view.viewport(), Left, pos=at)
        if twice:
            QTest.mouseDClick(view.viewport(), Left, pos=at)

    def pop_up_soon(self) -> None:
        """Takes an entry of the menu that is about to open, or leaves it."""
        choice = self.dice.random()
        QTimer.singleShot(0, self.window, lambda: self._choose_in_menu(choice))

    @staticmethod
    def _choose_in_menu(choice: float) -> None:
        menu = QApplication.activePopupWidget()
        if not isinstance(menu, QMenu):
            return
        able = [action for action in menu.actions() if action.isEnabled() and action.text()]
        if able and choice < 0.7:
            menu.setActiveAction(able[int(choice / 0.7 * len(able))])
            QTest.keyClick(menu, Keys.Key_Return)
        else:
            QTest.keyClick(menu, Keys.Key_Escape)

    def clean_up(self) -> None:
        """Closes what an action left open, as Esc would: menus, dialogs, searches, fields."""
        for _ in range(5):
            popup = QApplication.activePopupWidget()
            if popup is None:
                break
            popup.close()
        for dialog in self.window.findChildren(QDialog):
            dialog.close()
        self.window.activateWindow()
        self.view.searching.close()
        self.view.inline.close_quietly()

    # Menus and windows ---------------------------------------------------------------------------

    def menu_action(self) -> None:
        able = [
            name
            for name, action in self.window.actions_by_id.items()
            if action.isEnabled() and name not in LEAVING and (self.may_grow or name not in GROWING)
        ]
        name = self.dice.choice(able)
        self.note(name)
        self.window.actions_by_id[name].trigger()
        self.view.inline.commit()

    def use_docks(self) -> None:
        name, dock = self.dice.choice(list(self.editor.docks.items()))
        what = self.dice.choice(["toggle", "raise", "raise", "float", "move"])
        self.note(name, what)
        if what == "toggle":
            dock.toggleViewAction().trigger()
        elif what == "raise":
            dock.show()
            dock.raise_()
        elif what == "float":
            dock.setFloating(not dock.isFloating())
        else:
            area = self.dice.choice(
                [Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea]
            )
            self.window.addDockWidget(area, dock)

    def use_commands(self) -> None:
        self.window.show_commands()
        palettes = [d for d in self.window.findChildren(QDialog) if d.isVisible()]
        if not palettes:
            return
        palette = palettes[-1]
        field = palette.findChild(QLineEdit)
        view = palette.findChild(QAbstractItemView)
        assert isinstance(field, QLineEdit)
        assert isinstance(view, QAbstractItemView)
        word = self.dice.choice(["", "zoom", "tid", "mute", "dark", "light", "und", "zzz", "grp"])
        QTest.keyClicks(field, word)
        for _ in range(self.dice.randrange(3)):
            QTest.keyClick(field, Keys.Key_Down)
        command = view.currentIndex().data(COMMAND)
        action = command.action if command is not None else None
        avoided = LEAVING | (frozenset() if self.may_grow else GROWING)
        able = action not in [self.window.actions_by_id[name] for name in avoided]
        runs = able and self.dice.random() < 0.6
        self.note(word, command.title if command else "", runs)
        QTest.keyClick(field, Keys.Key_Return if runs else Keys.Key_Escape)
        QApplication.processEvents()

    def use_dialogs(self) -> None:
        show = self.dice.choice([self.window.show_preferences, self.window.show_shortcuts])
        show()
        dialog = next(d for d in self.window.findChildren(QDialog) if d.isVisible())
        self.note(dialog.windowTitle())
        for field in dialog.findChildren(QLineEdit)[:1]:
            QTest.keyClicks(field, self.dice.choice(["zoom", "ctrl", "zzz"]))
        for box in dialog.findChildren(QComboBox):
            if self.dice.random() < 0.4:
                box.setFocus()
                QTest.keyClick(box, self.dice.choice([Keys.Key_Up, Keys.Key_Down]))
        dialog.close()

    def resize(self) -> None:
        size = self.dice.choice([(1440, 900), (1280, 800), (1000, 700), (1600, 1000)])
        self.note(size)
        self.window.resize(*size)

    # The inspector -------------------------------------------------------------------------------

    def select_some(self) -> None:
        count = min(len(self.names), self.dice.choice([1, 1, 1, 2, 3]))
        chosen = self.dice.sample(self.names, count)
        self.note(*chosen)
        self.document.selection.set(chosen)

    def set_value(self) -> None:
        rows = list(self.editor.inspector.node_page.form.rows.values())
        if not rows or not self.document.selection.names:
            self.select_some()
            rows = list(self.editor.inspector.node_page.form.rows.values())
        if not rows:
            return
        row = self.dice.choice(rows)
        self.note(row.parameter.name)
        what = self.dice.random()
        if row.formula.isVisibleTo(row):
            self.type_into(row.formula, self.dice.choice(VALUES), self.end_key())
        elif what < 0.1:
            QTest.mouseClick(row.back, Left)
        elif what < 0.2:
            self.drag_label(row)
        elif what < 0.25:
            self.pop_up_soon()
            QTest.mousePress(row.label, Right)
        else:
            self.use_editor(row.editor)

    def drag_label(self, row: ParameterRow) -> None:
        by = self.dice.randint(-40, 40)
        QTest.mousePress(row.label, Left, pos=QPoint(30, 10))
        QTest.mouseMove(row.label, QPoint(30 + by // 2, 10))
        QTest.mouseMove(row.label, QPoint(30 + by, 10))
        QTest.mouseRelease(row.label, Left, pos=QPoint(30 + by, 10))

    def use_editor(self, editor: ValueEditor) -> None:
        if isinstance(editor, SquareEditor):
            if self.dice.random() < 0.2:
                QTest.mouseClick(editor.link, Left)
                return
            editor = self.dice.choice(editor.parts)
        if isinstance(editor, FieldEditor):
            value, end = self.dice.choice(VALUES), self.end_key()
            self.note(value, end.name if end is not None else "")
            self.type_into(editor.field, value, end)
        elif isinstance(editor, TruthEditor):
            QTest.mouseClick(editor.box, Left, pos=editor.box.rect().center())
        else:
            box = editor.findChild(QComboBox)
            assert isinstance(box, QComboBox)
            box.setFocus()
            QTest.keyClick(box, self.dice.choice([Keys.Key_Up, Keys.Key_Down, Keys.Key_End]))
            below = getattr(editor, "below", None)
            fields = below.findChildren(QLineEdit) if isinstance(below, QWidget) else []
            if fields:
                self.type_into(self.dice.choice(fields), self.dice.choice(VALUES), self.end_key())

    def rename(self) -> None:
        if not self.document.selection.names:
            self.select_some()
        header = self.editor.inspector.node_page.header
        if not header.isVisible() or header.name.isReadOnly():
            return
        field, texts = self.dice.choice([(header.name, NAMES), (header.title, TEXTS[:3])])
        text, end = self.dice.choice(texts), self.end_key()
        self.note(text)
        self.type_into(field, text, end)

    def use_switches(self) -> None:
        page = self.editor.inspector.node_page
        if not page.isVisible():
            return
        if self.dice.random() < 0.5 or not page.shares.isVisible():
            QTest.mouseClick(page.muted, Left, pos=page.muted.rect().center())
        else:
            page.shares.setFocus()
            QTest.keyClick(page.shares, self.dice.choice([Keys.Key_Up, Keys.Key_Down]))

    def repeat(self) -> None:
        blocks = [
            n for n in self.names if type(self.document.graph.nodes[n].layer).__name__ == "Block"
        ]
        if not blocks:
            return
        self.document.selection.set([self.dice.choice(blocks)])
        row = self.editor.inspector.node_page.form.rows.get("repeat")
        if row is not None:
            self.use_editor(row.editor)

    def block_parameters(self) -> None:
        if not self.document.scope.block:
            return
        self.document.selection.clear()
        section = self.editor.inspector.network_page.parameters
        names = list(self.document.graph.parameters)
        if not names or (len(names) < 4 and self.dice.random() < 0.3):
            QTest.mouseClick(section.more, Left)
            return
        line = section.line(self.dice.choice(names))
        what = self.dice.choice(["name", "default", "default", "gone"])
        self.note(line.row_name, what)
        if what == "gone":
            QTest.mouseClick(line.gone, Left)
        elif what == "name":
            self.type_into(line.name, self.dice.choice(NAMES), self.end_key())
        else:
            self.type_into(line.default, self.dice.choice(VALUES), self.end_key())

    # Other panels --------------------------------------------------------------------------------

    def raised(self, name: str) -> QDockWidget:
        dock = self.editor.docks[name]
        dock.show()
        dock.raise_()
        return dock

    def repair(self) -> None:
        panel = self.editor.problems
        if not panel.problems:
            return
        self.raised("problems")
        if self.dice.random() < 0.1:
            panel.repair_all()
            return
        panel._view.setCurrentIndex(panel._model.index(self.dice.randrange(len(panel.problems)), 0))
        self.note(panel._current())
        QTest.keyClick(panel._view, Keys.Key_R)
        if self.dice.random() < 0.5:
            panel.repair_current()

    def choose_problem(self) -> None:
        self.raised("problems")
        QApplication.processEvents()
        panel = self.editor.problems
        if panel.problems:
            self.click_row(panel._view, self.dice.randrange(len(panel.problems)))

    def add_from_palette(self) -> None:
        self.raised("palette")
        tree = self.editor.palette.tree
        if not tree.model().rowCount():
            return
        group = tree.model().index(self.dice.randrange(tree.model().rowCount()), 0)
        tree.setExpanded(group, True)
        inside = tree.model().rowCount(group)
        index = tree.model().index(self.dice.randrange(inside), 0, group) if inside else group
        tree.setCurrentIndex(index)
        self.note(index.data())
        keys = [Keys.Key_F1, Keys.Key_Left, Keys.Key_Down]
        QTest.keyClick(tree, self.dice.choice(keys + [Keys.Key_Return] * (6 * self.may_grow)))
        if self.dice.random() < 0.1:
            QTest.keyClick(tree, Keys.Key_D, Mods.ControlModifier)

    def search_palette(self) -> None:
        self.raised("palette")
        field = self.editor.palette.search_field
        word = self.dice.choice([*WORDS, "zzz", "block", ""])
        self.note(word)
        end = self.dice.choice([Keys.Key_Escape, Keys.Key_Down] + [Keys.Key_Return] * self.may_grow)
        self.type_into(field, word, end)

    def drag_from_palette(self) -> None:
        if not self.may_grow:
            return
        data = QMimeData()
        blocks = [f"block:{name}" for name in self.document.graph.blocks]
        layer = self.dice.choice(["Conv2d", "ReLU", "Add", "Linear", "Input", "nothing", *blocks])
        data.setData("application/x-netloom-layer", layer.encode())
        wires = list(self.view.canvas.wires.values())
        at = self.somewhere()
        if wires and self.dice.random() < 0.5:
            at = self.hands.at(self.dice.choice(wires).path().pointAtPercent(0.5))
        self.note(layer, at.toTuple())
        port, copy = self.view.viewport(), Qt.DropAction.CopyAction
        for kind, place in ((QDragEnterEvent, at), (QDragMoveEvent, at)):
            QApplication.sendEvent(port, kind(place, copy, data, Left, Mods.NoModifier))
        if self.dice.random() < 0.2:
            self.undo()
        QApplication.sendEvent(port, QDropEvent(QPointF(at), copy, data, Left, Mods.NoModifier))

    def go_in_history(self) -> None:
        self.raised("history")
        view, now = self.editor.history.view, self.document.undo.index()
        row = max(0, min(now + self.dice.randint(-6, 6), view.model().rowCount() - 1))
        self.note(row)
        self.click_row(view, row)

    def use_source(self) -> None:
        self.raised("source")
        self.editor.source.refresh()
        lines = self.editor.source.view.blockCount()
        self.editor.source._choose(self.dice.randrange(lines))
        QTest.keyClicks(self.editor.source._search, self.dice.choice(["conv", "zzz", "def"]))
        self.editor.source.copy()

    def use_summary(self) -> None:
        self.raised("summary")
        self.editor.summary.refresh()
        QApplication.processEvents()
        view = self.editor.summary.view
        if view.model().rowCount():
            self.click_row(view, self.dice.randrange(view.model().rowCount()))
        header = view.horizontalHeader()
        if self.dice.random() < 0.3:
            at = QPoint(self.dice.randrange(max(1, header.width())), header.height() // 2)
            QTest.mouseClick(header.viewport(), Left, pos=at)

    def list_menu(self) -> None:
        name = self.dice.choice(["problems", "summary", "palette"])
        self.raised(name)
        QApplication.processEvents()
        views = {
            "problems": self.editor.problems._view,
            "summary": self.editor.summary.view,
            "palette": self.editor.palette.tree,
        }
        if name == "palette" and not self.may_grow:
            return
        self.note(name)
        self.pop_up_soon()
        at = QPoint(40, self.dice.randrange(10, 120))
        views[name].customContextMenuRequested.emit(at)

    def use_breadcrumbs(self) -> None:
        buttons = [b for b in self.editor.breadcrumbs.findChildren(QToolButton) if b.isVisible()]
        if buttons:
            button = self.dice.choice(buttons)
            self.note(button.text())
            QTest.mouseClick(button, Left, pos=QPoint(6, button.height() // 2))

    def into_block(self) -> None:
        graph = self.document.graph
        blocks = [n for n in self.names if type(graph.nodes[n].layer).__name__ == "Block"]
        if blocks:
            self.document.selection.set([self.dice.choice(blocks)])
            self.view.enter_block()

    # Keys, wheel, words --------------------------------------------------------------------------

    def random_keys(self) -> None:
        for _ in range(self.dice.randint(1, 6)):
            target = QApplication.focusWidget() or self.view
            if self.dice.random() < 0.6:
                key = self.dice.choice(PLAIN_KEYS)
                mods = self.dice.choice([Mods.NoModifier] * 5 + [Mods.ShiftModifier])
                self.note(key.name)
                self.pop_up_soon()
                QTest.keyClick(target, key, mods)
            else:
                letter = self.dice.choice(LETTERS)
                self.note(letter)
                QTest.keyClicks(target, letter)

    def wheel(self) -> None:
        at, by = self.somewhere(), self.dice.choice([-360, -120, 120, 360])
        mods = self.dice.choice([Mods.NoModifier, Mods.ControlModifier, Mods.ShiftModifier])
        port = self.view.viewport()
        event = QWheelEvent(
            QPointF(at), QPointF(port.mapToGlobal(at)), QPoint(), QPoint(0, by),
            Qt.MouseButton.NoButton, mods, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        self.note(by, mods.name)
        QApplication.sendEvent(port, event)

    def write_note(self) -> None:
        annotations = list(self.view.canvas.annotations.values())
        if annotations and self.dice.random() < 0.6:
            self.view.inline.edit_annotation(self.dice.choice(annotations))
        else:
            self.dice.choice([self.view.add_note, self.view.add_frame])()
        field = self.view.inline.field
        if field is not None:
            self.type(field, self.dice.choice(TEXTS).replace("\n", " "))
            if self.dice.random() < 0.3:
                self.undo()
            self.view.inline.commit()

    def burst(self) -> None:
        """Much undone and done again, as when a key is held."""
        steps, move = self.dice.randint(2, 15), self.dice.choice([self.undo, self.redo])
        self.note(move.__name__, steps)
        for _ in range(steps):
            move()
        if self.dice.random() < 0.5:
            QApplication.sendEvent(self.view, QEvent(QEvent.Type.Leave))
