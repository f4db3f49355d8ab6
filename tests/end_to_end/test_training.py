"""Training in the real window: watched, steered, broken off, taken up again, and looked back at."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from app.training.scales import plain
from graph_engine import templates
from graph_engine.project import Project
from graph_engine.training.folder import RunFolder
from tests.end_to_end.conftest import Start
from tests.end_to_end.desktop import Point, wait
from tests.end_to_end.program import NETLOOM, Program, State

PATIENCE = 120.0
"""Seconds for what a loaded machine may take long over; conditions are waited for, not times."""

FIRST_CURVE, DEATH_TOLD = 20.0, 5.0
"""Seconds, generously: a calm machine needs a tenth, and the benchmarks are where times are measured."""

EPOCHS = 12
GOOD = 0.97
Training = dict[str, Any]


def test_a_run_is_watched_and_steered_until_it_is_good(start: Start, tmp_path: Path) -> None:
    # Given the digits template, opened from the welcome page
    program = start()
    open_digits(program)

    # When Train is pressed as soon as a worker is warm, curves move
    until(program, "a warm worker", lambda t: t["is_warm"])
    seconds = first_curve_after_train(program)
    print(f"\n  first curve {seconds * 1000:.0f} ms after Train was pressed, with a warm worker")
    assert seconds < FIRST_CURVE

    # Then the run can be paused and steps stand still, one more is taken, and the rate is another
    paused = pause(program)
    steered(program, paused)

    # And the feature maps of the first convolution change, and the picture of the gradients fills
    the_first_maps_change(program)
    the_gradients_fill(program)

    # And a run that is stopped goes on where it was, to its end
    stopped_and_taken_up(program)
    ended = until(
        program, "the end", lambda t: t["state"] == "finished" and t["step"] == t["steps"]
    )
    assert ended["losses"] == ended["steps"]

    # And the test accuracy that the table of runs shows is good
    show_tab(program, "Runs")
    rows = until(program, "the result", lambda t: t["runs"] and t["runs"][0].get("Test accuracy"))
    assert share(rows["runs"][0]["Test accuracy"]) > GOOD

    # And after it was saved and closed, the run is in the table, and its time can be gone through
    path = tmp_path / "digits.netloom"
    save(program, path)
    leave(program)
    reopened = start(path)
    looked_back_at(reopened, ended["steps"])
    leave(reopened)


def test_a_run_whose_worker_is_killed_goes_on_to_the_same_bits(
    start: Start, tmp_path: Path
) -> None:
    # Given a project, and what its training comes to where nothing happens to it
    path = digits_of_few_epochs(tmp_path / "killed")
    alone = digits_of_few_epochs(tmp_path / "alone")
    train_alone(alone)

    # When the worker of its run is killed from outside after the first checkpoint
    program = start(path)
    program.until("the drawing", lambda s: s["shown"])
    seconds = first_curve_after_train(program)
    print(f"\n  first curve {seconds * 1000:.0f} ms after Train was pressed, soon after the start")
    running = until(program, "a checkpoint", lambda t: t.get("checkpoint"))
    os.kill(worker_of(running), signal.SIGKILL)
    killed = time.monotonic()

    # Then the window says so soon
    broken = until(program, "the death of the worker is told", lambda t: t["state"] == "failed")
    seconds = time.monotonic() - killed
    print(f"\n  told {seconds * 1000:.0f} ms after the worker was killed")
    assert seconds < DEATH_TOLD
    assert "SIGKILL" in broken["notice"]
    assert broken["step"] < broken["steps"]

    # And the run goes on from its checkpoint to the bits of the one that was left alone
    program.click("Go on from the checkpoint", "Notice")
    going = until(program, "it is taken up", lambda t: t["state"] != "failed")
    assert "failed" not in going["status"]
    ended = until(
        program, "the end", lambda t: t["state"] == "finished" and t["step"] == t["steps"]
    )
    assert ended["started_at"] >= broken["checkpoint"] > 0
    assert ended["notice"] == ""
    assert weights_beside(path) == weights_beside(alone)
    leave(program)


# Hands ---------------------------------------------------------------------------------------------


def open_digits(program: Program) -> None:
    """Looks for the template on the welcome page and clicks its card."""
    program.press("ctrl+f")
    program.until("the filter", lambda s: s["focus"] == "Filter projects and templates")
    program.desktop.write("cnn lenet")
    program.click("cnn-digits")
    program.until("the template is shown", lambda s: "conv1" in s["shown"] and not s["is_moving"])


def first_curve_after_train(program: Program) -> float:
    """Presses Train with the mouse; the seconds until a curve was drawn."""
    button = program.middle("widget", name="Train", within="QToolBar")
    pressed = time.monotonic()
    program.desktop.click(button)
    until(program, "a run begins", lambda t: t["state"] != "idle")
    until(program, "curves", lambda t: t["curves"] and t["curves"]["points"] > 1)
    return time.monotonic() - pressed


def pause(program: Program) -> Training:
    """Pauses; what is seen then."""
    program.click("Pause", "RunBar")
    paused = until(program, "it is paused", lambda t: t["state"] == "paused")
    assert "steps/s" not in paused["status"]
    assert paused["step"] < paused["steps"]
    return paused


def go_on(program: Program) -> None:
    """Goes on after a pause."""
    program.click("Go on", "QToolBar")
    until(program, "it goes on", lambda t: t["state"] == "running")


def steered(program: Program, paused: Training) -> None:
    """Steps stand still, one is taken, and the next is taken with another learning rate."""
    time.sleep(0.5)
    assert training(program)["step"] == paused["step"]

    program.click("Take one step", "RunBar")
    one = until(
        program, "one step", lambda t: t["step"] > paused["step"] and t["state"] == "paused"
    )
    assert one["step"] == paused["step"] + 1

    rate = one["newest_rate"] / 2
    program.click("Learning rate", "RunBar")
    program.until("the field", lambda s: s["focus"] == "Learning rate")
    program.press("ctrl+a")
    program.desktop.write(f"{rate:.4g}")
    program.press("Return")
    told = until(program, "the worker took it", lambda t: t["steered"][-1][0] == "learning_rate")
    assert f"{told['steered'][-1][2]:.4g}" == f"{rate:.4g}"
    program.click("Take one step", "RunBar")
    told = until(program, "a step with it", lambda t: t["step"] == one["step"] + 1)
    assert told["newest_rate"] < one["newest_rate"]
    until(program, "its rate is shown", lambda t: t["rate"] == plain(t["newest_rate"]))
    go_on(program)


def the_first_maps_change(program: Program) -> None:
    """The picture of the first convolution is another at another step."""
    show_tab(program, "Activations")
    before = until(program, "maps", lambda t: seen(t, "activations").get("step"))["activations"]
    assert before["layer"] == "conv1"
    until(
        program,
        "maps of another step",
        lambda t: (
            t["activations"]["step"] != before["step"]
            and t["activations"]["hash"] != before["hash"]
        ),
    )
    pause(program)


def the_gradients_fill(program: Program) -> None:
    """The picture over time takes up what is measured as steps are taken, in the row of every weight."""
    show_tab(program, "Gradients")
    before = until(program, "gradients", lambda t: seen(t, "gradients").get("tables"))["gradients"]
    go_on(program)
    filled = until(
        program, "more of them", lambda t: t["gradients"]["tables"] > before["tables"] + 1
    )["gradients"]
    assert filled["width"] > 0.3
    assert filled["height"] == 1.0
    assert filled["words"]


def stopped_and_taken_up(program: Program) -> None:
    """Stop leaves a checkpoint, and the run goes on there."""
    program.click("Stop with a checkpoint", "RunBar")
    stopped = until(program, "it is stopped", lambda t: t["ending"] == "Finished")
    assert stopped["step"] < stopped["steps"]
    program.click("Go on from the checkpoint", "RunBar")
    going = until(program, "it goes on", lambda t: t["state"] == "running")
    assert going["started_at"] == stopped["step"]


def looked_back_at(program: Program, steps: int) -> None:
    """The run is in the table; dragging along its time shows other maps."""
    program.until("the drawing", lambda s: s["shown"])
    until(program, "the run is read", lambda t: t["state"] == "finished" and t["step"] == steps)
    program.press("ctrl+t")
    until(program, "the panel", lambda t: t["is_panel_shown"])
    show_tab(program, "Runs")
    rows = until(program, "the run is in the table", lambda t: t["runs"])["runs"]
    assert [row["Run"] for row in rows] == ["run-001"]
    assert share(rows[0]["Test accuracy"]) > GOOD

    show_tab(program, "Activations")
    last = until(program, "the last maps", lambda t: seen(t, "activations").get("step"))
    line = program.middle("widget", name="Time of the run")
    program.desktop.take(line)
    middle = until(program, "half of its time", lambda t: t["shown_step"])
    assert abs(middle["shown_step"] - steps / 2) < steps / 10
    program.desktop.carry(line, Point(line.x // 2, line.y))
    program.desktop.drop()
    early = until(program, "less", lambda t: (t["shown_step"] or steps) < middle["shown_step"] - 50)
    assert f"step {early['shown_step']:,}" in early["time"]
    until(
        program,
        "earlier maps",
        lambda t: (
            t["activations"]["step"] <= t["shown_step"]
            and t["activations"]["hash"] != last["activations"]["hash"]
        ),
    )


def show_tab(program: Program, title: str) -> None:
    """Opens a view with the mouse."""
    program.desktop.click(program.middle("tab", text=title))
    until(program, f"the view {title}", lambda t: t["tab"] == title)


def save(program: Program, path: Path) -> None:
    """Saves under a name that is typed into the dialog."""
    program.press("ctrl+shift+s")
    program.until("the dialog", lambda s: s["is_dialog"] and s["focus"] == "QLineEdit")
    program.press("ctrl+a")
    program.desktop.write(str(path))
    program.press("Return")
    program.until("it is saved", lambda s: not s["is_dialog"] and not s["is_modified"])


def leave(program: Program) -> None:
    """Quits; the window itself never needed torch, and nothing went wrong unseen."""
    assert program.files_of_torch() == []
    program.press("ctrl+q")
    assert program.end() == 0
    assert program.errors == ""


# Looks ---------------------------------------------------------------------------------------------


def training(program: Program) -> Training:
    """What the window shows of training."""
    found: Training = program.ask("training")
    return found


def until(program: Program, told: str, look: Callable[[Training], object]) -> Training:
    """Waits until that satisfies ``look``, or fails, telling what is shown."""
    shown: State = {}

    def check() -> bool:
        nonlocal shown
        shown = training(program) or {}
        return bool(shown) and bool(look(shown))

    wait(check, lambda: f"{told}. {program.errors}The window shows {shown}", PATIENCE)
    return shown


def seen(shown: Training, view: str) -> Training:
    """What a view shows; nothing of one that was not made yet."""
    return shown[view] or {}


def share(text: str) -> float:
    """``99.2 %`` or ``0.992`` as a number up to 1."""
    number = float(text.replace("%", "").strip())
    return number / 100 if "%" in text else number


def worker_of(shown: Training) -> int:
    """The number of the process that trains, as it writes it into the run's folder."""
    return int(RunFolder(Path(shown["folder"])).heartbeat.read_text().split()[0])


def digits_of_few_epochs(folder: Path) -> Path:
    """A project file of the template."""
    folder.mkdir()
    path = folder / "digits.netloom"
    project: Project = templates.new("cnn-digits")
    project.recipe = {**project.recipe, "epochs": EPOCHS}
    project.save(path)
    return path


def train_alone(path: Path) -> None:
    """Trains a project by the command, without a window."""
    subprocess.run(
        [NETLOOM, "train", path],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=PATIENCE,
    )


def weights_beside(path: Path) -> dict[str, bytes]:
    """The result of the only run of a project, bit by bit: the file's own order may differ."""
    [found] = path.parent.glob("*/run-*/weights.safetensors")
    return {name: array.tobytes() for name, array in load_file(found).items()}
