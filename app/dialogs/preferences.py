"""What a person may want otherwise; each change counts at once and is remembered."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.settings import (
    ANIMATIONS,
    AUTOSAVE_SECONDS,
    DRAG,
    SNAP,
    THEME,
    WARM,
    WHEEL,
    Setting,
    Settings,
)
from app.theme import SIZES, Theme

THEMES = (("system", "Like the system"), ("light", "Light"), ("dark", "Dark"))
WHEELS = (("zoom", "Zooms"), ("scroll", "Scrolls; with Ctrl, zooms"))
DRAGS = (("select", "Selects"), ("pan", "Moves the view; with Shift, selects"))
HANDS = (
    (("scroll", "select"), "Netloom"),
    (("zoom", "select"), "Blender, Houdini or Unreal"),
    (("zoom", "pan"), "ComfyUI"),
    (("scroll", "pan"), "Maps"),
)
INTERVALS = ((10, "every 10 seconds"), (30, "every 30 seconds"), (60, "every minute"),
             (300, "every 5 minutes"))  # fmt: skip

LABELS = 180


class Preferences(QDialog):
    """The dialog. ``changed`` has the key of a setting and its new value, as soon as it is chosen."""

    changed = Signal(str, object)

    def __init__(self, settings: Settings, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Preferences")
        self._settings, self._theme = settings, theme
        self.fields: dict[str, QComboBox | QCheckBox] = {}
        self._heads: list[QLabel] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SIZES.page, SIZES.apart, SIZES.page, SIZES.apart)
        self._column.setSpacing(SIZES.near)
        look = self._section("Look")
        self._choice(look, "Theme", THEME, THEMES)
        self._tick(look, "Move things smoothly", ANIMATIONS)
        canvas = self._section("Canvas")
        self._presets(canvas)
        self._choice(canvas, "The mouse wheel", WHEEL, WHEELS)
        self._choice(canvas, "A drag on empty canvas", DRAG, DRAGS)
        self._tick(canvas, "Snap layers to the grid", SNAP)
        files = self._section("Files")
        self._choice(files, "Keep a copy against crashes", AUTOSAVE_SECONDS, INTERVALS)
        training = self._section("Training")
        self._tick(training, "Have a training process ready", WARM)
        self._finish()
        theme.changed.connect(self._retint)
        self._retint()

    # Making --------------------------------------------------------------------------------------

    def _section(self, title: str) -> QFormLayout:
        head = QLabel(title)
        head.setContentsMargins(0, SIZES.near, 0, 0)
        self._heads.append(head)
        form = QFormLayout()
        form.setSpacing(SIZES.near)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._column.addWidget(head)
        self._column.addLayout(form)
        return form

    def _choice(
        self, form: QFormLayout, title: str, setting: Setting, values: tuple[tuple[Any, str], ...]
    ) -> None:
        field = QComboBox()
        field.setMinimumHeight(SIZES.control)
        field.setMinimumWidth(220)
        for value, told in values:
            field.addItem(told, value)
        field.setCurrentIndex(max(field.findData(self._settings.get(setting)), 0))
        field.setAccessibleName(title)
        field.activated.connect(partial(self._chosen, setting, field))
        label = QLabel(title)
        label.setMinimumWidth(LABELS)
        label.setBuddy(field)
        form.addRow(label, field)
        self.fields[setting.key] = field

    def _presets(self, form: QFormLayout) -> None:
        """One choice that makes the two below it, for hands that are used to another program."""
        self.hands = QComboBox()
        self.hands.setMinimumHeight(SIZES.control)
        self.hands.setAccessibleName("Move around as in")
        for _, told in HANDS:
            self.hands.addItem(told)
        self.hands.activated.connect(self._take_hands)
        form.addRow("Move around as in", self.hands)
        self._show_hands()

    def _show_hands(self) -> None:
        now = (self._settings.get(WHEEL), self._settings.get(DRAG))
        found = (index for index, (made, _) in enumerate(HANDS) if made == now)
        self.hands.setCurrentIndex(next(found, 0))

    def _take_hands(self, index: int) -> None:
        for setting, value in zip((WHEEL, DRAG), HANDS[index][0], strict=True):
            field = self.fields[setting.key]
            assert isinstance(field, QComboBox)
            field.setCurrentIndex(field.findData(value))
            self._take(setting, value)

    def _tick(self, form: QFormLayout, title: str, setting: Setting) -> None:
        field = QCheckBox(title)
        field.setChecked(bool(self._settings.get(setting)))
        field.toggled.connect(partial(self._take, setting))
        space = QLabel()
        space.setMinimumWidth(LABELS)
        form.addRow(space, field)
        self.fields[setting.key] = field

    def _finish(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        self._column.addStretch(1)
        self._column.addSpacing(SIZES.apart)
        self._column.addWidget(buttons)
        for button in buttons.buttons():
            button.setAutoDefault(False)  # type: ignore[attr-defined]
        self.setMinimumWidth(460)

    # Changing ------------------------------------------------------------------------------------

    def _chosen(self, setting: Setting, field: QComboBox, *_: object) -> None:
        self._take(setting, field.currentData())

    def _take(self, setting: Setting, value: Any) -> None:
        self._settings.set(setting, value)
        if setting in (WHEEL, DRAG):
            self._show_hands()
        if setting is THEME:
            self._theme.prefer(value)
        self.changed.emit(setting.key, value)

    def _retint(self) -> None:
        for head in self._heads:
            head.setFont(self._theme.font(13, QFont.Weight.DemiBold))
