"""The canvas tinted by a measure: colours, legend, widths of wires, and that nothing stays behind."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.geometry import WIDTH
from app.canvas.tint import LEVELS, Ground, Tint, stops
from app.canvas.view import CanvasView
from app.color_maps import VIRIDIS, contrast, ink_on, luminance, shades
from app.theme import Theme

LOW, HIGH = 1e-3, 1e1


def tint(view: CanvasView, **others: object) -> Tint:
    """The nodes' gradients, rising along the chain over the whole map."""
    names = view.document.graph.in_order()
    parts = {name: number / (len(names) - 1) for number, name in enumerate(names)}
    values = {name: LOW * (HIGH / LOW) ** part for name, part in parts.items()}
    fields: dict[str, object] = {"values": values, "flows": values, **others}
    return Tint("Gradient magnitude", "L2 norm", "log", LOW, HIGH, **fields)  # type: ignore[arg-type]


def picture(view: CanvasView) -> QImage:
    QApplication.processEvents()
    return view.grab().toImage()


def ground(view: CanvasView, name: str) -> str:
    """The colour at a place of a node where no words stand."""
    item = view.canvas.nodes[name]
    at = view.viewportTransform().map(item.pos().toPoint() + QPoint(int(WIDTH) - 12, 46))
    return picture(view).pixelColor(at).name()


def test_values_have_their_place_on_the_map() -> None:
    log = Tint("", "", "log", 1e-4, 1.0)
    linear = Tint("", "%", "linear", 0.0, 1.0)
    ratio = Tint("", "", "ratio", 1e-5, 1e-1)

    assert log.share(1e-2) == pytest.approx(0.5)
    assert log.share(0.0) == 0.0
    assert log.share(math.inf) == 1.0
    assert linear.share(0.25) == 0.25
    assert linear.share(2.0) == 1.0
    assert ratio.share(1e-3) == pytest.approx(0.5), "healthy is in the middle"
    assert ratio.level(0.0) == -1, "weights of zeros have no ratio"
    assert log.level(math.nan) == -1
    assert log.level(1.0) == LEVELS - 1


def test_nodes_take_the_colours_of_their_values(view: CanvasView) -> None:
    names = view.document.graph.in_order()
    plain = ground(view, names[0])

    view.show_tint(tint(view))

    colors = shades(VIRIDIS, LEVELS)
    assert ground(view, names[0]) == colors[0].name() != plain
    assert ground(view, names[-1]) == colors[-1].name()


def test_a_node_that_the_run_does_not_know_stays_as_it_was(view: CanvasView) -> None:
    names = view.document.graph.in_order()
    plain = ground(view, names[2])
    made = tint(view)
    values = {name: value for name, value in made.values.items() if name != names[2]}

    view.show_tint(tint(view, values=values))

    assert ground(view, names[2]) == plain
    assert ground(view, names[1]) != plain


@pytest.mark.parametrize("zoom", [0.3, 0.6, 1.0, 2.0])
def test_off_again_leaves_every_pixel_as_it_was(view: CanvasView, zoom: float) -> None:
    view.toggle_minimap()  # it follows in a while of its own
    view.set_zoom(zoom)
    view.settle()
    before = picture(view)

    shown = QImage(8, 8, QImage.Format.Format_RGB32)
    shown.fill(Qt.GlobalColor.white)
    view.show_tint(tint(view, pictures=lambda name: (name, shown)))
    assert picture(view) != before
    view.show_tint(None)

    assert picture(view) == before


