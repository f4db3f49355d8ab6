"""Colours, fonts and the style sheet, light and dark; widgets ask for a colour by what it means."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Preference = Literal["system", "light", "dark"]

DARK = {
    "canvas": "#15181D",
    "dots": "#272D37",
    "panel": "#1B1F26",
    "raised": "#242A33",
    "border": "#343C48",
    "text": "#E6E9EF",
    "second": "#9AA4B2",
    "disabled": "#616B7A",
    "accent": "#6AA5F8",
    "accent_ground": "#1F3350",
    "good": "#4CC38A",
    "warning": "#F0B04A",
    "error": "#F2736D",
}
LIGHT = {
    "canvas": "#F5F6F8",
    "dots": "#D9DEE5",
    "panel": "#FFFFFF",
    "raised": "#F3F5F8",
    "border": "#D3D9E1",
    "text": "#1B1F26",
    "second": "#596372",
    "disabled": "#9AA3AF",
    "accent": "#1F5FD6",
    "accent_ground": "#E4EDFC",
    "good": "#157F45",
    "warning": "#A85A06",
    "error": "#C2302A",
}

GROUPS = (
    "convolution", "linear", "pooling", "normalisation", "activation", "regularisation", "recurrent",
    "attention", "embedding", "reshape", "arithmetic", "loss", "block", "input",
)  # fmt: skip
GROUP_DARK = (
    "#4C8DF6", "#3FB6E8", "#2BB5A0", "#6ABF4B", "#E8A33D", "#9AA0AA", "#A377E8", "#D965B5", "#D9814E",
    "#7D8BA6", "#B5B04A", "#E5645F", "#6C72E0", "#8A94A6",
)  # fmt: skip
GROUP_LIGHT = (
    "#4B8BF3", "#3497C0", "#259D8B", "#569C3D", "#B98230", "#878C95", "#A377E8", "#D663B3", "#C97748",
    "#7D8BA6", "#94903C", "#E5645F", "#6C72E0", "#848E9F",
)  # fmt: skip

GROUP_OF_FAMILY = {
    "Convolution": "convolution",
    "Linear": "linear",
    "Pooling": "pooling",
    "Upsampling": "pooling",
    "Resampling": "pooling",
    "Normalization": "normalisation",
    "Activation": "activation",
    "Dropout": "regularisation",
    "Generative": "regularisation",
    "Recurrent": "recurrent",
    "Attention": "attention",
    "Transformer": "attention",
    "Masks": "attention",
    "Embedding": "embedding",
    "Position": "embedding",
    "Reshape": "reshape",
    "Padding": "reshape",
    "Indexing": "reshape",
    "Windows": "reshape",
    "Arithmetic": "arithmetic",
    "Merge": "arithmetic",
    "Functions": "arithmetic",
    "Reduction": "arithmetic",
    "Logic": "arithmetic",
    "Distance": "arithmetic",
    "Loss": "loss",
    "Block": "block",
    "Input and output": "input",
}


LIGATURES = ("calt", "liga")
"""Source is shown letter by letter: ``->`` is no arrow."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Distances in pixels, on a grid of four."""

    near: int = 8
    apart: int = 16
    page: int = 24
    control: int = 28
    row: int = 26
    corner: int = 6


SIZES = Sizes()


