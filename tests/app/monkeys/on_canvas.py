"""A monkey with a mouse and keys on a canvas."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.canvas.view import CanvasView
from graph_engine import edits
from tests.app.canvas.conftest import Hands
from tests.app.monkeys.hand import Monkey

MOST_NODES = 40
WORDS = (
    "conv",
    "relu",
    "fc",
    "skip",
    "pool",
    "lstm",
    "dropout",
    "input",
    "output",
    "concat",
    "flatten",
)
Left, Right, Middle = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.RightButton,
    Qt.MouseButton.MiddleButton,
)
Keys, Mods = Qt.Key, Qt.KeyboardModifier


class CanvasMonkey(Monkey):
    """Knows what is on the canvas, so that its actions often mean something."""

    def __init__(self, view: CanvasView, seed: int) -> None:
        super().__init__(seed)
        self.view, self.hands = view, Hands(view)
        self.actions = [
            (self.click, 6), (self.drag, 10), (self.wire, 14), (self.pull_wire, 5), (self.bend, 5),
            (self.knife, 2), (self.search, 8), (self.drop_wire, 5), (self.key, 10), (self.command, 10),
            (self.undo, 6), (self.redo, 5), (self.zoom, 4), (self.double_click, 3), (self.held, 5),
        ]  # fmt: skip

    @property
    def names(self) -> list[str]:
        return list(self.view.document.graph.nodes)

    @property
    def may_grow(self) -> bool:
        return len(self.names) < MOST_NODES

    def anywhere(self) -> QPoint:
        area = self.view.viewport().rect()
        return QPoint(
            self.dice.randint(0, max(area.width(), 1)), self.dice.randint(0, max(area.height(), 1))
        )

    def somewhere(self) -> QPoint:
        if self.names and self.dice.random() < 0.7:
            name = self.dice.choice(self.names)
            self.bring_into_view(name)
            return self.hands.node(name)
        return self.anywhere()

    def bring_into_view(self, name: str) -> None:
        """Nobody reaches for what is not to be seen."""
        if not self.view.viewport().rect().contains(self.hands.node(name)):
            self.view.zoom_to_fit()
            self.view.land()
            self.note("in view")

    def mods(self) -> Qt.KeyboardModifier:
        return self.dice.choice(
            [Mods.NoModifier] * 4 + [Mods.ShiftModifier, Mods.ControlModifier, Mods.AltModifier]
        )

    def click(self) -> None:
        self.hands.click(self.somewhere(), self.mods())

    def drag(self) -> None:
        button = self.dice.choice([Left, Left, Left, Middle, Right])
        start = self.somewhere()
        end = start + QPoint(self.dice.randint(-200, 200), self.dice.randint(-150, 150))
        mods = Mods.NoModifier if button == Right else self.mods()
        if button == Right and (end - start).manhattanLength() < 12:
            return
        self.note(button.name, mods.name, start.toTuple(), end.toTuple())
        self.hands.drag(start, end, mods, button)

    def port(self, *, output: bool) -> QPoint | None:
        items = [self.view.canvas.nodes[name] for name in self.names]
        items = [
            i
            for i in items
            if (i.outline.outputs if output else i.outline.inputs or i.outline.more)
        ]
        if not items:
            return None
        item = self.dice.choice(items)
        self.bring_into_view(item.name)
        names = [n for n, _ in (item.outline.outputs if output else item.outline.inputs)]
        if item.outline.more and not output:
            names.append(item.outline.more)
        name = self.dice.choice(names)
        self.note(f"{item.name}.{name}")
        return self.hands.at(item.port(name, output=output))

    def wire(self) -> None:
        ends = [self.port(output=True), self.port(output=False)]
        self.dice.shuffle(ends)
        start, end = ends
        if start is not None and end is not None:
            self.hands.drag(start, end)

    def pull_wire(self) -> None:
        wires = list(self.view.canvas.wires.values())
        if wires:
            wire = self.dice.choice(wires)
            at = wire.path().pointAtPercent(self.dice.uniform(0.1, 0.9))
            self.note(wire.target)
            mods = self.dice.choice([Mods.NoModifier, Mods.AltModifier])
            self.hands.drag(self.hands.at(at), self.somewhere(), mods)

    def bend(self) -> None:
        """Adds a point to a wire, or takes hold of one that is there."""
        wires = list(self.view.canvas.wires.values())
        if wires:
            wire = self.dice.choice(wires)
            at = wire.path().pointAtPercent(self.dice.uniform(0.1, 0.9))
            if wire.bends and self.dice.random() < 0.7:
                at = QPointF(*self.dice.choice(wire.bends))
            self.note(wire.target)
            if self.dice.random() < 0.5:
                self.hands.click(self.hands.at(at), self.mods())
            else:
                self.hands.drag(self.hands.at(at), self.anywhere())

    def knife(self) -> None:
        self.hands.drag(self.anywhere(), self.anywhere(), Mods.ControlModifier, Right)

    def search(self) -> None:
        if self.may_grow:
            word = self.dice.choice(WORDS)
            self.note(word)
            self.hands.type(word)

    def drop_wire(self) -> None:
        start = self.port(output=self.dice.random() < 0.6)
        if start is None:
            return
        self.hands.drag(start, self.anywhere())
        popup = self.view.searching.popup
        if popup.isVisible():
            QTest.keyClicks(popup.field, self.dice.choice(["", "re", "zzz", "conv"]))
            key = Keys.Key_Return if self.may_grow else Keys.Key_Escape
            QTest.keyClick(popup.field, key)
            QTest.keyClick(popup.field, Keys.Key_Escape)

    def key(self) -> None:
        arrows = [Keys.Key_Left, Keys.Key_Right, Keys.Key_Up, Keys.Key_Down]
        others = [Keys.Key_Delete, Keys.Key_Escape, Keys.Key_C, Keys.Key_Backspace]
        key = self.dice.choice(arrows * 2 + others)
        self.note(key.name)
        self.hands.key(key)

    def command(self) -> None:
        view = self.view
        grow = ["duplicate_selection", "paste", "ungroup_selection"]
        runs = [
            "copy", "cut", "delete_selection", "tidy", "group_selection", "toggle_muted", "enter_block",
            "leave_block", "align left", "align middle", "distribute vertically", "straighten",
            "zoom_to_fit", "add_note", "add_frame", "toggle_minimap", "toggle_collapsed", "add_point",
            "remove_points", "select_lasso", "select_before", "select_behind", "find_layers",
            "find_next", "keep_view 1", "go_to_view 1",
        ]  # fmt: skip
        name, *arguments = self.dice.choice(runs + (grow if self.may_grow else [])).split()
        self.note(name, *arguments)
        getattr(view, name)(*arguments)
        view.inline.commit()

    def undo(self) -> None:
        self.view.document.undo.undo()

    def redo(self) -> None:
        self.view.document.undo.redo()

    def zoom(self) -> None:
        self.view.set_zoom(self.dice.choice([0.3, 0.5, 0.8, 1.0, 1.6]), QPointF(self.somewhere()))

    def double_click(self) -> None:
        QTest.mouseDClick(self.hands.port, Left, pos=self.somewhere())
        self.view.searching.close()
        self.view.inline.close_quietly()

    def held(self) -> None:
        """A gesture that is interrupted: by Esc, by undo, by a wheel, by another edit."""
        start = self.port(output=True) if self.dice.random() < 0.5 else self.somewhere()
        start = start or self.anywhere()
        end = self.anywhere()
        self.hands.drag(start, end, let_go=False)
        breaks: list[Callable[[], None]] = [
            self.undo,
            self.redo,
            self.zoom,
            self.edit,
            self.escape,
        ]
        interrupt = self.dice.choice(breaks)
        self.note(interrupt.__name__)
        interrupt()
        QTest.mouseRelease(self.hands.port, Left, pos=end)
        self.view.searching.close()

    def edit(self) -> None:
        if self.names:
            document = self.view.document
            document.do("Move", edits.move(document.graph, [self.dice.choice(self.names)], (4, 4)))

    def escape(self) -> None:
        self.hands.key(Keys.Key_Escape)
