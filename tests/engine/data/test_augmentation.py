"""Random changes follow seed, epoch and sample, move masks with their images, and spare the rest."""

from __future__ import annotations

import numpy as np
import pytest

from graph_engine.data.augmentation import Augmentation, Draw
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.dataset import Dataset, Field, InMemory, named
from graph_engine.data.encoding import encode
from graph_engine.data.prepared import Feed, Split


def draw(augmentation: Augmentation, count: int, seed: int = 1, epoch: int = 0) -> Draw:
    return Draw(augmentation, seed, epoch, np.arange(count))


def test_shifts_reach_every_place_and_repeat_the_border() -> None:
    images = np.tile(np.arange(5.0), (500, 1, 5, 1))

    moved = draw(Augmentation(shift=1), 500).moved(images)

    rows = {tuple(row) for row in moved[:, 0, 0].tolist()}
    assert rows == {(0, 1, 2, 3, 4), (0, 0, 1, 2, 3), (1, 2, 3, 4, 4)}
    vertical = draw(Augmentation(shift=1), 500).moved(images.swapaxes(2, 3))
    assert len({tuple(column) for column in vertical[:, 0, :, 0].tolist()}) == 3


def test_about_half_are_mirrored() -> None:
    images = np.tile(np.arange(4.0), (1000, 2, 3, 1))

    moved = draw(Augmentation(flip=True), 1000).moved(images)

    mirrored = moved[:, 0, 0, 0] == 3
    assert 420 < mirrored.sum() < 580
    np.testing.assert_array_equal(moved[mirrored], images[mirrored][..., ::-1])
    np.testing.assert_array_equal(moved[~mirrored], images[~mirrored])


def test_noise_has_its_spread_and_differs_between_inputs() -> None:
    zeros = np.zeros((200, 3, 10, 10), dtype=np.float32)
    chance = draw(Augmentation(noise=0.5), 200)

    first, second = chance.noisy(zeros, 0), chance.noisy(zeros, 1)

    assert first.dtype == np.float32
    assert abs(first.std() - 0.5) < 0.01
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02


def test_a_sample_is_changed_alike_in_whatever_company() -> None:
    choice = DataChoice(augmentation=Augmentation(shift=2, flip=True, noise=0.3))
    train = prepare(choice, None, ["x"]).train

    (together,), _ = train.batch(np.arange(40), seed=5, epoch=2)
    (alone,), _ = train.batch(np.array([17]), seed=5, epoch=2)
    (later,), _ = train.batch(np.array([17]), seed=5, epoch=3)

    np.testing.assert_array_equal(together[17:18], alone)
    assert not np.array_equal(alone, later)


def test_only_training_is_augmented() -> None:
    choice = DataChoice(augmentation=Augmentation(shift=2))
    data = prepare(choice, None, ["x"])
    raw = prepare(DataChoice(), None, ["x"])

    positions = np.arange(100)
    for part, plain in ((data.validation, raw.validation), (data.test, raw.test)):
        np.testing.assert_array_equal(
            part.batch(positions, 1, 1)[0][0], plain.batch(positions, 1, 1)[0][0]
        )
    changed = data.train.batch(positions, 1, 1)[0][0]
    np.testing.assert_array_equal(
        data.train.plain().batch(positions)[0][0], raw.train.batch(positions)[0][0]
    )
    assert not np.array_equal(changed, raw.train.batch(positions)[0][0])
    np.testing.assert_array_equal(data.train.sample(3)[0]["x"], raw.train.sample(3)[0]["x"])


@pytest.mark.parametrize("target", ["mask", "image"])
def test_targets_of_the_same_size_move_along_without_noise(target: str) -> None:
    masks = np.random.default_rng(0).integers(0, 3, (8, 8, 8))
    fields = named(
        [
            Field("image", InMemory(masks[:, None].astype(np.float64)), "image"),
            Field("row", InMemory(np.zeros((8, 8))), "continuous"),
            Field("mask", InMemory(masks), "categorical"),
        ]
    )
    made = Dataset("made", fields)
    feeds = {field.name: Feed.of(field, encode(field, None, np.arange(8))) for field in made}
    inputs = {name: feeds[name] for name in ("image", "row", "mask")}
    wild = Augmentation(shift=3, flip=True)
    part = Split(inputs, feeds[target], np.arange(8), wild)
    noisy = Split(inputs, feeds[target], np.arange(8), wild.replace(noise=0.1))

    (image, row, mask), aim = part.batch(np.arange(8), 3, 0)
    (with_noise, _, same_mask), same_aim = noisy.batch(np.arange(8), 3, 0)

    np.testing.assert_array_equal(aim.reshape(8, 8, 8), image[:, 0])
    np.testing.assert_array_equal(mask, image[:, 0])
    assert not np.array_equal(mask, masks)
    assert (row == 0).all()  # eight samples of eight numbers are no image
    np.testing.assert_array_equal(same_aim, aim)
    np.testing.assert_array_equal(same_mask, mask)
    assert 0 < np.abs(with_noise - image).max() < 1
