"""Takes pictures of the window, without a screen.

python resources/screenshots/take.py                  those of the README, beside this file
python resources/screenshots/take.py FOLDER           every scene, light and dark, in two sizes
python resources/screenshots/take.py FOLDER SCENE…    some of them
QT_SCALE_FACTOR=2 python …                            the same on a screen of double density
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QPixmap

from app.theme import Preference, Theme
from resources.screenshots.scenes import SCENES
from resources.screenshots.stage import Stage, application

HERE = Path(__file__).parent
SIZES = ((1280, 800), (2560, 1440))
THEMES: tuple[Preference, ...] = ("light", "dark")
README: dict[str, tuple[str, Preference]] = {
    "welcome": ("welcome", "dark"),
    "editor": ("editor", "light"),
    "problems": ("problems", "dark"),
    "training": ("training-activations-chosen", "light"),
}
README_SIZE = (1440, 900)


def picture(theme: Theme, scene: str, preference: Preference, size: tuple[int, int]) -> QPixmap:
    """One scene."""
    stage = Stage(theme, preference, size)
    SCENES[scene](stage)
    taken = stage.grab()
    stage.strike()
    return taken


def pictures(
    names: Iterable[str], sizes: Iterable[tuple[int, int]] = SIZES
) -> Iterator[tuple[str, QPixmap]]:
    """Scenes in both themes and in those sizes, each with the name of its file."""
    theme, names = Theme(application(), "dark"), list(names)
    for size in sizes:
        for preference in THEMES:
            for name in names:
                taken = picture(theme, name, preference, size)
                yield f"{taken.width()}x{taken.height()}/{preference}/{name}.png", taken


def keep(taken: QPixmap, path: Path) -> None:
    """Writes a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    taken.save(str(path))


def main(arguments: list[str]) -> None:
    """See the module's docstring."""
    if arguments:
        folder, *names = arguments
        for name, taken in pictures(names or SCENES):
            keep(taken, Path(folder) / name)
        return
    theme = Theme(application(), "dark")
    for name, (scene, preference) in README.items():
        keep(picture(theme, scene, preference, README_SIZE), HERE / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)
