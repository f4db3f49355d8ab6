"""An exported drawing is a file of its kind, as large as the drawing, and holds what was drawn."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QBrush, QColor, QImage, QPen
from PySide6.QtWidgets import QApplication, QFileDialog, QGraphicsScene, QPushButton
from pytestqt.qtbot import QtBot

from app.dialogs.export import EDGE, LARGEST, Drawing, export_drawing, rendered, write
from app.dialogs.export_options import ExportOptions, Options
from app.theme import Theme
from graph_engine.errors import DesignError

RED = QColor("#C02020")


@pytest.fixture
def scene(theme: Theme) -> QGraphicsScene:
    made = QGraphicsScene()
    made.setBackgroundBrush(theme.color("canvas"))
    made.addRect(0, 0, 100, 50, QPen(RED, 0), QBrush(RED))
    made.addText("conv1").setPos(10, 10)
    return made


def test_a_png_has_the_scale_that_was_asked_for(scene: QGraphicsScene, theme: Theme) -> None:
    drawing = Drawing.of(scene, "net")
    image = QImage.fromData(rendered(drawing, Options("png", 2)))
    assert image.width() == 2 * drawing.box.width()
    assert drawing.box.width() >= 100 + 2 * EDGE
    assert image.pixelColor(image.width() - 60, 110 - 10).name() == RED.name()
    assert image.pixelColor(2, 2) == theme.color("canvas")


def test_the_ground_can_be_left_out(scene: QGraphicsScene, theme: Theme) -> None:
    # given a scene whose ground is not painted by the scene itself
    scene.setBackgroundBrush(QBrush())
    drawing = Drawing.of(scene, "net")
    clear = QImage.fromData(rendered(drawing, Options("png", 1, transparent=True)))
    full = QImage.fromData(rendered(drawing, Options("png", 1)))
    assert clear.pixelColor(2, 2).alpha() == 0
    assert full.pixelColor(2, 2) == theme.color("panel")


def test_a_drawing_that_is_too_large_for_pixels_is_made_smaller(theme: Theme) -> None:
    scene = QGraphicsScene()
    scene.addRect(0, 0, 30_000, 10)
    image = QImage.fromData(rendered(Drawing.of(scene, "wide"), Options("png", 4)))
    assert image.width() == LARGEST


def test_an_svg_is_well_formed_and_keeps_texts_as_texts(scene: QGraphicsScene) -> None:
    drawing = Drawing.of(scene, "net")
    content = rendered(drawing, Options("svg"))
    root = ElementTree.fromstring(content)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.findtext("s:title", namespaces=space) == "net"
    assert "conv1" in "".join(root.itertext())
    assert float(root.attrib["viewBox"].split()[2]) >= drawing.box.width()


def test_a_pdf_has_one_page_as_large_as_the_drawing(scene: QGraphicsScene) -> None:
    drawing = Drawing.of(scene, "net")
    content = rendered(drawing, Options("pdf"))
    found = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert content.startswith(b"%PDF-")
    assert content.count(b"/MediaBox") == 1
    assert found is not None
    assert float(found[1]) == pytest.approx(drawing.box.width() * 0.75, abs=1.0)
    assert float(found[2]) == pytest.approx(drawing.box.height() * 0.75, abs=1.0)


def test_an_empty_drawing_is_refused_in_words(theme: Theme) -> None:
    with pytest.raises(DesignError, match="draw a layer first"):
        Drawing.of(QGraphicsScene(), "net")


def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"net\.svg cannot be written"):
        write(tmp_path / "nowhere" / "net.svg", b"x")
    write(tmp_path / "net.svg", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["net.svg"]


def test_the_dialog_asks_for_format_and_place(
    scene: QGraphicsScene, theme: Theme, tmp_path: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    # given a place that the person picks in the system's own dialog
    file = tmp_path / "net"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))

    def accept() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ExportOptions)
        dialog.format.setCurrentIndex(dialog.format.findData("pdf"))
        assert not dialog.scale.isEnabled()
        go = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Export…")
        go.click()

    # when the options are accepted
    QTimer.singleShot(50, accept)
    written = export_drawing(None, scene, "net", theme)

    # then the file has the ending of its kind, and the theme is what it was
    assert written == tmp_path / "net.pdf"
    assert written.read_bytes().startswith(b"%PDF-")
    assert theme.preference == "dark"


def test_cancelling_writes_nothing(scene: QGraphicsScene, qtbot: QtBot) -> None:
    def cancel() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ExportOptions)
        dialog.reject()

    QTimer.singleShot(50, cancel)
    assert export_drawing(None, scene, "net") is None
