"""What the program remembers between two starts: one declaration for each setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from app.theme import Preference

LAYOUT = 1
MOST_RECENT = 12


@dataclass(frozen=True, slots=True)
class Setting:
    """A remembered value with its default."""

    key: str
    default: Any


THEME = Setting("look/theme", "system")
ANIMATIONS = Setting("look/animations", True)
AUTOSAVE_SECONDS = Setting("files/autosave_seconds", 30)
WHEEL = Setting("canvas/wheel", "scroll")
DRAG = Setting("canvas/drag", "select")
SNAP = Setting("canvas/snap", True)
WARM = Setting("training/warm", True)
TOURED = Setting("help/toured", False)
RECENT = Setting("files/recent", [])
GEOMETRY = Setting("window/geometry", QByteArray())
STATE = Setting("window/state", QByteArray())


class Settings:
    """The person's settings."""

    def __init__(self) -> None:
        kind, scope = QSettings.defaultFormat(), QSettings.Scope.UserScope
        self.store = QSettings(kind, scope, "Netloom", "Netloom")

    def get(self, setting: Setting) -> Any:
        """The value in the type of its default."""
        value: Any = self.store.value(setting.key, setting.default)
        if isinstance(setting.default, bool):
            return value in (True, "true", 1)
        if isinstance(setting.default, int):
            return int(value) if str(value).lstrip("-").isdecimal() else setting.default
        return value

    def set(self, setting: Setting, value: Any) -> None:
        """Remembers a value."""
        self.store.setValue(setting.key, value)

    @property
    def theme(self) -> Preference:
        """Light, dark, or whatever the system says."""
        value = self.get(THEME)
        return value if value in ("light", "dark") else "system"

    @property
    def recent(self) -> list[Path]:
        """The projects opened last that are still there, the newest first."""
        value = self.get(RECENT)
        texts: Sequence[str] = [value] if isinstance(value, str) else list(value or [])
        return [Path(text) for text in texts if Path(text).is_file()]

    def opened(self, path: Path) -> None:
        """Puts a project at the top of the recent ones."""
        here = path.absolute()
        rest = [each for each in self.recent if each != here]
        self.set(RECENT, [str(each) for each in (here, *rest)][:MOST_RECENT])
