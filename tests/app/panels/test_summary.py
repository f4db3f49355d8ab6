"""The summary panel counts what ``netloom summary`` counts, can be sorted, and leads to the layers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.panels.summary import SummaryPanel
from app.panels.summary_table import COLUMNS, SHARE, as_csv, as_markdown
from app.theme import Theme
from graph_engine import NetworkBuilder, edits, templates
from graph_engine.graph import PortRef
from graph_engine.inference import Inference
from graph_engine.project import Project
from graph_engine.summary import summarize

PARAMETERS, MEMORY, SEES = 3, 5, 6


def shown(panel: SummaryPanel, qtbot: QtBot) -> SummaryPanel:
    qtbot.addWidget(panel)
    panel.resize(900, 300)
    with qtbot.waitSignal(panel.shown_anew):
        panel.show()
    return panel


@pytest.fixture
def residual() -> Iterator[Document]:
    made = Document(templates.new("resnet-digits"))
    yield made
    made.deleteLater()


@pytest.fixture
def panel(residual: Document, theme: Theme, icons: Icons, qtbot: QtBot) -> SummaryPanel:
    return shown(SummaryPanel(residual, theme, icons), qtbot)


def column(panel: SummaryPanel, number: int) -> list[str]:
    model = panel.view.model()
    return [model.index(row, number).data() for row in range(model.rowCount(QModelIndex()))]


def test_the_rows_and_sums_are_those_of_the_engine(panel: SummaryPanel, residual: Document) -> None:
    counted = summarize(Inference(residual.graph))
    assert panel.table.rows == list(counted.rows)
    assert f"{counted.parameters:,} parameters" in panel._totals.text()
    assert f"{counted.multiply_adds:,} multiply-adds" in panel._totals.text()


def test_bars_are_shares_of_the_largest(panel: SummaryPanel) -> None:
    counts = [row.parameters for row in panel.table.rows]
    model = panel.view.model()
    shares = [model.index(row, PARAMETERS).data(SHARE) for row in range(len(counts))]
    assert max(shares) == 1.0
    assert shares == [count / max(counts) for count in counts]
    assert model.index(0, 0).data(SHARE) == 0.0


def test_each_column_sorts_by_its_values(panel: SummaryPanel) -> None:
    # given the order of the data flow
    flow = column(panel, 0)

    # when the heads are used
    panel.view.sortByColumn(PARAMETERS, Qt.SortOrder.DescendingOrder)
    counts = [row.parameters for row in panel.table.rows]
    assert counts == sorted(counts, reverse=True)
    panel.view.sortByColumn(MEMORY, Qt.SortOrder.AscendingOrder)
    sizes = [row.activation_bytes for row in panel.table.rows]
    assert sizes == sorted(sizes)
    panel.view.sortByColumn(SEES, Qt.SortOrder.AscendingOrder)
    fields = [row.receptive_field for row in panel.table.rows]
    known = [field for field in fields if field]
    assert fields == sorted(known) + [()] * (len(fields) - len(known))

    # then the data flow can be had again
    panel.order_by_flow()
    assert column(panel, 0) == flow


def test_the_order_stays_when_the_drawing_changes(
    panel: SummaryPanel, residual: Document, qtbot: QtBot
) -> None:
    panel.view.sortByColumn(PARAMETERS, Qt.SortOrder.DescendingOrder)
    with qtbot.waitSignal(panel.shown_anew):
        change = edits.set_parameter(residual.graph, "classifier", "out_features", 4000)
        residual.do("Set", change)
    assert panel.table.rows[0].name == "classifier"


def test_a_click_on_a_layer_in_a_block_goes_to_the_block(
    panel: SummaryPanel, residual: Document, qtbot: QtBot
) -> None:
    number = next(n for n, name in enumerate(column(panel, 0)) if name.count(".") > 1)
    place = panel.view.visualRect(panel.view.model().index(number, 0)).center()
    with qtbot.waitSignal(panel.revealed) as told:
        qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == ["residuals"]
    assert residual.selection.names == ("residuals",)
    assert panel.view.currentIndex().row() == number


def test_selecting_a_layer_selects_its_row(panel: SummaryPanel, residual: Document) -> None:
    residual.selection.set(["classifier"])
    assert column(panel, 0)[panel.view.currentIndex().row()] == "classifier"
    residual.selection.clear()
    assert not panel.view.selectionModel().hasSelection()


def test_the_table_is_copied_as_markdown_and_csv(panel: SummaryPanel) -> None:
    # when both are copied
    panel._markdown.trigger()
    markdown = QGuiApplication.clipboard().text()
    panel._csv.trigger()
    text = QGuiApplication.clipboard().text()

    # then each has all rows, and csv has plain numbers
    rows = panel.table.rows
    assert markdown == as_markdown(panel.summary)
    assert markdown.splitlines()[0].count("|") == len(COLUMNS) + 1
    assert sum(line.startswith("| ") for line in markdown.splitlines()) == len(rows) + 2
    read = list(csv.DictReader(io.StringIO(text)))
    assert text == as_csv(panel.summary)
    assert [int(row["parameters"]) for row in read] == [row.parameters for row in rows]


def test_a_broken_drawing_counts_what_is_known(
    panel: SummaryPanel, residual: Document, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(panel.shown_anew):
        residual.do("Cut", edits.disconnect(residual.graph, PortRef("flatten", "input")))
    assert "stem" in column(panel, 0)
    assert "classifier" not in column(panel, 0)


def test_an_empty_drawing_says_what_will_be_here(theme: Theme, icons: Icons, qtbot: QtBot) -> None:
    document = Document(Project("empty", NetworkBuilder("main").graph))
    panel = shown(SummaryPanel(document, theme, icons), qtbot)
    assert panel._empty.isVisible()
    document.deleteLater()


def test_sizes_without_a_number_can_be_given_one(theme: Theme, icons: Icons, qtbot: QtBot) -> None:
    # given a network over sequences of any length
    net = NetworkBuilder("main")
    x = net.input("tokens", shape=("T", 16))
    net.output("out", net.add("LSTM", x, hidden_size=8))
    document = Document(Project("sequences", net.graph))
    panel = shown(SummaryPanel(document, theme, icons), qtbot)
    before = panel.summary.multiply_adds
    field = panel._fields["T"]
    assert field.text() == "64"

    # when a length is typed
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "128")
    qtbot.keyClick(field, Qt.Key.Key_Return)

    # then the table counts with it, and goes on doing so after an edit
    assert panel.summary.sizes == {"T": 128}
    assert panel.summary.multiply_adds == 2 * before
    with qtbot.waitSignal(panel.shown_anew):
        document.do("Rename", edits.rename(document.graph, "lstm1", "memory"))
    assert panel._fields["T"].text() == "128"
    document.deleteLater()


def test_a_large_network_is_counted_beside_the_window(
    theme: Theme, icons: Icons, qtbot: QtBot
) -> None:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(3, 16, 16))
    for _ in range(300):
        x = net.add("Conv2d", x, out_channels=4, kernel_size=3, padding=1)
    net.output("out", x)
    document = Document(Project("large", net.graph))
    panel = shown(SummaryPanel(document, theme, icons), qtbot)
    assert panel.summary == summarize(Inference(document.graph))
    document.deleteLater()
