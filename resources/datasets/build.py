"""Makes the shipped data sets from scikit-learn's copies: ``python resources/datasets/build.py``.

Only this script and the tests need scikit-learn. The same arrays always give the same bytes. In each
file the array ``NAME.columns`` names the columns of the field ``NAME`` and ``NAME.classes`` its
classes; ``target`` names the field that one would predict.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn import datasets

Arrays = Mapping[str, NDArray[Any]]

HEIGHT, WIDTH = 128, 192
"""Pixels of the photographs as they are shipped."""

PETALS = (165, 100, 420, 270)
"""Left, top, right and bottom of the blossom in the photograph of a flower."""


def digits() -> Arrays:
    """1797 images of 1×8×8 with values 0 to 16."""
    data = datasets.load_digits()
    return {
        "image": data.images.astype(np.float32)[:, None],
        "label": data.target.astype(np.int64),
        "label.classes": np.array([str(name) for name in data.target_names]),
        "target": np.array("label"),
    }


def photographs() -> Arrays:
    """The two sample photographs, and the blossom of the second from near: 3×128×192 bytes each."""
    china, flower = (
        Image.fromarray(datasets.load_sample_image(f"{name}.jpg")) for name in ("china", "flower")
    )
    small = [
        each.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        for each in (china, flower, flower.crop(PETALS))
    ]
    return {
        "image": np.stack([np.asarray(each).transpose(2, 0, 1) for each in small]),
        "photograph": np.arange(3),
        "photograph.classes": np.array(["china", "flower", "petals"]),
        "target": np.array("photograph"),
    }


def table(data: Any, target: str) -> Arrays:
    """Rows of numbers and, beside them, a class or a number to predict."""
    arrays = {
        "features": data.data.astype(np.float32),
        "features.columns": np.array([str(name) for name in data.feature_names]),
        target: data.target.astype(np.float32),
        "target": np.array(target),
    }
    if "target_names" in data:
        arrays[target] = data.target.astype(np.int64)
        arrays[f"{target}.classes"] = np.array([str(name) for name in data.target_names])
    return arrays


def all_sets() -> dict[str, Arrays]:
    """Every shipped set by the name of its file."""
    return {
        "digits": digits(),
        "iris": table(datasets.load_iris(), "species"),
        "wine": table(datasets.load_wine(), "cultivar"),
        "breast_cancer": table(datasets.load_breast_cancer(), "diagnosis"),
        "photographs": photographs(),
        "diabetes": table(datasets.load_diabetes(scaled=False), "progression"),
    }


def packed(arrays: Arrays) -> bytes:
    """A compressed .npz without the time of its making."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            archive.writestr(member, content.getvalue(), compresslevel=9)
    return memory.getvalue()


def build(folder: Path) -> None:
    """Writes every data set into the folder."""
    for name, arrays in all_sets().items():
        (folder / f"{name}.npz").write_bytes(packed(arrays))


if __name__ == "__main__":
    build(Path(__file__).parent)
