"""The row of buttons above the canvas: what drawing needs at the left, training at the right end."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

DRAWING = (
    "file.new", "file.open", "file.save", "", "edit.undo", "edit.redo", "", "add.layer", "arrange.tidy",
    "block.group", "", "view.fit", "view.commands",
)  # fmt: skip
TRAINING = ("train.start", "train.pause", "train.step", "train.stop")


def make_toolbar(actions: Mapping[str, QAction]) -> QToolBar:
    """The toolbar with its actions."""
    bar = QToolBar("Tools")
    bar.setObjectName("tools")
    bar.setMovable(False)
    for name in DRAWING:
        if name:
            bar.addAction(actions[name])
        else:
            bar.addSeparator()
    gap = QWidget()
    gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(gap)
    for name in TRAINING:
        bar.addAction(actions[name])
    return bar


def button_of(bar: QToolBar, action: QAction) -> QToolButton | None:
    """The button that shows an action."""
    button = bar.widgetForAction(action)
    return button if isinstance(button, QToolButton) else None
