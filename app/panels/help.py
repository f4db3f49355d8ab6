"""The help panel: what a layer is, takes, gives, and becomes in PyTorch."""

from __future__ import annotations

from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QFrame, QTextBrowser, QVBoxLayout, QWidget

from app.panels.help_page import Look, page
from app.panels.highlighting import TOKEN_OF_KIND
from app.theme import Theme
from graph_engine import templates
from graph_engine.layers.base import CATALOGUE

HINT = "Select a layer and press F1 to read here what it does, takes and becomes in PyTorch."
TOKENS = ("text", "second", "accent", "raised", *TOKEN_OF_KIND.values())


INDENT = 18
"""Pixels by which lists stand in; Qt's 40 take a seventh of the panel."""


class HelpPanel(QWidget):
    """Shows one layer of the catalogue at a time; while none is chosen, the page of the project's
    template."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layer = ""
        self._template = ""
        self.browser = QTextBrowser()
        self.browser.document().setIndentWidth(INDENT)
        self.browser.setAccessibleName("Help")
        self.browser.setOpenExternalLinks(True)
        self.browser.setFrameShape(QFrame.Shape.NoFrame)
        self.browser.document().setDocumentMargin(12)
        self.browser.setStyleSheet(
            "QTextBrowser { border: none; border-radius: 0; padding: 0; background: transparent; }"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.browser)
        theme.changed.connect(self._retint)
        self._retint()

    @property
    def layer(self) -> str:
        """The layer that is shown, or nothing."""
        return self._layer

    def show_layer(self, name: str) -> None:
        """Shows the help of a layer; another name shows the template's page, or a hint."""
        self._layer = name if name in CATALOGUE else ""
        self._retint()
        self.browser.verticalScrollBar().setValue(0)

    @property
    def has_template(self) -> bool:
        """Whether there is a page for the open project."""
        return bool(self._template)

    def use_template(self, name: str) -> None:
        """Takes the page of the template of that name, if there is one."""
        self._template = templates.help_text(name) if name in templates.names() else ""
        self.show_layer("")

    def _retint(self) -> None:
        colors = {token: self._theme.color(token).name() for token in TOKENS}
        look = Look(colors, f"'{self._theme.mono().family()}'")
        if self._layer:
            self.browser.setHtml(page(self._layer, look))
        elif self._template:
            self.browser.setMarkdown(self._template)
            self._space_headings()
        else:
            self.browser.setHtml(f'<p style="color:{colors["second"]}">{HINT}</p>')

    def _space_headings(self) -> None:
        """Makes headings as large as those of other pages, and gives them and paragraphs air."""
        block = self.browser.document().begin()
        while block.isValid():
            level = block.blockFormat().headingLevel()
            spacing = QTextBlockFormat()
            spacing.setTopMargin(14 if level > 1 else 0)
            spacing.setBottomMargin(4 if level or block.textList() else 8)
            cursor = QTextCursor(block)
            cursor.mergeBlockFormat(spacing)
            if level:
                letters = QTextCharFormat()
                letters.setProperty(QTextFormat.Property.FontSizeAdjustment, 2 if level == 1 else 0)
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(letters)
            block = block.next()
