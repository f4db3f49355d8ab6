"""A monkey in the other panels: problems, palette, history, source, summary, breadcrumbs."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QToolButton

from tests.app.monkeys.on_canvas import WORDS, Keys, Left, Mods
from tests.app.monkeys.window_hands import WindowHands


class PanelMonkey(WindowHands):
    """Goes to a panel and does what there is to do."""

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
