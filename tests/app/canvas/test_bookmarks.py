"""Views are kept under numbers, for each project, outside its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF

from app.canvas.bookmarks import Place, key_of, read, written
from app.canvas.view import CanvasView
from app.document import Scope
from app.settings import Settings
from tests.app.canvas.conftest import agree


def test_a_kept_view_is_shown_again(view: CanvasView) -> None:
    # Given a view that was kept, and another one now
    view.set_zoom(1.5)
    view.show_place(QPointF(600, 40), 1.5)
    view.land()
    center = view.seen().center()
    view.keep_view("3")
    view.zoom_to_fit()
    view.land()
    assert view.zoom != pytest.approx(1.5)

    # When it is asked for
    view.go_to_view("3")
    view.land()

    # Then the same is in view, and the drawing and its history are as before
    assert view.zoom == pytest.approx(1.5)
    assert (view.seen().center() - center).manhattanLength() < 3
    assert not view.document.undo.canUndo()


def test_it_goes_into_blocks_and_says_when_they_are_gone(view: CanvasView) -> None:
    # Given a view kept inside a block
    document = view.document
    document.selection.set(["conv1", "relu1"])
    view.group_selection()
    view.enter_block()
    inside = document.scope
    view.keep_view("1")
    view.leave_block()

    # When it is asked for, it is entered
    view.go_to_view("1")
    assert document.scope == inside
    agree(view)

    # And once the block is gone, a sentence says so
    view.leave_block()
    document.undo.undo()
    view.go_to_view("1")
    assert document.scope == Scope("main")
    assert "not in the project any more" in view.pointer_hint.sentence
    view.go_to_view("7")
    assert "Ctrl+7" in view.pointer_hint.sentence


def test_views_are_remembered_with_the_path_of_the_project(
    view: CanvasView, tmp_path: Path
) -> None:
    # Given an unsaved project with a kept view
    settings = Settings()
    view.bookmarks.use(settings.store)
    view.keep_view("2")
    assert not settings.store.contains(key_of(tmp_path / "a.netloom"))

    # When it is saved
    view.document.save(tmp_path / "a.netloom")

    # Then the settings have the view and the file does not
    kept = read(str(Settings().store.value(key_of(tmp_path / "a.netloom"))))
    assert kept[2].zoom == pytest.approx(view.zoom)
    assert "zoom" not in (tmp_path / "a.netloom").read_text("utf-8")
    view.bookmarks.use(settings.store)
    view.go_to_view("2")
    assert not view.pointer_hint.sentence


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "[]", "7", '{"1": 3}', '{"1": {"network": "main", "blocks": "x"}}',
        '{"1": {"network": "main", "blocks": [], "x": 1e999, "y": 0, "zoom": 1}}',
        '{"1": {"network": "main", "blocks": [], "x": true, "y": 0, "zoom": 1}}',
        '{"0": {"network": "main", "blocks": [], "x": 1, "y": 0, "zoom": 1}}',
    ],
)  # fmt: skip
def test_what_is_no_view_is_left_out(text: str) -> None:
    assert read(text) == {}


def test_views_are_read_as_they_were_written() -> None:
    places = {4: Place("main", ("stage",), 1.5, -2.0, 0.75), 9: Place("other", (), 0.0, 0.0, 1.0)}
    assert read(written(places)) == places
