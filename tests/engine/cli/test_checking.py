"""``check`` and ``fix``: every problem in a sentence, and repairs that cure them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graph_engine import Change, PortRef, Project, edits, templates
from graph_engine.layers import CATALOGUE

from .commands import broken, classifier, netloom, process, save

Capture = pytest.CaptureFixture[str]


def test_a_sound_project_has_no_problems(tmp_path: Path, capsys: Capture) -> None:
    file = save(tmp_path / "digits.netloom", classifier())

    told, counted = netloom(capsys, "check", file), netloom(capsys, "check", file, "--json")

    assert (told.status, told.out, told.err) == (0, "No problems.\n", "")
    assert counted.json == {"problems": [], "errors": 0, "warnings": 0}


def test_errors_name_the_place_and_the_repair(tmp_path: Path, capsys: Capture) -> None:
    # Given two networks, of which the second does not fit together
    file = save(tmp_path / "pair.netloom", classifier("good"), broken("bad"))

    # When it is checked
    told, listed = netloom(capsys, "check", file), netloom(capsys, "check", file, "--json")

    # Then network and port stand above the sentence, and the repair below
    assert told.status == listed.status == 1
    lines = told.out.splitlines()
    assert lines[0].split() == ["error", "bad", "conv.input"]
    assert "kernel of 20" in lines[1]
    assert lines[2].strip().startswith("Repair: Set kernel_size=")
    assert lines[-1] == f"Repair with: netloom fix {file}"

    # And scripts get the same
    (problem,) = listed.json["problems"]
    assert problem["severity"] == "error"
    assert (problem["network"], problem["node"], problem["port"]) == ("bad", "conv", "input")
    assert problem["sentence"] in lines[1]
    assert (listed.json["errors"], listed.json["warnings"]) == (1, 0)


def test_warnings_alone_do_not_fail(tmp_path: Path, capsys: Capture) -> None:
    # Given a softmax before a loss that applies it itself
    net = broken()
    conv = net.graph.nodes["conv"]
    smaller = replace(conv, layer=conv.layer.replace(kernel_size=3))
    net.graph.apply(Change({"nodes": {"conv": (conv, smaller)}}))
    file = save(tmp_path / "p.netloom", net, loss="CrossEntropyLoss")

    told = netloom(capsys, "check", file, "--json")

    assert told.status == 0
    assert told.json["errors"] == 0
    assert {p["severity"] for p in told.json["problems"]} == {"warning"}


@pytest.mark.parametrize("content", [b"", b'{"a":', b"\xff\xfe", b"[1, 2]", b'{"format": "other"}'])
@pytest.mark.parametrize("command", ["check", "fix", "summary", "code", "train", "runs", "predict"])
def test_an_unreadable_project_is_status_2_everywhere(
    tmp_path: Path, capsys: Capture, command: str, content: bytes
) -> None:
    file = tmp_path / "p.netloom"
    file.write_bytes(content)

    told = netloom(capsys, command, file, *(["x.csv"] if command == "predict" else []))

    assert told.status == 2
    assert told.out == ""
    assert told.err.startswith("p.netloom: ")
    assert "Traceback" not in told.err


def test_a_missing_project_is_unreadable(tmp_path: Path, capsys: Capture) -> None:
    told = netloom(capsys, "check", tmp_path / "none.netloom", "--json")

    assert (told.status, told.out) == (2, "")
    assert "There is no file" in told.err


def test_a_recipe_that_cannot_be_read_is_a_problem(tmp_path: Path, capsys: Capture) -> None:
    file = save(tmp_path / "p.netloom", classifier(), epochs=7)
    file.write_text(file.read_text().replace('"epochs": 7', '"epochs": "many"'))

    told = netloom(capsys, "check", file, "--json")

    assert told.status == 1
    assert "The recipe of training cannot be read" in told.json["problems"][0]["sentence"]


def test_fix_makes_all_repairs_when_told_to(tmp_path: Path, capsys: Capture) -> None:
    # Given an error that hides a warning
    file = save(tmp_path / "p.netloom", broken(), loss="CrossEntropyLoss")

    # When it is fixed without questions
    told = netloom(capsys, "fix", file, "--yes")

    # Then both are repaired, and the file has it
    assert told.status == 0, told.out
    assert "Made 2 repairs; 0 errors left." in told.out
    assert "shares" not in Project.load(file).networks["main"].nodes
    assert netloom(capsys, "check", file).out == "No problems.\n"


def test_fix_asks_for_each_repair(tmp_path: Path) -> None:
    file = save(tmp_path / "p.netloom", broken(), loss="CrossEntropyLoss")

    told = process(tmp_path, "fix", "p.netloom", said="y\nn\n")

    assert told.status == 0, told.err
    assert "Made 1 repair; 0 errors left." in told.out
    assert "shares" in Project.load(file).networks["main"].nodes


def test_no_answer_changes_nothing(tmp_path: Path) -> None:
    file = save(tmp_path / "p.netloom", broken())
    before = file.read_bytes()

    told = process(tmp_path, "fix", "p.netloom", said="")

    assert told.status == 130
    assert "the project is as it was" in told.err
    assert file.read_bytes() == before


def test_errors_that_a_person_keeps_are_status_1(tmp_path: Path) -> None:
    save(tmp_path / "p.netloom", broken())

    told = process(tmp_path, "fix", "p.netloom", said="n\n" * 5)

    assert told.status == 1
    assert "Made 0 repairs; 1 error left." in told.out


def test_softmax_before_the_usual_loss_of_the_data_is_told(tmp_path: Path, capsys: Capture) -> None:
    # Given a recipe that leaves the loss open, and data with classes
    project = templates.new("cnn-digits")
    graph = project.networks["main"]
    graph.apply(edits.insert_on_wire(graph, PortRef("scores", "input"), CATALOGUE["Softmax"]()))
    project.save(tmp_path / "digits.netloom")

    # When it is checked
    found = netloom(capsys, "check", tmp_path / "digits.netloom", "--json")

    # Then the softmax that cross-entropy applies itself is named, with its repair
    (problem,) = found.json["problems"]
    assert (problem["severity"], problem["node"]) == ("warning", "softmax1")
    assert problem["repair"] == "Remove softmax1"
