"""What an empty canvas says: how the first layer comes in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.canvas.viewport import Viewport
from app.document import Document
from app.theme import Theme

TITLE = "Nothing is drawn yet."
SENTENCE = "Press Tab or double-click to add a layer, or drag one in from the list at the left."
WIDE = 360


class EmptyHint(QWidget):
    """Lies in the middle of a canvas while its graph has no layers and no notes; hands reach through."""

    def __init__(self, view: Viewport, document: Document, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._document, self._theme = view, document, theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title, self._sentence = QLabel(TITLE), QLabel(SENTENCE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for label in (self._title, self._sentence):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            column.addWidget(label)
        self.setFixedWidth(WIDE)
        view.installEventFilter(self)
        document.changed.connect(self.refresh)
        document.shown.connect(self.refresh)
        theme.changed.connect(self._retint)
        self._retint()
        self.refresh()

    def refresh(self, _: object = None) -> None:
        """Shows or hides itself."""
        graph = self._document.graph
        is_empty = not (graph.nodes or graph.notes or graph.frames)
        if is_empty == self.isHidden():
            self.setVisible(is_empty)
            self._centre()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays in the middle."""
        if event.type() == QEvent.Type.Resize:
            self._centre()
        return False

    def _centre(self) -> None:
        self.resize(WIDE, self.heightForWidth(WIDE))
        self.move((self._view.width() - WIDE) // 2, (self._view.height() - self.height()) // 2)

    def _retint(self) -> None:
        self._title.setFont(self._theme.font(16, QFont.Weight.Medium))
        self._sentence.setFont(self._theme.font(13))
        for label, token in ((self._title, "text"), (self._sentence, "second")):
            label.setStyleSheet(f"color: {self._theme.color(token).name()};")
