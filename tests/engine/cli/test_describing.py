"""``summary``, ``code``, ``layers`` and ``new``: what a project is, and what there is to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph_engine import NetworkBuilder, Project, generate_source, templates
from graph_engine.cli.output import in_bytes
from graph_engine.layers import CATALOGUE

from .commands import broken, classifier, netloom, save

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    return save(tmp_path / "digits.netloom", classifier())


# summary -----------------------------------------------------------------------------------------


def test_the_summary_counts_what_the_layers_have(digits: Path, capsys: Capture) -> None:
    told, listed = netloom(capsys, "summary", digits), netloom(capsys, "summary", digits, "--json")

    # Given 64 × 8 + 8 weights, and 8 × 10 + 10 behind them
    assert listed.json["parameters"] == listed.json["trainable_parameters"] == 520 + 90
    assert listed.json["multiply_adds"] == 512 + 80
    names = [row["name"] for row in listed.json["layers"]]
    assert names == ["flatten1", "hidden", "relu1", "last"]
    hidden = listed.json["layers"][1]
    assert hidden["layer"] == "Linear"
    assert (hidden["output_shape"], hidden["parameters"], hidden["multiply_adds"]) == (
        "8",
        520,
        512,
    )

    # Then the table says the same
    rows = {line.split()[0]: line.split() for line in told.out.splitlines() if line.strip()}
    assert rows["hidden"][1:5] == ["Linear", "8", "520", "512"]
    assert "610 parameters\n592 multiply-adds" in told.out


def test_blocks_are_expanded_by_dotted_path(tmp_path: Path, capsys: Capture) -> None:
    templates.new("resnet-digits").save(tmp_path / "r.netloom")

    listed = netloom(capsys, "summary", tmp_path / "r.netloom", "--json").json

    names = [row["name"] for row in listed["layers"]]
    assert {"residuals.0.conv1", "residuals.2.conv2"} <= set(names)
    assert sum(row["parameters"] for row in listed["layers"]) == listed["parameters"]


def test_sizes_that_vary_can_be_given(tmp_path: Path, capsys: Capture) -> None:
    # Given a network that reads sequences of any length
    net = NetworkBuilder("main")
    net.output("y", net.add("Linear", net.input("x", shape=("T", 4)), out_features=3))
    file = save(tmp_path / "p.netloom", net)

    usual = netloom(capsys, "summary", file, "--json").json
    longer = netloom(capsys, "summary", file, "--size", "T=128")

    assert usual["sizes"] == {"T": 64}
    assert usual["multiply_adds"] == 64 * 12
    assert f"{128 * 12:,} multiply-adds" in longer.out
    assert "at T = 128" in longer.out
    assert netloom(capsys, "summary", file, "--size", "T=0").status == 1


def test_a_summary_with_errors_says_so(tmp_path: Path, capsys: Capture) -> None:
    told = netloom(capsys, "summary", save(tmp_path / "p.netloom", broken()))

    assert told.status == 0
    assert "Incomplete: 1 error" in told.err


def test_networks_are_named(tmp_path: Path, capsys: Capture) -> None:
    # Given a project of two networks, neither of them called main
    file = save(tmp_path / "gan.netloom", classifier("generator", 4), classifier("critic", 6))

    first = netloom(capsys, "summary", file, "--json").json
    second = netloom(capsys, "summary", file, "--network", "critic", "--json").json
    none = netloom(capsys, "code", file, "--network", "judge")

    assert (first["network"], second["network"]) == ("generator", "critic")
    assert first["parameters"] < second["parameters"]
    assert none.status == 1
    assert "no network called 'judge'; it has generator, critic" in none.err


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (5 * 2**30, "5.0 GiB"),
        (2**52, "4096.0 TiB"),
    ],
)
def test_bytes_in_words(number: int, text: str) -> None:
    assert in_bytes(number) == text


# code --------------------------------------------------------------------------------------------


def test_the_source_is_the_engines(digits: Path, capsys: Capture) -> None:
    text = generate_source(Project.load(digits).networks["main"])

    told = netloom(capsys, "code", digits)

    assert (told.status, told.out, told.err) == (0, text, "")


def test_the_source_goes_to_a_file_whole(digits: Path, capsys: Capture) -> None:
    # Given a file that is there already
    file = digits.with_name("net.py")
    file.write_text("old")

    told = netloom(capsys, "code", digits, "-o", file)

    # Then it is replaced, in UTF-8, and nothing else is left beside it
    assert told.out == f"Wrote {file}.\n"
    assert file.read_text("utf-8") == generate_source(Project.load(digits).networks["main"])
    assert {p.name for p in digits.parent.iterdir()} == {"digits.netloom", "net.py"}


def test_a_source_that_cannot_be_written_is_a_sentence(digits: Path, capsys: Capture) -> None:
    told = netloom(capsys, "code", digits, "-o", digits.parent / "no" / "net.py")

    assert told.status == 1
    assert "there is no such folder" in told.err


def test_a_faulty_drawing_has_no_source(tmp_path: Path, capsys: Capture) -> None:
    told = netloom(capsys, "code", save(tmp_path / "p.netloom", broken()))

    assert (told.status, told.out) == (1, "")
    assert "kernel of 20" in told.err


# layers ------------------------------------------------------------------------------------------


def test_the_catalogue_is_listed_whole(capsys: Capture) -> None:
    told, listed = netloom(capsys, "layers"), netloom(capsys, "layers", "--json")

    assert {line.split()[0] for line in told.out.splitlines() if line} >= set(CATALOGUE)
    assert [row["name"] for row in listed.json] == list(CATALOGUE)


@pytest.mark.parametrize(
    "wish", ["Linear", "linear", "fully connected", "fully-connected", "dense"]
)
def test_a_layer_is_found_by_its_names(wish: str, capsys: Capture) -> None:
    told, described = netloom(capsys, "layers", wish), netloom(capsys, "layers", wish, "--json")

    assert told.out.startswith("Linear  (Linear)\n")
    assert "out_features" in told.out
    assert "https://docs.pytorch.org" in told.out
    assert described.json["name"] == "Linear"
    assert described.json["parameters"][0]["name"] == "out_features"


def test_a_word_for_several_layers_lists_them(capsys: Capture) -> None:
    told, listed = (
        netloom(capsys, "layers", "batchnorm"),
        netloom(capsys, "layers", "batchnorm", "--json"),
    )

    assert told.out.startswith("'batchnorm' fits several layers:\n")
    assert {"BatchNorm1d", "BatchNorm2d"} <= {row["name"] for row in listed.json}


@pytest.mark.parametrize(
    ("wish", "hint"), [("Lineer", "Did you mean Linear"), ("qqqq", "`netloom layers` lists")]
)
def test_an_unknown_layer_is_a_sentence(wish: str, hint: str, capsys: Capture) -> None:
    told = netloom(capsys, "layers", wish, "--json")

    assert (told.status, told.out) == (1, "")
    assert hint in told.err


def test_every_layer_has_its_help(capsys: Capture) -> None:
    for name, layer in CATALOGUE.items():
        told = netloom(capsys, "layers", name)
        assert told.status == 0, name
        assert layer.help() in told.out, name


# new ---------------------------------------------------------------------------------------------


def test_templates_are_listed_with_a_line_each(capsys: Capture) -> None:
    listed, asked = netloom(capsys, "new", "--list"), netloom(capsys, "new")

    assert listed.out == asked.out
    head, *lines = listed.out.splitlines()
    assert head.split() == ["template", "family", "data", "within", "reaches"]
    assert [line.split()[0] for line in lines] == templates.names()
    for line, entry in zip(lines, templates.catalogue().values(), strict=True):
        for told in (entry.family, entry.data, f"{entry.within:g} s", entry.figure):
            assert told in line


def test_templates_are_listed_for_scripts(capsys: Capture) -> None:
    told = netloom(capsys, "new", "--list", "--json")

    rows = json.loads(told.out)
    assert [row["name"] for row in rows] == templates.names()
    assert [row["target"] for row in rows] == [e.target for e in templates.catalogue().values()]


def test_a_template_becomes_a_project_of_ones_own(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    told = netloom(capsys, "new", "cnn-digits")

    assert told.out == (
        "Wrote cnn-digits.netloom. Train it with: netloom train cnn-digits.netloom\n"
    )
    assert Project.load("cnn-digits.netloom") == templates.new("cnn-digits")


def test_new_overwrites_nothing(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "mine.netloom"
    file.write_text("precious")

    told = netloom(capsys, "new", "mlp-wine", "-o", file)

    assert told.status == 1
    assert "exists already" in told.err
    assert file.read_text() == "precious"


def test_an_unknown_template_is_a_sentence(tmp_path: Path, capsys: Capture) -> None:
    told = netloom(capsys, "new", "cnn-digit", "-o", tmp_path / "p.netloom")

    assert told.status == 1
    assert "Did you mean cnn-digits?" in told.err


def test_json_is_plain_json(digits: Path, capsys: Capture) -> None:
    for arguments in (["check", digits], ["summary", digits], ["layers"], ["runs", digits]):
        told = netloom(capsys, *arguments, "--json")
        json.loads(told.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
        assert told.err == ""