class Theme(QObject):
    """The colours in force. ``changed`` says that everything has to be painted anew."""

    changed = Signal()

    def __init__(self, application: QApplication, preference: Preference = "system") -> None:
        super().__init__(application)
        self._application = application
        self._preference: Preference = preference
        self._colors: dict[str, QColor] = {}
        load_fonts()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    @property
    def is_dark(self) -> bool:
        """Whether the dark colours are in force."""
        if self._preference == "system":
            return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self._preference == "dark"

    @property
    def preference(self) -> Preference:
        """What the person asked for."""
        return self._preference

    def prefer(self, preference: Preference) -> None:
        """Forces light or dark colours, or follows the system."""
        if preference != self._preference:
            self._preference = preference
            self._apply()

    def color(self, token: str) -> QColor:
        """The colour that means ``token``, such as ``accent`` or ``error``."""
        return self._colors[token]

    def family(self, family: str) -> QColor:
        """The colour of a family of layers."""
        return self._colors[GROUP_OF_FAMILY.get(family, "reshape")]

    def font(self, size: int = 13, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The interface's font in pixels."""
        return _font("Inter", size, weight)

    def mono(self, size: int = 12, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The font of shapes, numbers and source."""
        return QFont(_mono(size, weight))

    def _follow(self) -> None:
        if self._preference == "system":
            self._apply()

    def _apply(self) -> None:
        tokens = dict(DARK if self.is_dark else LIGHT)
        groups = GROUP_DARK if self.is_dark else GROUP_LIGHT
        tokens |= dict(zip(GROUPS, groups, strict=True))
        self._colors = {name: QColor(value) for name, value in tokens.items()}
        self._application.setStyle("Fusion")
        self._application.setFont(self.font())
        self._application.setPalette(self._palette())
        self._application.setStyleSheet(style_sheet(tokens))
        self.changed.emit()

    def _palette(self) -> QPalette:
        palette, role = QPalette(), QPalette.ColorRole
        for token, roles in {
            "panel": (role.Window, role.Base),
            "raised": (role.Button, role.AlternateBase, role.ToolTipBase),
            "text": (
                role.WindowText,
                role.Text,
                role.ButtonText,
                role.ToolTipText,
                role.BrightText,
            ),
            "second": (role.PlaceholderText,),
            "accent": (role.Highlight, role.Link, role.Accent),
            "border": (role.Mid, role.Dark),
        }.items():
            for each in roles:
                palette.setColor(each, self.color(token))
        palette.setColor(role.HighlightedText, self.color("panel"))
        for each in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, each, self.color("disabled"))
        return palette


@cache
def load_fonts() -> None:
    """Gives Qt the fonts that are shipped; once, because each time costs every text its layout."""
    for file in files("resources").joinpath("fonts").iterdir():
        if file.name.endswith((".ttf", ".otf")):
            QFontDatabase.addApplicationFontFromData(file.read_bytes())


@cache
def _mono(size: int, weight: QFont.Weight) -> QFont:
    """Kept, for whoever paints asks for it again and again."""
    font = _font("JetBrains Mono", size, weight)
    for feature in LIGATURES:
        font.setFeature(QFont.Tag(feature), 0)
    return font


def _font(family: str, size: int, weight: QFont.Weight) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(weight)
    return font


def style_sheet(tokens: dict[str, str]) -> str:
    """What Fusion and the palette cannot say: hairlines, corners and distances."""
    is_dark = tokens["panel"] == DARK["panel"]
    signs = {"check": "check" if is_dark else "check-white", "arrow": "chevron-down-quiet"}
    icons = files("resources").joinpath("icons")
    places = {key: str(icons.joinpath(f"{name}.svg")) for key, name in signs.items()}
    slashed = {key: place.replace("\\", "/") for key, place in places.items()}
    text = STYLE_SHEET.format(**tokens, **slashed)
    return text.translate({ord("«"): "{", ord("»"): "}"})


STYLE_SHEET = """
QToolTip «background: {raised}; color: {text}; border: 1px solid {border}; padding: 4px 8px;»
QMainWindow::separator «background: {border}; width: 1px; height: 1px;»
QDockWidget «titlebar-close-icon: none; titlebar-normal-icon: none;»
QDockWidget::title «background: {panel}; padding: 8px 8px 6px;»
QMenu «background: {raised}; border: 1px solid {border}; padding: 4px;»
QMenu::item «padding: 5px 24px 5px 12px; border-radius: 4px;»
QMenu::item:selected «background: {accent_ground}; color: {text};»
QMenu::item:disabled «color: {disabled};»
QMenu::separator «height: 1px; background: {border}; margin: 4px 8px;»
QMenuBar «background: {panel}; border-bottom: 1px solid {border};»
QMenuBar::item «padding: 6px 10px; border-radius: 4px;»
QMenuBar::item:selected «background: {raised};»
QToolBar «
  background: {panel}; border: none; border-bottom: 1px solid {border}; padding: 2px 6px; spacing: 2px;
  icon-size: 16px;
»
QToolBar::separator «background: {border}; width: 1px; margin: 6px 6px;»
QToolButton «border: 1px solid transparent; border-radius: 6px; padding: 4px; min-height: 18px;»
QToolButton:hover «background: {raised};»
QToolButton:pressed, QToolButton:checked «background: {accent_ground};»
QToolButton:focus «border-color: {accent};»
QToolButton[popupMode="1"] «padding-right: 20px;»
QToolButton::menu-button «border: none; width: 18px;»
QToolButton::menu-arrow «image: url("{arrow}"); width: 12px; height: 12px;»
QStatusBar «
  background: {panel}; border-top: 1px solid {border}; color: {second}; padding: 0 6px; font-size: 12px;
»
QStatusBar QLabel «color: {second}; font-size: 12px; padding: 0 6px;»
QStatusBar::item «border: none;»
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit «
  background: {raised}; border: 1px solid {border}; border-radius: 6px; padding: 3px 8px;
  selection-background-color: {accent}; selection-color: {panel};
»
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus «border-color: {accent};»
QCheckBox::indicator «
  width: 14px; height: 14px; border: 1px solid {second}; border-radius: 4px; background: {raised};
»
QCheckBox::indicator:focus «border-color: {accent};»
QCheckBox::indicator:checked «
  background: {accent}; border-color: {accent}; image: url("{check}");
»
QComboBox::drop-down «border: none; width: 24px;»
QComboBox::down-arrow «image: url("{arrow}"); width: 14px; height: 14px;»
QComboBox QAbstractItemView «background: {raised}; border: 1px solid {border};»
QPushButton «background: {raised}; border: 1px solid {border}; border-radius: 6px; padding: 4px 12px;»
QDialogButtonBox «dialogbuttonbox-buttons-have-icons: 0;»
QPushButton:hover «border-color: {second};»
QPushButton:focus «border-color: {accent};»
QPushButton:default «background: {accent}; color: {panel}; border-color: {accent};»
QPushButton:disabled «color: {disabled};»
QTreeView, QListView, QTableView «background: {panel}; border: none; outline: none;»
QTreeView::item, QListView::item «min-height: 26px; border-radius: 4px; padding: 0 4px;»
QTreeView::item:hover, QListView::item:hover «background: {raised};»
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected «
  background: {accent_ground}; color: {text};
»
QHeaderView::section «
  background: {panel}; color: {second}; padding: 4px 8px;
  border: none; border-bottom: 1px solid {border};
»
QTabBar «qproperty-drawBase: 0;»
QTabBar::tab «
  padding: 7px 12px; color: {second}; border-bottom: 2px solid transparent; background: {panel};
»
QTabBar::tab:hover «color: {text};»
QTabBar::tab:selected «color: {text}; border-bottom-color: {accent};»
QTabWidget::pane «border: none;»
QScrollBar:vertical «background: transparent; width: 10px;»
QScrollBar:horizontal «background: transparent; height: 10px;»
QScrollBar::handle «
  background: {border}; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px;
»
QScrollBar::handle:hover «background: {disabled};»
QScrollBar::add-line, QScrollBar::sub-line «width: 0; height: 0;»
QScrollBar::add-page, QScrollBar::sub-page «background: transparent;»
QGraphicsView «border: none;»
"""
