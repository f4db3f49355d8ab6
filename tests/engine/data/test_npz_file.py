"""Archives of arrays: what they become, and that forged ones are refused before memory is taken."""

from __future__ import annotations

import io
import random
import resource
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from graph_engine.data.archive import read_archive
from graph_engine.data.dataset import Dataset
from graph_engine.data.npz_file import Npz
from graph_engine.errors import DatasetError, ParameterError


def load(folder: Path, arrays: dict[str, Any], **parameters: Any) -> Dataset:
    made: dict[str, Any] = {name: np.asarray(each) for name, each in arrays.items()}
    np.savez(folder / "data.npz", **made)
    return Npz(path="data.npz", **parameters).load(folder)


def values(dataset: Dataset, field: str) -> NDArray[Any]:
    return dataset[field].take(np.arange(len(dataset)))


@pytest.mark.parametrize(
    ("array", "kind", "shape"),
    [
        (np.zeros(6), "continuous", ()),
        (np.zeros((6, 3)), "continuous", (3,)),
        (np.array([0, 1, 2, 0, 1, 2]), "categorical", ()),
        (np.array([True, False] * 3), "categorical", ()),
        (np.array([5, 2000, 7, 8, 9, 1]), "continuous", ()),
        (np.array([-1, 1, 1, 1, 1, 1]), "continuous", ()),
        (np.array(["a", "b", "a", "c", "a", "b"]), "categorical", ()),
        (np.zeros((6, 4), dtype=np.int64), "categorical", (4,)),
        (np.zeros((6, 28, 28), dtype=np.uint8), "image", (1, 28, 28)),
        (np.zeros((6, 28, 28)), "continuous", (28, 28)),
        (np.zeros((6, 3, 8, 9)), "image", (3, 8, 9)),
        (np.zeros((6, 8, 9, 3), dtype=np.uint8), "image", (3, 8, 9)),
        (np.zeros((6, 8, 9, 7)), "continuous", (8, 9, 7)),
    ],
)
def test_what_an_array_holds(
    tmp_path: Path, array: NDArray[Any], kind: str, shape: tuple[int, ...]
) -> None:
    dataset = load(tmp_path, {"x": array})

    assert dataset["x"].kind == kind
    assert dataset["x"].shape == shape


def test_channels_go_first_with_their_values(tmp_path: Path) -> None:
    pictures = np.arange(2 * 6 * 5 * 3, dtype=np.uint8).reshape(2, 6, 5, 3)

    dataset = load(tmp_path, {"x": pictures})

    np.testing.assert_array_equal(values(dataset, "x")[1, 2], pictures[1, :, :, 2])


def test_classes_are_counted_from_zero_and_keep_their_names(tmp_path: Path) -> None:
    dataset = load(tmp_path, {"y": [3, 7, 3, 9], "word": ["b", "a", "b", "b"]})

    assert dataset["y"].classes == ("3", "7", "9")
    assert values(dataset, "y").tolist() == [0, 1, 0, 2]
    assert dataset["word"].classes == ("a", "b")
    assert values(dataset, "word").tolist() == [1, 0, 1, 1]


def test_names_of_classes_and_columns_may_lie_beside(tmp_path: Path) -> None:
    dataset = load(
        tmp_path,
        {
            "x": np.zeros((2, 2)),
            "x.columns": ["height", "width"],
            "mask": np.array([[0, 1], [2, 0]]),
            "mask.classes": ["sky", "sea", "land"],
            "target": "mask",
        },
    )

    assert list(dataset.fields) == ["x", "mask"]
    assert dataset["x"].columns == ("height", "width")
    assert dataset["mask"].classes == ("sky", "sea", "land")
    assert dataset.target == "mask"


@pytest.mark.parametrize(
    ("names", "target"), [(("x", "y"), "y"), (("label", "x"), "label"), (("kind", "x"), "kind")]
)
def test_the_usual_names_and_single_classes_are_targets(
    tmp_path: Path, names: tuple[str, str], target: str
) -> None:
    arrays = {name: np.zeros((3, 2)) if name == "x" else np.array([0, 1, 0]) for name in names}

    assert load(tmp_path, arrays).target == target


def test_kind_and_target_can_be_said(tmp_path: Path) -> None:
    arrays = {"x": np.zeros((3, 5, 5)), "n": [1, 2, 3], "other": [1.0], "label": [0, 1, 0]}

    dataset = load(
        tmp_path, arrays, kinds={"x": "image", "n": "continuous", "other": "ignore"}, target="n"
    )

    assert dataset["x"].shape == (1, 5, 5)
    assert dataset["n"].kind == "continuous"
    assert dataset.target == "n"
    with pytest.raises(ParameterError, match="cannot be 'picture'"):
        Npz(kinds={"x": "picture"})


