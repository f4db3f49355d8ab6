"""Tables from text: what columns hold, how they become fields, and what is refused in which row."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_engine.data import table
from graph_engine.data.csv_file import Csv
from graph_engine.data.dataset import Dataset
from graph_engine.data.table import kind_of_column
from graph_engine.errors import DatasetError, ParameterError

PEOPLE = """name,age,colour,bmi,ill
Ada,36,red,21.5,no
Ben,41,blue,24,yes
Cem,29,red,30.25,no
Dia,57,green,27,yes
Eva,33,blue,22,no
Fay,61,red,25,yes
"""


def load(folder: Path, text: str, **parameters: Any) -> Dataset:
    (folder / "people.csv").write_text(text, encoding="utf-8")
    return Csv(path="people.csv", **parameters).load(folder)


def values(dataset: Dataset, field: str) -> list[object]:
    found: list[object] = dataset[field].take(np.arange(len(dataset))).tolist()
    return found


# What columns become -----------------------------------------------------------------------------


def test_numbers_and_one_hot_categories_make_one_field(tmp_path: Path) -> None:
    people = load(tmp_path, PEOPLE)

    assert list(people.fields) == ["features", "name", "ill"]
    features = people["features"]
    assert features.columns == ("age", "colour=blue", "colour=green", "colour=red", "bmi")
    assert values(people, "features")[:2] == [[36, 0, 0, 1, 21.5], [41, 1, 0, 0, 24]]
    assert people["name"].kind == "text"
    assert people.target == "ill"
    assert people["ill"].classes == ("no", "yes")
    assert values(people, "ill") == [0, 1, 0, 1, 0, 1]


def test_columns_may_be_fields_of_their_own(tmp_path: Path) -> None:
    people = load(tmp_path, PEOPLE, fields="separate", categories="separate", target="bmi")

    assert list(people.fields) == ["name", "age", "colour", "bmi", "ill"]
    assert people["colour"].classes == ("blue", "green", "red")
    assert values(people, "colour") == [2, 0, 2, 1, 0, 2]
    assert people.target == "bmi"
    assert people["bmi"].kind == "continuous"


def test_what_a_column_holds_can_be_said(tmp_path: Path) -> None:
    said = {"name": "ignore", "age": "category", "colour": "text"}

    people = load(tmp_path, PEOPLE, columns=said)

    assert people["features"].columns == (*(f"age={n}" for n in (29, 33, 36, 41, 57, 61)), "bmi")
    assert people["colour"].kind == "text"
    assert "name" not in people.fields


@pytest.mark.parametrize(
    ("cells", "is_target", "kind"),
    [
        (["1", "2.5", "-3e4", "7"], False, "number"),
        (["1", "2", "", "NA"], False, "number"),
        (["0", "1", "1", "0"], False, "number"),
        (["0", "1", "1", "0"], True, "category"),
        (["0.5", "1", "1", "0.5"], True, "number"),
        (["3", "1", "4", "15"], True, "number"),
        (["red", "blue", "red", "blue"], False, "category"),
        (["red", "blue", "green", "pink"], False, "text"),
        (["red", "blue", "green", "pink"], True, "category"),
        (["", "", "?"], False, "ignore"),
        (["1"] * 19 + ["x"], False, "number"),
        (["1"] * 10 + ["x"] * 10, False, "category"),
        (["1_000", "2_000", "3_000", "4_000"], False, "text"),
        (["inf", "1e999", "nan", "-inf"], False, "text"),
    ],
)
def test_what_a_column_seems_to_hold(cells: list[str], is_target: bool, kind: str) -> None:
    assert kind_of_column(tuple(cells), is_target) == kind


def test_classes_that_are_numbers_are_in_order_of_size(tmp_path: Path) -> None:
    rows = "".join(f"{n / 7},{n % 12}\n" for n in range(48))

    months = load(tmp_path, "x,month\n" + rows)

    assert months["month"].classes == tuple(str(n) for n in range(12))


@pytest.mark.parametrize(
    ("delimiter", "mark"), [(";", ";"), ("tab", "\t"), ("|", "|"), ("space", " ")]
)
def test_other_marks_may_separate_cells(tmp_path: Path, delimiter: str, mark: str) -> None:
    people = load(tmp_path, PEOPLE.replace(",", mark), delimiter=delimiter)

    assert people["features"].shape == (5,)


def test_files_without_header_quotes_and_spreadsheet_marks_are_read(tmp_path: Path) -> None:
    text = '\ufeff"1,5",2.5\n\n"1,5",3.5\n"x ""y""", 4.5 \n'

    read = load(tmp_path, text, header=False, columns={"column1": "category"}, target="column2")

    assert read["features"].columns == ("column1=1,5", 'column1=x "y"')
    assert values(read, "column2") == [2.5, 3.5, 4.5]


