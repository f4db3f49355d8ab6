"""What a crash left behind is opened at the next start, and not given up without a question."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app.application import Application
from app.main_window import MainWindow
from graph_engine.project import Project, recoverable
from tests.app.conftest import digits

CRASH = """
import os, sys
from pathlib import Path
from graph_engine import Project
project = Project.load(Path(sys.argv[1]))
project.description = "unsaved"
project.autosave()
os._exit(1)
"""


@pytest.fixture
def recovered(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> MainWindow:
    """The window of a program that was started after another had died."""
    file = tmp_path / "digits.netloom"
    digits().save(file)
    subprocess.run([sys.executable, "-c", CRASH, str(file)], check=False, timeout=60)
    program = Application(qapp)
    program.start([])
    qtbot.waitUntil(lambda: bool(program.windows) and program.windows[0].document is not None)
    window = program.windows[0]
    qtbot.addWidget(window, before_close_func=give_up)
    return window


def give_up(window: MainWindow) -> None:
    if window.document is not None:
        window.document.undo.setClean()


def test_recovered_work_counts_as_unsaved_until_it_is_saved(
    recovered: MainWindow, tmp_path: Path
) -> None:
    document = recovered.document
    assert document is not None
    assert document.project.description == "unsaved"
    assert recovered.isWindowModified()
    assert recovered.save()

    assert not recovered.isWindowModified()
    assert Project.load(tmp_path / "digits.netloom").description == "unsaved"
    assert recoverable() == []


def test_recovered_work_is_not_given_up_unasked(recovered: MainWindow) -> None:
    # Given a person who would rather stay when the window asks
    asked = []

    def stay() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.button(QMessageBox.StandardButton.Cancel).click()

    QTimer.singleShot(100, recovered, stay)

    assert not recovered.close()

    assert asked == ["Save the changes to “digits”?"]
    assert recovered.isVisible()
