"""Each kind of answer is drawn its own way: numbers, images, masks, text, samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from app.training.generated_view import SAMPLES, TEXT
from app.training.predictions import PredictionsPanel
from app.training.sample_images import image_of
from graph_engine.training.events import Frame
from tests.app.training.made_answers import answered, told

Show = Callable[..., Any]


def test_numbers_are_drawn_by_the_truth(shown: Show) -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(50, 1)).astype(np.float32)
    answer = truth + 0.1
    panel = shown(PredictionsPanel, told(*answered(1, answer, truth, task="regression")))
    drawn = np.array(panel.scores.plot.dots.points)
    np.testing.assert_allclose(drawn[:, 0], truth.ravel(), rtol=1e-6)
    np.testing.assert_allclose(drawn[:, 1], answer.ravel(), rtol=1e-6)
    panel.scores.of_numbers.choose(1)
    np.testing.assert_allclose(np.array(panel.scores.plot.dots.points)[:, 1], 0.1, rtol=1e-5)


def test_a_reconstruction_stands_beside_its_original(shown: Show) -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((6, 1, 8, 8)).astype(np.float32)
    run = told(*answered(1, truth * 0.5, truth, task="reconstruction"))
    panel = shown(PredictionsPanel, run)
    first = panel.cards.card(0)
    sample = int(panel.order[0])
    span = (float(truth[sample].min()), float(truth[sample].max()))
    assert first.images == (image_of(truth[sample], span), image_of(truth[sample] * 0.5, span))
    assert not panel.scores.isVisible()


def test_masks_are_laid_over(shown: Show) -> None:
    truth = np.zeros((3, 6, 6), np.int64)
    truth[:, :3] = 1
    scores = np.stack([np.full((3, 6, 6), 0.6), np.full((3, 6, 6), 0.4)], axis=1)
    panel = shown(PredictionsPanel, told(*answered(1, scores, truth)))
    card = panel.cards.card(0)
    right, wrong = (image.pixelColor(0, 0) for image in card.images)
    assert right != wrong
    assert card.images[0].pixelColor(0, 5) == card.images[1].pixelColor(0, 5)
    assert "50.0 % right" in card.lines[0].words


def test_sequences_are_read_as_text(shown: Show) -> None:
    truth = np.array([[1, 2, 0], [0, 0, 1]])
    scores = np.eye(3)[np.array([[1, 2, 0], [0, 2, 1]])].transpose(0, 2, 1)
    panel = shown(PredictionsPanel, told(*answered(1, scores, truth)))
    panel.which.choose(1)
    first, second = panel.cards.card(0), panel.cards.card(1)
    assert [line.words for line in first.lines[:2]] == ["120", "120"]
    assert [line.token for line in second.lines[:2]] == ["text", "error"]


def test_what_a_network_makes_is_shown(shown: Show) -> None:
    # Given a generator and one that writes
    samples = np.random.default_rng(0).random((9, 1, 8, 8)).astype(np.float32)
    text = np.frombuffer("Es war einmal – ".encode(), np.uint8)
    panel = shown(PredictionsPanel, told(Frame.of(SAMPLES, samples, 1, 10)))

    # Then samples are side by side
    assert panel.made.mosaic.tiles.shape == (9, 8, 8)
    assert panel.made.mosaic.isVisible()

    # And text can be read
    panel.runs.follow(told(Frame.of(TEXT, text, 1, 10)))
    panel.pacer.draw_now()
    assert panel.made.text.toPlainText() == "Es war einmal – "


def test_pictures_of_three_channels_are_shown_in_their_colours(shown: Show) -> None:
    # Given a picture that is red, then black, and white below
    picture = np.zeros((1, 3, 2, 2), np.float32)
    picture[0, 0, 0, 0] = 1
    picture[0, :, 1] = 1
    panel = shown(PredictionsPanel, told(Frame.of(SAMPLES, picture, 1, 10)))

    # Then each pixel has its colour
    tiles = panel.made.mosaic.tiles
    assert tiles.tolist() == [[[0xFFFF0000, 0xFF000000], [0xFFFFFFFF, 0xFFFFFFFF]]]
    assert {0xFFFF0000, 0xFFFFFFFF} <= set(panel.made.mosaic.pixels.ravel().tolist())
