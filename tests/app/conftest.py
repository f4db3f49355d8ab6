"""Tests of the window run without a screen, with real documents; Qt's warnings fail them."""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.main_window import MainWindow
from app.settings import WARM, Settings
from app.theme import Theme
from graph_engine import NetworkBuilder
from graph_engine.project import Project
from tests.app.windows import clean


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    return QApplication


@pytest.fixture(autouse=True)
def _own_settings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings and runs of a test never reach the person's own; no process is started ahead."""
    folder = tmp_path_factory.mktemp("settings")
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    Settings().set(WARM, False)
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder / "state"))


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, "dark")
    yield made
    made.deleteLater()


@pytest.fixture
def icons(theme: Theme) -> Icons:
    return Icons(theme)


def digits() -> Project:
    """A small convolutional network."""
    net = NetworkBuilder("main")
    x = net.input("image", shape=(1, 8, 8))
    x = net.add("ReLU", net.add("Conv2d", x, out_channels=32, kernel_size=3, padding=1))
    x = net.add("Flatten", net.add("MaxPool2d", x))
    net.output("logits", net.add("Linear", x, out_features=10))
    return Project("digits", net.graph)


@pytest.fixture
def document(qapp: QApplication) -> Iterator[Document]:
    made = Document(digits())
    yield made
    made.deleteLater()


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, icons: Icons) -> MainWindow:
    made = MainWindow(theme, icons, Settings())
    qtbot.addWidget(made, before_close_func=clean)
    made.show()
    return made
