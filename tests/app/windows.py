"""Windows in tests: their actions by name, what is in front, and a way to close them unasked."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QTabBar

from app.main_window import MainWindow


def clean(window: MainWindow) -> None:
    """Nothing is left to be asked for when the window closes."""
    if window.document is not None:
        window.document.undo.setClean()


def chosen(window: MainWindow, name: str) -> QAction:
    return window.actions_by_id[name]


def in_front(shown: MainWindow) -> str:
    """Which of the panels below the canvas can be seen."""
    bars = [bar for bar in shown.findChildren(QTabBar) if bar.isVisible()]
    titles = {bar.tabText(0): bar.tabText(bar.currentIndex()) for bar in bars}
    return titles.get("Training", "")
