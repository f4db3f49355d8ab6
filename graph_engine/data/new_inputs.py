"""Files that a person hands to a trained network, read and treated as training treated its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.archive import read_archive
from graph_engine.data.csv_file import MARKS, Csv, category_codes, features
from graph_engine.data.dataset import Array
from graph_engine.data.encoding import Encoding, Preprocessing
from graph_engine.data.image_folder import SUFFIXES, ImageFolder, read_image
from graph_engine.data.source import Source
from graph_engine.data.table import Table, read_table
from graph_engine.errors import DatasetError


def read_inputs(
    source: Source, preprocessing: Preprocessing, paths: Sequence[Path]
) -> dict[str, NDArray[Any]]:
    """The encoded inputs of a network from files, stacked sample by sample in the order of the files.

    A .csv has the columns that training had, an .npz arrays under the names of the inputs or of their
    fields, and images serve networks that learned from a folder of images. Raises DatasetError for
    other files and for what does not fit.
    """
    if not paths:
        raise DatasetError("Name at least one file to predict from: .csv, .npz, .png or .jpg.")
    parts = [_read(source, preprocessing, path) for path in paths]
    return {
        name: np.concatenate([part[name] for part in parts], axis=0)
        for name in preprocessing.inputs
    }


def _read(source: Source, preprocessing: Preprocessing, path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise DatasetError(f"There is no file {path}. Check its name.")
    suffix = path.suffix.lower()
    if suffix == ".npz":
        values = _from_archive(preprocessing, path)
    elif suffix == ".csv":
        values = _from_table(source, preprocessing, path)
    elif suffix in SUFFIXES:
        values = _from_image(source, preprocessing, path)
    else:
        raise DatasetError(
            f"{path.name} is neither .csv nor .npz nor an image ({suffix or 'none'})."
        )
    encoded = preprocessing.apply(values)
    lengths = {len(each) for each in encoded.values()}
    if len(lengths) != 1:
        told = ", ".join(f"{name} {len(each)}" for name, each in encoded.items())
        raise DatasetError(f"All inputs need equally many samples, but {path.name} has {told}.")
    return encoded


def _from_archive(preprocessing: Preprocessing, path: Path) -> dict[str, Array]:
    arrays = read_archive(path, path.name)
    values = {
        name: arrays[each]
        for name, encoding in preprocessing.inputs.items()
        for each in (name, encoding.field)
        if each in arrays
    }
    return _channelled(preprocessing, values)


def _channelled(preprocessing: Preprocessing, values: dict[str, Array]) -> dict[str, Array]:
    """Grey images may come without their single channel."""
    for name, array in values.items():
        shape = preprocessing.inputs[name].shape
        if len(shape) == 3 and shape[0] == 1 and array.shape[1:] == shape[1:]:
            values[name] = array[:, None]
    return values


def _from_table(source: Source, preprocessing: Preprocessing, path: Path) -> dict[str, Array]:
    csv = source if isinstance(source, Csv) else Csv(path=path.name)
    table = read_table(path, MARKS.get(csv.delimiter, csv.delimiter), csv.header)
    return {
        name: _column(table, encoding, csv.missing == "fill")
        for name, encoding in preprocessing.inputs.items()
    }


def _column(table: Table, encoding: Encoding, may_miss: bool) -> Array:
    if encoding.kind == "categorical" and not encoding.shape:
        return category_codes(table, encoding.field, encoding.classes)
    if not encoding.columns:
        raise DatasetError(
            f"“{encoding.field}” is no row of named numbers, and cannot come from {table.name}. "
            "Give an .npz file."
        )
    values = features(table, encoding.columns)
    absent = np.argwhere(np.isnan(values))
    if len(absent) and not may_miss:
        place, column = absent[0]
        raise DatasetError(
            f"Row {table.rows[place]}, column “{encoding.columns[column]}” of {table.name} is empty. "
            "Fill it in."
        )
    return values


def _from_image(source: Source, preprocessing: Preprocessing, path: Path) -> dict[str, Array]:
    shapes = {
        name: each.shape for name, each in preprocessing.inputs.items() if each.kind == "image"
    }
    if not isinstance(source, ImageFolder) or len(shapes) != len(preprocessing.inputs):
        raise DatasetError(
            f"This network did not learn from a folder of images, so the scale of {path.name} is "
            "unknown. Give an .npz file with numbers like those of training."
        )
    return {
        name: read_image(path, (shape[1], shape[2]), shape[0])[None]
        for name, shape in shapes.items()
    }
