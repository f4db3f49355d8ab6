"""What the canvas is tinted by: values equal the run's tables, also inside blocks and back in time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.document import Document, Scope
from app.messages import Messages
from app.training.canvas_tint import CanvasTint, Measured
from app.training.loading import load
from app.training.recording import Recording
from app.training.run import TrainingRun
from app.training.shown_runs import ShownRuns
from app.training.tint_values import MEASURES, ends, node_places, values, weight_places
from graph_engine import templates
from graph_engine.project import Project
from graph_engine.training import launch, titles
from graph_engine.training.events import Finished, Layers
from graph_engine.training.session import Session

MEASURE = {measure.id: measure for measure in MEASURES}
WEIGHTS = {name: n for n, name in enumerate(titles.GRADIENT_COLUMNS)}
NODES = {name: n for n, name in enumerate(titles.ACTIVATION_COLUMNS)}
PATIENCE = 10_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a network with a repeated block, to its end."""
    path = tmp_path_factory.mktemp("tint") / "digits.netloom"
    project = templates.new("resnet-digits")
    project.set_training_recipe(project.training_recipe().replace(epochs=1, threads=1))
    project.save(path)
    folder = launch.new_run(project, project.networks["main"], project.training_recipe())
    with Session.start(folder) as session:
        events = list(session)
    assert isinstance(events[-1], Finished), events[-1]
    return path


@pytest.fixture
def document(qapp: object, made: Path) -> Iterator[Document]:
    opened = Document(Project.load(made))
    yield opened
    opened.deleteLater()


@pytest.fixture
def recording(document: Document) -> Recording:
    return load(launch.history_of(document.project).find("last"))


@pytest.fixture
def tint(document: Document, recording: Recording) -> Iterator[CanvasTint]:
    runs = ShownRuns(document)
    run = TrainingRun(document, runs, Messages(document), document)
    runs.follow(recording)
    yield CanvasTint(document, runs, run)
    run.close()


def known(recording: Recording) -> Layers:
    assert recording.layers is not None
    return recording.layers


def table(recording: Recording, title: str, step: int | None = None) -> np.ndarray:
    found = recording.track(title).array(step)
    assert found is not None
    return np.asarray(found, np.float64)


def measured(tint: CanvasTint, measure: str) -> Measured:
    tint.choose(measure)
    found = tint.measured()
    assert found is not None
    return found


def block_of(document: Document) -> tuple[str, str]:
    """The node of the network that is a block, and the block's name."""
    return next(
        (name, node.layer.block)  # type: ignore[attr-defined]
        for name, node in document.graph.nodes.items()
        if node.layer.family == "Block"
    )


def test_a_layer_has_the_length_of_all_its_weights_gradients(
    tint: CanvasTint, recording: Recording, document: Document
) -> None:
    rows = table(recording, titles.GRADIENTS)[:, WEIGHTS["norm"]]
    owners = known(recording).weight_nodes

    found = measured(tint, "gradient").values

    for name in document.graph.nodes:
        own = [
            rows[n] for n, path in enumerate(owners) if path == name or path.startswith(f"{name}.")
        ]
        if own:
            assert found[name] == pytest.approx(math.sqrt(sum(value**2 for value in own)))
        else:
            assert name not in found, "it has no weights"


def test_a_ratio_is_that_of_all_its_weights_together(
    tint: CanvasTint, recording: Recording
) -> None:
    rows = table(recording, titles.GRADIENTS)
    owners = known(recording).weight_nodes
    name = owners[0]
    own = rows[[n for n, path in enumerate(owners) if path == name]]
    update = math.sqrt((own[:, WEIGHTS["update_norm"]] ** 2).sum())
    weight = math.sqrt((own[:, WEIGHTS["weight_norm"]] ** 2).sum())

    assert measured(tint, "ratio").values[name] == pytest.approx(update / weight)


@pytest.mark.parametrize(
    ("measure", "column"), [("dead", "dead"), ("scale", "deviation"), ("time", "milliseconds")]
)
def test_outputs_are_those_of_the_node_itself(
    tint: CanvasTint, recording: Recording, document: Document, measure: str, column: str
) -> None:
    rows = table(recording, titles.ACTIVATIONS)[:, NODES[column]]

    found = measured(tint, measure).values

    for row, path in enumerate(known(recording).nodes):
        if path in document.graph.nodes and not math.isnan(rows[row]):
            assert found[path] == pytest.approx(rows[row])
    assert set(found) <= set(document.graph.nodes)


def test_inside_a_block_a_node_stands_for_all_its_instances(
    tint: CanvasTint, recording: Recording, document: Document
) -> None:
    node, block = block_of(document)
    rows = table(recording, titles.ACTIVATIONS)[:, NODES["deviation"]]
    norms = table(recording, titles.GRADIENTS)[:, WEIGHTS["norm"]]
    document.enter(block)
    inner = next(
        n for n, each in document.graph.nodes.items() if each.layer.family == "Convolution"
    )

    found = measured(tint, "scale").values
    lengths = measured(tint, "gradient").values

    ends_in = [
        path.startswith(f"{node}.") and path.endswith(f".{inner}")
        for path in known(recording).nodes
    ]
    assert sum(ends_in) > 1, "the block is repeated"
    assert found[inner] == pytest.approx(rows[ends_in].mean())
    owned = [
        norms[n]
        for n, path in enumerate(known(recording).weight_nodes)
        if path.startswith(f"{node}.") and path.endswith(f".{inner}")
    ]
    together = math.sqrt(sum(value**2 for value in owned) / sum(ends_in))
    assert lengths[inner] == pytest.approx(together)
    assert set(found) <= set(document.graph.nodes)


