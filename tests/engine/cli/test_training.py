"""``train``, ``runs`` and ``predict``: from a drawing to answers, with interruptions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph_engine import Project
from graph_engine.data.choice import DataChoice

from .commands import NETLOOM, Outcome, broken, classifier, netloom, process, save, terminal

pytestmark = pytest.mark.torch

DATASETS = Path(__file__).parents[3] / "resources" / "datasets"
Capture = pytest.CaptureFixture[str]


def digits(path: Path, **recipe: Any) -> Path:
    """A small project that learns digits."""
    save(path, classifier(), **{"epochs": 2, "threads": 1, "batch_size": 256, **recipe})
    project = Project.load(path)
    project.set_data_choice(DataChoice.read({"source": {"source": "builtin", "name": "digits"}}))
    project.save()
    return path


def interrupted(folder: Path, *arguments: str, after: str = "checkpoint") -> Outcome:
    """A training in its own process group that gets a terminal's Ctrl-C after an event."""
    with subprocess.Popen(
        [*NETLOOM, "train", *arguments, "--json"], cwd=folder, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as command:  # fmt: skip
        assert command.stdout is not None
        assert command.stderr is not None
        seen = []
        for line in command.stdout:
            seen.append(line)
            if json.loads(line)["event"] == after:
                break
        os.killpg(command.pid, signal.SIGINT)
        out, err = command.communicate()
    return Outcome(command.returncode, "".join(seen) + out, err)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome, Outcome]:
    """A run that was interrupted and went on, and what both commands told."""
    folder = tmp_path_factory.mktemp("story")
    digits(folder / "digits.netloom", epochs=100_000)
    stopped = interrupted(folder, "digits.netloom")
    epoch = stopped.events[-1]["epoch"]
    resumed = process(
        folder, "train", "digits.netloom", "--resume", "last", "--epochs", epoch + 2, "--json"
    )
    return folder, stopped, resumed


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_leaves_a_checkpoint_and_says_how_to_go_on(
    story: tuple[Path, Outcome, Outcome],
) -> None:
    _, stopped, _ = story

    # Given that Ctrl-C came after a checkpoint, the run stopped in order
    assert stopped.status == 130
    assert stopped.events[0]["event"] == "started"
    assert stopped.events[-1]["event"] == "finished"
    assert stopped.events[-1]["reason"] == "stopped"
    assert [e["action"] for e in stopped.events if e["event"] == "steered"] == ["stop"]
    assert stopped.err == "Go on with: netloom train digits.netloom --resume run-001\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_before_the_first_step_is_told_as_such(tmp_path: Path) -> None:
    # Given a run whose folder is there, while torch is still being loaded
    file = digits(tmp_path / "p.netloom")
    with subprocess.Popen(
        [*NETLOOM, "train", file.name], cwd=tmp_path, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as command:  # fmt: skip
        log = tmp_path / "p.runs" / "run-001" / "worker.log"
        while not log.exists():
            time.sleep(0.01)
        time.sleep(0.2)

        # When Ctrl-C comes
        os.killpg(command.pid, signal.SIGINT)
        _, err = command.communicate()

    # Then there is a sentence, and nothing else: a slow machine may have come to the first step by now
    assert command.returncode == 130
    assert err in (
        "run-001 was stopped before its first checkpoint.\n",
        f"Go on with: netloom train {file.name} --resume run-001\n",
    )


def test_a_resumed_run_goes_on_where_it_was(story: tuple[Path, Outcome, Outcome]) -> None:
    _, stopped, resumed = story

    assert (resumed.status, resumed.err) == (0, "")
    assert resumed.events[0]["step"] == stopped.events[-1]["step"]
    assert resumed.events[-1]["epoch"] == stopped.events[-1]["epoch"] + 2
    assert {"train_loss", "validation_loss", "test_loss", "test_accuracy"} <= set(
        resumed.events[-1]["metrics"]
    )
    assert {event["event"] for event in resumed.events} >= {"epoch", "checkpoint", "finished"}


def test_runs_are_listed_with_their_results(
    story: tuple[Path, Outcome, Outcome], capsys: Capture
) -> None:
    folder, _, resumed = story
    last = resumed.events[-1]

    told = netloom(capsys, "runs", folder / "digits.netloom")
    (record,) = netloom(capsys, "runs", folder / "digits.netloom", "--json").json

    assert record["name"] == "run-001"
    assert record["status"] == "completed"
    assert record["epoch"] == record["epochs"] == last["epoch"]
    assert record["metrics"]["test_accuracy"] == last["metrics"]["test_accuracy"]
    (line,) = told.out.splitlines()[1:]
    assert line.split()[:2] == ["run-001", "completed"]
    assert f"accuracy {100 * last['metrics']['test_accuracy']:.2f} %" in line


def test_a_run_answers_for_new_inputs(
    story: tuple[Path, Outcome, Outcome], capsys: Capture
) -> None:
    # Given two images of 8×8
    folder, *_ = story
    images = np.random.default_rng(0).uniform(0, 16, (2, 8, 8)).astype("float32")
    np.savez(folder / "new.npz", image=images)
    file = folder / "digits.netloom"

    # When the run is asked
    told = netloom(capsys, "predict", file, folder / "new.npz")
    listed = netloom(capsys, "predict", file, "--run", "1", folder / "new.npz", "--json").json

    # Then there is a class and its probability for each
    assert told.status == 0, told.err
    assert (listed["run"], listed["task"]) == ("run-001", "classification")
    assert len(listed["predictions"]) == 2
    for line, answer in zip(told.out.splitlines()[1:], listed["predictions"], strict=True):
        probabilities = answer["probabilities"]
        assert line.split()[1] == answer["class"] == max(probabilities, key=probabilities.get)
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_numbers_are_predicted_in_their_own_units(tmp_path: Path, capsys: Capture) -> None:
    # Given a trained regression
    file = tmp_path / "diabetes.netloom"
    netloom(capsys, "new", "regression-diabetes", "-o", file)
    trained = netloom(capsys, "train", file, "--epochs", 30, "--set", "threads=1", "--json")
    assert trained.status == 0, trained.err

    # When it is asked about the shipped samples
    samples = DATASETS / "diabetes.npz"
    told = netloom(capsys, "predict", file, samples)
    listed = netloom(capsys, "predict", file, samples, "--json").json["predictions"]

    # Then the answers lie where the disease's progression lies: between 25 and 346
    values = np.array([row["value"] for row in listed]).reshape(-1)
    assert len(values) == 442
    assert 25 < values.mean() < 346
    assert told.out.splitlines()[1].split() == ["1", f"{values[0]:.4g}"]


def test_what_cannot_be_predicted_is_a_sentence(
    story: tuple[Path, Outcome, Outcome], capsys: Capture
) -> None:
    folder, *_ = story
    file = folder / "digits.netloom"

    missing = netloom(capsys, "predict", file, folder / "none.npz")
    wrong = netloom(capsys, "predict", file, "--run", "9", folder / "none.npz")

    assert missing.status == wrong.status == 1
    assert "There is no file" in missing.err
    assert "There is no run '9'. There are run-001." in wrong.err


def test_a_run_begins_with_the_weights_of_another(
    story: tuple[Path, Outcome, Outcome], capsys: Capture
) -> None:
    folder, stopped, _ = story
    file = folder / "digits.netloom"

    # Given a run that has learned, when a new one begins with its weights
    told = netloom(capsys, "train", file, "--from-run", "1", "--epochs", "1", "--json")

    # Then it says so, and is better from the start than one that begins from nothing
    assert told.events[0]["note"].startswith("Begins with the weights of run-001: all ")
    assert told.events[0]["step"] == 0
    first, new = (
        next(event for event in each.events if event["event"] == "step")["losses"][0]
        for each in (told, stopped)
    )
    assert first < new

    # And a run goes on or begins, not both
    both = netloom(capsys, "train", file, "--from-run", "1", "--resume", "1")
    assert both.status == 2
    assert "--from-run begins a new one" in both.err


def test_a_completed_run_wants_more_epochs(
    story: tuple[Path, Outcome, Outcome], capsys: Capture
) -> None:
    folder, *_ = story

    told = netloom(capsys, "train", folder / "digits.netloom", "--resume", "run-001")

    assert told.status == 1
    assert "run-001 has completed its" in told.err


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (["--seed", "5"], "A run that goes on keeps its `seed`"),
        (["--network", "other"], "run-001 trains the network 'main', not 'other'"),
    ],
)
def test_a_resumed_run_keeps_its_past(
    story: tuple[Path, Outcome, Outcome], capsys: Capture, change: list[str], sentence: str
) -> None:
    folder, *_ = story

    told = netloom(capsys, "train", folder / "digits.netloom", "--resume", "1", *change)

    assert told.status == 1
    assert sentence in told.err


