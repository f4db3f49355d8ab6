"""Generated worlds are what their rules say, and the same for the same seed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from graph_engine.data.builtin import Builtin
from graph_engine.data.dataset import Field
from graph_engine.data.generated import ABOUT, Generated
from graph_engine.data.generators.language import english, french
from graph_engine.data.generators.patches import cut


def texts(field: Field, count: int) -> list[str]:
    rows = field.take(np.arange(count))
    return ["".join(field.classes[code] for code in row) for row in rows]


@pytest.mark.parametrize("name", ABOUT)
def test_a_seed_gives_the_same_samples_and_another_others(name: str) -> None:
    # Given one generator, when it is asked twice with one seed, and once with another
    source = Generated().replace(name=name, samples=40, noise=0.1)
    first, again, other = source.load(), source.load(), source.replace(seed=1).load()

    # Then the first two agree in everything, and the third does not
    everything = np.arange(40)
    for field in first:
        np.testing.assert_array_equal(field.take(everything), again[field.name].take(everything))
    assert len(first) == 40
    assert first.target in first.fields
    assert any(
        not np.array_equal(field.take(everything), other[field.name].take(everything))
        for field in first
    )


@pytest.mark.parametrize(
    ("name", "truth"), [("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1]), ("xor", [0, 1, 1, 0])]
)
def test_gates_are_truth_tables(name: str, truth: list[int]) -> None:
    made = Generated().replace(name=name, samples=8).load()
    assert made["bits"].take(range(4)).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert made["answer"].take(range(8)).tolist() == truth * 2


def test_dates_mean_what_they_say() -> None:
    # Given dates, then each ISO form is a real date whose parts stand in the written form
    made = Generated(name="dates", samples=300).load()
    pairs = zip(texts(made["written"], 300), texts(made["iso"], 300), strict=True)
    for written, iso in pairs:
        told = date.fromisoformat(iso.rstrip("·").removesuffix(">"))
        assert str(told.year) in written
        assert str(told.day) in written

    # And what the network is given of the answer is the answer, one place on
    so_far, answer = texts(made["so_far"], 300), texts(made["iso"], 300)
    assert all(before[0] == "<" for before in so_far)
    assert [before[1:] for before in so_far] == [whole[:-1].replace(">", "·") for whole in answer]


@pytest.mark.parametrize(
    ("number", "told", "dit"),
    [
        (0, "zero", "zéro"),
        (21, "twenty-one", "vingt et un"),
        (71, "seventy-one", "soixante et onze"),
        (80, "eighty", "quatre-vingts"),
        (91, "ninety-one", "quatre-vingt-onze"),
        (200, "two hundred", "deux cents"),
        (201, "two hundred one", "deux cent un"),
        (2341, "two thousand three hundred forty-one", "deux mille trois cent quarante et un"),
    ],
)
def test_number_words(number: int, told: str, dit: str) -> None:
    assert english(number) == told
    assert french(number) == dit


def test_number_words_are_all_different() -> None:
    assert len({english(n) for n in range(10_000)}) == 10_000
    assert len({french(n) for n in range(10_000)}) == 10_000


def test_scenes_show_the_digits_that_their_answers_name() -> None:
    # Given the same scenes, labelled by pixels and by cells
    masks = Generated(name="segmentation_scenes", samples=50).load()
    grids = Generated(name="detection_scenes", samples=50).load()
    for number in range(50):
        mask, grid = masks["mask"].take([number])[0], grids["grid"].take([number])[0]

        # Then both name the same digits, and there is ink wherever the mask says so
        assert set(np.unique(mask)) - {0} == set(np.unique(grid)) - {0}
        assert (masks["image"].take([number])[0, 0][mask > 0] >= 0.25).all()


def test_reviews_are_balanced_and_noise_turns_labels() -> None:
    clean = Generated(name="reviews", samples=2000).load()["feeling"].take(range(2000))
    noisy = Generated(name="reviews", samples=2000, noise=0.2).load()["feeling"].take(range(2000))
    assert 0.45 < clean.mean() < 0.55
    assert 0.15 < (clean != noisy).mean() < 0.25


def test_utterances_have_two_to_four_digits() -> None:
    made = Generated(name="utterances", samples=60).load()
    said = made["said"].take(range(60))
    lengths = (said > 0).sum(axis=1)
    assert set(lengths) == {2, 3, 4}
    assert made["sound"].shape == (120, 24)


def test_nearest_centre_hears_most_digits() -> None:
    # Given spoken digits, when the nearest mean spectrogram names them
    made = Generated(name="spoken_digits", samples=600).load()
    sounds = made["sound"].take(range(600)).reshape(600, -1)
    labels = made["digit"].take(range(600))
    centres = np.stack([sounds[:400][labels[:400] == n].mean(axis=0) for n in range(10)])
    distances = ((sounds[400:, None] - centres) ** 2).sum(axis=2)

    # Then it does far better than chance, and far from perfectly: there is something to learn
    share = (distances.argmin(axis=1) == labels[400:]).mean()
    assert 0.4 < share < 0.97


def test_patches_are_cut_from_the_region_that_they_name() -> None:
    # Given patches, and the photographs with the mean colour of each region
    made = Generated(name="photograph_patches", samples=400).load()
    assert made["patch"].shape == (3, 32, 32)
    source = Builtin(name="photographs").load()["image"].take(range(3)).astype(float)
    regions = source.reshape(3, 3, 4, 32, 6, 32).mean(axis=(3, 5)).transpose(0, 2, 3, 1)

    # When the mean colour of each patch is held against those of all regions
    colours = made["patch"].take(range(400)).mean(axis=(2, 3))
    distances = np.abs(colours[:, None] - regions.reshape(1, 72, 3)).sum(axis=2)
    labels = made["region"].take(range(400))
    own = distances[np.arange(400), labels]

    # Then its own is among the nearest as a rule
    assert np.median((distances < own[:, None]).sum(axis=1)) <= 6
    assert made["region"].classes[labels.max()].split()[0] == "petals"


def test_a_patch_without_change_of_size_is_a_piece_of_the_photograph() -> None:
    photograph = np.arange(3 * 128 * 192, dtype=float).reshape(3, 128, 192)

    # Given the second region of the second row, and one in the corner
    np.testing.assert_allclose(
        cut(photograph, 7, 32, np.array([0, 0])), photograph[:, 32:64, 32:64]
    )
    np.testing.assert_allclose(cut(photograph, 0, 32, np.array([-8, -8])), photograph[:, :32, :32])
