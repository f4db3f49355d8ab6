"""What hands and eyes of a test do at the inspector: find a row, type into it, read a value."""

from __future__ import annotations

from typing import Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.document import Document
from app.forms.parameter_editors import (
    FieldEditor,
)
from app.forms.parameter_row import ParameterRow
from app.panels.inspector import Inspector
from graph_engine import edits


def row(inspector: Inspector, name: str) -> ParameterRow:
    return inspector.node_page.form.rows[name]


def field(inspector: Inspector, name: str) -> QLineEdit:
    editor = row(inspector, name).editor
    assert isinstance(editor, FieldEditor)
    return editor.field


def retype(line: QLineEdit, text: str) -> None:
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)


def value(document: Document, node: str, name: str) -> Any:
    return document.graph.nodes[node].layer.values()[name]


def with_block(document: Document) -> None:
    document.do("Group", edits.group(document.graph, ["conv1", "relu1"], "stem"))
    document.infer_now()
