"""Preferences count at once and are remembered."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox
from pytestqt.qtbot import QtBot

from app.dialogs.preferences import Preferences
from app.settings import (
    ANIMATIONS,
    AUTOSAVE_SECONDS,
    DRAG,
    SNAP,
    THEME,
    WHEEL,
    Setting,
    Settings,
)
from app.theme import Theme


def choose(dialog: Preferences, setting: Setting, value: Any) -> None:
    field = dialog.fields[setting.key]
    assert isinstance(field, QComboBox)
    field.setCurrentIndex(field.findData(value))
    field.activated.emit(field.currentIndex())


def test_each_choice_is_told_and_remembered(theme: Theme, qtbot: QtBot) -> None:
    # given the dialog with the defaults
    settings = Settings()
    dialog = Preferences(settings, theme)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    told: list[tuple[str, Any]] = []
    dialog.changed.connect(lambda key, value: told.append((key, value)))

    # when everything is changed
    choose(dialog, THEME, "light")
    choose(dialog, WHEEL, "scroll")
    choose(dialog, DRAG, "pan")
    choose(dialog, AUTOSAVE_SECONDS, 60)
    for setting in (ANIMATIONS, SNAP):
        field = dialog.fields[setting.key]
        assert isinstance(field, QCheckBox)
        qtbot.keyClick(field, Qt.Key.Key_Space)

    # then each change was told, the theme is in force, and a new dialog shows the same
    wanted = {
        THEME.key: "light", WHEEL.key: "scroll", AUTOSAVE_SECONDS.key: 60,
        DRAG.key: "pan", ANIMATIONS.key: False, SNAP.key: False,
    }  # fmt: skip
    assert dict(told) == wanted
    assert not theme.is_dark
    assert {
        s.key: Settings().get(s) for s in (THEME, WHEEL, DRAG, AUTOSAVE_SECONDS, ANIMATIONS, SNAP)
    } == wanted
    again = Preferences(Settings(), theme)
    qtbot.addWidget(again)
    combos = {key: f.currentData() for key, f in again.fields.items() if isinstance(f, QComboBox)}
    assert combos == {
        THEME.key: "light", WHEEL.key: "scroll", DRAG.key: "pan", AUTOSAVE_SECONDS.key: 60,
    }  # fmt: skip


def test_hands_used_to_another_program_set_wheel_and_drag(theme: Theme, qtbot: QtBot) -> None:
    # given the dialog
    dialog = Preferences(Settings(), theme)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    told: list[tuple[str, Any]] = []
    dialog.changed.connect(lambda key, value: told.append((key, value)))

    # when somebody moves around as in ComfyUI
    index = dialog.hands.findText("ComfyUI")
    dialog.hands.setCurrentIndex(index)
    dialog.hands.activated.emit(index)

    # then the wheel zooms and a drag pans, and both choices show it
    assert told == [(WHEEL.key, "zoom"), (DRAG.key, "pan")]
    fields = [dialog.fields[key.key] for key in (WHEEL, DRAG)]
    assert [f.currentData() for f in fields if isinstance(f, QComboBox)] == ["zoom", "pan"]

    # and the other way round, the choices tell which program they are like
    choose(dialog, DRAG, "select")
    assert dialog.hands.currentText().startswith("Blender")
