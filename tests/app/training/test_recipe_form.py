"""The forms of recipe and data: made from declarations, every edit one step that can be undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document import Document
from app.forms.parameter_editors import ChoiceEditor, FieldEditor
from app.icons import Icons
from app.theme import Theme
from app.training.cost import CostFacts
from app.training.recipe_page import RecipePage
from app.training.record_rows import ChoiceRows, RecordRows
from app.training.schedule_preview import SchedulePreview
from app.training.shown_runs import ShownRuns
from graph_engine import templates
from graph_engine.data.scaling import Scaling
from graph_engine.project import Project
from graph_engine.training.choices import LOSSES, OPTIMIZERS, SCHEDULERS, Choice
from graph_engine.training.recipe import Recipe


def page_of(qtbot: QtBot, project: Project, theme: Theme, icons: Icons) -> RecipePage:
    document = Document(project)
    page = RecipePage(ShownRuns(document), document, theme, icons)
    document.setParent(page)
    qtbot.addWidget(page)
    page.resize(1280, 260)
    page.show()
    qtbot.waitExposed(page)
    return page


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, icons: Icons) -> RecipePage:
    return page_of(qtbot, templates.new("cnn-digits"), theme, icons)


def document_of(page: RecipePage) -> Document:
    return page._document


def type_into(rows: RecordRows, name: str, text: str) -> None:
    """What a person does: selects all, types, presses Enter."""
    editor = rows.rows[name].editor
    assert isinstance(editor, FieldEditor)
    editor.field.setFocus()
    editor.field.selectAll()
    QTest.keyClicks(editor.field, text)
    editor.field.editingFinished.emit()


def choose(choice: ChoiceRows, name: str) -> None:
    choice.box.setCurrentText(name)
    choice.box.activated.emit(choice.box.currentIndex())


def rows_with(page: RecipePage, name: str) -> RecordRows:
    return next(rows for rows in page.form.parts.values() if name in rows.rows)


def test_the_form_shows_the_projects_recipe(page: RecipePage) -> None:
    recipe = document_of(page).project.training_recipe()

    assert page.form.recipe == recipe
    assert page.form.choices["optimizer"].box.currentText() == "AdamW"
    assert page.form.choices["scheduler"].box.currentText() == "OneCycleLR"
    assert page.form.choices["loss"].box.currentText() == "auto"
    editor = rows_with(page, "epochs").rows["epochs"].editor
    assert isinstance(editor, FieldEditor)
    assert editor.field.text() == "30"


def test_every_value_of_a_recipe_can_be_edited(page: RecipePage) -> None:
    shown = {name for rows in page.form.parts.values() for name in rows.rows}

    assert shown | set(page.form.choices) == set(Recipe.parameters())


@pytest.mark.parametrize(
    ("head", "kinds"), [("optimizer", OPTIMIZERS), ("scheduler", SCHEDULERS), ("loss", LOSSES)]
)
def test_every_class_of_torch_can_be_chosen_and_shows_its_parameters(
    page: RecipePage, head: str, kinds: dict[str, type[Choice]]
) -> None:
    choice = page.form.choices[head]
    for name, kind in kinds.items():
        choose(choice, name)

        chosen = getattr(document_of(page).project.training_recipe(), head)
        assert isinstance(chosen, kind)
        assert set(choice.rows.rows) == set(kind.parameters())
        for row in choice.rows.rows.values():
            assert row.parameter.help


def test_typing_epochs_is_one_step_that_can_be_undone(page: RecipePage) -> None:
    document = document_of(page)

    type_into(rows_with(page, "epochs"), "epochs", "125")

    assert document.project.training_recipe().epochs == 125
    assert document.undo.count() == 1
    assert document.undo.undoText() == "Set epochs"
    document.undo.undo()
    assert document.project.training_recipe().epochs == 30
    editor = rows_with(page, "epochs").rows["epochs"].editor
    assert isinstance(editor, FieldEditor)
    assert editor.field.text() == "30"


def test_two_fields_are_two_steps(page: RecipePage) -> None:
    document = document_of(page)

    type_into(rows_with(page, "epochs"), "epochs", "12")
    type_into(rows_with(page, "seed"), "seed", "7")
    type_into(rows_with(page, "epochs"), "epochs", "15")

    assert document.undo.count() == 3


def test_a_parameter_of_the_optimizer_goes_into_the_recipe(page: RecipePage) -> None:
    type_into(page.form.choices["optimizer"].rows, "lr", "0.02")

    recipe = document_of(page).project.training_recipe()
    assert recipe.optimizer["lr"] == 0.02
    assert recipe.optimizer.name == "AdamW"


def test_another_optimizer_keeps_what_it_takes_too(page: RecipePage) -> None:
    type_into(page.form.choices["optimizer"].rows, "weight_decay", "0.2")

    choose(page.form.choices["optimizer"], "SGD")

    recipe = document_of(page).project.training_recipe()
    assert recipe.optimizer.name == "SGD"
    assert recipe.optimizer["weight_decay"] == 0.2
    assert recipe.optimizer["lr"] == OPTIMIZERS["SGD"]()["lr"], "each has its own usual rate"


def test_values_that_do_not_go_together_are_refused_where_they_were_typed(
    page: RecipePage,
) -> None:
    rows = rows_with(page, "clip_norm")
    type_into(rows, "clip_norm", "1")

    type_into(rows, "clip_value", "0.5")

    assert document_of(page).project.training_recipe().clip_value is None
    assert "not both" in rows.rows["clip_value"].refusal.text()
    assert rows.rows["clip_value"].refusal.isVisibleTo(rows.rows["clip_value"])


def test_a_value_goes_back_to_its_default(page: RecipePage) -> None:
    rows = rows_with(page, "batch_size")
    rows.rows["batch_size"].back.click()

    assert document_of(page).project.training_recipe().batch_size == 32


def test_no_scheduler_is_a_choice(page: RecipePage) -> None:
    choose(page.form.choices["scheduler"], "none")

    assert document_of(page).project.training_recipe().scheduler is None
    assert not page.form.choices["scheduler"].rows.isVisible()


def test_a_recipe_that_nobody_knows_can_be_replaced(
    qtbot: QtBot, theme: Theme, icons: Icons
) -> None:
    project = templates.new("cnn-digits")
    project.recipe = {"optimizer": {"name": "Adamw2"}}

    page = page_of(qtbot, project, theme, icons)

    assert "Adamw2" in page.failure.text()
    assert not page.form.isVisible()
    page.renew.click()
    assert document_of(page).project.recipe == {}
    assert page.form.isVisible()
    document_of(page).undo.undo()
    assert not page.form.isVisible()


def test_the_theme_may_change_at_any_time(qtbot: QtBot, page: RecipePage, theme: Theme) -> None:
    theme.prefer("light")

    rate = page.form.choices["optimizer"].rows.rows["lr"]
    qtbot.waitUntil(lambda: rate.isVisibleTo(page))
    type_into(rows_with(page, "epochs"), "epochs", "4")
    assert document_of(page).project.training_recipe().epochs == 4


# The preview and the cost ------------------------------------------------------------------------


def test_the_preview_draws_the_whole_run(qtbot: QtBot, theme: Theme) -> None:
    preview = SchedulePreview(theme)
    qtbot.addWidget(preview)

    preview.show_steps(20)
    preview.show_recipe(Recipe(epochs=30, scheduler={"name": "OneCycleLR", "max_lr": 0.01}))

    epochs, rates = zip(*preview.points, strict=True)
    assert epochs[0] == 0
    assert 29 < epochs[-1] < 30
    assert max(rates) == pytest.approx(0.01, rel=1e-3)
    assert rates[-1] < rates[0] < max(rates)


def test_the_preview_follows_the_form(page: RecipePage) -> None:
    choose(page.form.choices["scheduler"], "StepLR")
    type_into(page.form.choices["scheduler"].rows, "step_size", "5")

    rates = dict(page.form.preview.points)
    assert rates[4.0] == pytest.approx(0.003)
    assert rates[5.0] == pytest.approx(0.0003)


def test_the_cost_counts_weights_memory_and_steps(page: RecipePage) -> None:
    page.cost._count()

    texts = page.cost.texts()
    assert texts["weights"] == "21,482"
    assert texts["memory"].endswith("MiB forecast")
    assert page.cost.steps_per_epoch == 20
    assert texts["in all"] == "600 steps"


def test_a_larger_batch_costs_more_memory_and_fewer_steps(
    qtbot: QtBot, theme: Theme, document: Document
) -> None:
    facts = CostFacts(document, theme)
    qtbot.addWidget(facts)
    facts._count()
    facts.show_recipe(Recipe(batch_size=16))
    small = facts.texts()["memory"], facts.steps_per_epoch

    facts.show_recipe(Recipe(batch_size=1024))

    assert facts.texts()["memory"] != small[0]
    assert facts.steps_per_epoch < small[1]


# Data --------------------------------------------------------------------------------------------


def test_another_data_set_is_one_step(page: RecipePage) -> None:
    document = document_of(page)
    editor = page.data.source.rows.rows["name"].editor
    assert isinstance(editor, ChoiceEditor)

    editor.box.setCurrentText("iris")
    editor.box.activated.emit(editor.box.currentIndex())

    assert document.project.data_choice().source.values()["name"] == "iris"
    assert document.undo.count() == 1
    document.undo.undo()
    assert document.project.data_choice().source.values()["name"] == "digits"


def test_a_file_is_chosen_relative_to_the_project(
    qtbot: QtBot, theme: Theme, icons: Icons, tmp_path: Path
) -> None:
    project = templates.new("cnn-digits")
    project.save(tmp_path / "digits.netloom")
    (tmp_path / "tables").mkdir()
    page = page_of(qtbot, project, theme, icons)
    choose(page.data.source, "csv")

    page.data.take_path(tmp_path / "tables" / "flowers.csv", tmp_path)

    assert project.data_choice().source.values()["path"] == "tables/flowers.csv"
    page.data.take_path(Path("/elsewhere/flowers.csv"), tmp_path)
    assert project.data_choice().source.values()["path"] == "tables/flowers.csv"
    assert "outside" in page.data.source.rows.rows["path"].refusal.text()


def test_scaling_goes_to_all_inputs(page: RecipePage) -> None:
    editor = page.data.scaling.rows["method"].editor
    assert isinstance(editor, ChoiceEditor)

    editor.box.setCurrentText("standardize")
    editor.box.activated.emit(editor.box.currentIndex())

    (scaling,) = document_of(page).project.data_choice().scaling
    assert (scaling.field, scaling.method) == ("", "standardize")
    editor = page.data.scaling.rows["method"].editor
    assert isinstance(editor, ChoiceEditor)
    editor.box.setCurrentText("none")
    editor.box.activated.emit(editor.box.currentIndex())
    assert document_of(page).project.data_choice().scaling == ()


def test_shares_that_leave_nothing_are_refused(page: RecipePage) -> None:
    editor = page.data.own.rows["validation"].editor
    assert isinstance(editor, FieldEditor)
    editor.field.setText("0.9")
    editor.field.textEdited.emit("0.9")  # pasted: typing would pass through 0

    assert document_of(page).project.data_choice().validation == 0.15
    assert "less than 1" in page.data.own.rows["validation"].refusal.text()


def test_division_limit_and_classes_have_fields(page: RecipePage) -> None:
    document, rows = document_of(page), page.data.own.rows
    classes = rows["classes"].editor
    assert isinstance(classes, FieldEditor)
    assert classes.field.placeholderText() == "all"
    for name, text, value in (("limit", "100", 100), ("classes", "0, 1", ("0", "1"))):
        editor = rows[name].editor
        assert isinstance(editor, FieldEditor)
        editor.field.setText(text)
        editor.field.textEdited.emit(text)
        assert document.project.data_choice().values()[name] == value
    editor = rows["division"].editor
    assert isinstance(editor, ChoiceEditor)
    editor.box.setCurrentText("in order")
    editor.box.activated.emit(editor.box.currentIndex())
    assert document.project.data_choice().division == "in order"


def test_a_field_is_matched_to_an_input_and_back(page: RecipePage, qtbot: QtBot) -> None:
    # Given the fields of the data, which are read when they are asked for
    document, fields = document_of(page), page.data.fields
    assert not fields.inputs
    fields.more.click()
    qtbot.waitUntil(lambda: fields.inputs["image"].count() > 2, timeout=20_000)
    box = fields.inputs["image"]
    assert box.currentIndex() == 0

    # When one is chosen for the input, then that is one step, and so is the way back
    box.setCurrentText("label")
    box.activated.emit(box.currentIndex())
    assert dict(document.project.data_choice().inputs) == {"image": "label"}
    assert document.undo.count() == 1
    box = fields.inputs["image"]
    assert box.currentText() == "label"
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert document.project.data_choice().inputs == ()
    document.undo.undo()
    assert fields.inputs["image"].currentText() == "label"


def test_a_single_field_is_scaled_otherwise_than_the_rest(page: RecipePage, qtbot: QtBot) -> None:
    # Given a general scaling, which the fields' own rows show
    document, fields = document_of(page), page.data.fields
    choice = document.project.data_choice().replace(scaling=(Scaling(method="minmax"),))
    document.settle("Scale", data=choice.saved())
    fields.more.click()
    qtbot.waitUntil(lambda: "image" in fields.scalings, timeout=20_000)

    def choose_method(name: str) -> None:
        editor = fields.scalings["image"].rows["method"].editor
        assert isinstance(editor, ChoiceEditor)
        editor.box.setCurrentText(name)
        editor.box.activated.emit(editor.box.currentIndex())

    # When one field gets its own, with what that asks for, then the rest keep theirs
    choose_method("divide")
    general, own = document.project.data_choice().scaling
    assert (general.field, general.method) == ("", "minmax")
    assert (own.field, own.method) == ("image", "divide")
    assert "divisor" in fields.scalings["image"].rows

    # And what is as all others is no scaling of its own
    choose_method("minmax")
    [general] = document.project.data_choice().scaling
    assert general.field == ""


def test_what_unfolds_rows_is_readable_in_another_theme(page: RecipePage, theme: Theme) -> None:
    buttons = (page.data.own.more, page.data.fields.more)
    before = [button.styleSheet() for button in buttons]

    theme.prefer("light")

    assert all(theme.color("second").name() in button.styleSheet() for button in buttons)
    assert [button.styleSheet() for button in buttons] != before
