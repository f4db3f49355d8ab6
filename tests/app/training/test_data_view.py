"""The data before training: cards have the very samples, counts and ranges those of the data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.theme import Theme
from app.training.data_view import VERSIONS, DataPanel, target_numbers
from app.training.data_words import figures
from app.training.loaded_data import LoadedData
from app.training.sample_images import bytes_of, image_of, overlaid
from app.training.shown_runs import ShownRuns
from app.training.sketches import HIGH, WIDE, bars, lines, sketch_of
from graph_engine import templates
from graph_engine.data.choice import prepare
from tests.app.training.conftest import destroy

Open = Callable[..., DataPanel]


@pytest.fixture
def open_panel(
    qtbot: QtBot, runs: ShownRuns, theme: Theme, icons: Icons
) -> Iterator[Callable[..., DataPanel]]:
    """Opens the panel over a template with other data, and waits until they are read."""
    held: list[tuple[DataPanel, Document]] = []

    def show(template: str = "cnn-digits", **data: Any) -> DataPanel:
        project = templates.new(template)
        project.data = {**project.data, **data}
        document = Document(project)
        panel = DataPanel(runs, document, theme, icons)
        held.append((panel, document))
        panel.resize(1280, 260)
        panel.show()
        panel.pacer.draw_now()
        wait(qtbot, panel)
        return panel

    yield show
    for panel, document in held:
        destroy(panel)
        document.deleteLater()


def wait(qtbot: QtBot, panel: DataPanel) -> None:
    qtbot.waitUntil(lambda: not panel.data.is_reading, timeout=20_000)
    panel.pacer.draw_now()


def test_cards_are_the_samples_of_the_part(open_panel: Open) -> None:
    # Given the digits
    panel = open_panel()
    project = templates.new("cnn-digits")
    data = prepare(project.data_choice(), None, ("image",))

    # Then each part's cards are its samples, pixel by pixel, with their labels
    for number, name in enumerate(("train", "validation", "test")):
        panel.part.choose(number)
        part = getattr(data, name)
        assert panel.shown is not None
        assert len(panel.shown) == len(part)
        for place in (0, 1, len(part) - 1):
            inputs, target = part.sample(place)
            card = panel.cards.card(place)
            assert card.images == (image_of(inputs["image"]),)
            assert card.lines[-1].words == str(int(target))


def test_classes_are_counted_in_each_part(open_panel: Open) -> None:
    panel = open_panel()
    data = prepare(templates.new("cnn-digits").data_choice(), None, ("image",))
    for name in ("train", "validation", "test"):
        part = getattr(data, name)
        _, truth = part.batch(np.arange(len(part)))
        assert panel.counts.counts[name].tolist() == np.bincount(truth, minlength=10).tolist()


def test_samples_of_one_class_are_shown(open_panel: Open) -> None:
    panel = open_panel("perceptron-iris")
    panel.classes.setCurrentText("versicolor")
    panel.classes.activated.emit(panel.classes.currentIndex())
    assert panel.shown is not None
    count = int(panel.counts.counts["train"][1])
    assert len(panel.shown) == count
    labels = {panel.cards.card(place).lines[-1].words for place in range(count)}
    assert labels == {"versicolor"}


def test_source_licence_and_ranges_are_told(open_panel: Open) -> None:
    panel = open_panel()
    dataset = panel.found.data.dataset if panel.found.data else None
    assert dataset is not None
    values = dataset["image"].take(np.arange(len(dataset)))
    told = panel.figures.text()
    assert f"0 to {values.max():.1f}" in told
    assert f"mean {values.mean():.2f}" in told
    assert "1,797" in told
    assert "Licence: Creative Commons" in panel.about.text()
    assert panel.found.description is not None
    assert figures(panel.found.description, panel.found.data) == told  # type: ignore[arg-type]


def test_samples_are_shown_as_training_sees_them(open_panel: Open) -> None:
    # Given data that training varies
    panel = open_panel(augmentation={"shift": 2, "flip": True})
    assert panel.varied.isVisible()
    part = panel.found.part("train")
    assert part is not None

    # When they are shown so
    panel.varied.click()

    # Then the cards are the first epoch's batch
    batch, _ = part.batch(np.arange(6), 0, 0)
    assert panel.shown is not None
    for place in range(6):
        assert np.array_equal(panel.shown._sample(place)[0][0], batch[0][place])
    plain, _ = part.plain().batch(np.arange(6))
    assert not np.array_equal(batch[0], plain[0])

    # And other parts stay as they are
    panel.part.choose(1)
    assert not panel.varied.isVisible()


def test_a_sample_is_shown_in_its_versions(open_panel: Open) -> None:
    panel = open_panel(augmentation={"shift": 2})
    part = panel.found.part("train")
    assert part is not None
    panel.cards.chosen.emit(5)
    assert panel.shown is not None
    assert len(panel.shown) == VERSIONS
    for epoch in (0, 7):
        batch, _ = part.batch(np.array([5]), 0, epoch)
        assert np.array_equal(panel.shown._sample(epoch)[0][0], batch[0][0])
    panel.versions.click()
    assert len(panel.shown) == len(part)


def test_a_click_changes_nothing_where_samples_are_not_varied(open_panel: Open) -> None:
    panel = open_panel(augmentation={})
    before = panel.shown
    panel.cards.chosen.emit(0)
    assert panel.shown is before


def test_texts_can_be_read(open_panel: Open) -> None:
    panel = open_panel(source={"source": "text", "length": 20}, division="in order")
    dataset = panel.found.data.dataset if panel.found.data else None
    assert dataset is not None
    field = dataset["text"]
    first = "".join(field.classes[n] for n in field.take([0])[0])
    assert first.replace("\n", "↵") in panel.cards.card(0).lines[0].words
    assert panel.cards.card(0).images == ()


def test_masks_stand_beside_their_images(open_panel: Open) -> None:
    scenes = {"source": "generated", "name": "segmentation_scenes", "samples": 20}
    panel = open_panel(source=scenes)
    part = panel.found.part("train")
    assert part is not None
    inputs, mask = part.sample(3)
    card = panel.cards.card(3)
    assert panel.shown is not None
    assert card.images[1] == overlaid(next(iter(inputs.values())), mask, panel.shown.colors)


def test_numbers_to_foretell_are_spread(open_panel: Open) -> None:
    panel = open_panel("regression-diabetes")
    numbers = target_numbers(panel.found)
    assert numbers is not None
    assert panel.found.data is not None
    dataset = panel.found.data.dataset
    raw = dataset[dataset.target].take(np.arange(len(dataset)))
    np.testing.assert_allclose(np.sort(numbers), np.sort(raw.ravel()), rtol=1e-5)
    assert panel.spread.values.sum() == len(numbers)
    assert not panel.counts.isVisible()


def test_another_choice_of_data_is_read_at_once(qtbot: QtBot, open_panel: Open) -> None:
    # Given the digits on show
    panel = open_panel()

    # When the project takes other data
    panel._document.settle("Choose data", data={"source": {"source": "builtin", "name": "wine"}})
    wait(qtbot, panel)

    # Then these are shown, and after an undo the digits again
    assert panel.name.text() == "wine"
    panel._document.undo.undo()
    wait(qtbot, panel)
    assert panel.name.text() == "digits"


def test_data_that_cannot_be_read_are_told_in_words(qtbot: QtBot, open_panel: Open) -> None:
    panel = open_panel(source={"source": "csv", "path": "none.csv"})
    assert "none.csv" in panel.found.sentence
    assert panel.empty.isVisible()
    panel._document.settle("Choose data", data={"source": {"source": "nowhere"}})
    wait(qtbot, panel)
    assert panel.found.data is None
    assert panel.found.sentence


def test_a_file_beside_the_project_is_found_once_it_is_saved(
    qtbot: QtBot, open_panel: Open, tmp_path: Path
) -> None:
    rows = "\n".join(f"{n},{n * n % 7},{'ab'[n % 2]}" for n in range(40))
    (tmp_path / "some.csv").write_text(f"x,y,kind\n{rows}\n", encoding="utf-8")
    panel = open_panel(
        "perceptron-iris", source={"source": "csv", "path": "some.csv", "target": "kind"}
    )
    assert panel.found.part("train") is None
    panel._document.save(tmp_path / "project.netloom")
    wait(qtbot, panel)
    part = panel.found.part("train")
    assert part is not None, panel.found.sentence
    assert panel.counts.counts["train"].sum() == len(part)


def test_views_of_a_document_share_what_was_read(document: Document) -> None:
    assert LoadedData.of(document) is LoadedData.of(document)


def test_nothing_is_read_before_somebody_looks(document: Document) -> None:
    data = LoadedData.of(document)
    document.settle("Choose data", data={"source": {"source": "builtin", "name": "wine"}})
    assert not data.is_reading
    assert data.found.data is None


# Sketches --------------------------------------------------------------------------------------------


def test_a_bar_is_as_tall_as_its_number(theme: Theme) -> None:
    color = theme.color("accent")
    image = bars(np.array([0.0, 0.5, 1.0]), color, (0.0, 1.0))
    heights = [
        sum(image.pixelColor(int(WIDE * (n + 0.5) / 3), y) == color for y in range(HIGH))
        for n in range(3)
    ]
    assert heights[0] <= 2
    assert heights[1] == pytest.approx((HIGH - 8) / 2, abs=2)
    assert heights[2] == pytest.approx(HIGH - 8, abs=2)


def test_a_line_rises_with_its_series(theme: Theme) -> None:
    color = theme.color("accent")
    image = lines(np.linspace(0, 1, 50)[:, None], [color], (0.0, 1.0))
    middle = [y for y in range(HIGH) if image.pixelColor(WIDE // 2, y).alpha() > 128]
    assert np.mean(middle) == pytest.approx(HIGH / 2, abs=2)


@pytest.mark.parametrize(
    "shape", [(4,), (300,), (20, 3), (20, 40), (1, 6, 6), (3, 6, 6), (2, 6, 6), (1, 1)]
)
def test_a_sample_of_any_shape_has_a_picture(shape: tuple[int, ...], theme: Theme) -> None:
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    values.flat[0] = np.nan
    assert not sketch_of(values, [theme.color("accent")]).isNull()


def test_pixels_are_scaled_between_the_ends() -> None:
    assert bytes_of(np.array([0.0, 1.0, 2.0])).tolist() == [0, 128, 255]
    assert bytes_of(np.array([0.0, 1.0, 9.0]), (0.0, 2.0)).tolist() == [0, 128, 255]
    assert bytes_of(np.array([3.0, 3.0])).tolist() == [0, 0]
    image = image_of(np.array([[[0.0, 1.0]], [[1.0, 0.0]], [[0.0, 0.0]]]))
    color = image.pixelColor(0, 0)
    assert (color.red(), color.green(), color.blue()) == (0, 255, 0)


def test_panels_that_come_and_go_leave_nothing(
    runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> None:
    panel = DataPanel(runs, document, theme, icons)
    panel.show()
    panel.pacer.draw_now()
    destroy(panel)
    document.settle("Choose data", data={"source": {"source": "builtin", "name": "wine"}})
    theme.prefer("light")
