"""Where in the project the canvas is: the network, and the blocks entered from it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from app.document import Document, Scope
from app.icons import Icons
from app.theme import SIZES, Theme


class Breadcrumbs(QWidget):
    """A row of buttons, one for each level; the first offers the other networks of the project."""

    def __init__(self, document: Document, theme: Theme, icons: Icons) -> None:
        super().__init__()
        self.setObjectName("breadcrumbs")
        self.setAccessibleName("Where you are")
        self._document, self._icons = document, icons
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SIZES.near, 2, SIZES.near, 2)
        self._row.setSpacing(2)
        self._row.setAlignment(Qt.AlignmentFlag.AlignLeft)
        document.shown.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows the levels of the document's scope."""
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        scope = self._document.scope
        self._add(scope.network, Scope(scope.network), last=not scope.blocks)
        for depth, block in enumerate(scope.blocks, 1):
            arrow = QLabel()
            arrow.setPixmap(self._icons.icon("chevron-right").pixmap(12, 12))
            self._row.addWidget(arrow)
            self._add(block, Scope(scope.network, scope.blocks[:depth]), depth == len(scope.blocks))

    def _add(self, text: str, scope: Scope, last: bool) -> None:
        button = QToolButton()
        button.setText(text)
        button.setAutoRaise(True)
        button.setToolTip("You are here" if last else f"Back to {text}")
        button.clicked.connect(partial(self._go, scope))
        networks = list(self._document.project.networks)
        if not scope.blocks and len(networks) > 1:
            menu = QMenu(button)
            for name in networks:
                menu.addAction(name).triggered.connect(partial(self._go, Scope(name)))
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self._row.addWidget(button)

    def _go(self, scope: Scope, *_: object) -> None:
        if scope != self._document.scope:
            self._document.show(scope)
