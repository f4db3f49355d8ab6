"""The source panel shows what ``netloom code`` prints, and leads from lines to layers and back."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QThreadPool, QTimer
from PySide6.QtGui import QGuiApplication, QRawFont, QTextLayout
from pytestqt.qtbot import QtBot

from app.document import Document, Scope
from app.icons import Icons
from app.panels.highlighting import inside_texts, spans
from app.panels.source import SourcePanel
from app.panels.source_view import SourceView, _contrast, readable
from app.theme import Theme
from graph_engine import NetworkBuilder, edits, templates
from graph_engine.codegen import generate_source
from graph_engine.graph import PortRef
from graph_engine.project import Project


@pytest.fixture
def panel(document: Document, theme: Theme, icons: Icons, qtbot: QtBot) -> SourcePanel:
    return shown(SourcePanel(document, theme, icons), qtbot)


def shown(panel: SourcePanel, qtbot: QtBot) -> SourcePanel:
    qtbot.addWidget(panel)
    panel.resize(500, 300)
    with qtbot.waitSignal(panel.shown_anew):
        panel.show()
    return panel


def line_of(panel: SourcePanel, text: str) -> int:
    lines = panel.view.toPlainText().split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_the_text_is_that_of_the_command(panel: SourcePanel, document: Document) -> None:
    assert panel.view.toPlainText() == generate_source(document.graph)


@pytest.mark.parametrize("name", templates.names())
def test_every_template_reads_the_same(name: str, theme: Theme, icons: Icons, qtbot: QtBot) -> None:
    document = Document(templates.new(name))
    panel = shown(SourcePanel(document, theme, icons), qtbot)
    assert panel.view.toPlainText() == generate_source(document.graph)
    document.deleteLater()


def test_edits_undo_and_redo_are_followed(
    panel: SourcePanel, document: Document, qtbot: QtBot
) -> None:
    texts = [panel.view.toPlainText()]
    steps: tuple[Callable[[], object], ...] = (
        lambda: document.do("Rename", edits.rename(document.graph, "linear1", "head")),
        lambda: document.do("Set", edits.set_parameter(document.graph, "conv1", "bias", False)),
        document.undo.undo,
        document.undo.undo,
        document.undo.redo,
    )

    # when one step follows the other
    for step in steps:
        with qtbot.waitSignal(panel.shown_anew):
            step()
        texts.append(panel.view.toPlainText())

        # then the text is always that of the drawing
        assert texts[-1] == generate_source(document.graph)
    assert texts[0] == texts[4] != texts[1] == texts[5]


def test_moving_a_layer_writes_nothing_anew(
    panel: SourcePanel, document: Document, qtbot: QtBot
) -> None:
    with qtbot.assertNotEmitted(panel.shown_anew, wait=300):
        document.do("Move", edits.move(document.graph, ["conv1"], (40.0, 0.0)))


def test_a_hidden_panel_waits_until_it_is_seen(
    panel: SourcePanel, document: Document, qtbot: QtBot
) -> None:
    panel.hide()
    with qtbot.assertNotEmitted(panel.shown_anew, wait=300):
        document.do("Rename", edits.rename(document.graph, "linear1", "head"))
    with qtbot.waitSignal(panel.shown_anew):
        panel.show()
    assert "head" in panel.view.toPlainText()


def test_a_faulty_drawing_keeps_the_last_good_text_and_says_why(
    panel: SourcePanel, document: Document, qtbot: QtBot
) -> None:
    good = panel.view.toPlainText()

    # when a wire is cut
    with qtbot.waitSignal(panel.shown_anew):
        document.do("Cut", edits.disconnect(document.graph, PortRef("linear1", "input")))

    # then the text stays, grey, under a banner with the first sentence
    assert panel.view.toPlainText() == good
    was_stale = panel.view.is_stale
    assert was_stale
    assert "linear1 (Linear) has nothing wired" in panel._banner.text()
    assert panel._banner.isVisible()

    # and when it is repaired, the banner goes
    with qtbot.waitSignal(panel.shown_anew):
        document.undo.undo()
    assert not panel.view.is_stale
    assert not panel._banner.isVisible()


def test_without_any_good_text_the_reason_is_said(theme: Theme, icons: Icons, qtbot: QtBot) -> None:
    document = Document(Project("empty", NetworkBuilder("main").graph))
    panel = shown(SourcePanel(document, theme, icons), qtbot)
    assert panel._empty.isVisible()
    assert "has no Input" in panel._empty._sentence.text()
    document.deleteLater()


def test_a_selected_layer_marks_its_lines(panel: SourcePanel, document: Document) -> None:
    assert panel.source is not None
    document.selection.set(["linear1"])
    marked = [s.cursor.blockNumber() + 1 for s in panel.view.extraSelections()]
    assert marked == panel.source.lines_of("main", "linear1") != []
    document.selection.clear()
    assert panel.view.extraSelections() == []


def test_a_click_on_a_line_selects_its_layer(
    panel: SourcePanel, document: Document, qtbot: QtBot
) -> None:
    view, number = panel.view, line_of(panel, "nn.Linear")
    view.scroll_to(number)
    block = view.document().findBlockByNumber(number - 1)
    top = view.blockBoundingGeometry(block).translated(view.contentOffset()).top()
    place = QPoint(60, round(top) + 6)

    # when the line of the Linear is clicked
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)

    # then it is selected
    assert document.selection.names == ("linear1",)


def test_in_a_block_the_lines_of_its_class_lead_to_its_layers(
    theme: Theme, icons: Icons, qtbot: QtBot
) -> None:
    # given a network with a block, opened
    document = Document(templates.new("resnet-digits"))
    panel = shown(SourcePanel(document, theme, icons), qtbot)
    network = document.project.networks[document.scope.network]
    block = next(iter(document.project.blocks))
    with qtbot.waitSignal(panel.shown_anew):
        document.show(Scope(document.scope.network, (block,)))

    # then the text is still that of the network, and lines of the block select its layers
    assert panel.view.toPlainText() == generate_source(network)
    assert panel.source is not None
    number, place = next((n, p) for n, p in panel.source.lines.items() if p.graph == block)
    panel.view.line_clicked.emit(number)
    assert list(document.selection.names) == [place.node]

    # and a line of the network around it selects nothing here
    document.selection.clear()
    outer = next(n for n, p in panel.source.lines.items() if p.graph != block)
    panel.view.line_clicked.emit(outer)
    assert list(document.selection.names) == []
    document.deleteLater()


def test_writing_anew_keeps_the_place(panel: SourcePanel, document: Document, qtbot: QtBot) -> None:
    panel.resize(400, 120)
    bar = panel.view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 4)
    bar.setValue(4)
    with qtbot.waitSignal(panel.shown_anew):
        document.do("Rename", edits.rename(document.graph, "linear1", "head"))
    assert bar.value() == 4


def test_find_goes_round_and_says_when_there_is_nothing(panel: SourcePanel, qtbot: QtBot) -> None:
    qtbot.keyClicks(panel._search, "nn.")
    lines = []
    for _ in range(40):
        lines.append(panel.view.textCursor().blockNumber())
        assert panel.view.textCursor().selectedText() == "nn."
        qtbot.keyClick(panel._search, Qt.Key.Key_Return)
    assert len(set(lines)) > 1
    assert lines != sorted(lines)
    qtbot.keyClicks(panel._search, "zzz")
    assert panel._told.text() == "Not found"


def test_copy_and_save_give_the_whole_text(panel: SourcePanel, tmp_path: Path) -> None:
    assert panel.source is not None
    panel._tools["copy"].click()
    assert QGuiApplication.clipboard().text() == panel.source.text
    file = tmp_path / "network.py"
    assert panel.save(file)
    assert file.read_text(encoding="utf-8") == panel.source.text
    assert not panel.save(tmp_path / "nowhere" / "network.py")
    assert "cannot be written" in panel._told.text()


def large(count: int) -> Document:
    net = NetworkBuilder("main")
    x = net.input("image", shape=(3, 32, 32))
    for _ in range(count):
        x = net.add("ReLU", net.add("Conv2d", x, out_channels=8, kernel_size=3, padding=1))
    net.output("out", x)
    return Document(Project("large", net.graph))


def test_a_large_network_is_written_beside_the_window(
    theme: Theme, icons: Icons, qtbot: QtBot
) -> None:
    # given a network of 800 layers
    document = large(400)
    panel = shown(SourcePanel(document, theme, icons), qtbot)
    assert panel.view.toPlainText() == generate_source(document.graph)

    # when two edits come before the first text is done
    with qtbot.waitSignal(panel.shown_anew):
        document.do("Rename", edits.rename(document.graph, "conv1", "first"))
        panel.refresh()
        document.do("Rename", edits.rename(document.graph, "first", "begin"))
        panel.refresh()

    # then only the last one is shown
    assert panel.view.toPlainText() == generate_source(document.graph)
    QThreadPool.globalInstance().waitForDone()
    document.deleteLater()


def test_a_panel_that_is_gone_takes_no_answer(theme: Theme, icons: Icons, qtbot: QtBot) -> None:
    document = large(400)
    panel = SourcePanel(document, theme, icons)
    panel.refresh()
    panel.deleteLater()
    qtbot.wait(20)
    QThreadPool.globalInstance().waitForDone()
    qtbot.wait(20)
    document.deleteLater()


def test_the_window_goes_on_while_a_large_source_is_written(
    theme: Theme, icons: Icons, qtbot: QtBot
) -> None:
    # given a timer that notes when it is called
    document = large(1000)
    panel = shown(SourcePanel(document, theme, icons), qtbot)
    turns: list[float] = []
    timer = QTimer()
    timer.setInterval(1)
    timer.timeout.connect(lambda: turns.append(time.perf_counter()))
    timer.start()

    # when the text of 2,000 layers is written anew
    with qtbot.waitSignal(panel.shown_anew):
        document.do("Rename", edits.rename(document.graph, "conv500", "middle"))
    timer.stop()

    # then the loop went on turning meanwhile
    pauses = sorted(b - a for a, b in pairwise(turns))
    assert len(pauses) > 20
    assert pauses[len(pauses) * 9 // 10] < 0.02
    document.deleteLater()


def test_only_what_differs_is_replaced(theme: Theme, qtbot: QtBot) -> None:
    view = SourceView(theme)
    qtbot.addWidget(view)
    texts = (
        "",
        "a\nb\nc",
        "a\nc",
        "c",
        "a\nb\nc\n",
        "x\na\nb\nc\n",
        "a\nb\n\n\nc",
        "",
        "\n",
        "a",
        "a\na",
    )
    for text in texts:
        view.show_text(text)
        assert view.toPlainText() == text


@pytest.mark.parametrize("preference", ["light", "dark"])
def test_every_colour_can_be_read(theme: Theme, preference: str) -> None:
    theme.prefer("dark" if preference == "dark" else "light")
    for token in ("attention", "accent", "linear", "good", "activation", "second"):
        panel = theme.color("panel")
        assert _contrast(readable(theme.color(token), panel), panel) >= 4.5


def test_lines_are_coloured_one_by_one() -> None:
    line = "x = nn.Conv2d(3, bias=False)  # 8×8"
    kinds = {line[s.start : s.start + s.length]: s.kind for s in spans(line)}
    assert kinds["3"] == "number"
    assert kinds["False"] == "constant"
    assert kinds["# 8×8"] == "comment"


def test_a_text_over_several_lines_is_one_colour() -> None:
    lines = ['    """One', "    def not_code", '    """', "def code(): ..."]
    assert inside_texts(lines) == [False, True, True, False]
    assert [s.kind for s in spans(lines[1], True)] == ["text"]
    assert [s.kind for s in spans(lines[2], True)] == ["text"]
    assert "keyword" in [s.kind for s in spans(lines[3])]


def test_source_is_shown_letter_by_letter(theme: Theme) -> None:
    # given what JetBrains Mono would draw as one arrow: then each letter has its own width
    font = theme.mono(12)
    for pair in ("->", "!=", ">=", "=="):
        run = QTextLayout(pair, font)
        run.beginLayout()
        run.createLine()
        run.endLayout()
        glyphs = [index for part in run.glyphRuns() for index in part.glyphIndexes()]
        alone = [QRawFont.fromFont(font).glyphIndexesForString(letter)[0] for letter in pair]
        assert glyphs == alone, pair
