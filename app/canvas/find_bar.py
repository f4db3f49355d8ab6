"""The slim bar that finds nodes: how many there are, to the next one and back, also inside blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from app.canvas.matching import Hit, hits
from app.document import Scope
from app.icons import Icons
from app.theme import SIZES, Theme

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

INSET, FIELD, COUNT, LATER = 12, 240, 150, 120
Keys = Qt.Key
EXAMPLES = "Find: conv, kernel 3, out_channels=64"


class FindBar(QFrame):
    """Stands at the top of the canvas. Esc closes it and goes back to where the search began."""

    def __init__(self, view: CanvasView, theme: Theme, icons: Icons) -> None:
        super().__init__(view)
        self._view, self._theme, self._icons = view, theme, icons
        self._hits: list[Hit] = []
        self._now = -1
        self._back: tuple[Scope, QPointF, float, tuple[str, ...]] | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LATER)
        self._later.timeout.connect(self._search_again)
        self.setObjectName("find_bar")
        self.setAccessibleName("Find layers")
        self.field = QLineEdit()
        self.field.setPlaceholderText(EXAMPLES)
        self.field.setAccessibleName("Find layers by name, kind or parameter")
        self.field.setFixedWidth(FIELD)
        self.count = QLabel()
        self.count.setAccessibleName("Layers found")
        self.count.setMinimumWidth(COUNT)
        self._buttons = {
            "chevron-up": self._button("To the one before (Shift+Enter)", self.previous),
            "chevron-down": self._button("To the next one (Enter)", self.next),
            "x": self._button("Close, and stay here", self.leave),
        }
        self._lay_out()
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        theme.changed.connect(self._restyle)
        view.document.changed.connect(self._search_later)
        view.document.shown.connect(self._light)
        self._restyle()
        self.hide()

    def _button(self, told: str, run: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setToolTip(told)
        button.setAccessibleName(told)
        button.setAutoRaise(True)
        button.clicked.connect(run)
        return button

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 4, 4)
        row.setSpacing(4)
        row.addWidget(self.field)
        row.addSpacing(4)
        row.addWidget(self.count)
        for button in self._buttons.values():
            button.setFixedSize(SIZES.control, SIZES.control)
            button.setIconSize(QSize(16, 16))
            row.addWidget(button)

    # Opening and closing -------------------------------------------------------------------------

    def open(self) -> None:
        """Shows the bar, and remembers where the person was."""
        view = self._view
        if self.isHidden():
            view.land()
            self._back = (
                view.document.scope, view.seen().center(), view.zoom, view.document.selection.names,
            )  # fmt: skip
        self.settle()
        self.show()
        self.raise_()
        self.field.setFocus()
        self.field.selectAll()
        self._search_again()

    def settle(self) -> None:
        """Stands in the corner of the view as large as that is now."""
        self.adjustSize()
        self.move(max(self._view.width() - self.width() - INSET, 0), INSET)

    def stay(self) -> None:
        """The person goes on from here: Esc does not go back any more."""
        self._back = None

    def leave(self) -> None:
        """Closes and stays."""
        if self.isHidden():
            return
        self.hide()
        self._view.canvas.show_found(())
        self._view.refresh_far()
        self._view.setFocus()

    def go_back(self) -> None:
        """Closes and goes to where the search began."""
        back, view = self._back, self._view
        if back is not None:
            scope, center, zoom, names = back
            if scope != view.document.scope:
                view.document.show(scope)
            view.land()
            view.set_zoom(zoom)
            at = view.viewportTransform().map(center)
            middle = QRectF(view.viewport().rect()).center()
            view.scroll_by(middle.x() - at.x(), middle.y() - at.y())
            view.document.selection.set(n for n in names if n in view.document.graph.nodes)
        self.leave()

    # Finding -------------------------------------------------------------------------------------

    def next(self) -> None:
        """Goes to the next one."""
        self._step(1)

    def previous(self) -> None:
        """Goes to the one before."""
        self._step(-1)

    def _step(self, way: int) -> None:
        if self.isHidden():
            self.open()
            return
        if self._later.isActive():
            self._search_again()
        if self._hits:
            self._go((self._now + way) % len(self._hits) if self._now >= 0 else 0)

    def _search(self, text: str) -> None:
        document = self._view.document
        self._hits = hits(document.project, document.scope, text)
        self._now = -1
        self._light()
        if self._hits and self._hits[0].scope == document.scope:
            self._go(0)
        self._tell()

    def _search_later(self, change: object) -> None:
        if not self.isHidden():
            self._later.start()

    def _search_again(self) -> None:
        """The drawing has changed, or another graph of it is shown: stays where it is."""
        self._later.stop()
        document = self._view.document
        here = self._hits[self._now] if 0 <= self._now < len(self._hits) else None
        self._hits = hits(document.project, document.scope, self.field.text())
        self._now = self._hits.index(here) if here in self._hits else -1
        self._light()
        self._tell()

    def _go(self, number: int) -> None:
        document = self._view.document
        self._now = number
        hit = self._hits[number]
        if hit.scope != document.scope:
            document.show(hit.scope)
        if hit.name in document.graph.nodes:
            document.selection.set([hit.name])
            self._view.look_at(hit.name)
        self._tell()

    def _light(self) -> None:
        """Marks what is found in the graph that is shown."""
        scope = self._view.document.scope
        found = () if self.isHidden() else (h.name for h in self._hits if h.scope == scope)
        self._view.canvas.show_found(found)
        self._view.refresh_far()

    def _tell(self) -> None:
        here = sum(hit.scope == self._view.document.scope for hit in self._hits)
        elsewhere = len(self._hits) - here
        if not self.field.text().strip():
            text = ""
        elif not self._hits:
            text = "Nothing found"
        elif self._now >= 0:
            text = f"{self._now + 1} of {len(self._hits)}"
        else:
            text = f"{len(self._hits)} found"
        if elsewhere and text:
            text += f" · {elsewhere} elsewhere"
        self.count.setText(text)

    # Keys and looks ------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on, with Shift back; Esc returns."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Keys.Key_Return, Keys.Key_Enter):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._step(-1 if back else 1)
        elif event.key() == Keys.Key_Escape:
            self.go_back()
        else:
            return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes from the buttons as well."""
        if event.key() == Keys.Key_Escape:
            self.go_back()
        else:
            super().keyPressEvent(event)

    def _restyle(self) -> None:
        color = {t: self._theme.color(t).name() for t in ("panel", "border", "second")}
        self.setStyleSheet(
            f"#find_bar {{ background: {color['panel']}; border: 1px solid {color['border']};"
            f" border-radius: 8px; }} QLabel {{ color: {color['second']}; }}"
        )
        for sign, button in self._buttons.items():
            button.setIcon(self._icons.icon(sign))
