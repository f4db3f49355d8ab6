"""Whole journeys through the window by mouse and keys alone: from nothing to a file and back again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from app.canvas.geometry import ROOM, WIDTH, shape_of
from graph_engine import NetworkBuilder, edits, templates
from graph_engine.arrange import arrange
from graph_engine.arrange.layout import COLUMN_GAP
from graph_engine.graph import Graph, PortRef
from graph_engine.inference import Inference
from graph_engine.layers import CATALOGUE
from graph_engine.project import Project
from tests.end_to_end.conftest import Start
from tests.end_to_end.desktop import Desktop, Point, center, wait
from tests.end_to_end.program import NETLOOM, Process, Program, State

CHAIN = {
    "input": "input1", "conv": "conv1", "relu": "relu1", "maxpool": "max_pool1", "flatten": "flatten1",
    "fc": "linear1", "output": "output1",
}  # fmt: skip
MISFIT = (
    "`add1.x2` ← `conv2.output`: `add1` (Add) needs 32×13×13 as on input x1, but receives 32×11×11."
)
BELOW = 110
SNAP = 12
"""Pixels that a node may be drawn to a line of the grid or to others."""


def test_a_network_is_drawn_from_nothing_saved_and_opened_again(
    start: Start, start_alone: Callable[..., Process], desktop: Desktop, tmp_path: Path
) -> None:
    # Given the program, started without anything
    program = start()
    program.click("New network")
    program.until("an empty drawing", lambda s: s["nodes"] == [] and s["focus"] == "Canvas")

    # When a network is drawn by hand
    draw_a_chain(program)
    draw_a_second_way(program)
    repair_where_they_meet(program)
    group_and_repeat(program)
    drawn = tidy(program)

    # Then undo leads back to nothing, and redo to the same drawing
    undo_and_redo_all(program, drawn)

    # And the file that is saved has what the same steps make without a window
    project, expected = tmp_path / "drawn.netloom", tmp_path / "expected.netloom"
    save(program, project, "ctrl+s")
    Project("Untitled", made_without_a_window()).save(expected)
    assert project.read_text() == expected.read_text()

    # And the source that can be copied is the one that the command prints
    assert copied_source(program) == output_of("code", project)

    # And nothing of torch was loaded, and nothing went wrong unseen
    end_well(program)

    # And the command opens the file again, with all that is in it
    saved = project.read_bytes()
    opened = start_alone(NETLOOM, project)
    everything = edits.copy(graph := Project.load(project).networks["main"], graph.nodes)
    wait(lambda: desktop.active_title() == "drawn – Netloom", desktop.active_title)
    wait(lambda: copied_drawing(desktop) == everything, desktop.clipboard)
    end_well(opened)
    assert project.read_bytes() == saved


def test_a_template_is_changed_tidied_and_saved(start: Start, tmp_path: Path) -> None:
    # Given the welcome page, of which a card is looked for and clicked
    program = start()
    template = templates.new("cnn-digits").networks["main"]
    program.press("ctrl+f")
    program.until("the filter", lambda s: s["focus"] == "Filter projects and templates")
    program.desktop.write("cnn lenet")
    program.click("cnn-digits")
    program.until("the template is shown", lambda s: s["shown"] == sorted(template.nodes))
    program.until("it can be read", lambda s: s["zoom"] > 0.5 and not s["is_moving"])

    # When a layer is dragged away, and Tidy is found among all commands
    before = program.state["drawing"]
    name = list(template.nodes)[1]
    at = program.node(name)
    drag(program, at, Point(at.x + 30, at.y + 90), "node", name=name)
    program.until("the layer was moved", lambda s: s["step"] == 1 and s["drawing"] != before)
    program.press("ctrl+shift+p")
    program.until("all commands are offered", lambda s: s["focus"] == "Search commands")
    program.desktop.write("tidy")
    program.press("Return")
    program.until("the drawing is tidy", lambda s: s["step"] == 2 and not s["is_moving"])

    # Then it is laid out as by the engine, and the saved file has no problems
    path = tmp_path / "digits.netloom"
    save(program, path, "ctrl+shift+s")
    arranged(template)
    found = Project.load(path).networks["main"]
    assert found.nodes == template.nodes
    assert output_of("check", path) == "No problems.\n"
    end_well(program)


# Hands ---------------------------------------------------------------------------------------------


def draw_a_chain(program: Program) -> None:
    """Seven layers by typing, each wired behind the one before; then ten classes in place of 64."""
    for typed, name in CHAIN.items():
        program.quick_add(typed, name)
    program.press("Left", "Return")
    program.until("its parameters", lambda s: s["focus"] == "Parameters of linear1")
    program.desktop.write("out_features=10")
    program.press("Return")
    program.until(
        "10 features", lambda s: '"out_features": 10' in s["drawing"] and s["focus"] == "Canvas"
    )


def draw_a_second_way(program: Program) -> None:
    """An Add between pooling and Flatten by typing, and a convolution beside them by dragging."""
    program.press("Left", "Left")
    program.until("pooling is current", lambda s: s["selected"] == ["max_pool1"])
    program.quick_add("skip", "add1")
    program.press("Left", "f", "ctrl+0", "ctrl+minus")
    program.until("it can be seen", lambda s: s["zoom"] == 0.8 and s["selected"] == ["max_pool1"])
    pool = program.node("max_pool1")
    row = program.middle("row", view="Layers", text="Conv2d")
    drag(program, row, Point(pool.x, pool.y + BELOW), "sketch")
    program.until("conv2", lambda s: s["selected"] == ["conv2"] and "conv2" in s["shown"])
    program.drag_wire(("max_pool1", "output"), ("conv2", "input"))


def repair_where_they_meet(program: Program) -> None:
    """A wire that does not fit is told in a sentence beside the pointer, with its repair."""
    program.drag_wire(("conv2", "output"), ("add1", "x2"))
    program.until("the shapes do not fit", lambda s: s["problems"] == [MISFIT])
    program.click("Insert Upsample before add1.x2")
    program.until("repaired", lambda s: "upsample1" in s["shown"] and not s["problems"])


def group_and_repeat(program: Program) -> None:
    """Both layers of the second way become a block, which is used three times and gets a name."""
    tidy(program)
    program.press("Home")
    program.until("all of it, from far away", lambda s: s["zoom"] < 0.4 and not s["is_moving"])
    program.desktop.click(program.node("conv2"))
    program.until("one is selected", lambda s: s["selected"] == ["conv2"])
    program.desktop.click(program.node("upsample1"), holding="shift")
    program.until("both are selected", lambda s: s["selected"] == ["conv2", "upsample1"])
    program.press("ctrl+g")
    program.until("a block", lambda s: s["selected"] == ["block1"] and "conv2" not in s["shown"])
    overwrite(program, "repeat", "3")
    program.until("three of them", lambda s: '"repeat": 3' in s["drawing"])
    overwrite(program, "Name", "branch")
    program.until("its new name", lambda s: s["selected"] == ["branch"])


def tidy(program: Program) -> State:
    """Tidies the whole drawing; what the window shows then."""
    steps = program.state["steps"]
    canvas = program.middle("widget", name="Canvas")
    program.desktop.click(Point(canvas.x, canvas.y + 150))
    program.until("nothing is selected", lambda s: not s["selected"] and s["focus"] == "Canvas")
    program.press("l")
    return program.until("tidy", lambda s: s["steps"] == steps + 1 and not s["is_moving"])


def undo_and_redo_all(program: Program, drawn: State) -> None:
    """Goes back to nothing, step by step, and forth to the same drawing."""
    program.press(*["ctrl+z"] * drawn["steps"])
    empty = program.until("nothing is left", lambda s: s["step"] == 0)
    assert (empty["nodes"], empty["shown"], empty["is_modified"]) == ([], [], False)
    program.press(*["ctrl+shift+z"] * drawn["steps"])
    again = program.until("everything is back", lambda s: s["step"] == drawn["steps"])
    assert again["drawing"] == drawn["drawing"]


def drag(program: Program, start: Point, end: Point, about: str, **details: object) -> None:
    """Takes something, carries it elsewhere, and drops it as soon as the window shows it there."""

    def is_there() -> bool:
        place = program.ask(about, **details)
        if place is None:
            return False
        x, y = center(place)
        return abs(x - end.x) < SNAP and abs(y - end.y) < SNAP

    program.desktop.take(start)
    program.desktop.carry(start, end)
    wait(is_there, lambda: program.state)
    program.desktop.drop()


def overwrite(program: Program, field: str, text: str) -> None:
    """Types a text into a field, in the place of the one that is there."""
    program.click(field)
    program.until(f"the cursor is in {field}", lambda s: s["focus"] == field)
    program.press("ctrl+a")
    program.desktop.write(text)
    program.press("Return")


def save(program: Program, path: Path, keys: str) -> None:
    """Saves under a name that is typed into the dialog."""
    program.press(keys)
    program.until("the dialog", lambda s: s["is_dialog"] and s["focus"] == "QLineEdit")
    program.press("ctrl+a")
    program.desktop.write(str(path))
    program.press("Return")
    program.until("it is saved", lambda s: not s["is_dialog"] and not s["is_modified"])


def copied_source(program: Program) -> str:
    """What the button of the source panel puts on the clipboard."""
    program.desktop.click(program.middle("tab", text="Source"))
    program.click("Copy the whole source")
    return wait(program.desktop.clipboard, lambda: program.state)


def copied_drawing(desktop: Desktop) -> str:
    """What is on the clipboard after everything was selected and copied."""
    desktop.press("ctrl+a", "ctrl+c")
    return desktop.clipboard()


def leave(process: Process) -> None:
    """Quits, having made sure that torch was never needed."""
    assert process.files_of_torch() == []
    process.desktop.press("ctrl+q")


def end_well(process: Process) -> None:
    """Quits, and nothing went wrong unseen."""
    leave(process)
    assert process.end() == 0
    assert process.errors == ""


def output_of(command: str, path: Path) -> str:
    """What the command line prints about a project."""
    done = subprocess.run(
        [NETLOOM, command, path], capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout


# The same without a window ---------------------------------------------------------------------------


def made_without_a_window() -> Graph:
    """The drawing of the first journey, by the edits of the engine."""
    net = NetworkBuilder("main")
    handle = net.input("input1", shape=(1, 28, 28))
    for kind in ("Conv2d", "ReLU", "MaxPool2d", "Flatten"):
        handle = net.add(kind, handle)
    net.output("output1", net.add("Linear", handle, out_features=10))
    graph = net.graph
    graph.apply(edits.add(graph, CATALOGUE["Add"](), after="max_pool1", position=(1152, 0)))
    graph.apply(edits.add(graph, CATALOGUE["Conv2d"](), position=(864, BELOW)))
    graph.apply(edits.connect(graph, PortRef("max_pool1", "output"), PortRef("conv2", "input")))
    meeting = PortRef("add1", "x2")
    graph.apply(edits.connect(graph, PortRef("conv2", "output"), meeting))
    enlarge = CATALOGUE["Upsample"](size=(13, 13))
    graph.apply(edits.insert_on_wire(graph, meeting, enlarge, position=(1000, BELOW)))
    arranged(graph)
    types = Inference(graph).type_at
    graph.apply(edits.group(graph, ["conv2", "upsample1"], type_at=types))
    graph.apply(edits.set_parameters(graph, ["block1"], {"repeat": 3}))
    graph.apply(edits.rename(graph, "block1", "branch"))
    arranged(graph)
    return graph


def arranged(graph: Graph) -> None:
    """Lays a graph out in the sizes in which nodes are drawn."""
    wide = WIDTH + ROOM - COLUMN_GAP
    graph.apply(arrange(graph, lambda name: (wide, shape_of(graph, name).height)))