# Refusals before the worker starts ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "speed=1"], "There is no setting 'speed'"),
        (["--set", "epochs"], "A setting is given as KEY=VALUE"),
        (["--set", "optimizer.lr=fast"], "`lr` takes a number of at least 0, not 'fast'"),
        (["--set", "optimizer=Adamm"], "Did you mean 'Adam'?"),
        (["--set", "clip_norm=1", "--set", "clip_value=1"], "Choose `clip_norm` or `clip_value`"),
        (["--epochs", "0"], "`epochs` takes a whole number of at least 1"),
        (["--resume", "last"], "There is no run 'last'"),
        (["--network", "critic"], "no network called 'critic'"),
    ],
)
def test_settings_are_refused_in_sentences(
    tmp_path: Path, capsys: Capture, arguments: list[str], sentence: str
) -> None:
    file = digits(tmp_path / "p.netloom")

    told = netloom(capsys, "train", file, *arguments, "--json")

    assert (told.status, told.out) == (1, "")
    assert sentence in told.err
    assert netloom(capsys, "runs", file).out == "No runs yet; `netloom train` makes one.\n"


def test_a_faulty_drawing_is_not_trained(tmp_path: Path, capsys: Capture) -> None:
    told = netloom(capsys, "train", save(tmp_path / "p.netloom", broken()))

    assert (told.status, told.out) == (1, "")
    assert "kernel of 20" in told.err