# Missing cells -----------------------------------------------------------------------------------

HOLES = "age,colour,y\n1,red,1.5\n,red,2.5\n3,,3.5\n4,blue,4.5\n5,blue,5.5\n"


def test_empty_cells_are_refused_with_their_row(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Row 3, column “age” of people.csv is empty \(2 such"):
        load(tmp_path, HOLES)


def test_rows_with_empty_cells_may_be_dropped(tmp_path: Path) -> None:
    read = load(tmp_path, HOLES, missing="drop", columns={"colour": "category"})

    assert values(read, "y") == [1.5, 4.5, 5.5]
    with pytest.raises(DatasetError, match="none is left"):
        load(tmp_path, "a,b,c\n1,,1\n,2,1\n", missing="drop", columns={"c": "number"})


def test_empty_cells_may_be_filled(tmp_path: Path) -> None:
    read = load(tmp_path, HOLES, missing="fill")

    assert read["features"].columns == ("age", "colour=blue", "colour=red", "colour=(missing)")
    table_of = np.array(values(read, "features"))
    assert np.isnan(table_of[1, 0])
    assert table_of[:, 3].tolist() == [0, 0, 1, 0, 0]


def test_separate_categories_have_a_class_for_empty_cells(tmp_path: Path) -> None:
    read = load(tmp_path, HOLES, missing="fill", categories="separate")

    assert read["colour"].classes == ("blue", "red", "(missing)")
    assert values(read, "colour") == [1, 1, 2, 0, 0]


def test_a_target_is_never_filled(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"Row 3, column “y” of people.csv is empty"):
        load(tmp_path, "a,y\n1,2.5\n2,\n3,4.5\n", missing="fill")


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parameters", "words"),
    [
        ("", {}, "people.csv is empty"),
        ("a,b\n", {}, "no rows below"),
        ("a,b\n1,2\n3\n", {}, "Row 3 of people.csv has 1 cell where the first row has 2"),
        ("a,b\n1,2\n3,4,5\n", {}, "Row 3 of people.csv has 3 cells"),
        ("a;b\n1;2,5\n", {}, "whether “,” is what separates"),
        ("a\tb\n1 2\n", {"delimiter": "tab"}, "whether a tab is what separates"),
        ("a b\n1\n", {"delimiter": "space"}, "whether a space is what separates"),
        ("a,a\n1,2\n", {}, "two columns called “a”"),
        ("a,b\n1,2\n", {"target": "c"}, "There is no column 'c' in people.csv"),
        (PEOPLE, {"target": "agee"}, "Did you mean “age”"),
        (PEOPLE, {"columns": {"agee": "text"}}, "Did you mean “age”"),
        (PEOPLE, {"target": "name", "columns": {"name": "text"}}, "is a text"),
        ("a,y\n1,\n2,\n", {}, "is empty or ignored"),
        ('a,b\n"1,2\n', {}, "not a well-formed CSV"),
        ("a,b\n" + "1" * 200_000 + ",2\n", {}, "not a well-formed CSV"),
        ("x,y\n1,1.5\n2,2.5\n3,x\n4,4.5\n", {"columns": {"y": "number"}}, "Row 4, column “y”"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    tmp_path: Path, text: str, parameters: dict[str, object], words: str
) -> None:
    with pytest.raises(DatasetError, match=words):
        load(tmp_path, text, **parameters)


def test_a_number_that_is_none_is_named_by_row_and_column(tmp_path: Path) -> None:
    rows = [f"{n},{n / 3}" for n in range(30)]
    rows[15] = "about twenty,1"

    with pytest.raises(DatasetError, match=r"Row 17, column “age” of people.csv has 'about t"):
        load(tmp_path, "age,y\n" + "\n".join(rows))


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes("größe,y\n1,2\n".encode("latin-1"))

    with pytest.raises(DatasetError, match="not text in UTF-8"):
        Csv(path="people.csv").load(tmp_path)


def test_a_kind_that_does_not_exist_is_refused_at_once() -> None:
    with pytest.raises(ParameterError, match="Column “a” cannot be 'date'"):
        Csv(path="x.csv", columns={"a": "date"})


def test_tables_are_bounded(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"more than 5,000 columns"):
        load(tmp_path, ",".join(f"c{n}" for n in range(5001)) + "\n")
    with pytest.raises(DatasetError, match=r"a line of more than"):
        load(tmp_path, "," * (table.LONGEST_LINE + 1))
    with pytest.raises(DatasetError, match=r"more than 5,000,000 cells"):
        load(tmp_path, ("1," * 4999 + "1\n") * 1002, header=False)
    many = "".join(f"v{n // 2},1.5\n" for n in range(2004))
    with pytest.raises(DatasetError, match=r"1,002 different values, too many"):
        load(tmp_path, "x,y\n" + many, columns={"x": "category"})


def test_one_hot_tables_are_bounded(tmp_path: Path) -> None:
    wide = "".join(",".join([f"v{n // 2}"] * 6) + ",1.5\n" for n in range(2000))
    with pytest.raises(DatasetError, match=r"gives 6,000 columns of numbers, more than 5,000"):
        load(tmp_path, "a,b,c,d,e,f,y\n" + wide)

    long = "".join(f"v{n % 1000},1.5\n" for n in range(134_300))
    with pytest.raises(DatasetError, match=r"gives 134,300×1,000 numbers, more than"):
        load(tmp_path, "a,y\n" + long)


def test_a_category_with_an_equals_sign_keeps_its_name(tmp_path: Path) -> None:
    text = "a=b,y\nx=1,1.5\nx=2,2.5\nx=1,3.5\nx=2,4.5\n"

    read = load(tmp_path, text)

    assert read["features"].columns == ("a=b=x=1", "a=b=x=2")
    assert values(read, "features") == [[1, 0], [0, 1], [1, 0], [0, 1]]


# Properties --------------------------------------------------------------------------------------

numbers = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(numbers, words, numbers), min_size=1, max_size=30))
def test_what_is_written_is_read(tmp_path: Path, rows: list[tuple[float, str, float]]) -> None:
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "word", "answer"])
        writer.writerows(rows)
    kinds = {"number": "number", "word": "text", "answer": "number"}

    read = Csv(path="t.csv", columns=kinds).load(tmp_path)

    assert values(read, "features") == [[number] for number, _, _ in rows]
    assert values(read, "word") == [word.strip() for _, word, _ in rows]
    assert values(read, "answer") == [answer for _, _, answer in rows]


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    chance = random.Random(5)
    whole = PEOPLE.encode()

    for _ in range(400):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b',"\n\r\0\xff;1a')
        (tmp_path / "people.csv").write_bytes(damaged)
        try:
            dataset = Csv(path="people.csv").load(tmp_path)
        except DatasetError:
            continue
        assert len(dataset) >= 1
