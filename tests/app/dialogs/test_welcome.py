"""The welcome page offers a new network, recent projects and templates, by mouse and by keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.dialogs.cards import RecentRow, TemplateCard
from app.dialogs.thumbnail import BOX, folded, picture
from app.dialogs.welcome import WelcomePage
from app.icons import Icons
from app.theme import Theme
from graph_engine import templates


@pytest.fixture
def recent(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.netloom" for name in ("cells", "stars")]
    for path in paths:
        path.write_text("{}")
    return paths


@pytest.fixture
def page(theme: Theme, icons: Icons, recent: list[Path], qtbot: QtBot) -> WelcomePage:
    made = WelcomePage(theme, icons, recent)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    return made


def templates_of(page: WelcomePage) -> list[TemplateCard]:
    return [card for card in page._all() if isinstance(card, TemplateCard)]


def test_the_templates_come_in_teaching_order_with_their_descriptions(page: WelcomePage) -> None:
    cards = templates_of(page)
    assert [(card.template, card.told) for card in cards] == list(templates.described())


def test_they_stand_under_the_titles_of_their_families(page: WelcomePage) -> None:
    catalogue = templates.catalogue()
    for family, title in templates.families().items():
        own = [name for name, entry in catalogue.items() if entry.family == family]
        cards = [c for c in page._families[family].cards if isinstance(c, TemplateCard)]
        assert [card.template for card in cards] == own
        assert [card.title for card in cards] == [catalogue[name].title for name in own]
        assert page._titles[family].text() == title
        assert page._titles[family].isVisible() == bool(own)


def test_every_card_says_what_was_chosen(
    page: WelcomePage, recent: list[Path], qtbot: QtBot
) -> None:
    for card in page.cards():
        signal = page.recent_chosen if isinstance(card, RecentRow) else page.template_chosen
        with qtbot.waitSignal(signal) as told:
            qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
        wanted = card.path if isinstance(card, RecentRow) else card.text()
        assert told.args == [wanted]


def test_new_and_open_are_asked_for(page: WelcomePage, qtbot: QtBot) -> None:
    new, open_ = (button for button in page.findChildren(QPushButton) if button.isVisible())
    with qtbot.waitSignal(page.new_requested):
        qtbot.mouseClick(new, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.open_requested):
        qtbot.mouseClick(open_, Qt.MouseButton.LeftButton)


def test_all_is_reached_by_tab_and_chosen_by_enter(page: WelcomePage, qtbot: QtBot) -> None:
    # given the focus on the first button
    page._new.setFocus()
    reached = []
    widget = page._new.nextInFocusChain()
    while widget is not None and widget is not page._new:
        if widget.isVisibleTo(page) and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reached.append(widget)
        widget = widget.nextInFocusChain()

    # then every card is in the chain, and Enter chooses it
    assert set(page.cards()) <= set(reached)
    with qtbot.waitSignal(page.template_chosen):
        qtbot.keyClick(templates_of(page)[0], Qt.Key.Key_Return)


def test_the_filter_leaves_what_fits_and_says_when_nothing_does(
    page: WelcomePage, qtbot: QtBot
) -> None:
    qtbot.keyClicks(page._filter, "digits residual")
    assert [card.text() for card in page.cards()] == ["resnet-digits"]
    assert page._heads["recent"].isHidden()
    qtbot.keyClicks(page._filter, " zzz")
    assert page.cards() == []
    assert page._nothing.isVisible()
    page._filter.clear()
    assert len(page.cards()) == len(templates.names()) + 2
    assert not page._nothing.isVisible()


@pytest.mark.parametrize("width", [640, 1280, 2560])
def test_cards_stand_side_by_side_inside_the_page(page: WelcomePage, width: int) -> None:
    page.resize(width, 800)
    for grid in page._families.values():
        boxes = [QRectF(card.geometry()) for card in grid.cards]
        for number, box in enumerate(boxes):
            assert box.left() >= 0
            assert box.right() <= grid.width()
            assert not any(box.intersects(other) for other in boxes[number + 1 :])


def test_without_recent_projects_there_is_no_empty_list(
    theme: Theme, icons: Icons, qtbot: QtBot
) -> None:
    page = WelcomePage(theme, icons, [])
    qtbot.addWidget(page)
    page.show()
    assert not page._heads["recent"].isVisible()


def test_pictures_are_drawn_only_once_seen_and_anew_for_another_theme(
    theme: Theme, icons: Icons, qtbot: QtBot
) -> None:
    # given a page that was never shown
    page = WelcomePage(theme, icons, [])
    qtbot.addWidget(page)
    card = templates_of(page)[0]
    assert isinstance(card, TemplateCard)
    picture = card._picture
    assert picture is None

    # when it is shown, there is a picture, and another one in another theme
    page.resize(1280, 800)
    page.show()
    dark = page.grab().toImage()
    assert card._picture is not None
    kept = card._picture
    page.grab()
    assert card._picture is kept
    theme.prefer("light")
    assert page.grab().toImage() != dark


@pytest.mark.parametrize("name", templates.names())
def test_a_picture_shows_every_node_apart(name: str, theme: Theme, qtbot: QtBot) -> None:
    project = templates.new(name)
    graph = next(iter(project.networks.values()))
    places = folded(graph, QRectF(0, 0, 216, 88))
    boxes = [QRectF(place, BOX) for place in places.values()]
    assert places.keys() == graph.nodes.keys()
    assert not any(a.intersects(b) for n, a in enumerate(boxes) for b in boxes[n + 1 :])
    drawn = picture(graph, theme, QSizeF(216, 88), 2.0)
    assert drawn.width() == 432
    assert drawn.deviceIndependentSize() == QSizeF(216, 88)
