"""Every scene of the gallery is drawn: nothing is blank, and no control is too small for its words.

The pictures stay in ``build/pictures`` to be looked at. ``NETLOOM_PICTURES=all`` takes them in both
sizes, as ``python resources/screenshots/take.py FOLDER`` does; otherwise it is the smaller one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QFontMetrics, QImage, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QPushButton

from app.theme import Preference, Theme
from resources.screenshots.scenes import SCENES
from resources.screenshots.stage import Stage
from resources.screenshots.take import SIZES, THEMES, keep

KEPT = Path(__file__).parents[2] / "build" / "pictures"
FEWEST_COLOURS = 40
TAKEN = SIZES if os.environ.get("NETLOOM_PICTURES") == "all" else SIZES[:1]


@pytest.fixture
def stage(
    qapp: QApplication, theme: Theme, preference: Preference, size: tuple[int, int]
) -> Iterator[Stage]:
    made = Stage(theme, preference, size)
    yield made
    made.strike()


def colours(picture: QPixmap) -> int:
    """How many colours a coarse grid of points finds."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
    width, height = image.width(), image.height()
    return len({image.pixel(x, y) for x in range(0, width, 3) for y in range(0, height, 3)})


def cut(stage: Stage) -> list[str]:
    """The words that do not fit into the label or button that shows them."""
    found = []
    kinds: tuple[type[QLabel | QAbstractButton], ...] = (QLabel, QPushButton, QCheckBox)
    for kind in kinds:
        for each in stage.window.findChildren(kind):
            if not each.visibleRegion().isEmpty() and is_cut(each):
                found.append(f"{each.text()} in {each.width()} px, {each.font().toString()}")
    return found


def is_cut(shown: QLabel | QAbstractButton) -> bool:
    """Whether a text is wider, or wrapped higher, than its room."""
    if isinstance(shown, QLabel) and shown.wordWrap():
        return shown.heightForWidth(shown.width()) > shown.height() + 1
    words = shown.text().replace("&", "")
    return QFontMetrics(shown.font()).horizontalAdvance(words) > shown.contentsRect().width()


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
@pytest.mark.parametrize("size", TAKEN, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("preference", THEMES)
@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_shows_what_it_is_about(
    stage: Stage, scene: str, preference: Preference, size: tuple[int, int]
) -> None:
    # Given a window in a theme and a size
    assert stage.window.size().toTuple() == size

    # When a scene is set
    SCENES[scene](stage)
    taken = stage.grab()

    # Then there is something to see, and all words are whole
    keep(taken, KEPT / f"{size[0]}x{size[1]}" / preference / f"{scene}.png")
    assert colours(taken) >= FEWEST_COLOURS
    assert not cut(stage)
