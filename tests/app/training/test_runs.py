"""The table of runs over real runs of a small network: read, compared, shown, put back, deleted."""

from __future__ import annotations

import csv
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document import Document
from app.icons import Icons
from app.messages import Messages
from app.theme import Theme
from app.training import run_words
from app.training.run import TrainingRun
from app.training.run_table import EYE, RUN
from app.training.runs import RunsPanel
from app.training.shown_runs import ShownRuns
from graph_engine import edits, templates
from graph_engine.project import Project
from graph_engine.training import launch
from graph_engine.training.events import Finished
from graph_engine.training.history import Record
from graph_engine.training.session import Session
from tests.app.training.conftest import destroy

PATIENCE = 60_000


def trained(project: Project) -> str:
    """Trains a project to the end of its recipe, and names the run."""
    folder = launch.new_run(project, project.networks["main"], project.training_recipe())
    with Session.start(folder) as session:
        events = list(session)
    assert isinstance(events[-1], Finished), events[-1]
    return folder.name


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs: the second with another learning rate and without the first activation."""
    path = tmp_path_factory.mktemp("runs") / "wine.netloom"
    project = templates.new("mlp-wine")
    project.set_training_recipe(project.training_recipe().replace(epochs=2, threads=1))
    project.save(path)
    trained(project)
    graph = project.networks["main"]
    activation = next(n for n, node in graph.nodes.items() if node.layer.family == "Activation")
    graph.apply(edits.remove(graph, [activation]))
    recipe = project.training_recipe().with_setting("learning_rate", "0.5").replace(epochs=3)
    project.set_training_recipe(recipe)
    trained(project)
    project.save()
    return path


@pytest.fixture
def panel(
    qtbot: QtBot, qapp: QApplication, made: Path, tmp_path: Path, theme: Theme, icons: Icons
) -> Iterator[RunsPanel]:
    """The table of a copy of the project, shown and read."""
    shutil.copytree(made.parent, tmp_path / "copy")
    document = Document(Project.load(tmp_path / "copy" / made.name))
    runs = ShownRuns(document)
    run = TrainingRun(document, runs, Messages(document), document)
    shown = RunsPanel(runs, document, theme, icons)
    shown.steer(run)
    shown.resize(1280, 300)
    shown.show()
    qtbot.waitUntil(lambda: len(shown.table.records) == 2, timeout=PATIENCE)
    yield shown
    run.close()
    destroy(shown)
    document.deleteLater()


def run_of(panel: RunsPanel) -> TrainingRun:
    assert panel.work is not None
    return panel.work.run


def shows(panel: RunsPanel, name: str) -> bool:
    current = panel.runs.current
    return current is not None and current.name == name


def test_the_run_that_is_shown_alone_cannot_be_taken_out_of_the_plots(
    panel: RunsPanel, qtbot: QtBot
) -> None:
    panel.choose("run-002")
    panel.deeds.show.trigger()
    qtbot.waitUntil(lambda: shows(panel, "run-002"), timeout=PATIENCE)
    assert panel.deeds.compare.text() == "Compare"
    assert not panel.deeds.compare.isEnabled()

    panel.choose("run-001")
    panel.deeds.compare.trigger()
    qtbot.waitUntil(lambda: panel.deeds.compare.text() == "Stop comparing", timeout=PATIENCE)
    assert panel.deeds.compare.isEnabled()


def test_all_runs_stand_in_the_table_with_what_became_of_them(panel: RunsPanel) -> None:
    table = panel.table
    records = {record.name: record for record in table.records}
    texts = {
        column.title: [column.text(record) for record in table.records] for column in table.columns
    }

    assert texts["Run"] == ["run-002", "run-001"], "the newest first"
    assert texts["State"] == ["Finished", "Finished"]
    assert texts["Epochs"] == ["3 / 3", "2 / 2"]
    name = "test_accuracy"
    assert name in records["run-001"].metrics
    assert texts[run_words.metric_title(name)] == [
        f"{records[run].metrics[name]:.4f}" for run in ("run-002", "run-001")
    ]


def test_a_click_on_a_head_sorts_and_what_has_no_value_stands_last(panel: RunsPanel) -> None:
    place = next(n for n, c in enumerate(panel.table.columns) if c.metric == "test_loss")
    losses = {record.name: record.metrics["test_loss"] for record in panel.table.records}
    panel.choose("run-001")

    panel.view.sortByColumn(place, Qt.SortOrder.AscendingOrder)

    assert [r.name for r in panel.table.records] == sorted(losses, key=losses.__getitem__)
    panel.view.sortByColumn(place, Qt.SortOrder.DescendingOrder)
    assert [r.name for r in panel.table.records] == sorted(losses, key=lambda n: -losses[n])
    assert panel.chosen() == ["run-001"], "what is chosen stays chosen"
    unmeasured = Record("run-003", "new", "main", time.time())
    panel.table.show([*panel.table.records, unmeasured])
    assert panel.table.records[-1].name == "run-003"


def test_a_run_is_shown_with_its_past(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.choose("run-001")

    panel.deeds.show.trigger()

    qtbot.waitUntil(lambda: shows(panel, "run-001"), timeout=PATIENCE)
    current = panel.runs.current
    assert current is not None
    assert len(current.series["loss"]) == current.step > 0
    assert not panel.deeds.show.isEnabled(), "it is shown already"


def test_the_eye_lays_a_run_over_the_current_one_and_takes_it_away(
    qtbot: QtBot, panel: RunsPanel
) -> None:
    panel.choose("run-002")
    panel.deeds.show.trigger()
    qtbot.waitUntil(lambda: shows(panel, "run-002"), timeout=PATIENCE)
    index = panel.table.index(panel.table.row_of("run-001"), EYE)
    eye = panel.view.visualRect(index).center()

    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=eye)
    qtbot.waitUntil(lambda: panel.runs.is_compared("run-001"), timeout=PATIENCE)

    assert [run.name for run in panel.runs.all] == ["run-002", "run-001"]
    QTest.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=eye)
    assert [run.name for run in panel.runs.all] == ["run-002"]


def test_details_say_only_what_differs(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.choose("run-001")
    qtbot.waitUntil(lambda: "optimizer.lr" in panel.details.toPlainText(), timeout=PATIENCE)

    told = panel.details.toPlainText()

    assert "epochs" in told
    assert "batch_size" not in told
    assert "−" in told, "the window's drawing lacks an activation"
    panel.choose("run-002")
    qtbot.waitUntil(
        lambda: panel.details.toPlainText().count("The same as the one in the window") == 2,
        timeout=PATIENCE,
    )
    panel.choose("run-001", "run-002")
    qtbot.waitUntil(lambda: "in run-00" in panel.details.toPlainText(), timeout=PATIENCE)


def test_restoring_a_drawing_is_one_step(qtbot: QtBot, panel: RunsPanel) -> None:
    """Given a drawing without its first activation and another recipe,
    when the first run's drawing is put back,
    then drawing and recipe are those of that run, and one undo brings the others back."""
    document = panel.document
    edited = document.graph.definition()
    recipe = document.project.training_recipe()
    panel.choose("run-001")

    panel.deeds.restore.trigger()

    assert document.undo.count() == 1
    assert len(document.graph.nodes) == len(edited.nodes) + 1
    assert document.project.training_recipe().epochs == 2
    assert document.project.training_recipe().optimizer["lr"] != 0.5
    document.infer_now()
    assert not any(each.problem for each in document.inference.refused.values())
    document.undo.undo()
    assert document.graph.definition() == edited
    assert list(document.graph.nodes) == list(edited.nodes)
    assert document.project.training_recipe() == recipe
    document.undo.redo()
    panel.deeds.restore.trigger()
    assert document.undo.count() == 1, "what is there already is no step"


def test_notes_are_written_in_place_and_kept(qtbot: QtBot, panel: RunsPanel) -> None:
    table = panel.table
    index = table.index(table.row_of("run-001"), len(table.columns) - 1)
    assert table.flags(index) & Qt.ItemFlag.ItemIsEditable

    table.setData(index, "the baseline")

    qtbot.waitUntil(lambda: table.record("run-001").notes == "the baseline", timeout=PATIENCE)  # type: ignore[union-attr]
    history = launch.history_of(panel.document.project)
    assert history.find("run-001").notes() == "the baseline"


def test_deleting_asks_first_and_lets_go_of_what_is_shown(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.choose("run-001")
    panel.deeds.show.trigger()
    qtbot.waitUntil(lambda: shows(panel, "run-001"), timeout=PATIENCE)
    folder = launch.history_of(panel.document.project).find("run-001")

    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    was_asked = panel.bar.is_asking
    QTest.mouseClick(panel.bar.keep, Qt.MouseButton.LeftButton)
    assert was_asked
    assert not panel.bar.is_asking
    assert folder.path.is_dir()

    panel.deeds.delete.trigger()
    QTest.mouseClick(panel.bar.sure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(panel.table.records) == 1, timeout=PATIENCE)
    assert not folder.path.exists()
    assert panel.runs.current is None
    assert run_of(panel).folder is None


def test_choosing_another_run_withdraws_the_question(panel: RunsPanel) -> None:
    panel.choose("run-001")
    panel.deeds.delete.trigger()

    panel.choose("run-002")

    assert not panel.bar.is_asking


def test_a_new_run_begins_with_the_weights_of_another(qtbot: QtBot, panel: RunsPanel) -> None:
    panel.choose("run-002")
    qtbot.waitUntil(panel.deeds.begin.isEnabled, timeout=PATIENCE)
    run = run_of(panel)

    panel.deeds.begin.trigger()
    qtbot.waitUntil(lambda: run.state in ("finished", "failed"), timeout=PATIENCE)

    assert run.state == "finished", run.message
    assert run.folder is not None
    assert run.folder.name == "run-003"
    assert run.folder.snapshot().begun_from == "run-002"
    qtbot.waitUntil(lambda: panel.table.row_of("run-003") >= 0, timeout=PATIENCE)


def test_a_finished_run_goes_on_where_the_recipe_has_more_epochs(
    qtbot: QtBot, panel: RunsPanel
) -> None:
    assert panel.work is not None
    said: list[str] = []
    run = run_of(panel)
    run.messages.said.connect(lambda sentence, kind: said.append(sentence))

    panel.work.resume("run-001")
    qtbot.waitUntil(lambda: run.state in ("finished", "failed"), timeout=PATIENCE)

    assert run.state == "finished", said
    assert run.recording is not None
    assert run.recording.name == "run-001"
    assert len(run.recording.epochs) == 3
    panel.work.resume("run-002")
    qtbot.waitUntil(lambda: any("completed" in each for each in said), timeout=PATIENCE)


def test_numbers_are_exported_and_runs_copied(
    qtbot: QtBot, panel: RunsPanel, tmp_path: Path
) -> None:
    assert panel.work is not None
    panel.work.export("run-001", tmp_path / "run.csv")
    with qtbot.waitSignal(panel.work.changed, timeout=PATIENCE):
        pass
    with (tmp_path / "run.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    panel.work.show("run-001")
    qtbot.waitUntil(lambda: shows(panel, "run-001"), timeout=PATIENCE)
    current = panel.runs.current
    assert current is not None
    assert [float(row["loss"]) for row in rows if row["loss"]] == pytest.approx(
        current.series["loss"].values.tolist()
    )

    panel.choose("run-001", "run-002")
    panel.copy_markdown()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert "run-002" in lines[2]


def test_columns_can_be_chosen(panel: RunsPanel) -> None:
    titles = [column.title for column in panel.table.columns]
    place = titles.index("Begun")
    assert not panel.view.isColumnHidden(place)
    assert panel.view.isColumnHidden(titles.index("Network")), "all train the same"

    panel.show_column("Begun", False)
    panel.show_column("Network", True)

    assert panel.view.isColumnHidden(place)
    assert not panel.view.isColumnHidden(titles.index("Network"))


def test_a_project_without_runs_says_what_will_be_here(
    qtbot: QtBot, document: Document, theme: Theme, icons: Icons
) -> None:
    runs = ShownRuns(document)
    empty = RunsPanel(runs, document, theme, icons)
    empty.show()
    asked: list[bool] = []
    empty.train_asked.connect(lambda: asked.append(True))

    QTest.mouseClick(empty.waiting.button, Qt.MouseButton.LeftButton)

    assert empty.waiting.isVisible()
    assert asked
    destroy(empty)


@pytest.mark.parametrize(
    ("ago", "told"), [(0, "12:00"), (86400, "yesterday 12:00"), (5 * 86400, "10 Jun 12:00")]
)
def test_moments_are_told_as_a_person_would(ago: int, told: str) -> None:
    now = time.mktime((2025, 6, 15, 12, 0, 0, 0, 0, -1))
    assert run_words.when(now - ago, now) == told
    assert run_words.when(now - 400 * 86400, now).endswith(" 2024")


def test_the_name_has_the_colour_that_plots_give_the_run(panel: RunsPanel) -> None:
    first = panel.table.index(0, RUN).data(Qt.ItemDataRole.DecorationRole)
    second = panel.table.index(1, RUN).data(Qt.ItemDataRole.DecorationRole)
    middle = [each.toImage().pixelColor(12, 12).name() for each in (first, second)]

    assert middle[0] != middle[1]