@pytest.mark.parametrize(
    ("arrays", "parameters", "words"),
    [
        ({}, {}, "has no fields"),
        ({"x": np.zeros((0, 3))}, {}, "“x” is empty: its shape is 0×3"),
        ({"x": 3.0}, {}, "“x” is a single value"),
        ({"x": np.zeros(3), "y": np.zeros(4)}, {}, r"equally many samples, but data.npz has x 3"),
        ({"x": [1.0, np.nan, np.inf]}, {}, r"in sample 1 \(counted from 0\) and 2 such"),
        ({"x": [1.0, 2.5]}, {"kinds": {"x": "categorical"}}, "holds fractions"),
        ({"x": [["a"], ["b"]]}, {}, "holds texts of shape 1"),
        ({"x": ["a", "b"]}, {"kinds": {"x": "continuous"}}, "texts where numbers are needed"),
        ({"x": [[0, -1]]}, {}, "holds -1 to 0, and classes are counted from 0"),
        ({"x": [[0, 2]], "x.classes": ["a", "b"]}, {}, "counted from 0 to 1"),
        ({"x": np.zeros((2, 3))}, {"kinds": {"x": "image"}}, "channels, height and width"),
        ({"x": np.zeros(3)}, {"target": "z"}, "no field 'z'"),
        ({"image": np.zeros(3)}, {"kinds": {"imge": "image"}}, "Did you mean “image”"),
        ({"x": np.arange(100_001)}, {"kinds": {"x": "categorical"}}, "100,001 classes"),
    ],
)
def test_arrays_that_are_no_samples_are_refused_in_words(
    tmp_path: Path, arrays: dict[str, Any], parameters: dict[str, object], words: str
) -> None:
    with pytest.raises(DatasetError, match=words):
        load(tmp_path, arrays, **parameters)


# What strangers may send -------------------------------------------------------------------------


class Opened:
    """Would leave a trace if a pickle with it were opened."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("opened"),))


def test_pickles_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trap = np.array([Opened()], dtype=object)
    np.savez(tmp_path / "data.npz", x=trap)

    with pytest.raises(DatasetError, match="Python objects are not read"):
        Npz(path="data.npz").load(tmp_path)

    assert not (tmp_path / "opened").exists()


def forged(header: bytes, body: bytes = b"", version: bytes = b"\x01\x00") -> io.BytesIO:
    memory = io.BytesIO()
    size = len(header).to_bytes(2 if version[0] == 1 else 4, "little")
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"\x93NUMPY" + version + size + header + body)
    memory.seek(0)
    return memory


@pytest.mark.parametrize(
    ("header", "version"),
    [
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776, 4), }\n", b"\1\0"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776, 4), }\n", b"\2\0"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (-4,), }\n", b"\1\0"),
        (b"{'descr': '<U999999999', 'fortran_order': False, 'shape': (4,), }\n", b"\1\0"),
        (b"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (0,), }\n", b"\1\0"),
        (b"{'descr': '|O', 'fortran_order': False, 'shape': (4,), }\n", b"\1\0"),
        (b"(" * 5000, b"\1\0"),
        (b"-" * 9000 + b"1", b"\1\0"),
        (b"__import__('os').getcwd()", b"\1\0"),
        (b"{}", b"\x09\0"),
    ],
)
def test_forged_headers_are_refused_before_memory_is_taken(header: bytes, version: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(DatasetError):
        read_archive(forged(header, bytes(64), version), "x.npz")

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_an_archive_that_would_unpack_to_gigabytes_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.npy", b"")

    with pytest.raises(DatasetError, match="1,001 arrays"):
        Npz(path="bomb.npz").load(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"no archive at all"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data.npz").write_bytes(content)

    with pytest.raises(DatasetError, match=r"cannot be read as an \.npz file"):
        Npz(path="data.npz").load(tmp_path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damaged_files_are_read_or_refused(tmp_path: Path, save: Any) -> None:
    memory = io.BytesIO()
    save(memory, x=np.arange(24.0).reshape(6, 4), y=np.array(list("abcabc")), n=np.arange(6))
    whole = memory.getvalue()
    chance = random.Random(3)

    for _ in range(1500):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if chance.random() < 0.2:
            del damaged[chance.randrange(len(damaged)) :]
        (tmp_path / "data.npz").write_bytes(damaged)
        try:
            dataset = Npz(path="data.npz").load(tmp_path)
        except DatasetError:
            continue
        assert len(dataset) >= 1
