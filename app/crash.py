"""The report of a bug, shown once and ready to be copied."""

from __future__ import annotations

import platform

import PySide6
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget


def report(trace: str, parent: QWidget | None) -> None:
    """Says that something went wrong inside, that the work was kept, and offers the details."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle("Something went wrong")
    box.setText("Netloom met a fault of its own.")
    box.setInformativeText(
        "A copy of your work was kept and will be offered at the next start if you do not save it now. "
        "The report helps to mend the fault."
    )
    text = f"{about()}\n\n{trace}"
    box.setDetailedText(text)
    copy = box.addButton("Copy the report", QMessageBox.ButtonRole.ActionRole)
    box.addButton("Go on", QMessageBox.ButtonRole.AcceptRole)
    box.exec()
    if box.clickedButton() is copy:
        QGuiApplication.clipboard().setText(text)
    box.deleteLater()


def about() -> str:
    """The versions that a report needs."""
    from importlib.metadata import version  # noqa: PLC0415  only a report needs it

    return (
        f"Netloom {version('netloom')}, Python {platform.python_version()}, "
        f"PySide6 {PySide6.__version__}, {platform.platform()}"
    )