def test_only_nodes_whose_colour_changes_are_painted(
    view: CanvasView, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = view.document.graph.in_order()
    before = {**tint(view).values, second: 0.5}
    view.show_tint(tint(view, values=before))
    QApplication.processEvents()
    painted: list[str] = []
    ground = view.canvas.tinting.ground

    def asked(name: str) -> Ground | None:
        """Each painting asks for the node's ground."""
        painted.append(name)
        return ground(name)

    monkeypatch.setattr(view.canvas.tinting, "ground", asked)

    view.show_tint(tint(view, values={**before, first: HIGH, second: 0.5001}))
    QApplication.processEvents()

    assert set(painted) == {first}


def test_what_was_out_of_view_is_tinted_when_it_comes_into_view(view: CanvasView) -> None:
    # Given a view of the first node alone, and a tint
    names = view.document.graph.in_order()
    first, last = (view.canvas.nodes[name].sceneBoundingRect() for name in (names[0], names[-1]))
    view.resize(420, 300)
    view.show_place(last.center(), 1.0)
    view.land()
    view.show_tint(tint(view, flows={}))
    assert ground(view, names[-1]) == shades(VIRIDIS, LEVELS)[-1].name()
    view.show_place(first.center(), 1.0)
    view.land()
    wire = next(w for w in view.canvas.wires.values() if w.target.node == names[-1])
    before = wire.pen().widthF()

    # When it changes, then what is out of view is left alone
    values = dict.fromkeys(names, LOW)
    view.show_tint(tint(view, values=values, flows=dict.fromkeys(names, 1.0)))
    assert ground(view, names[0]) == shades(VIRIDIS, LEVELS)[0].name()
    assert view.canvas.tinting.is_behind
    assert wire.pen().widthF() == before

    # And it has its colour and width as soon as it is seen
    view.show_place(last.center(), 1.0)
    view.land()
    assert ground(view, names[-1]) == shades(VIRIDIS, LEVELS)[0].name()
    assert wire.pen().widthF() > before

    # And also where it was seen from far away meanwhile
    view.set_zoom(0.2)
    view.show_tint(tint(view, flows={}))
    view.show_place(last.center(), 1.0)
    view.land()
    assert ground(view, names[-1]) == shades(VIRIDIS, LEVELS)[-1].name()
    assert wire.pen().widthF() == before


def test_wires_are_as_wide_as_the_gradient_that_comes_back(view: CanvasView) -> None:
    def widths() -> list[float]:
        order = view.document.graph.in_order()
        wires = sorted(view.canvas.wires.values(), key=lambda wire: order.index(wire.source.node))
        return [wire.pen().widthF() for wire in wires]

    before = widths()
    view.show_tint(tint(view))
    tinted = widths()
    view.show_tint(None)

    assert tinted == sorted(tinted)
    assert tinted[-1] > tinted[0]
    assert widths() == before


def test_from_far_away_boxes_have_the_colours_too(view: CanvasView) -> None:
    view.set_zoom(0.3)
    view.show_tint(tint(view))
    last = view.document.graph.in_order()[-1]
    box = view.viewportTransform().mapRect(view.canvas.nodes[last].sceneBoundingRect())

    assert picture(view).pixelColor(box.center().toPoint()).name() == VIRIDIS[-1].lower()


def test_from_near_a_node_shows_what_it_gives(view: CanvasView) -> None:
    name = view.document.graph.in_order()[1]
    red, green = (QImage(4, 4, QImage.Format.Format_RGB32) for _ in range(2))
    red.fill(QColor("red"))
    green.fill(QColor("#00ff00"))
    view.look_at(name)
    view.land()
    view.set_zoom(2.0)
    view.settle()
    item = view.canvas.nodes[name]
    at = view.viewportTransform().map(item.pos().toPoint() + QPoint(int(WIDTH) - 20, 34))

    view.show_tint(tint(view, pictures=lambda node: ("red", red)))
    seen = picture(view).pixelColor(at)
    view.show_tint(tint(view, pictures=lambda node: ("green", green)))

    assert seen == QColor("red")
    assert picture(view).pixelColor(at) == QColor("#00ff00")


def test_the_legend_says_what_is_shown_and_asks_for_more(qtbot: QtBot, view: CanvasView) -> None:
    assert not view.legend.isVisible()

    view.show_tint(tint(view, moment="step 1,200"))

    assert view.legend.isVisible()
    told = view.legend.accessibleDescription()
    for words in ("Gradient magnitude", "L2 norm", "step 1,200", "10"):
        assert words in told
    assert view.viewport().rect().contains(view.legend.geometry())
    with qtbot.waitSignal(view.legend.asked):
        QTest.mouseClick(view.legend, Qt.MouseButton.LeftButton)
    view.show_tint(None)
    assert not view.legend.isVisible()


def test_words_can_be_read_on_every_ground(theme: Theme) -> None:
    for preference in ("dark", "light"):
        theme.prefer(preference)
        for kind in ("log", "ratio"):
            for color in shades(stops(kind, theme), LEVELS):
                assert contrast(luminance(color), luminance(ink_on(color))) >= 4.3


def test_another_theme_takes_its_own_colours(view: CanvasView) -> None:
    """Given a tint around what is healthy, whose middle is dark in the dark theme,
    when the light theme is chosen, then the grounds follow at once."""
    name = view.document.graph.in_order()[1]
    made = Tint("Update ÷ weight", "a step", "ratio", 1e-5, 1e-1, {name: 1e-3})
    view.show_tint(made)
    dark = ground(view, name)

    view.theme.prefer("light")

    light = ground(view, name)
    assert luminance(QColor(dark)) < 0.2
    assert luminance(QColor(light)) > 0.5


def test_the_legend_stands_where_no_nodes_are(view: CanvasView) -> None:
    """Given nodes at the lower edge of the view, when they are tinted,
    then the legend stands above."""
    corner = view.viewportTransform().inverted()[0].map(QPoint(60, view.viewport().height() - 40))
    name = view.document.graph.in_order()[0]
    at = view.canvas.nodes[name].pos()
    view.scroll_by((corner.x() - at.x()) * view.zoom, (corner.y() - at.y()) * view.zoom)

    view.show_tint(tint(view))

    assert view.legend.y() < view.viewport().height() / 2
    view.show_tint(None)
    view.scroll_by(0, -view.viewport().height() / 2)
    view.show_tint(tint(view))
    assert view.legend.geometry().bottom() > view.viewport().height() / 2


def test_a_picture_of_the_drawing_is_not_tinted(view: CanvasView) -> None:
    made = tint(view)
    view.show_tint(made)

    with view.unmarked() as canvas:
        assert not canvas.tinting.levels

    assert view.canvas.tinting.tint is made
    assert view.canvas.tinting.levels