def test_the_past_is_tinted_with_the_tables_of_then(tint: CanvasTint, recording: Recording) -> None:
    steps = recording.track(titles.GRADIENTS).steps
    name = known(recording).weight_nodes[0]
    newest = measured(tint, "gradient")

    recording.show_step(steps[0])
    then = measured(tint, "gradient")

    assert then.moment == f"step {steps[0]:,}"
    assert newest.moment == ""
    assert then.values[name] != newest.values[name]
    rows = table(recording, titles.GRADIENTS, steps[0])[:, WEIGHTS["norm"]]
    own = [rows[n] for n, path in enumerate(known(recording).weight_nodes) if path == name]
    assert then.values[name] == pytest.approx(math.sqrt(sum(value**2 for value in own)))


def test_wires_have_the_gradient_that_comes_back_to_outputs(
    tint: CanvasTint, recording: Recording, document: Document
) -> None:
    rows = table(recording, titles.ACTIVATION_GRADIENTS)[:, 0]

    found = measured(tint, "time").flows

    for row, path in enumerate(known(recording).nodes):
        if path in document.graph.nodes and not math.isnan(rows[row]):
            assert found[path] == pytest.approx(rows[row])


def test_nodes_have_pictures_of_what_they_gave(tint: CanvasTint, recording: Recording) -> None:
    found = measured(tint, "scale")
    titled = [title for title in recording.tracks if title.startswith(titles.MAP)]
    assert titled
    name = next(t.removeprefix(titles.MAP) for t in titled if "." not in t)

    key, image = found.pictures(name) or (None, None)

    assert image is not None
    assert not image.isNull()
    assert found.pictures(name) == (key, image), "made once"
    assert found.pictures("nobody") is None


def test_it_is_on_while_the_past_is_gone_through_and_off_by_hand(
    qtbot: QtBot, tint: CanvasTint, recording: Recording
) -> None:
    told: list[Measured | None] = []
    tint.changed.connect(told.append)
    assert not tint.is_on, "a run that lies there tints nothing by itself"

    recording.show_step(recording.track(titles.GRADIENTS).steps[0])
    qtbot.waitUntil(lambda: bool(told) and told[-1] is not None, timeout=PATIENCE)

    tint.toggle()
    assert told[-1] is None
    count = len(told)
    recording.show_step(None)
    qtbot.wait(400)
    assert len(told) == count, "off is off"
    tint.toggle()
    assert told[-1] is not None


def test_tints_come_at_most_four_times_a_second(
    qtbot: QtBot, tint: CanvasTint, recording: Recording
) -> None:
    tint.toggle()
    told: list[object] = []
    tint.changed.connect(told.append)

    for _ in range(60):
        recording.told.emit(frozenset({titles.GRADIENTS}))
        qtbot.wait(10)

    assert 1 <= len(told) <= 4


def test_entering_a_block_tints_it_at_once(
    qtbot: QtBot, tint: CanvasTint, document: Document
) -> None:
    tint.toggle()
    told: list[Measured] = []
    tint.changed.connect(told.append)

    document.enter(block_of(document)[1])

    assert told
    assert told[-1].values
    assert set(told[-1].values) <= set(document.graph.nodes)


def test_the_ends_of_the_map_are_round_and_do_not_follow_every_value() -> None:
    gradient, time = MEASURE["gradient"], MEASURE["time"]

    first = ends(gradient, [0.003, 0.4], (0.0, 0.0))

    assert first == (1e-3, 1.0)
    assert ends(gradient, [0.002, 0.9], first) == first
    assert ends(gradient, [0.002, 9.0], first) == (1e-3, 10.0)
    assert ends(gradient, [1e-30, 1.0], (0.0, 0.0))[0] >= 1e-7, (
        "a vanished one leaves the others apart"
    )
    assert ends(MEASURE["ratio"], [5.0], (0.0, 0.0)) == (1e-5, 1e-1)
    assert ends(MEASURE["dead"], [0.1], (0.0, 0.0)) == (0.0, 1.0)
    low, high = ends(time, [0.28], (0.0, 0.0))
    assert (low, high) == pytest.approx((0.0, 0.3))
    assert ends(time, [0.2], (low, high)) == (low, high)
    assert ends(time, [], (0.0, 0.0))[1] > 0


def test_several_networks_are_told_apart(document: Document) -> None:
    """Given a run that trains two networks, whose paths begin with their names,
    when one of them is shown, then only its rows count."""
    document.project.networks["other"] = document.project.networks["main"]
    layers = Layers(
        nodes=("main.stem", "other.stem"),
        layers=("Conv2d", "Conv2d"),
        weights=("a", "b"),
        weight_nodes=("main.stem", "other.stem"),
    )
    rows = np.full((2, len(titles.GRADIENT_COLUMNS)), np.nan)
    rows[:, WEIGHTS["norm"]] = (1.0, 2.0)

    for network, value in (("main", 1.0), ("other", 2.0)):
        places = weight_places(layers, document.project, Scope(network))
        assert values(MEASURE["gradient"], rows, places) == {"stem": value}
        assert node_places(layers, document.project, Scope(network)).names == ("stem",)
