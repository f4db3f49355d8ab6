"""The drawing as a file for a paper or a page: SVG, PNG or PDF, written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QMarginsF,
    QRect,
    QRectF,
    QSaveFile,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QColor, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QFileDialog, QGraphicsItem, QGraphicsScene, QWidget

from app.dialogs.export_options import ExportOptions, Options
from app.theme import Theme
from graph_engine.errors import DesignError

EDGE = 24.0
LARGEST = 16_384
POINTS_A_PIXEL = 0.75
DOTS_AN_INCH = 96
FINE = 4
"""How much finer an SVG is drawn than the screen, so that its small pictures stay sharp."""


@dataclass(frozen=True)
class Drawing:
    """What is exported: its box in pixels, and what paints that box into a target."""

    title: str
    box: QRectF
    paint: Callable[[QPainter, QRectF], None]
    ground: QColor

    @classmethod
    def of(cls, scene: QGraphicsScene, title: str) -> Drawing:
        """All items of a scene, with a little room around them.

        Raises DesignError for an empty one.
        """
        box = scene.itemsBoundingRect()
        if box.isEmpty():
            raise DesignError("There is nothing to export yet: draw a layer first.")
        brush = scene.backgroundBrush()
        palette = QApplication.palette().window().color()
        ground = palette if brush.style() == Qt.BrushStyle.NoBrush else brush.color()
        around = box.adjusted(-EDGE, -EDGE, EDGE, EDGE)

        def paint(painter: QPainter, target: QRectF) -> None:
            with drawn_anew(scene):
                scene.render(painter, target, around)

        return cls(title, around, paint, ground)


@contextmanager
def drawn_anew(scene: QGraphicsScene) -> Iterator[None]:
    """Lets the items draw themselves, in lines and letters, instead of the pictures that the screen
    keeps of them."""
    kept = [(item, item.cacheMode()) for item in scene.items()]
    for item, _ in kept:
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    try:
        yield
    finally:
        for item, mode in kept:
            item.setCacheMode(mode)


def export_drawing(
    parent: QWidget | None, scene: QGraphicsScene, title: str, theme: Theme | None = None
) -> Path | None:
    """Asks how and where to, and writes the file; None where the person changed their mind.

    Raises DesignError for an empty drawing, and where the file cannot be written.
    """
    preview, on_paper = previews(scene, title, theme)
    options = ExportOptions.ask(parent, preview, theme is not None, on_paper)
    if options is None:
        return None
    kind = options.format
    name, _ = QFileDialog.getSaveFileName(
        parent, "Export the drawing", f"{title}.{kind}", f"{kind.upper()} (*.{kind})"
    )
    if not name:
        return None
    path = Path(name if name.lower().endswith(f".{kind}") else f"{name}.{kind}")
    write(path, _content(scene, title, options, theme))
    return path


def previews(
    scene: QGraphicsScene, title: str, theme: Theme | None
) -> tuple[QImage, QImage | None]:
    """The drawing as it is shown, and in light colours where those are others."""
    scale = _preview_scale(Drawing.of(scene, title))
    looks = [Options("png", scale), Options("png", scale, light=True)]
    if theme is None or not theme.is_dark:
        looks.pop()
    shown, *light = [QImage.fromData(_content(scene, title, each, theme)) for each in looks]
    return shown, light[0] if light else None


def _content(scene: QGraphicsScene, title: str, options: Options, theme: Theme | None) -> bytes:
    """The file's content, in light colours for as long as it takes to draw it, where that was asked."""
    if theme is None or not options.light or not theme.is_dark:
        return rendered(Drawing.of(scene, title), options)
    before = theme.preference
    theme.prefer("light")
    try:
        return rendered(Drawing.of(scene, title), options)
    finally:
        theme.prefer(before)


def rendered(drawing: Drawing, options: Options) -> bytes:
    """The content of the file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    {"svg": _svg, "png": _png, "pdf": _pdf}[options.format](drawing, options, buffer)
    return bytes(buffer.data().data())


def _svg(drawing: Drawing, options: Options, device: QIODevice) -> None:
    size = drawing.box.size()
    generator = QSvgGenerator()
    generator.setOutputDevice(device)
    generator.setTitle(drawing.title)
    generator.setSize(size.toSize())
    inside = QRect(0, 0, ceil(size.width() * FINE), ceil(size.height() * FINE))
    generator.setViewBox(inside)
    generator.setResolution(DOTS_AN_INCH)
    target = QRectF(0, 0, size.width() * FINE, size.height() * FINE)
    _paint(QPainter(generator), drawing, options, target)


def _png(drawing: Drawing, options: Options, device: QIODevice) -> None:
    size = drawing.box.size()
    most = LARGEST / max(size.width(), size.height())
    scale = min(float(options.scale), most)
    pixels = QSize(ceil(size.width() * scale), ceil(size.height() * scale))
    image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    target = QRectF(0, 0, pixels.width(), pixels.height())
    _paint(QPainter(image), drawing, options, target)
    writer = QImageWriter(device, QByteArray(b"png"))
    writer.setText("Title", drawing.title)
    writer.write(image)


def _pdf(drawing: Drawing, options: Options, device: QIODevice) -> None:
    """One page as large as the drawing, so that it can be placed in a text as it is."""
    size = drawing.box.size()
    points = QSizeF(size.width() * POINTS_A_PIXEL, size.height() * POINTS_A_PIXEL)
    writer = QPdfWriter(device)
    writer.setTitle(drawing.title)
    writer.setCreator("Netloom")
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(DOTS_AN_INCH * 10)
    target = QRectF(0, 0, writer.width(), writer.height())
    _paint(QPainter(writer), drawing, options, target)


def _paint(painter: QPainter, drawing: Drawing, options: Options, target: QRectF) -> None:
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    if not options.transparent:
        painter.fillRect(target, drawing.ground)
    drawing.paint(painter, target)
    painter.end()


def write(path: Path, content: bytes) -> None:
    """Writes a file, whole or not at all. Raises DesignError, in words, where it cannot."""
    file = QSaveFile(str(path))
    is_written = (
        file.open(QIODevice.OpenModeFlag.WriteOnly)
        and file.write(content) == len(content)
        and file.commit()
    )
    if not is_written:
        raise DesignError(f"{path.name} cannot be written: {file.errorString()}.")


def _preview_scale(drawing: Drawing) -> float:
    """So that the picture in the dialog is sharp, and no larger than it has to be."""
    return min(2.0, 960.0 / max(drawing.box.width(), drawing.box.height()))
