"""Answers beside the truth: cards, matrix, table and curves tell of the same samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from sklearn import metrics

from app.document import Document
from app.icons import Icons
from app.theme import Theme
from app.training.loading import load
from app.training.plot_axes import fitting
from app.training.predictions import PredictionsPanel
from app.training.recording import Recording
from app.training.sample_images import image_of
from app.training.score_plots import ranking_of
from app.training.scores import Fit
from app.training.scores_view import rows_of
from app.training.shown_runs import ShownRuns
from graph_engine import templates
from graph_engine.data.choice import prepare
from graph_engine.training import launch
from graph_engine.training.session import Session
from tests.app.training.conftest import destroy
from tests.app.training.made_answers import answered, classified, told

Show = Callable[..., Any]


def digits_truth() -> np.ndarray:
    """The true classes of the validation samples of the digits."""
    project = templates.new("cnn-digits")
    part = prepare(project.data_choice(), None, ("image",)).validation
    return np.asarray(part.batch(np.arange(len(part)))[1])


@pytest.fixture
def digits(document: Document) -> Iterator[Document]:
    """The document with the network and data of digits."""
    made = Document(templates.new("cnn-digits"))
    yield made
    made.deleteLater()


@pytest.fixture
def open_panel(
    qtbot: QtBot, runs: ShownRuns, digits: Document, theme: Theme, icons: Icons
) -> Iterator[Callable[[Recording], PredictionsPanel]]:
    held: list[PredictionsPanel] = []

    def show(run: Recording) -> PredictionsPanel:
        runs.follow(run)
        panel = PredictionsPanel(runs, digits, theme, icons)
        held.append(panel)
        panel.resize(1280, 260)
        panel.show()
        panel.pacer.draw_now()
        qtbot.waitUntil(lambda: panel.data.found.data is not None, timeout=20_000)
        panel.pacer.draw_now()
        return panel

    yield show
    for each in held:
        destroy(each)


def digits_run(step: int = 10, seed: int = 0) -> Recording:
    """Answers to the real validation samples of the digits."""
    truth = digits_truth()
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(len(truth), 10)) + 2 * np.eye(10)[truth]
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    losses = -np.log(shares[np.arange(len(truth)), truth])
    return told(*answered(step, shares, truth, losses))


def test_the_worst_mistakes_stand_first(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    panel = open_panel(digits_run())
    answers = panel.answers
    assert answers is not None
    assert (np.diff(answers.losses[panel.order]) <= 0).all()
    panel.which.choose(1)
    assert panel.order.tolist() == list(range(len(answers)))


def test_a_card_has_picture_truth_and_answer_of_its_sample(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    # Given the worst mistake
    panel = open_panel(digits_run())
    assert panel.answers is not None
    sample = int(panel.order[0])
    truth, answer = int(panel.answers.targets[sample]), int(panel.answers.chosen()[sample])

    # When its card is looked at
    card = panel.cards.card(0)

    # Then it shows that very sample of the validation part
    part = panel.data.found.part("validation")
    assert part is not None
    inputs, target = part.sample(sample)
    assert card.images == (image_of(inputs["image"]),)
    assert int(target) == truth
    assert card.lines[0].words == f"{truth} → {answer} ✕"
    assert f"Sample {sample} of validation" in panel.cards.cards.told(0)  # type: ignore[union-attr]


def test_a_cell_of_the_matrix_shows_its_samples_and_again_all(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    # Given the matrix
    panel = open_panel(digits_run())
    answers, matrix = panel.answers, panel.scores.matrix
    assert answers is not None
    wrong = matrix.matrix - np.diag(np.diag(matrix.matrix))
    cell = tuple(int(n) for n in np.unravel_index(wrong.argmax(), wrong.shape))
    assert len(cell) == 2

    # When a cell is clicked
    place = matrix.place(cell).center().toPoint()
    QTest.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=place)

    # Then only its samples are shown, and the chip takes that back
    expected = (answers.targets == cell[0]) & (answers.chosen() == cell[1])
    assert sorted(panel.order.tolist()) == np.flatnonzero(expected).tolist()
    assert panel.cell.isVisible()
    panel.cell.click()
    assert len(panel.order) == len(answers)
    assert matrix.cell is None


def test_samples_of_one_class_are_shown(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    panel = open_panel(digits_run())
    panel.classes.setCurrentIndex(4)
    panel.classes.activated.emit(4)
    assert panel.answers is not None
    assert set(panel.answers.targets[panel.order].tolist()) == {3}
    panel.scores.of_classes.choose(1)
    panel.scores.table.chosen.emit(7)
    assert set(panel.answers.targets[panel.order].tolist()) == {7}


def test_the_table_has_the_scores_of_each_class(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    panel = open_panel(digits_run())
    panel.scores.of_classes.choose(1)
    answers = panel.answers
    assert answers is not None
    words = panel.scores.table.words()
    area = metrics.roc_auc_score(answers.targets == 5, answers.outputs[:, 5])
    recall = metrics.recall_score(answers.targets, answers.chosen(), average=None)[5]
    assert words[5][0] == "5"
    assert words[5][2] == f"{recall:.3f}"
    assert words[5][4] == f"{area:.3f}"
    assert rows_of(answers, ())[5][5] == int((answers.targets == 5).sum())


def test_the_curve_that_stands_out_is_that_of_the_chosen_class(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    panel = open_panel(digits_run())
    panel.scores.of_classes.choose(2)
    panel._show_class(6)
    assert panel.answers is not None
    x, y = panel.scores.plot.bold.points
    own_x, own_y = ranking_of(panel.answers, 6).roc()
    np.testing.assert_allclose(x, own_x)
    np.testing.assert_allclose(y, own_y)


def test_the_time_slider_shows_answers_of_an_earlier_epoch(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    run = digits_run(10)
    later = digits_run(20, seed=1)
    for track in later.tracks.values():
        frame = track.frame()
        assert frame is not None
        run.take([frame])
    panel = open_panel(run)
    assert panel.answers is not None
    assert panel.answers.step == 20
    run.show_step(15)
    panel.pacer.draw_now()
    assert panel.answers.step == 10
    run.show_step(5)
    panel.pacer.draw_now()
    assert panel.answers is None


def test_pictures_of_other_data_than_those_of_the_run_are_not_shown(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    truth = (digits_truth() + 1) % 10
    run = told(*answered(1, np.eye(10)[truth], truth))
    panel = open_panel(run)
    assert panel.cards.card(0).images == ()


def test_cards_are_scrolled_and_only_the_seen_are_made(
    open_panel: Callable[[Recording], PredictionsPanel],
) -> None:
    panel = open_panel(digits_run())
    grid = panel.cards
    grid.repaint()
    assert 0 < len(grid._made) < 60
    QTest.keyClick(grid, Qt.Key.Key_End)
    grid.repaint()
    last = len(panel.order) - 1
    assert grid.number_at(grid.place(last).center().toPointF()) == last
    assert grid.number_at(QPoint(-5, -5).toPointF()) is None


@pytest.mark.parametrize("template", ["perceptron-iris", "regression-diabetes"])
def test_answers_of_a_real_run_are_shown_with_their_samples(
    qtbot: QtBot, runs: ShownRuns, theme: Theme, icons: Icons, template: str, tmp_path: Any
) -> None:
    # Given a run that has ended
    project = templates.new(template)
    project.save(tmp_path / "project.netloom")
    graph = next(iter(project.networks.values()))
    recipe = project.training_recipe().replace(epochs=12, threads=1)
    folder = launch.new_run(project, graph, recipe)
    events = list(Session.start(folder))
    assert events[-1].name == "finished"

    # When it is loaded from its folder
    run = load(folder)
    runs.follow(run)
    document = Document(project)
    panel = PredictionsPanel(runs, document, theme, icons)
    panel.show()
    panel.pacer.draw_now()
    qtbot.waitUntil(lambda: panel.data.found.data is not None, timeout=20_000)
    panel.pacer.draw_now()

    # Then the answers of its last epoch are there, and figures agree with what was measured
    assert panel.answers is not None
    assert panel.answers.epoch == 12
    measured = run.epochs[-1].metrics
    if template == "perceptron-iris":
        assert panel.answers.is_right().mean() == pytest.approx(measured["validation_accuracy"])
    else:
        truth, answer = panel.answers.targets, panel.answers.outputs
        fit = Fit.of(truth.astype(float), answer.astype(float))
        assert fit.determination == pytest.approx(measured["validation_r2"], abs=1e-4)
    assert panel.cards.card(0).images
    destroy(panel)
    document.deleteLater()


def test_panels_that_come_and_go_leave_nothing(
    runs: ShownRuns, document: Document, theme: Theme, icons: Icons
) -> None:
    run = digits_run()
    runs.follow(run)
    panel = PredictionsPanel(runs, document, theme, icons)
    panel.show()
    panel.pacer.draw_now()
    destroy(panel)
    run.take(answered(20, *classified()))
    document.settle("Choose data", data={"source": {"source": "builtin", "name": "iris"}})
    theme.prefer("light")


def test_many_classes_are_one_picture(shown: Show, theme: Theme) -> None:
    # Given more classes than there is room for counts
    truth = np.arange(120) % 40
    shares = np.eye(40)[np.where(np.arange(120) == 7, 9, truth)]
    panel = shown(PredictionsPanel, told(*answered(1, shares, truth)))
    matrix = panel.scores.matrix

    # Then its cells have the colours of what is right, wrong and empty
    image = matrix.grab().toImage()

    def color(cell: tuple[int, int]) -> str:
        return str(image.pixelColor(matrix.place(cell).center().toPoint()).name())

    assert color((3, 3)) == theme.color("accent").name()
    assert color((3, 4)) == theme.color("raised").name()
    assert color((7, 9)) not in (color((3, 3)), color((3, 4)))
    assert matrix.words((7, 9)) == "1 of 3 7 taken for 9, 33 %"


def test_few_classes_have_the_same_colors_with_counts_and_lines(shown: Show, theme: Theme) -> None:
    # Given four classes, one sample of which is taken for another
    truth = np.arange(40) % 4
    shares = np.eye(4)[np.where(np.arange(40) == 1, 2, truth)]
    panel = shown(PredictionsPanel, told(*answered(1, shares, truth)))
    matrix = panel.scores.matrix
    image = matrix.grab().toImage()

    # Then a cell that is always right is in full colour beside its count, and an empty one is grey
    def color(cell: tuple[int, int]) -> str:
        return str(image.pixelColor(matrix.place(cell).toRect().topLeft() + QPoint(4, 4)).name())

    assert color((3, 3)) == theme.color("accent").name()
    assert color((0, 3)) == theme.color("raised").name()
    assert color((1, 2)) not in (theme.color("raised").name(), theme.color("panel").name())

    # And lines of the ground part them
    box = matrix.place((3, 3))
    edge = image.pixelColor(round(box.right()), round(box.center().y()))
    assert edge.name() == theme.color("panel").name()


@pytest.mark.parametrize(("words", "told"), [("7 → 9 ✕", "7 → 9 ✕"), ("x" * 40, "…")])
def test_words_are_cut_where_they_do_not_fit(
    words: str, told: str, theme: Theme, qtbot: QtBot
) -> None:
    found = fitting(QFontMetricsF(theme.mono(10)), words, 80.0)

    assert found.endswith(told)
    assert QFontMetricsF(theme.mono(10)).horizontalAdvance(found) <= 80.0
