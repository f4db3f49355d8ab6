"""Random changes follow seed, epoch and sample, move masks with their images, and spare the rest."""

from __future__ import annotations

import numpy as np
import pytest

from graph_engine.data.augmentation import Augmentation, Draw
from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.dataset import Dataset, Field, InMemory, named
from graph_engine.data.encoding import encode
from graph_engine.data.prepared import Feed, Split
from graph_engine.data.warping import warped


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


def test_images_turn_grow_and_lean_about_their_middle() -> None:
    # Given an image whose upper half is white, but for a grey corner
    image = np.zeros((1, 1, 4, 4))
    image[..., :2, :] = 1.0
    image[..., 0, 0] = 0.5
    still, normal = np.zeros(1), np.ones(1)

    # When it is turned by a quarter, then rows become columns
    turned = warped(image, np.array([90.0]), normal, still)
    np.testing.assert_allclose(turned[0, 0], np.rot90(image[0, 0], -1), atol=1e-6)

    # When it is made twice as large, then its middle fills it; half as large, the border spreads
    grown = warped(image, still, np.array([2.0]), still)
    np.testing.assert_allclose(grown[0, 0, :, 1], [1.0, 0.75, 0.25, 0.0])
    shrunk = warped(image, still, np.array([0.5]), still)
    np.testing.assert_allclose(shrunk[0, 0, 0], [0.5, 0.75, 1.0, 1.0])

    # When it leans by two pixels a row, then each row has moved by twice its distance from the middle
    ramp = np.tile(np.arange(5.0), (1, 1, 3, 1))
    leaning = warped(ramp, still, normal, np.array([2.0]))
    np.testing.assert_allclose(leaning[0, 0], [[0, 0, 0, 1, 2], [0, 1, 2, 3, 4], [2, 3, 4, 4, 4]])


def test_warps_reach_both_sides_and_spare_classes() -> None:
    # Given many equal images, and masks of the same size whose classes are whole numbers
    images = np.tile(np.arange(9.0), (400, 1, 9, 1)).astype(np.float32)
    masks = np.tile(np.arange(9), (400, 9, 1))
    wild = Augmentation(turn=20, zoom=0.2, slant=0.2)

    # When they are moved
    moved, along = draw(wild, 400).moved(images), draw(wild, 400).moved(masks)

    # Then masks follow their images to the nearest class, and no two are moved alike
    assert moved.dtype == np.float32
    assert along.dtype == masks.dtype
    inner = np.s_[:, 2:-2, 2:-2]
    np.testing.assert_allclose(along[inner], moved[:, 0][inner], atol=0.51)
    assert len(np.unique(moved[:, 0, 0, 4])) == 400
    lean = moved[:, 0, 7, 4] - moved[:, 0, 1, 4]
    assert lean.min() < -2
    assert lean.max() > 2
    assert abs(lean.mean()) < 0.2
    assert Augmentation(turn=1).moves()
    assert not Augmentation(noise=1).moves()


def test_noise_has_its_spread_and_differs_between_inputs() -> None:
    zeros = np.zeros((200, 3, 10, 10), dtype=np.float32)
    chance = draw(Augmentation(noise=0.5), 200)

    first, second = chance.noisy(zeros, 0), chance.noisy(zeros, 1)

    assert first.dtype == np.float32
    assert abs(first.std() - 0.5) < 0.01
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02


def test_a_sample_is_changed_alike_in_whatever_company() -> None:
    choice = DataChoice(augmentation=Augmentation(shift=2, flip=True, turn=9, noise=0.3))
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
