"""Panels that share a place have tabs above them; only a panel that stands alone needs a title."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

Options = QMainWindow.DockOption


class Titles(QObject):
    """Takes the title bars off docks that are tabs, and gives them back to those that are not."""

    def __init__(self, window: QMainWindow, docks: Mapping[str, QDockWidget]) -> None:
        super().__init__(next(iter(docks.values())))
        self._window, self._docks = window, docks
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setDockOptions(window.dockOptions() | Options.GroupedDragging)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.refresh)
        for dock in docks.values():
            dock.dockLocationChanged.connect(self._later.start)
            dock.topLevelChanged.connect(self._later.start)
            dock.visibilityChanged.connect(self._later.start)
        self.refresh()

    def refresh(self) -> None:
        """Looks at every dock."""
        for dock in self._docks.values():
            is_bare = dock.titleBarWidget() is not None
            if is_bare != self._is_tab(dock):
                bar = dock.titleBarWidget()
                dock.setTitleBarWidget(None if is_bare else bare())  # type: ignore[arg-type]
                if bar is not None:
                    bar.deleteLater()

    def _is_tab(self, dock: QDockWidget) -> bool:
        others = self._window.tabifiedDockWidgets(dock)
        return not dock.isFloating() and any(d.toggleViewAction().isChecked() for d in others)


def bare() -> QWidget:
    """A title bar that takes no room."""
    bar = QWidget()
    bar.setFixedHeight(0)
    return bar
