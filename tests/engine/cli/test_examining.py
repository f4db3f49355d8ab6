"""``doctor``: what the rules find in a project and in its runs, for people and for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_engine import NetworkBuilder, Project, templates
from graph_engine.data.choice import DataChoice
from graph_engine.training.doctor import RULES

from .commands import broken, classifier, netloom, save

Capture = pytest.CaptureFixture[str]


def test_a_sound_design_is_told_to_be_one(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "wine.netloom"
    templates.new("mlp-wine").save(file)

    told, listed = netloom(capsys, "doctor", file), netloom(capsys, "doctor", file, "--json")

    looked = f"{len(RULES)} rules looked at the drawing, the recipe and the data. Nothing to say.\n"
    assert (told.status, told.out, told.err) == (0, looked, "")
    assert listed.json == {"findings": [], "rules": len(RULES), "note": ""}


def test_a_finding_has_its_place_its_evidence_and_its_cure(tmp_path: Path, capsys: Capture) -> None:
    # Given a design whose inputs are not scaled, and a bias that nothing comes of
    net = NetworkBuilder("main")
    x = net.add("Linear", net.input("x", shape=(13,)), out_features=16, name="fc")
    x = net.add("ReLU", net.add("BatchNorm1d", x, name="norm"), name="relu")
    net.output("y", net.add("Linear", x, out_features=3, name="out"))
    file = save(tmp_path / "wine.netloom", net)
    project = Project.load(file)
    source = {"source": "builtin", "name": "wine"}
    project.set_data_choice(DataChoice.read({"source": source, "scaling": []}))
    project.save()

    # When it is examined
    told, listed = netloom(capsys, "doctor", file), netloom(capsys, "doctor", file, "--json")

    # Then the worst comes first, with figures, and nothing is an error
    assert told.status == listed.status == 0
    first, second = listed.json["findings"]
    assert (first["rule"], second["rule"]) == ("unscaled-inputs", "bias-before-normalization")
    assert (first["cure"], second["node"]) == ("Standardize features", "fc")
    assert first["evidence"] in told.out
    assert "Cure: Switch off the bias of fc." in told.out
    assert "2 findings." in told.out


def test_data_that_cannot_be_read_are_left_out(tmp_path: Path, capsys: Capture) -> None:
    file = save(tmp_path / "digits.netloom", classifier())
    project = Project.load(file)
    project.set_data_choice(DataChoice.read({"source": {"source": "csv", "path": "none.csv"}}))
    project.save()

    told = netloom(capsys, "doctor", file)

    assert told.status == 0
    assert "rules looked at the drawing and the recipe." in told.out
    assert "none.csv" in told.out


def test_a_drawing_with_errors_is_not_judged(tmp_path: Path, capsys: Capture) -> None:
    told = netloom(capsys, "doctor", save(tmp_path / "digits.netloom", broken()))

    assert (told.status, told.out) == (1, "")
    assert "netloom check" in told.err


@pytest.mark.torch
def test_a_run_is_examined_with_what_it_began_with(tmp_path: Path, capsys: Capture) -> None:
    # Given a run whose steps were far too long, and a recipe that was mended afterwards
    file = save(tmp_path / "digits.netloom", classifier(), epochs=4, threads=1)
    scaled = {"source": {"source": "builtin", "name": "digits"}, "scaling": [{}]}
    project = Project.load(file)
    project.set_data_choice(DataChoice.read(scaled))
    project.save()
    netloom(capsys, "train", file, "--set", "lr=5", "--json")

    told = netloom(capsys, "doctor", file, "--run", "last", "--json")

    # Then the run's own recipe is judged, and the project's is well
    assert "learning-rate-too-high" in {each["rule"] for each in told.json["findings"]}
    assert netloom(capsys, "doctor", file, "--json").json["findings"] == []
