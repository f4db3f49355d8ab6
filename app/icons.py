"""Lucide's signs as icons, in the colour of a token; https://lucide.dev (ISC licence)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme import Theme

SIGN_OF_FAMILY = {
    "Convolution": "grid-3x3",
    "Linear": "share-2",
    "Pooling": "minimize-2",
    "Upsampling": "maximize-2",
    "Resampling": "scan-search",
    "Normalization": "sliders-vertical",
    "Activation": "activity",
    "Dropout": "shield-half",
    "Generative": "dices",
    "Recurrent": "repeat",
    "Attention": "scan-eye",
    "Transformer": "layers-2",
    "Masks": "venetian-mask",
    "Embedding": "table-2",
    "Position": "ruler",
    "Reshape": "move-3d",
    "Padding": "square-dashed",
    "Indexing": "list-ordered",
    "Windows": "app-window",
    "Arithmetic": "calculator",
    "Merge": "git-merge",
    "Functions": "square-function",
    "Reduction": "sigma",
    "Logic": "binary",
    "Distance": "move-horizontal",
    "Loss": "target",
    "Block": "boxes",
    "Input and output": "log-in",
}
RATIOS = (1.0, 2.0)


@lru_cache(maxsize=256)
def drawing(name: str) -> str:
    """The SVG text of a sign. Raises FileNotFoundError for one that is not shipped."""
    return files("resources").joinpath("icons", f"{name}.svg").read_text(encoding="utf-8")


class Icons:
    """Signs tinted by the theme's tokens; made once for each token, size and theme."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._icons: dict[tuple[str, str], QIcon] = {}
        theme.changed.connect(self._icons.clear)

    def icon(self, name: str, token: str = "second") -> QIcon:
        """The sign as an icon of 16 pixels that also looks right when disabled."""
        key = (name, token)
        if key not in self._icons:
            icon = QIcon()
            for ratio in RATIOS:
                icon.addPixmap(self.pixmap(name, 16, self._theme.color(token), ratio))
                off = self.pixmap(name, 16, self._theme.color("disabled"), ratio)
                icon.addPixmap(off, QIcon.Mode.Disabled)
            self._icons[key] = icon
        return self._icons[key]

    def of_family(self, family: str) -> QIcon:
        """The sign of a family of layers, in its colour."""
        key = (family, "family")
        if key not in self._icons:
            icon = QIcon()
            for ratio in RATIOS:
                sign = SIGN_OF_FAMILY.get(family, "box")
                icon.addPixmap(self.pixmap(sign, 16, self._theme.family(family), ratio))
            self._icons[key] = icon
        return self._icons[key]

    @staticmethod
    def pixmap(name: str, size: int, color: QColor, ratio: float = 1.0) -> QPixmap:
        """The sign in that colour, ``size`` logical pixels wide, for a screen with that ratio."""
        text = (
            drawing(name)
            .replace("currentColor", color.name())
            .replace('stroke-width="2"', 'stroke-width="1.75"')
        )
        renderer = QSvgRenderer(QByteArray(text.encode()))
        pixels = round(size * ratio)
        pixmap = QPixmap(QSize(pixels, pixels))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, pixels, pixels))
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap
