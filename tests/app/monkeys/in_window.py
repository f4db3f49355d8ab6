"""A monkey in the whole window: canvas, panels, menus, dialogs, keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QDialog, QLineEdit

from app.dialogs.command_palette import COMMAND
from app.main_window import MainWindow
from tests.app.monkeys.in_inspector import TEXTS, InspectorMonkey
from tests.app.monkeys.in_panels import PanelMonkey
from tests.app.monkeys.on_canvas import Keys, Mods

LEAVING = frozenset({
    "file.new", "file.open", "file.welcome", "file.save", "file.save_as", "file.export", "file.close",
    "file.quit", "train.start", "train.step", "train.go_on", "help.tour",
})  # fmt: skip
GROWING = frozenset({"edit.paste", "edit.duplicate", "block.ungroup"})
LETTERS = "abcdlmnrtyzACLMTX0129 .,?+-*/()"
PLAIN_KEYS = (
    Keys.Key_Tab, Keys.Key_Backtab, Keys.Key_Return, Keys.Key_Escape, Keys.Key_Delete, Keys.Key_Left,
    Keys.Key_Right, Keys.Key_Up, Keys.Key_Down, Keys.Key_Home, Keys.Key_End, Keys.Key_PageUp,
    Keys.Key_PageDown, Keys.Key_Space, Keys.Key_F1, Keys.Key_Backspace, Keys.Key_Menu,
)  # fmt: skip


class WindowMonkey(InspectorMonkey, PanelMonkey):
    """Uses what it finds in the window as a person would, by events and by actions."""

    def __init__(self, window: MainWindow, seed: int) -> None:
        super().__init__(window, seed)
        self.actions += [
            (self.menu_action, 16), (self.set_value, 16), (self.rename, 4), (self.use_switches, 3),
            (self.repair, 5), (self.choose_problem, 3), (self.add_from_palette, 4),
            (self.drag_from_palette, 4), (self.search_palette, 3), (self.go_in_history, 2),
            (self.use_source, 2), (self.use_summary, 3), (self.use_breadcrumbs, 2), (self.use_docks, 3),
            (self.use_commands, 4), (self.use_dialogs, 2), (self.random_keys, 8), (self.wheel, 4),
            (self.write_note, 3), (self.burst, 3), (self.block_parameters, 5), (self.list_menu, 3),
            (self.select_some, 5), (self.resize, 1), (self.into_block, 4), (self.repeat, 3),
        ]  # fmt: skip

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
