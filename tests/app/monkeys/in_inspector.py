"""A monkey in the inspector: it selects, sets values, renames, mutes and shares."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from app.forms.parameter_editors import Editor as ValueEditor
from app.forms.parameter_editors import FieldEditor, SquareEditor, TruthEditor
from app.forms.parameter_row import ParameterRow
from tests.app.monkeys.on_canvas import Keys, Left, Right
from tests.app.monkeys.window_hands import WindowHands

VALUES = (
    "0", "1", "2", "3", "5", "8", "-1", "0.5", "1e-3", "2*8", "none", "", "same", "3, 5", "wrong",
    "width", "2 * width", "(1, 2)", "99999999999", "true",
)  # fmt: skip
NAMES = ("a", "b", "net", "x1", "conv", "forward", "class", "ﬁ", "", "two words", "Größe", "self")
TEXTS = ("", "A title", "<b>bold</b>", "# Head\n* one\n* two", "π ≈ 3.14", "$x$")


class InspectorMonkey(WindowHands):
    """Changes what is selected by the fields, switches and lists of the inspector."""

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
