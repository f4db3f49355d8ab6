"""Whether everything that a window shows is what its document says."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton

from app.canvas.captions import shortened
from app.editor import Editor
from app.forms.grammar import written
from app.forms.parameter_editors import MIXED, FieldEditor
from app.main_window import MainWindow
from app.panels.chosen import shared_value
from app.panels.problem_list import found_problems
from app.panels.source import MOST_AT_ONCE as MOST_WRITTEN
from app.panels.source import size_of
from app.panels.summary import MOST_AT_ONCE as MOST_COUNTED
from graph_engine.codegen import make_source
from graph_engine.errors import DesignError
from graph_engine.graph import Graph
from graph_engine.inference import Inference
from graph_engine.layers.shape import shape_text
from graph_engine.summary import summarize
from tests.app.canvas.conftest import agree


def window_agrees(window: MainWindow) -> None:
    """Asserts it for what is cheap to compare; the events that are due are handled before."""
    editor = window.editor
    assert editor is not None
    document = editor.document
    QApplication.processEvents()  # a field that lost the focus may have its change made here
    document.infer_now()
    QApplication.processEvents()
    editor.canvas.tidying.finish()
    assert editor.canvas.tool.is_idle
    agree(editor.canvas)
    shapes_agree(editor)
    problems_agree(window)
    inspector_agrees(editor)
    steps = editor.history.view.model()
    assert steps.rowCount() == document.undo.count() + 1
    depth = len(document.scope.blocks)
    assert len(editor.breadcrumbs.findChildren(QToolButton)) >= 1 + depth
    actions = window.actions_by_id
    assert actions["edit.undo"].isEnabled() == document.undo.canUndo()
    assert actions["edit.redo"].isEnabled() == document.undo.canRedo()
    assert actions["block.leave"].isEnabled() == bool(document.scope.blocks)
    assert actions["edit.delete"].isEnabled() == bool(document.selection.names)
    assert window.isWindowModified() == document.is_modified


def shapes_agree(editor: Editor) -> None:
    """The shapes on the wires are those of an inference that starts from nothing."""
    document, canvas = editor.document, editor.canvas.canvas
    graph = document.graph
    fresh = Inference(Graph.opened(graph.definition(), dict(graph.blocks)))
    for target, wire in canvas.wires.items():
        kind = fresh.type_at(graph.wires[target])
        assert canvas.label(wire) == (shortened(shape_text(kind.shape), 24) if kind else "")
    assert sorted(map(repr, document.inference.problems())) == sorted(map(repr, fresh.problems()))
    refused = {name for name, found in fresh.refused.items() if found.problem}
    assert canvas.wrong == refused


def problems_agree(window: MainWindow) -> None:
    """The list of problems and the status bar's count."""
    assert window.editor is not None
    found = found_problems(window.editor.document)
    assert sorted(map(repr, window.editor.problems.problems)) == sorted(map(repr, found))
    errors = sum(problem.severity == "error" for problem in found)
    assert window.counts.text().startswith(f"{errors} error") or not errors
    assert bool(found) != (window.counts.text() == "No problems")


def inspector_agrees(editor: Editor) -> None:
    """The form shows the values of what is selected; a field that is being typed into may differ."""
    document, page = editor.document, editor.inspector.node_page
    names = list(document.selection.names)
    assert set(names) <= document.graph.nodes.keys()
    pages = editor.inspector._pages
    assert pages.currentIndex() == bool(names)
    if not names:
        return
    nodes = [document.graph.nodes[name] for name in names]
    assert page._nodes == nodes
    header = page.header
    if len(names) == 1 and not is_typed(header.name) and not header.refusal.text():
        assert header.name.text() == names[0]
    for name, row in page.form.rows.items():
        value = shared_value(document.graph, nodes, name)
        shown = row.editor
        if not isinstance(shown, FieldEditor) or is_typed(shown.field):
            continue
        if not (row.refusal.text() or shown._sentence or row.formula.isVisibleTo(row)):
            text = "" if value is MIXED else written(value, row.parameter.kind)
            assert shown.field.text() == text, (name, value)


def is_typed(field: QLineEdit) -> bool:
    """Whether somebody is writing in a field, also while another window is in front."""
    return field.isModified() or field.window().focusWidget() is field


def panels_agree(window: MainWindow) -> None:
    """Asserts it for what is dear to compare: the source and the summary."""
    editor = window.editor
    assert editor is not None
    document = editor.document
    if document.inference.size() <= MOST_COUNTED:
        editor.summary.refresh()
        counted = summarize(document.inference, editor.summary._chosen)
        assert editor.summary.summary == counted
    editor.source.refresh()
    network = document.project.networks[document.scope.network]
    if size_of(network) > MOST_WRITTEN:
        return
    try:
        text = make_source(Inference(network)).text
    except DesignError:
        return
    assert editor.source.source is not None
    assert editor.source.source.text == text
    assert editor.source.view.toPlainText().rstrip() == text.rstrip()
