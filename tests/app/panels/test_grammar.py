"""What is shown in a field can be typed again, for every value that the catalogue has."""

from __future__ import annotations

import pytest

from app.forms.grammar import choices, names_in, read, written
from graph_engine.declaration import Parameter
from graph_engine.errors import ParameterError
from graph_engine.kinds import Either, Kind, Named, Record
from graph_engine.layers.base import CATALOGUE


def conv(name: str) -> Parameter:
    return CATALOGUE["Conv2d"].parameters()[name]


def typed(kind: Kind) -> bool:
    options = kind.options if isinstance(kind, Either) else (kind,)
    return not any(isinstance(option, Record | Named) for option in options)


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_value_survives_being_written_and_read(name: str) -> None:
    layer = CATALOGUE[name]
    for parameter in layer.parameters().values():
        values = [parameter.default]
        values += [
            e.parameters[parameter.name] for e in layer.examples if parameter.name in e.parameters
        ]
        for value in values if typed(parameter.kind) else ():
            expected = parameter.check(value)
            found = read(written(expected, parameter.kind), parameter)
            assert found == expected
            assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("out_channels", "2*64", 128),
        ("out_channels", " 96/2 ", 48),
        ("out_channels", "7//2", 3),
        ("kernel_size", "3", (3, 3)),
        ("kernel_size", "3, 5", (3, 5)),
        ("kernel_size", "3 × 5", (3, 5)),
        ("kernel_size", "(2*2, 1+1)", (4, 2)),
        ("padding", "same", "same"),
        ("bias", "no", False),
    ],
)
def test_people_type_in_several_ways(name: str, text: str, value: object) -> None:
    assert read(text, conv(name)) == value


@pytest.mark.parametrize("text", ["", "x", "2*", "1/0", "0", "1.5", "3, 3", "__import__('os')"])
def test_what_is_no_value_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ParameterError, match="`out_channels` takes a whole number of at least 1"):
        read(text, conv("out_channels"))


def test_nothing_is_a_value_where_the_declaration_allows_it() -> None:
    padding_index = CATALOGUE["Embedding"].parameters()["padding_idx"]

    assert read("", padding_index) is None
    assert read("none", padding_index) is None
    assert written(None, padding_index.kind) == ""


def test_words_beside_numbers_are_offered() -> None:
    assert choices(conv("padding").kind) == ("valid", "same")
    assert choices(conv("out_channels").kind) == ()


def test_names_make_a_formula() -> None:
    assert names_in("4 * width") == {"width"}
    assert names_in("4 *") == frozenset()
