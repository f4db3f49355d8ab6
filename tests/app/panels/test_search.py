"""A person finds a layer by any name that the field has for it, and within a frame."""

from __future__ import annotations

import time

import pytest

from app.catalogue_search import first_sentence, search
from graph_engine.layers.base import CATALOGUE
from graph_engine.layers.shape import tensor

MILLISECONDS_A_KEYSTROKE = 16.0


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        ("fc", "Linear"),
        ("dense", "Linear"),
        ("fully connected", "Linear"),
        ("Fully-Connected", "Linear"),
        ("skip", "Add"),
        ("residual", "Add"),
        ("conv", "Conv2d"),
        ("max pool", "MaxPool2d"),
        ("maxpool", "MaxPool2d"),
        ("pool", "MaxPool2d"),
        ("bn", "BatchNorm2d"),
        ("mha", "MultiheadAttention"),
        ("attn", "MultiheadAttention"),
        ("cat", "Concatenate"),
        ("deconv", "ConvTranspose2d"),
        ("loss", "CrossEntropyLoss"),
        ("relu", "ReLU"),
    ],
)
def test_the_usual_words_find_the_usual_layer(text: str, layer: str) -> None:
    assert search(text)[0] == layer


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name != "Block"])
def test_every_layer_is_found_first_by_its_name(name: str) -> None:
    assert search(name)[0] == name


def test_an_exact_name_comes_before_a_more_common_layer_that_begins_so() -> None:
    # given that Norm is used less than the layers with norm in their names
    # when its whole name is typed
    found = search("norm")

    # then it is first, and the most common of the others follows
    assert found[:2] == ["Norm", "BatchNorm2d"]


def test_an_empty_search_lists_all_with_the_most_common_first() -> None:
    found = search("", limit=1000)

    assert found[:3] == ["Conv2d", "Linear", "ReLU"]
    assert set(found) == CATALOGUE.keys() - {"Block"}


def test_nonsense_finds_nothing_and_punctuation_does_not_either() -> None:
    assert search("zzqx") == []
    assert search("--") == []


def test_the_limit_holds() -> None:
    assert len(search("a", limit=7)) == 7


def test_only_layers_that_take_the_tensor_are_left() -> None:
    # given an image
    image = tensor(3, 32, 32)

    # when pooling is sought for it
    found = search("pool", fitting=image)

    # then layers for volumes are not offered, nor what has no input at all
    assert "MaxPool2d" in found
    assert "MaxPool3d" not in found
    assert "Input" not in search("input", fitting=image)


def test_layers_for_indices_are_offered_for_indices() -> None:
    indices = tensor(16, dtype="int64")

    found = search("", limit=1000, fitting=indices)

    assert "Embedding" in found
    assert "Conv1d" not in found


def test_a_layer_of_several_inputs_fits_where_its_first_one_does() -> None:
    assert "Add" in search("add", fitting=tensor(3, 32, 32))


def test_a_keystroke_takes_less_than_a_frame() -> None:
    search("warm")
    texts = ["c", "co", "con", "conv", "fully connected", "z"]

    fastest = min(_seconds(texts) for _ in range(5)) / len(texts)

    assert fastest * 1000 < MILLISECONDS_A_KEYSTROKE


def test_help_is_one_plain_sentence() -> None:
    assert first_sentence("Add") == "Adds tensors value by value"


def _seconds(texts: list[str]) -> float:
    start = time.perf_counter()
    for text in texts:
        search(text)
    return time.perf_counter() - start
