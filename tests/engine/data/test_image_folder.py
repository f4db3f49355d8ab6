"""Folders of images: classes from subfolders, one size and colour, and bad files named."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graph_engine.data.dataset import Dataset
from graph_engine.data.description import describe
from graph_engine.data.image_folder import ImageFolder, read_image
from graph_engine.errors import DatasetError


def picture(seed: int, mode: str = "RGB", size: tuple[int, int] = (8, 6)) -> Image.Image:
    shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for number, name in enumerate(("zebra", "ant", "ant", "bee")):
        place = tmp_path / "animals" / name
        place.mkdir(parents=True, exist_ok=True)
        picture(number).save(place / f"{number}.png")
    return tmp_path


def load(project: Path, **parameters: Any) -> Dataset:
    return ImageFolder(path="animals", **{"size": (6, 8), **parameters}).load(project)


def test_subfolders_are_the_classes_in_order(project: Path) -> None:
    (project / "animals" / ".hidden").mkdir()
    (project / "animals" / "notes.txt").write_text("not an image")
    (project / "animals" / "ant" / "notes.txt").write_text("not an image")

    animals = load(project)

    assert len(animals) == 4
    assert animals.target == "label"
    assert animals["label"].classes == ("ant", "bee", "zebra")
    assert animals["label"].take([0, 1, 2, 3]).tolist() == [0, 0, 1, 2]


def test_pixels_are_bytes_with_channels_first(project: Path) -> None:
    animals = load(project)

    assert animals["image"].shape == (3, 6, 8)
    assert animals["image"].dtype == "uint8"
    expected = np.asarray(picture(0)).transpose(2, 0, 1)
    np.testing.assert_array_equal(animals["image"].take([3])[0], expected)


def test_size_and_colour_follow_the_choice(project: Path) -> None:
    animals = load(project, size=(3, 5), channels=1)

    assert animals["image"].take([0, 2]).shape == (2, 1, 3, 5)


def test_figures_come_from_some_samples(project: Path) -> None:
    found = describe(load(project)).fields[0]

    assert found.samples_read == 4
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low < found.high <= 255


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK", "RGB", "YCbCr"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_usual_mode_is_read(tmp_path: Path, mode: str, channels: int) -> None:
    suffix = "jpg" if mode in ("CMYK", "YCbCr") else "png"
    picture(1).convert(mode).save(tmp_path / f"x.{suffix}")

    assert read_image(tmp_path / f"x.{suffix}", (6, 8), channels).shape == (channels, 6, 8)


def test_greys_of_sixteen_bits_keep_their_range(tmp_path: Path) -> None:
    greys = np.array([[0, 255, 256], [32768, 65280, 65535]], dtype=np.uint16)
    Image.fromarray(greys).save(tmp_path / "x.png")

    read = read_image(tmp_path / "x.png", (2, 3), 1)

    assert read.tolist() == [[[0, 0, 1], [128, 255, 255]]]


def test_photographs_are_turned_upright(tmp_path: Path) -> None:
    turned = Image.new("L", (4, 2))
    turned.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held a quarter turn to the left
    turned.save(tmp_path / "x.png", exif=exif)

    read = read_image(tmp_path / "x.png", (4, 2), 1)

    assert read[0, 0].tolist() == [0, 255]


def test_a_bad_image_is_named_when_it_is_read(project: Path) -> None:
    (project / "animals" / "bee" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")

    animals = load(project)

    assert animals["image"].take([0, 1]).shape == (2, 3, 6, 8)
    with pytest.raises(DatasetError, match=r"bee/3\.png cannot be read"):
        animals["image"].take([2])


def test_other_formats_under_the_name_of_a_png_are_refused(project: Path) -> None:
    memory = io.BytesIO()
    picture(1).save(memory, "TIFF")
    (project / "animals" / "bee" / "3.png").write_bytes(memory.getvalue())

    with pytest.raises(DatasetError, match="has to be a whole PNG or JPEG"):
        load(project)["image"].take([2])


def test_a_vanished_image_is_named(project: Path) -> None:
    animals = load(project)
    (project / "animals" / "bee" / "3.png").unlink()

    with pytest.raises(DatasetError, match=r"bee/3\.png"):
        animals["image"].take([2])


def png_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("side", "words"),
    [(8000, "8000×8000 pixels"), (11_000, "11000×11000 pixels"), (100_000, "cannot be read")],
)
def test_images_that_would_unpack_to_gigabytes_are_refused(
    tmp_path: Path, side: int, words: str
) -> None:
    (tmp_path / "x.png").write_bytes(png_of(side, side))

    with pytest.raises(DatasetError, match=words):
        read_image(tmp_path / "x.png", (8, 8), 1)


def test_folders_without_classes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "animals").mkdir()
    picture(0).save(tmp_path / "animals" / "lonely.png")

    with pytest.raises(DatasetError, match="needs one folder for each class"):
        load(tmp_path)


@pytest.mark.parametrize("linked", ["animals/dog", "animals/ant/7.png"])
def test_links_that_leave_are_refused(project: Path, linked: str) -> None:
    outside = project.parent / f"{project.name}-outside"
    outside.mkdir()
    picture(9).save(outside / "9.png")
    target = outside if linked.endswith("dog") else outside / "9.png"
    (project / linked).symlink_to(target)

    with pytest.raises(DatasetError, match="is a link that leads out of animals"):
        load(project)


@pytest.mark.parametrize("suffix", ["PNG", "JPEG"])
def test_damaged_images_are_read_or_refused(tmp_path: Path, suffix: str) -> None:
    memory = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(2).save(memory, suffix, exif=exif)
    whole = memory.getvalue()
    chance = random.Random(4)

    for _ in range(1000):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 5)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if chance.random() < 0.2:
            del damaged[chance.randrange(len(damaged)) :]
        (tmp_path / "x.png").write_bytes(damaged)
        try:
            image = read_image(tmp_path / "x.png", (6, 8), 3)
        except DatasetError:
            continue
        assert image.shape == (3, 6, 8)
