"""One finding of the doctor: what, on what evidence, why it matters, and the button that cures it."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from app.icons import Icons
from app.theme import SIZES, Theme
from graph_engine.training.doctor import RULES, Finding

SIGNS = {
    "error": ("circle-alert", "error"),
    "warning": ("triangle-alert", "warning"),
    "advice": ("info", "accent"),
}
FIGURES = re.compile(r"`([^`]+)`|((?<![\w“])[-−]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?%?)(?!\w)")
CHIP = 20
OUTDATED = "Measured before the design was changed. Train again to see whether it is better."


class FindingCard(QFrame):
    """``cured`` asks for the cure, ``located`` for the node to be shown, ``put_away`` to be ignored."""

    cured = Signal(object)
    located = Signal(object)
    put_away = Signal(object)

    def __init__(self, finding: Finding, is_outdated: bool, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.setObjectName("finding")
        self.finding, self._theme, self._icons = finding, theme, icons
        self.rule = RULES[finding.rule]
        self.sign, self.title, self.evidence = QLabel(), QLabel(self.rule.title), QLabel()
        self.node, self.why = QToolButton(), QToolButton()
        self.explanation, self.source = QLabel(self.rule.explanation), QLabel()
        self.cure, self.away = QPushButton(), QToolButton()
        self.is_outdated = is_outdated
        self._lay_out()
        self.node.clicked.connect(self._locate)
        self.why.toggled.connect(self._explain)
        self.cure.clicked.connect(self._cure)
        self.away.clicked.connect(self._put_away)
        self.show_finding(finding, is_outdated)
        self.retint()

    def show_finding(self, finding: Finding, is_outdated: bool) -> None:
        """Shows newer figures of the same finding."""
        self.finding, self.is_outdated = finding, is_outdated
        told = f"{finding.evidence} {OUTDATED}" if is_outdated else finding.evidence
        self.evidence.setText(self._marked(told))
        place = ".".join(filter(None, (finding.block, finding.node)))
        self.node.setText(place)
        self.node.setVisible(bool(place))
        self.node.setAccessibleName(f"Show {place}")
        label = finding.cure.label if finding.cure else ""
        self.cure.setText(label)
        self.cure.setVisible(bool(label))
        self.setAccessibleName(f"{self.rule.title}. {finding.evidence}".replace("`", ""))

    # Making --------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.node.setFixedHeight(CHIP)
        self.node.setToolTip("Show the layer on the canvas")
        self.why.setText("Why")
        self.why.setCheckable(True)
        self.why.setToolTip("Explain")
        self.why.setAccessibleName(f"Why: {self.rule.title}")
        self.why.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.why.setIconSize(QSize(14, 14))
        self.away.setIconSize(QSize(14, 14))
        self.away.setToolTip("Ignore: say this no more about this project")
        self.away.setAccessibleName(f"Ignore: {self.rule.title}")
        self.cure.setToolTip("One step, which can be undone")
        self.cure.setFixedHeight(SIZES.control)
        self.cure.setIconSize(QSize(18, 14))
        for label in (self.evidence, self.explanation, self.source):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.evidence.setTextFormat(Qt.TextFormat.RichText)
        self.source.setOpenExternalLinks(True)
        head = QHBoxLayout()
        head.setSpacing(SIZES.near)
        head.addWidget(self.title)
        head.addWidget(self.node)
        head.addStretch(1)
        body = QVBoxLayout()
        body.setSpacing(2)
        body.addLayout(head)
        for widget in (self.evidence, self.explanation, self.source):
            body.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, SIZES.near, 8)
        row.setSpacing(SIZES.near)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self.sign, 0, top)
        row.addLayout(body, 1)
        for button in (self.cure, self.why, self.away):
            row.addWidget(button, 0, top)
        self._explain(False)

    def retint(self) -> None:
        """Takes the theme's colours."""
        color = self._theme.color
        sign, token = SIGNS[self.finding.severity]
        self.sign.setPixmap(self._icons.icon(sign, token).pixmap(16, 16))
        self.sign.setFixedHeight(SIZES.control)
        self.title.setMinimumHeight(CHIP)
        self.title.setFont(self._theme.font(13, QFont.Weight.Medium))
        self.evidence.setFont(self._theme.font(12))
        self.explanation.setFont(self._theme.font(12))
        self.source.setFont(self._theme.font(11))
        self.away.setIcon(self._icons.icon("eye-off", "second"))
        self.cure.setIcon(self._icons.icon("wrench", "accent"))
        self.why.setIcon(self._icons.icon("chevron-up" if self.why.isChecked() else "chevron-down"))
        second = f"color: {color('second').name()};"
        self.explanation.setStyleSheet(second)
        self.source.setStyleSheet(second)
        mono = self._theme.mono(11).family()
        self.node.setStyleSheet(
            f"QToolButton {{ font-family: '{mono}'; font-size: 11px; padding: 0 6px; min-height: 16px; "
            f"background: {color('raised').name()}; border: 1px solid {color('border').name()}; "
            "border-radius: 4px; }"
            f"QToolButton:hover, QToolButton:focus {{ border-color: {color('accent').name()}; }}"
        )
        self.setStyleSheet(
            f"#finding {{ border: none; border-bottom: 1px solid {color('border').name()}; }}"
        )
        self.source.setText(self._source())
        self.show_finding(self.finding, self.is_outdated)

    def _marked(self, text: str) -> str:
        """Names and figures in the font of numbers."""
        family = self._theme.mono(11).family()
        span = f"<span style=\"font-family:'{family}'; font-size:11px\">"
        return FIGURES.sub(lambda m: f"{span}{m[1] or m[2]}</span>", escape(text, quote=False))

    def _source(self) -> str:
        told = self.rule.source
        if not told.startswith("https://"):
            return escape(told)
        link = self._theme.color("accent").name()
        return f'<a style="color:{link}" href="{escape(told)}">{escape(told)}</a>'

    # Doing ---------------------------------------------------------------------------------------

    def _explain(self, is_on: bool) -> None:
        self.explanation.setVisible(is_on)
        self.source.setVisible(is_on and bool(self.rule.source))
        self.why.setIcon(self._icons.icon("chevron-up" if is_on else "chevron-down"))

    def _locate(self) -> None:
        self.located.emit(self.finding)

    def _cure(self) -> None:
        self.cured.emit(self.finding)

    def _put_away(self) -> None:
        self.put_away.emit(self.finding)
