"""Reading .npz files that a stranger may have made: no pickles, and sizes checked before allocation."""

from __future__ import annotations

import io
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from graph_engine.declaration import short
from graph_engine.errors import DatasetError

LARGEST_FILE = 2**31
LARGEST_CONTENT = 2**32
MOST_ARRAYS = 1000
PLAIN = "biufU"

BROKEN = (
    EOFError,
    IndexError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OSError,
    OverflowError,
    RecursionError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What zipfile and numpy raise on damaged or forged files, as found by mutating some."""


def read_archive(path: Path | io.BytesIO, name: str) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz by name.

    Raises DatasetError for anything else, for Python objects inside, and beyond the bounds of
    4 GiB of content and 1000 arrays.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_size(members, name)
            return {
                _array_name(member.filename): _read(archive, member, name) for member in members
            }
    except BROKEN as error:
        raise DatasetError(
            f"{name} cannot be read as an .npz file ({short(str(error))}). "
            "Write it with numpy.savez or numpy.savez_compressed."
        ) from error


def _check_size(members: list[zipfile.ZipInfo], name: str) -> None:
    total = sum(member.file_size for member in members)
    if total > LARGEST_CONTENT or len(members) > MOST_ARRAYS:
        raise DatasetError(
            f"{name} has {len(members):,} arrays of {total / 2**30:,.1f} GiB together; at most "
            f"{MOST_ARRAYS:,} arrays of {LARGEST_CONTENT / 2**30:g} GiB are read. Use a part of it."
        )


def _array_name(member: str) -> str:
    return member.removesuffix(".npy")


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    array = _array_name(member.filename)
    with archive.open(member) as file:
        shape, dtype = _header(file)
        if dtype.kind not in PLAIN or dtype.hasobject:
            raise DatasetError(
                f"“{array}” in {name} holds values of type {short(str(dtype))}. Save plain numbers "
                "or texts; Python objects are not read."
            )
        if math.prod(shape) * dtype.itemsize > member.file_size:
            raise DatasetError(f"“{array}” in {name} is cut short: save the file again.")
    with archive.open(member) as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    stream: BinaryIO = file
    if np.lib.format.read_magic(stream) == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    return shape, dtype
