"""The doctor in the window: cards with evidence, cures that can be undone, and no waiting."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.messages import Messages
from app.settings import Settings
from app.theme import Theme
from app.training.desk import TrainingDesk
from app.training.diagnosis import Diagnosis
from app.training.doctor import DoctorPanel
from app.training.panel import TABS
from app.training.recording import Recording
from app.training.shown_runs import ShownRuns
from graph_engine import NetworkBuilder, Project, templates
from graph_engine.data.choice import DataChoice
from graph_engine.training import titles
from graph_engine.training.doctor import RULES
from graph_engine.training.events import EpochEnded, Finished, Frame, Layers
from graph_engine.training.recipe import Recipe
from tests.app.training.conftest import destroy
from tests.app.training.made_runs import BEGAN, started, steps_of


def sick() -> Project:
    """features → fc → norm → relu → stage (fc, norm) → out: biases for nothing, and raw inputs."""
    net = NetworkBuilder("main")
    block = net.block("Stage")
    y = block.add("Linear", block.input("x", shape=(16,)), out_features=16, name="inner")
    block.output("y", block.add("BatchNorm1d", y, name="norm"))
    block.done()
    x = net.add("Linear", net.input("features", shape=(13,)), out_features=16, name="fc")
    x = net.add("ReLU", net.add("BatchNorm1d", x, name="norm"), name="relu")
    x = net.add("ReLU", net.add("Stage", x, name="stage"), name="relu2")
    net.output("scores", net.add("Linear", x, out_features=3, name="out"))
    project = Project("wine", net.graph)
    source = {"source": "builtin", "name": "wine"}
    project.set_data_choice(DataChoice.read({"source": source, "scaling": []}))
    return project


@pytest.fixture
def design(qapp: QApplication) -> Iterator[Document]:
    made = Document(sick())
    yield made
    made.deleteLater()


@pytest.fixture
def panel(
    qtbot: QtBot, runs: ShownRuns, design: Document, theme: Theme, icons: Icons
) -> Iterator[DoctorPanel]:
    made = DoctorPanel(runs, design, theme, icons)
    made.resize(1280, 260)
    made.show()
    qtbot.waitUntil(lambda: bool(made.diagnosis.answer.looked), timeout=20_000)
    settle(qtbot, made.diagnosis)
    yield made
    settle(qtbot, made.diagnosis)
    destroy(made)


def settle(qtbot: QtBot, diagnosis: Diagnosis) -> None:
    """Waits until nothing is asked any more."""
    qtbot.waitUntil(
        lambda: not diagnosis.is_asking and not diagnosis._timer.isActive(), timeout=20_000
    )


def rules(panel: DoctorPanel) -> list[str]:
    return [card.finding.rule for card in panel.cards]


def rising(name: str = "run-007") -> Recording:
    """A run of the sick design whose loss rose, and whose second rectifier never fires."""
    run = Recording(name)
    nodes = ("fc", "norm", "relu", "stage.inner", "stage.norm", "relu2", "out")
    kinds = ("Linear", "BatchNorm1d", "ReLU", "Linear", "BatchNorm1d", "ReLU", "Linear")
    known = Layers(time=BEGAN, nodes=nodes, layers=kinds, weights=(), weight_nodes=())
    table = np.full((7, len(titles.ACTIVATION_COLUMNS)), np.nan, np.float32)
    table[2, titles.ACTIVATION_COLUMNS.index("dead")] = 0.25
    table[5, titles.ACTIVATION_COLUMNS.index("dead")] = 0.75
    frames = [Frame.of(titles.ACTIVATIONS, table, 0, step) for step in (50, 100, 150)]
    losses = np.linspace(1.0, 6.0, 200)
    run.take([started(name, 200), known, *steps_of(losses, 20), *frames])
    return run


# Showing -----------------------------------------------------------------------------------------


def test_each_finding_has_a_card_with_its_place_and_its_cure(panel: DoctorPanel) -> None:
    assert rules(panel) == ["unscaled-inputs", *["bias-before-normalization"] * 2]
    first, second, third = panel.cards
    assert (second.node.text(), third.node.text()) == ("fc", "Stage.inner")
    assert first.cure.text() == "Standardize features"
    assert "JetBrains Mono" in first.evidence.text()
    assert panel.summary.text().startswith(f"{len(RULES)} rules looked at the drawing,")
    assert panel.summary.text().endswith("and the data: 3 findings.")


def test_the_explanation_unfolds(panel: DoctorPanel) -> None:
    card = panel.cards[1]
    assert not card.explanation.isVisible()

    card.why.click()

    assert card.explanation.isVisible()
    assert "mean of each channel" in card.explanation.text()
    assert "Ioffe" in card.source.text()


def test_a_healthy_design_is_told_what_was_looked_at(
    qtbot: QtBot, runs: ShownRuns, theme: Theme, icons: Icons
) -> None:
    document = Document(templates.new("mlp-wine"))
    panel = DoctorPanel(runs, document, theme, icons)
    panel.show()
    settle(qtbot, panel.diagnosis)

    assert panel.cards == []
    assert panel.empty._title.text() == "Nothing to say"
    told = f"{len(RULES)} rules looked at the drawing, the recipe and the data."
    assert panel.empty._sentence.text() == told
    destroy(panel)
    document.deleteLater()


def test_the_chip_goes_to_the_node_and_into_its_block(panel: DoctorPanel, design: Document) -> None:
    shown: list[str] = []
    panel.revealed.connect(shown.append)

    panel.cards[1].node.click()
    assert (design.scope.block, set(design.selection.names)) == ("", {"fc"})
    panel.cards[2].node.click()

    assert (design.scope.block, set(design.selection.names)) == ("Stage", {"inner"})
    assert shown == ["fc", "inner"]


# Curing ------------------------------------------------------------------------------------------


def test_each_cure_is_one_step_that_can_be_undone(
    qtbot: QtBot, panel: DoctorPanel, design: Document
) -> None:
    before = design.project.text()

    # When all three are cured: the data, the drawing, the inside of a block
    for left in (2, 1, 0):
        panel.cards[0].cure.click()
        settle(qtbot, panel.diagnosis)
        assert len(panel.cards) == left

    # Then the design has changed in three steps, and undoing brings everything back
    assert design.undo.count() == 3
    assert design.project.data_choice().scaling[0].field == "features"
    assert design.project.blocks["Stage"].nodes["inner"].layer.values()["bias"] is False
    for _ in range(3):
        design.undo.undo()
    assert design.project.text() == before
    settle(qtbot, panel.diagnosis)
    assert len(panel.cards) == 3


def test_a_cure_of_the_network_is_made_from_inside_a_block(
    qtbot: QtBot, panel: DoctorPanel, design: Document
) -> None:
    design.enter("Stage")
    settle(qtbot, panel.diagnosis)

    panel.cards[1].cure.click()

    assert design.project.networks["main"].nodes["fc"].layer.values()["bias"] is False
    design.undo.undo()
    assert design.project.networks["main"].nodes["fc"].layer.values()["bias"] is True


def test_an_edit_is_noticed(qtbot: QtBot, panel: DoctorPanel, design: Document) -> None:
    recipe = design.project.training_recipe().replace(batch_size=1)

    design.settle("Batch of one", "", recipe=recipe.differing())
    qtbot.waitUntil(lambda: "batch-of-one" in rules(panel), timeout=20_000)
    design.undo.undo()

    qtbot.waitUntil(lambda: "batch-of-one" not in rules(panel), timeout=20_000)


def test_what_is_ignored_stays_away_and_can_be_called_back(
    qtbot: QtBot, panel: DoctorPanel, design: Document, tmp_path: Path
) -> None:
    design.save(tmp_path / "wine.netloom")
    panel.cards[1].away.click()
    assert rules(panel) == ["unscaled-inputs", "bias-before-normalization"]
    assert panel.heed.text() == "Show 1 ignored"

    # When the project is opened anew, it is remembered
    again = Diagnosis(ShownRuns(panel), Document(Project.load(tmp_path / "wine.netloom"), panel))
    settle(qtbot, again)
    assert [each.node for each in again.findings] == ["features", "inner"]

    panel.heed.click()
    assert len(panel.cards) == 3
    assert not panel.heed.isVisible()


# Runs --------------------------------------------------------------------------------------------


def test_a_run_is_looked_at_while_it_goes_on(
    qtbot: QtBot, panel: DoctorPanel, runs: ShownRuns
) -> None:
    # Given a run whose loss rises
    said: list[str] = []
    panel.diagnosis.warned.connect(said.append)

    runs.follow(rising())
    qtbot.waitUntil(lambda: "dead-units" in rules(panel), timeout=20_000)

    # Then its findings stand among the others, with their node, and the person is told
    dead = next(card for card in panel.cards if card.finding.rule == "dead-units")
    assert dead.node.text() == "relu2"
    assert "75%" in dead.evidence.text()
    assert "learning-rate-too-high" in rules(panel)
    assert "run-007" in panel.summary.text()
    qtbot.waitUntil(lambda: bool(said), timeout=5_000)
    assert said[0].endswith("Training ▸ Doctor says more.")


def test_cards_keep_their_state_when_only_figures_change(
    qtbot: QtBot, panel: DoctorPanel, runs: ShownRuns
) -> None:
    run = rising()
    runs.follow(run)
    qtbot.waitUntil(lambda: "learning-rate-too-high" in rules(panel), timeout=20_000)
    card = next(c for c in panel.cards if c.finding.rule == "learning-rate-too-high")
    card.why.click()
    before = card.finding.evidence

    run.take([*steps_of(np.full(40, 9.0), 20)])
    qtbot.waitUntil(lambda: card.finding.evidence != before, timeout=20_000)

    assert card in panel.cards
    assert card.explanation.isVisible()


def test_a_million_steps_do_not_hold_the_window_up(
    qtbot: QtBot, panel: DoctorPanel, runs: ShownRuns
) -> None:
    # Given a run of a million steps
    run = Recording("run-001")
    losses = np.exp(-np.linspace(0, 3, 1_000_000))
    run.take([started("run-001", 1_000_000, 10_000), *steps_of(losses, 50_000, 10_000)])
    run.take([EpochEnded(time=BEGAN, epoch=100, step=10**6, metrics={"train_loss": 0.05},
                         learning_rate=1e-3, seconds=1.0, best=True)])  # fmt: skip
    run.take([Finished(time=BEGAN, reason="completed", epoch=100, step=10**6, metrics={},
                       best_epoch=100, seconds=9.0)])  # fmt: skip
    runs.follow(run)
    settle(qtbot, panel.diagnosis)

    # When the rules are asked, then the thread of the window has done its part within a frame
    spent = []
    for _ in range(5):
        begun = time.thread_time()
        panel.diagnosis.ask()
        spent.append(time.thread_time() - begun)
        settle(qtbot, panel.diagnosis)
    assert min(spent) < 0.1, "the million losses are not gone through here"
    assert panel.diagnosis.answer.looked.endswith("run-001")


def test_findings_of_a_run_of_another_design_have_no_cure(
    qtbot: QtBot, panel: DoctorPanel, runs: ShownRuns, design: Document
) -> None:
    from graph_engine.training import launch

    # Given a run of the design as it is, which kept its drawing
    graph = design.project.networks["main"]
    folder = launch.new_run(design.project, graph, Recipe())
    runs.follow(rising(folder.name))
    qtbot.waitUntil(lambda: "dead-units" in rules(panel), timeout=20_000)
    card = next(c for c in panel.cards if c.finding.rule == "dead-units")
    assert card.cure.text() == "Replace relu2 by LeakyReLU"

    # When it is cured, then the card says that this is of the past
    card.cure.click()
    qtbot.waitUntil(lambda: panel.diagnosis.answer.is_outdated, timeout=20_000)

    card = next(c for c in panel.cards if c.finding.rule == "dead-units")
    assert not card.cure.isVisible()
    assert "Train again" in card.evidence.text()


def test_the_tab_counts_the_findings(
    qtbot: QtBot, design: Document, theme: Theme, icons: Icons
) -> None:
    # Given the training of a window, whose views were imported ahead
    desk = TrainingDesk(design, theme, icons, Messages(), Settings())
    place = [tab.title for tab in TABS].index("Doctor")
    desk.panel.diagnose()

    # Then the tab has the number of findings, though it was never opened, and follows edits
    def has_title(told: str) -> bool:
        return desk.panel.tabs.tabText(place) == told

    qtbot.waitUntil(partial(has_title, "Doctor  3"), timeout=20_000)
    diagnosis = Diagnosis.of(desk.runs, design)
    for left in (2, 1):
        cure = diagnosis.findings[0].cure
        assert cure is not None
        diagnosis.apply(cure)
        qtbot.waitUntil(partial(has_title, f"Doctor  {left}"), timeout=20_000)
    settle(qtbot, diagnosis)
    desk.close()
    destroy(desk.panel)


# Looks -------------------------------------------------------------------------------------------


def test_it_follows_the_theme(panel: DoctorPanel, theme: Theme) -> None:
    before = panel.cards[0].node.styleSheet()

    theme.prefer("light")

    assert panel.cards[0].node.styleSheet() != before
