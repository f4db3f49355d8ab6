"""Panels of one test are gone before the next begins: nothing but a running event loop deletes them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.panels.inspector import Inspector
from app.theme import Theme


@pytest.fixture(autouse=True)
def _nothing_left(qapp: QApplication) -> None:
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def inspector(qtbot: QtBot, document: Document, theme: Theme, icons: Icons) -> Inspector:
    made = Inspector(document, theme, icons)
    qtbot.addWidget(made)
    made.resize(280, 800)
    made.show()
    made.activateWindow()
    return made
