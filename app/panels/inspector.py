"""The inspector: a form of whatever is selected, or the figures of the network.

It follows the selection and the document, and touches only what they name.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.document import Document
from app.icons import Icons
from app.panels.network_page import NetworkPage
from app.panels.node_page import NodePage
from app.selection import renames
from app.theme import Theme
from graph_engine.graph import Change

MANY, PAUSE = 200, 60


class Inspector(QWidget):
    """``help_requested`` carries the name of the layer whose help is wanted."""

    help_requested = Signal(str)

    def __init__(
        self, document: Document, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self.node_page = NodePage(document, theme, icons)
        self.network_page = NetworkPage(document, theme, icons)
        self._pages = QStackedWidget()
        for page in (self.network_page, self.node_page):
            self._pages.addWidget(_scrolling(page))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)
        document.changed.connect(self._follow)
        document.shown.connect(self._show_other)
        document.inferred.connect(self._follow_inference)
        document.selection.changed.connect(self._follow_selection)
        theme.changed.connect(self._retint)
        self.node_page.help_requested.connect(self.help_requested)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE)
        self._later.timeout.connect(self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(280, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 200)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.node_page.form.warm_up()

    def _names(self) -> list[str]:
        nodes = self._document.graph.nodes
        return [name for name in self._document.selection.names if name in nodes]

    def _refresh(self) -> None:
        names = self._names()
        if names:
            self.node_page.refresh(names)
        else:
            self.network_page.refresh()
        self._pages.setCurrentIndex(1 if names else 0)

    def _follow_selection(self) -> None:
        """At once; a large selection, which takes longer to compare, once it has stopped growing."""
        if len(self._document.selection) > MANY:
            self._later.start()
        else:
            self._later.stop()
            self._refresh()

    def _show_other(self) -> None:
        self.node_page.form.gesture.end()
        self._refresh()

    def _follow(self, change: Change) -> None:
        if self.node_page.form.gesture.is_taking_back:
            return
        renamed = renames(change)
        selection = self._document.selection
        for old, new in renamed.items():
            self.node_page.form.renamed(old, new)
        if any(name in renamed for name in selection.names):
            selection.set([renamed.get(name, name) for name in selection.names])
            return
        names = self._names()
        shown = self._pages.currentIndex() == 1
        touched = change.pairs("nodes").keys() | {key.node for key in change.pairs("wires")}
        everything = bool(change.pairs("blocks") or change.pairs("parameters"))
        if not names or not shown or everything or touched & set(names):
            self._refresh()

    def _follow_inference(self, touched: frozenset[str]) -> None:
        names = self._names()
        if not names:
            self.network_page.outdate()
        elif touched & set(names):
            self.node_page.refresh_inferred()

    def _retint(self) -> None:
        self.node_page.retint()
        self.network_page.retint()
        self.node_page.form.rebuild()
        self._refresh()


def _scrolling(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
