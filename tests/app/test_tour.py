"""The guided tour: offered once, walked by doing what it asks for or by Next, and never in the way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app import touring
from app.dialogs.tour import Tour
from app.dialogs.tour_offer import TourOffer
from app.editor import Editor
from app.icons import Icons
from app.main_window import MainWindow
from app.settings import TOURED, Settings
from app.theme import Theme
from graph_engine import edits
from graph_engine.change import Change
from graph_engine.repairs import repair
from tests.app.windows import clean


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, icons: Icons) -> MainWindow:
    return opened(qtbot, theme, icons)


def opened(qtbot: QtBot, theme: Theme, icons: Icons) -> MainWindow:
    made = MainWindow(theme, icons, Settings())
    qtbot.addWidget(made, before_close_func=clean)
    made.resize(1280, 800)
    made.show()
    return made


def running(window: MainWindow) -> Tour | None:
    return window.document.findChild(Tour) if window.document else None


def begun(window: MainWindow) -> Tour:
    window.actions_by_id["help.tour"].trigger()
    tour = running(window)
    assert tour is not None
    return tour


def do(window: MainWindow, change: Change) -> None:
    assert window.document is not None
    window.document.do("Try", change)


def test_the_welcome_page_offers_it_until_it_is_declined(
    window: MainWindow, qtbot: QtBot, theme: Theme, icons: Icons
) -> None:
    # Given a person who was never here
    offer = window.welcome.findChild(TourOffer)
    assert isinstance(offer, TourOffer)
    assert offer.isVisible()

    # When the offer is declined
    offer.decline.click()

    # Then it is gone, now and in the next window, and nothing was opened
    assert not offer.isVisible()
    assert window.document is None
    later = opened(qtbot, theme, icons).welcome.findChild(TourOffer)
    assert isinstance(later, TourOffer)
    assert later.isHidden()


def cure(editor: Editor) -> Change:
    """What repairs the first problem."""
    found = repair(editor.problems.problems[0], editor.document.inference)
    assert found is not None
    return found.change


def test_each_step_goes_on_once_what_it_asks_for_was_done(window: MainWindow, qtbot: QtBot) -> None:
    offer = window.welcome.findChild(TourOffer)
    assert isinstance(offer, TourOffer)
    offer.take.click()
    tour, editor = running(window), window.editor
    assert tour is not None
    assert editor is not None
    graph, titles = editor.document.graph, [step.title for step in touring.steps(window, editor)]

    def arrive(number: int) -> None:
        qtbot.waitUntil(lambda: tour.step.title == titles[number])

    # When a layer arrives by typing, and another from the list
    for number, name in ((1, "relu1"), (2, "relu2")):
        do(window, edits.add(graph, type(graph.nodes["relu1"].layer)(), after=name))
        arrive(number)

    # And the pointer rests on a wire
    wire = next(iter(editor.canvas.canvas.wires.values()))
    middle = wire.path().pointAtPercent(0.5)
    editor.canvas.hover.look(QPointF(editor.canvas.viewportTransform().map(middle)))
    arrive(3)

    # And a parameter is set, and a mistake made and repaired
    do(window, edits.set_parameters(graph, ["conv2"], {"out_channels": 48}))
    arrive(4)
    do(window, edits.set_parameters(graph, ["pool2"], {"kernel_size": 9}))
    qtbot.waitUntil(lambda: bool(editor.problems.problems))
    tour.look()
    do(window, cure(editor))
    arrive(5)

    # And a layer is chosen from the source
    editor.source.revealed.emit("conv1")
    arrive(6)

    # Then only training is left, and the drawing can be trained
    assert not editor.problems.problems
    assert window.actions_by_id["train.start"].isEnabled()
    assert window.settings.get(TOURED)


def test_enter_goes_on_and_esc_ends_it(window: MainWindow, qtbot: QtBot) -> None:
    tour = begun(window)
    tour.card.next.setFocus()
    first = tour.step

    QTest.keyClick(tour.card.next, Qt.Key.Key_Return)
    assert tour.step is not first

    with qtbot.waitSignal(tour.destroyed):
        QTest.keyClick(tour.card.next, Qt.Key.Key_Escape)
    assert running(window) is None
    assert window.settings.get(TOURED)


def test_the_card_stays_inside_the_window_beside_what_it_speaks_of(
    window: MainWindow, qtbot: QtBot
) -> None:
    tour = begun(window)
    for size in ((1280, 800), (1000, 640)):
        window.resize(*size)
        tour.start()
        for _ in range(7):
            QTest.qWait(20)
            tour.look()
            card = tour.card.geometry()
            assert window.rect().contains(card)
            assert not tour.ring.geometry().isEmpty()
            part = tour.step.place()
            assert part is not None
            if part.height() < 60 or part.width() < 400:  # a canvas has room for both
                assert not card.intersects(tour.ring.geometry())
            if tour.step is not tour._steps[-1]:
                tour.go_on()


def test_it_begins_in_another_window_where_this_one_has_work(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.open_template("mlp-wine")
    document = window.document
    assert document is not None
    do(window, edits.remove(document.graph, ["features"]))

    with qtbot.waitSignal(window.tour_elsewhere):
        window.actions_by_id["help.tour"].trigger()

    assert window.document is document
    assert running(window) is None


def test_it_goes_with_its_drawing(window: MainWindow, qtbot: QtBot) -> None:
    tour = begun(window)
    with qtbot.waitSignals([tour.card.destroyed, tour.ring.destroyed]):
        window.open_template("mlp-wine")
    assert running(window) is None
