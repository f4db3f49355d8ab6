"""Images sorted into one folder for each class; a file is decoded when its sample is asked for."""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from graph_engine.data.dataset import Dataset, Field, InMemory, named
from graph_engine.data.paths import data_folder
from graph_engine.data.source import Source
from graph_engine.declaration import param
from graph_engine.errors import DatasetError
from graph_engine.kinds import Pair

SUFFIXES = (".png", ".jpg", ".jpeg")
FORMATS = ("PNG", "JPEG")
MOST_FILES = 1_000_000
MOST_CLASSES = 10_000
LARGEST_FILE = 2**26
MOST_PIXELS = 50_000_000

UNREADABLE = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    MemoryError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Image.DecompressionBombError,
    struct.error,
    zlib.error,
)
"""What Pillow raises on damaged or forged files."""


class ImageFolder(Source, key="image_folder"):
    """PNG and JPEG images in one subfolder for each class, all brought to one size."""

    path: str = param(
        "", help="The folder of class folders, relative to the project's folder.", required=True
    )
    size: Pair = param((32, 32), low=1, high=4096, help="Height and width that images are given.")
    channels: Literal[1, 3] = param(3, help="1 for shades of grey, 3 for colours.")

    def load(self, folder: Path | None) -> Dataset:
        """Fields ``image`` and ``label``; the names of the subfolders in order are the classes.

        Raises DatasetError where there is no image or a link leads out of the project's folder.
        """
        place = data_folder(folder, self.path)
        classes = _subfolders(place)
        files = [
            (file, number) for number, each in enumerate(classes) for file in _images(place, each)
        ]
        if not files:
            raise DatasetError(
                f"{place.name} needs one folder for each class with {', '.join(SUFFIXES)} files in "
                "it, and none was found."
            )
        if len(files) > MOST_FILES:
            raise DatasetError(f"{place.name} has more than {MOST_FILES:,} images. Use a part.")
        images = ImageFiles(tuple(file for file, _ in files), self.size, self.channels)
        labels = InMemory(np.array([number for _, number in files], dtype=np.int64))
        names = tuple(each.name for each in classes)
        fields = [Field("image", images, "image"), Field("label", labels, "categorical", names)]
        return Dataset(place.name, named(fields), "label")


@dataclass(frozen=True, eq=False)
class ImageFiles:
    """A column of images in files: bytes from 0 to 255 of shape channels, height, width."""

    files: tuple[Path, ...]
    size: tuple[int, int]
    channels: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of files, channels, height, width."""
        return (len(self.files), self.channels, *self.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Bytes."""
        return np.dtype(np.uint8)

    def take(self, indices: NDArray[np.int64]) -> NDArray[Any]:
        """The decoded images. Raises DatasetError that names a file which cannot be read."""
        images = np.empty((len(indices), *self.shape[1:]), dtype=np.uint8)
        for place, index in enumerate(indices):
            images[place] = read_image(self.files[index], self.size, self.channels)
        return images


def read_image(path: Path, size: tuple[int, int], channels: int) -> NDArray[np.uint8]:
    """One image as channels × height × width bytes, turned upright as its camera noted.

    Raises DatasetError for a file that is missing, no PNG or JPEG, damaged or too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(path, size, channels)
    except UNREADABLE as error:
        raise DatasetError(
            f"The image {path.parent.name}/{path.name} cannot be read. It has to be a whole PNG or "
            "JPEG file: replace it, or remove it."
        ) from error


def _decoded(path: Path, size: tuple[int, int], channels: int) -> NDArray[np.uint8]:
    if not path.is_file() or path.stat().st_size > LARGEST_FILE:
        raise OSError(f"not a file of at most {LARGEST_FILE} bytes")
    with Image.open(path, formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise DatasetError(
                f"The image {path.parent.name}/{path.name} has {opened.width}×{opened.height} "
                f"pixels, more than {MOST_PIXELS:,}. Make it smaller."
            )
        image = ImageOps.exif_transpose(_eight_bits(opened)).convert(
            "L" if channels == 1 else "RGB"
        )
        height, width = size
        if image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.BILINEAR)
        pixels = np.asarray(image, dtype=np.uint8)
    return pixels[None] if channels == 1 else pixels.transpose(2, 0, 1)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Pillow cuts 16-bit greys off at 255 when it converts them; this keeps their upper byte."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))


def _subfolders(place: Path) -> list[Path]:
    folders = [each for each in _shown(place) if each.is_dir()]
    if len(folders) > MOST_CLASSES:
        raise DatasetError(f"{place.name} has more than {MOST_CLASSES:,} folders of classes.")
    return [_kept_inside(place, each) for each in folders]


def _images(place: Path, folder: Path) -> list[Path]:
    found = (each for each in _shown(folder) if each.suffix.lower() in SUFFIXES)
    return [_kept_inside(place, each) for each in found]


def _shown(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if not each.name.startswith("."))


def _kept_inside(place: Path, path: Path) -> Path:
    if path.is_symlink() and not path.resolve().is_relative_to(place):
        raise DatasetError(
            f"{path.parent.name}/{path.name} is a link that leads out of {place.name}. "
            "Copy the images into the folder."
        )
    return path
