"""The help of a layer is complete, true to its declaration, and legible in both themes."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.panels.help import HelpPanel
from app.panels.help_page import source_lines
from app.theme import Theme
from graph_engine.layers.base import CATALOGUE

WITHOUT_SOURCE = {
    "Block", "Input", "Output", "Cdist", "IndexSelect", "LogicalAnd", "LogicalOr", "LogicalXor", "Where",
    "WindowReverse",
}  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> HelpPanel:
    made = HelpPanel(theme)
    qtbot.addWidget(made)
    made.resize(300, 600)
    made.show()
    return made


def test_an_empty_panel_says_how_to_fill_it(panel: HelpPanel) -> None:
    assert "F1" in panel.browser.toPlainText()


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_layer_has_a_page_with_all_its_parameters_and_shapes(
    panel: HelpPanel, name: str
) -> None:
    layer = CATALOGUE[name]

    panel.show_layer(name)

    text = panel.browser.toPlainText()
    assert text.startswith(name)
    assert layer.family in text
    for parameter in layer.parameters().values():
        assert parameter.name in text
        assert parameter.expected() in " ".join(text.split())
    assert "``" not in text


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name not in WITHOUT_SOURCE])
def test_the_source_that_a_layer_becomes_is_shown(name: str) -> None:
    assert source_lines(name)


def test_a_page_shows_shapes_source_and_pytorchs_address(panel: HelpPanel) -> None:
    panel.show_layer("Conv2d")

    text = panel.browser.toPlainText()
    assert "3×16×16 → 32×14×14" in text
    assert "nn.Conv2d(3, 32, kernel_size=3" in text.replace("\xa0", " ")
    assert "torch.nn.Conv2d.html" in text


def test_the_theme_is_followed(panel: HelpPanel, theme: Theme) -> None:
    panel.show_layer("Conv2d")

    theme.prefer("light")

    assert theme.color("text").name() in panel.browser.toHtml()
    assert panel.layer == "Conv2d"


def test_a_name_that_is_no_layer_brings_the_hint(panel: HelpPanel) -> None:
    panel.show_layer("Conv2d")

    panel.show_layer("no such layer")

    assert "F1" in panel.browser.toPlainText()


def test_a_template_has_its_page_until_a_layer_is_asked_for(panel: HelpPanel) -> None:
    panel.use_template("rosenblatt-iris")
    had_template = panel.has_template
    assert had_template
    assert panel.browser.toPlainText().startswith("Rosenblatt's perceptron")

    panel.show_layer("Linear")
    assert panel.browser.toPlainText().startswith("Linear")
    panel.show_layer("")
    assert "Novikoff" in panel.browser.toPlainText()

    panel.use_template("a project of one's own")
    assert not panel.has_template
    assert "F1" in panel.browser.toPlainText()