# Whole runs --------------------------------------------------------------------------------------


def test_a_run_that_fails_says_why(tmp_path: Path, capsys: Capture) -> None:
    # Given data that are not there
    file = digits(tmp_path / "p.netloom")
    project = Project.load(file)
    project.set_data_choice(DataChoice.read({"source": {"source": "csv", "path": "none.csv"}}))
    project.save()

    # When it is trained, for a script and for a person
    listed = netloom(capsys, "train", file, "--json")
    history = netloom(capsys, "runs", file)

    # Then the last event and the history have the sentence
    assert listed.status == 1
    assert listed.events[-1]["event"] == "failed"
    assert "none.csv" in listed.events[-1]["message"]
    assert "failed" in history.out
    assert "none.csv" in history.out


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_person_sees_progress_and_the_result(tmp_path: Path) -> None:
    digits(tmp_path / "p.netloom")

    shown = terminal(tmp_path, 80, "train", "p.netloom", "--seed", 3)

    assert "610 trainable parameters on cpu (1 thread)" in shown
    assert "1,257 samples to learn from, 270 to validate, 270 to test" in shown
    assert "epoch 1/2  train loss" in shown
    assert "Finished after 2 epochs" in shown
    assert "Weights: p.runs/run-001/weights.safetensors" in shown
    recipe = json.loads((tmp_path / "p.runs" / "run-001" / "recipe.json").read_text())
    assert recipe["seed"] == 3


def test_without_a_command_the_digits_network_is_trained(tmp_path: Path) -> None:
    told = process(tmp_path)

    (line,) = (line for line in told.out.splitlines() if line.startswith("test:"))
    accuracy = float(line.split("accuracy ")[1].split(" %")[0])
    assert told.status == 0, told.err
    assert accuracy > 98
    assert "netloom new cnn-digits" in told.out
    assert list(tmp_path.iterdir()) == []
