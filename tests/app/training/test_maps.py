"""Maps and their tiles: each pixel is the number that was sent, at its place, in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.training.maps import Map, colors_of, span_of
from app.training.plot_items import argb
from app.training.tiles import Grid, Hit, arranged, composed
from graph_engine.training.events import Frame
from tests.app.training.made_maps import SAMPLES, SHAPES, framed, kernels, values_of

# Tiles -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 32, 33])
@pytest.mark.parametrize("columns", [0, 3])
def test_every_entry_is_found_again_at_its_pixel(count: int, columns: int) -> None:
    # Given tiles whose entries are all different colours
    tiles = (np.arange(count * 20) % 251).astype(np.uint8).reshape(count, 4, 5)
    colors = np.arange(256, dtype=np.uint32) + 1
    grid = arranged(tiles.shape, (400, 150), columns)

    # When they are composed
    pixels = composed(tiles, grid, colors, ground=0)

    # Then each pixel has the colour of the entry that is told there, or that of the ground
    assert pixels.shape == (grid.height, grid.width)
    for y in range(0, grid.height, 3):
        for x in range(0, grid.width, 3):
            hit = grid.at(x, y)
            value = 0 if hit is None else tiles[hit.tile, hit.row, hit.column] + 1
            assert pixels[y, x] == value
    last = grid.place(count - 1)
    assert grid.at(last[0], last[1]) == Hit(count - 1, 0, 0)


def test_tiles_fill_the_room_that_there_is() -> None:
    grid = arranged((32, 8, 8), (700, 200))
    assert 600 < grid.width <= 700
    assert grid.height <= 200


def test_beyond_the_tiles_there_is_nothing() -> None:
    grid = Grid(3, 2, 4, 4, 2, 2, 2)
    assert grid.at(-1, 0) is None
    assert grid.at(8.5, 0) is None, "between two tiles"
    assert grid.at(11, 11) is None, "the fourth place is empty"
    assert grid.at(0, 500) is None


# Maps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("node", ["conv1", "rows", "attend", "classifier"])
@pytest.mark.parametrize("sample", [None, 1])
def test_the_value_told_is_the_number_of_the_layer(node: str, sample: int | None) -> None:
    # Given a picture of random numbers
    values = values_of(node, 3)
    layout = SHAPES[node][0]
    frame = framed("map/x", values, 3, layout=layout, samples=SAMPLES, split="train")
    found = Map.of(frame)
    assert found is not None

    # Then each tile has the numbers of its sample and channel, within a byte's precision
    tiles = found.tiles(sample).values
    kept = values if sample is None else values[[sample]]
    kept = kept.transpose(0, 2, 1) if layout == "sequence" else kept
    kept = kept.reshape(tiles.shape)
    step = (values.max() - values.min()) / 255
    rng = np.random.default_rng(0)
    for _ in range(50):
        hit = Hit(*(int(rng.integers(size)) for size in tiles.shape))
        told = found.value_at(hit, sample)
        assert told == pytest.approx(kept[hit.tile, hit.row, hit.column], abs=step)


def test_places_are_told_in_words() -> None:
    about = {"layout": "images", "samples": SAMPLES, "split": "train", "size": [3, 5, 12, 12]}
    found = Map.of(replace(framed("map/x", values_of("conv1", 1), 1), about={**about}))
    assert found is not None
    assert found.words(Hit(2, 1, 4), 0) == "channel 2 · row 2, column 8", (
        "every second pixel is sent"
    )
    assert found.words(Hit(7, 0, 0), None) == "sample 0 · channel 2 · row 0, column 0"


def test_kernels_are_told_by_output_and_input() -> None:
    found = Map.of(framed("kernels/x", kernels(1), 1), "kernels")
    assert found is not None
    tiles = found.tiles(None).values
    for tile in range(len(tiles)):
        out, into = found.kernel(tile)
        assert np.array_equal(tiles[tile], found.values[out, into])


@pytest.mark.parametrize(
    "frame",
    [
        Frame.of("map/x", np.zeros((2, 3), np.float32), 0, 1, {"layout": "vector"}),
        Frame.of("map/x", np.zeros((2, 3), np.uint8), 0, 1, {"layout": "images"}),
        Frame.of("map/x", np.zeros((0, 3), np.uint8), 0, 1, {"layout": "vector"}),
        Frame.of("map/x", np.zeros((2, 3), np.uint8), 0, 1, {}),
    ],
)
def test_a_frame_that_is_not_as_promised_is_no_map(frame: Frame) -> None:
    assert Map.of(frame) is None


def test_colours_keep_their_meaning_from_frame_to_frame() -> None:
    # Given two moments, the first with larger numbers
    lookup = np.stack([np.arange(256)] * 4, axis=1).astype(np.uint8)
    large = Map.of(framed("m", np.array([[-4.0, 4.0]]), 1, layout="vector"))
    small = Map.of(framed("m", np.array([[-1.0, 1.0]]), 2, layout="vector"))
    assert large is not None
    assert small is not None

    # When they are drawn one after the other
    held = span_of(large, None)
    span = span_of(small, held)

    # Then one has the colour that it had, and zero is in the middle
    assert held == span == (-4.0, 4.0)
    colors = argb(lookup)
    assert colors_of(small, span, lookup)[255] == colors[round(255 * 5 / 8)]
    assert colors_of(large, span, lookup)[0] == colors[0]


def test_values_without_a_sign_begin_at_zero() -> None:
    found = Map.of(framed("m", np.array([[0.2, 5.0]]), 1, layout="vector"))
    assert found is not None
    assert span_of(found, None) == (0.0, 5.0)
