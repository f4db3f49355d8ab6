"""Files handed to a trained network give what its training would have given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from graph_engine.data.choice import DataChoice, prepare
from graph_engine.data.new_inputs import read_inputs
from graph_engine.data.prepared import PreparedData
from graph_engine.data.scaling import Scaling
from graph_engine.data.sources import Builtin, Csv, ImageFolder, Npz, Source
from graph_engine.errors import DatasetError

STANDARD = (Scaling(),)


def prepared(source: Source, folder: Path, *inputs: str) -> PreparedData:
    return prepare(DataChoice(source=source, scaling=STANDARD), folder, inputs)


def write_people(folder: Path, hole: str = "red") -> Csv:
    rows = [f"{20 + n},{('red', 'blue')[n % 2]},{n % 3}.5" for n in range(30)]
    rows[4] = f"24,{hole},1.5"
    (folder / "people.csv").write_text("age,colour,y\n" + "\n".join(rows))
    return Csv(path="people.csv")


def test_rows_of_a_table_in_another_order_of_columns(tmp_path: Path) -> None:
    source = write_people(tmp_path)
    data = prepared(source, tmp_path, "x")
    new = tmp_path / "new.csv"
    new.write_text("extra,colour,age\n0,blue,21\n0,red,20\n")

    inputs = read_inputs(source, data.preprocessing, [new])

    raw = data.dataset["features"].take([1, 0])
    np.testing.assert_array_equal(inputs["x"], data.preprocessing.apply({"x": raw})["x"])


def test_separate_categories_are_coded_as_in_training(tmp_path: Path) -> None:
    source = write_people(tmp_path).replace(categories="separate")
    data = prepared(source, tmp_path, "colour", "x")
    new = tmp_path / "new.csv"
    new.write_text("colour,age\nred,20\nblue,21\n")

    inputs = read_inputs(source, data.preprocessing, [new, new])

    assert inputs["colour"].tolist() == [1, 0, 1, 0]
    assert inputs["x"].shape == (4, 1)


def test_a_shipped_table_takes_a_csv_with_its_columns(tmp_path: Path) -> None:
    source = Builtin(name="iris")
    data = prepared(source, tmp_path, "x")
    columns = data.dataset["features"].columns
    new = tmp_path / "new.csv"
    new.write_text(",".join(columns) + "\n5.1,3.5,1.4,0.2\n")

    inputs = read_inputs(source, data.preprocessing, [new])

    raw = np.array([[5.1, 3.5, 1.4, 0.2]])
    np.testing.assert_array_equal(inputs["x"], data.preprocessing.apply({"x": raw})["x"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age\n1\n", "no column 'colour=blue'"),
        ("age,colour\n1,pink\n", "Row 2, column “colour” of new.csv has 'pink'"),
        ("age,colour\n1,\n", "Row 2, column “colour” of new.csv is empty"),
        ("age,colour\n,red\n", "Row 2, column “age” of new.csv is empty"),
        ("age,colour\nold,red\n", "Row 2, column “age” of new.csv has 'old'"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, text: str, words: str) -> None:
    source = write_people(tmp_path)
    data = prepared(source, tmp_path, "x")
    (tmp_path / "new.csv").write_text(text)

    with pytest.raises(DatasetError, match=words):
        read_inputs(source, data.preprocessing, [tmp_path / "new.csv"])


def test_holes_are_filled_where_training_filled_them(tmp_path: Path) -> None:
    source = write_people(tmp_path, hole="").replace(missing="fill")
    data = prepared(source, tmp_path, "x")
    (tmp_path / "new.csv").write_text("colour,name,age\n,Ada,\n")

    inputs = read_inputs(source, data.preprocessing, [tmp_path / "new.csv"])

    fill = data.preprocessing.inputs["x"].transform
    assert fill is not None
    raw = np.array([[fill.fill[0], 0, 0, 1]])
    np.testing.assert_array_equal(inputs["x"], data.preprocessing.apply({"x": raw})["x"])


def test_arrays_come_by_name_of_input_or_field(tmp_path: Path) -> None:
    data = prepared(Builtin(), tmp_path, "x")
    images = data.dataset["image"].take([0, 1, 2])
    np.savez(tmp_path / "a.npz", x=images)
    np.savez(tmp_path / "b.npz", image=images[:, 0])

    inputs = read_inputs(Builtin(), data.preprocessing, [tmp_path / "a.npz", tmp_path / "b.npz"])

    np.testing.assert_array_equal(inputs["x"][:3], data.preprocessing.apply({"x": images})["x"])
    np.testing.assert_array_equal(inputs["x"][:3], inputs["x"][3:])


def test_inputs_of_different_lengths_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", a=np.zeros((9, 2)), b=np.zeros((9, 2)), y=np.arange(9) / 2)
    data = prepared(Npz(path="t.npz"), tmp_path, "a", "b")
    np.savez(tmp_path / "new.npz", a=np.zeros((2, 2)), b=np.zeros((3, 2)))

    with pytest.raises(DatasetError, match=r"new\.npz has a 2, b 3"):
        read_inputs(Npz(path="t.npz"), data.preprocessing, [tmp_path / "new.npz"])


def test_an_image_is_brought_to_the_size_of_training(tmp_path: Path) -> None:
    for name in ("ant", "bee"):
        (tmp_path / "animals" / name).mkdir(parents=True)
        for number in range(4):
            shade = (40 * number, 10, 200)
            Image.new("RGB", (20, 10), shade).save(tmp_path / "animals" / name / f"{number}.png")
    source = ImageFolder(path="animals", size=(5, 6))
    data = prepared(source, tmp_path, "x")

    inputs = read_inputs(
        source, data.preprocessing, sorted((tmp_path / "animals" / "ant").iterdir())
    )

    assert inputs["x"].shape == (4, 3, 5, 6)
    raw = data.dataset["image"].take([0, 1, 2, 3])
    np.testing.assert_array_equal(inputs["x"], data.preprocessing.apply({"x": raw})["x"])


def test_files_that_cannot_serve_are_refused(tmp_path: Path) -> None:
    data = prepared(Builtin(), tmp_path, "x")
    Image.new("L", (8, 8)).save(tmp_path / "x.png")
    (tmp_path / "x.txt").write_text("hello")
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    cases = {
        "x.png": "did not learn from a folder of images",
        "x.txt": "neither .csv nor .npz nor an image",
        "x.csv": "no row of named numbers",
        "y.csv": "There is no file",
    }

    for name, words in cases.items():
        with pytest.raises(DatasetError, match=words):
            read_inputs(Builtin(), data.preprocessing, [tmp_path / name])
    with pytest.raises(DatasetError, match="at least one file"):
        read_inputs(Builtin(), data.preprocessing, [])
