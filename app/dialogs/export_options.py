"""The dialog before an export: a picture of what comes out, the format, and what depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.theme import SIZES

Format = Literal["svg", "png", "pdf"]
FORMATS: tuple[tuple[Format, str], ...] = (
    ("svg", "SVG, for the web and to edit further"),
    ("png", "PNG, a picture of pixels"),
    ("pdf", "PDF, for a paper"),
)
SCALES = (1, 2, 3, 4)
PREVIEW = QSize(480, 240)


@dataclass(frozen=True, slots=True)
class Options:
    """How a drawing is exported; ``scale`` is for pixels only."""

    format: Format = "svg"
    scale: float = 2
    transparent: bool = False
    light: bool = False


class ExportOptions(QDialog):
    """Asks for the options."""

    def __init__(
        self,
        parent: QWidget | None,
        preview: QImage,
        offers_light: bool,
        on_paper: QImage | None = None,
    ) -> None:
        """``preview`` is what comes out, ``on_paper`` the same in light colours where that differs."""
        super().__init__(parent)
        self._preview, self._on_paper = preview, on_paper or preview
        self.setWindowTitle("Export the drawing")
        self.format, self.scale = QComboBox(), QComboBox()
        self.transparent = QCheckBox("Transparent ground")
        self.light = QCheckBox("Light colours, as for paper")
        self._picture = QLabel()
        for kind, told in FORMATS:
            self.format.addItem(told, kind)
        for times in SCALES:
            self.scale.addItem(f"{times}×", times)
        self.scale.setCurrentIndex(1)
        self.light.setVisible(offers_light)
        self.light.setChecked(offers_light)
        self._lay_out()
        self.format.currentIndexChanged.connect(self._adapt)
        self.light.toggled.connect(self._adapt)
        self._adapt()

    def _show(self, preview: QImage) -> None:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap.fromImage(
            preview.scaled(
                PREVIEW * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
        pixmap.setDevicePixelRatio(ratio)
        self._picture.setPixmap(pixmap)
        self._picture.setStyleSheet("border: 1px solid palette(mid); border-radius: 6px;")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setMinimumSize(PREVIEW)
        self._picture.setAccessibleName("Preview")

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        go = buttons.addButton("Export…", QDialogButtonBox.ButtonRole.AcceptRole)
        go.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.setSpacing(SIZES.near)
        form.addRow("Format", self.format)
        form.addRow("Scale", self.scale)
        form.addRow("", self.transparent)
        form.addRow("", self.light)
        column = QVBoxLayout(self)
        column.setContentsMargins(SIZES.page, SIZES.page, SIZES.page, SIZES.apart)
        column.setSpacing(SIZES.apart)
        column.addWidget(self._picture, 1)
        column.addLayout(form)
        column.addWidget(buttons)

    def _adapt(self) -> None:
        self.scale.setEnabled(self.format.currentData() == "png")
        self._show(self._on_paper if self.options.light else self._preview)

    @property
    def options(self) -> Options:
        """What was chosen."""
        return Options(
            self.format.currentData(),
            self.scale.currentData(),
            self.transparent.isChecked(),
            not self.light.isHidden() and self.light.isChecked(),
        )

    @classmethod
    def ask(
        cls,
        parent: QWidget | None,
        preview: QImage,
        offers_light: bool,
        on_paper: QImage | None = None,
    ) -> Options | None:
        """Shows the dialog; None where it was cancelled."""
        dialog = cls(parent, preview, offers_light, on_paper)
        is_accepted = dialog.exec() == QDialog.DialogCode.Accepted
        options = dialog.options
        dialog.deleteLater()
        return options if is_accepted else None
