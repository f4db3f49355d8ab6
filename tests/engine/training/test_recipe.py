"""Recipes: always valid, saved as plain values, changed by what a person types. No torch."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_engine.declaration import Parameter
from graph_engine.errors import ParameterError
from graph_engine.training.choices import (
    LOSSES,
    OPTIMIZERS,
    SCHEDULERS,
    Choice,
    Loss,
    Optimizer,
    Scheduler,
)
from graph_engine.training.recipe import CHANGEABLE, Recipe, parse

ALL = [*OPTIMIZERS.values(), *SCHEDULERS.values(), *LOSSES.values()]


def test_recipes_and_their_form_need_no_torch() -> None:
    # Given a fresh Python, when it reads recipes, events, history and session
    code = (
        "import sys, graph_engine.training.session, graph_engine.training.history as h; "
        "from graph_engine.training.recipe import Recipe; "
        "Recipe().with_setting('optimizer', 'SGD'); print('torch' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    # Then torch was not imported
    assert told.stdout.strip() == "False"


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_choice_is_saved_and_read_and_explains_itself(kind: type[Choice]) -> None:
    # Given a choice with its defaults, when it goes through JSON
    choice = kind()
    again = type(choice).read(json.loads(json.dumps(choice.saved())))

    # Then it is the same, and a form has a help for it and for each parameter
    assert again == choice
    assert kind.help().endswith(".")
    assert all(each.help for each in kind.parameters().values())
    assert repr(choice) == f"{kind.name}()"


def values_of(parameter: Parameter, draw: Any) -> Any:
    """A value from inside a parameter's range, or its default where it is no plain number."""
    low = 0.0 if parameter.low is None else parameter.low
    high = low + 10 if parameter.high is None else parameter.high
    words = parameter.kind.words
    if words == "a number":
        return draw(st.floats(low, high))
    if words == "a whole number":
        return draw(st.integers(int(low), int(min(high, 1e6))))
    return draw(st.booleans()) if words == "true or false" else parameter.default


@given(st.data())
@settings(max_examples=100)
def test_a_recipe_goes_through_json_unchanged(data: st.DataObject) -> None:
    # Given a recipe with numbers, choices and their parameters drawn at random
    parameters = Recipe.parameters().values()
    values = {each.name: values_of(each, data.draw) for each in parameters}
    values["optimizer"] = _drawn(OPTIMIZERS, data)
    values["scheduler"] = data.draw(st.one_of(st.none(), st.just(_drawn(SCHEDULERS, data))))
    values["loss"] = data.draw(st.one_of(st.none(), st.just(_drawn(LOSSES, data))))
    recipe = Recipe(**values)

    # When it is saved, read and saved again
    text = json.dumps(recipe.saved(), allow_nan=False)
    again = Recipe.read(json.loads(text))

    # Then nothing has changed, and every value is there
    assert again == recipe
    assert json.dumps(again.saved()) == text
    assert set(recipe.saved()) == set(Recipe.parameters())


def _drawn(known: Mapping[str, type[Choice]], data: st.DataObject) -> Choice:
    kind = known[data.draw(st.sampled_from(sorted(known)))]
    return kind(**{p.name: values_of(p, data.draw) for p in kind.parameters().values()})


@pytest.mark.parametrize(
    ("key", "text", "name", "value"),
    [
        ("epochs", "3", "epochs", 3),
        ("epochs", " 3 ", "epochs", 3),
        ("shuffle", "no", "shuffle", False),
        ("shuffle", "True", "shuffle", True),
        ("drop_last", "on", "drop_last", True),
        ("clip_norm", "1", "clip_norm", 1.0),
        ("clip_norm", "none", "clip_norm", None),
        ("clip_norm", "", "clip_norm", None),
        ("l1", "1e-4", "l1", 1e-4),
        ("l1", ".5", "l1", 0.5),
        ("metrics", "accuracy,f1", "metrics", ("accuracy", "f1")),
        ("metrics", "accuracy", "metrics", ("accuracy",)),
        ("metrics", '["accuracy", "f1"]', "metrics", ("accuracy", "f1")),
        ("metrics", "off", "metrics", None),
        ("monitor", "validation_f1", "monitor", "validation_f1"),
        ("device", "cpu", "device", "cpu"),
    ],
)
def test_settings_are_read_as_a_person_means_them(
    key: str, text: str, name: str, value: object
) -> None:
    # Given the default recipe, when a value is typed, then it has the parameter's own type
    assert getattr(Recipe().with_setting(key, text), name) == value


def test_settings_reach_into_choices() -> None:
    # Given settings in the order in which a person gives them
    recipe = Recipe()
    for key, text in [
        ("optimizer", "SGD"),
        ("learning_rate", "0.1"),
        ("momentum", "0.9"),
        ("optimizer.nesterov", "true"),
        ("scheduler", "MultiStepLR"),
        ("scheduler.milestones", "3,5"),
        ("loss", "CrossEntropyLoss"),
        ("loss.weight", "1, 2.5, 3"),
        ("optimizer", "SGD"),  # the same again keeps what was set
    ]:
        recipe = recipe.with_setting(key, text)

    # Then all of them hold
    assert recipe.optimizer.changed() == {"lr": 0.1, "momentum": 0.9, "nesterov": True}
    assert recipe.scheduler is not None
    assert recipe.scheduler["milestones"] == (3, 5)
    assert recipe.loss is not None
    assert recipe.loss["weight"] == (1.0, 2.5, 3.0)

    # And another optimizer starts with its own values
    assert recipe.with_setting("optimizer", "Adam").optimizer.changed() == {}
    assert recipe.with_setting("scheduler", "none").scheduler is None


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("epoch", "3", "There is no setting 'epoch'. Did you mean 'epochs'?"),
        ("epochs", "many", "`epochs` takes a whole number of at least 1, not 'many'."),
        ("epochs", "0", "`epochs` takes a whole number of at least 1, not '0'."),
        ("epochs", "2.5", "not '2.5'"),
        ("epochs", "NaN", "not 'NaN'"),
        ("epochs", "9" * 5000, "`epochs` takes"),
        ("epochs", "[" * 5000, "`epochs` takes"),
        ("epochs.x", "3", "`epochs` is a single value: write epochs=3."),
        ("lr", "inf", "`lr` takes a number of at least 0, not 'inf'."),
        ("lr", "1e999", "not '1e999'"),
        ("optimizer", "adam", "There is no optimizer 'adam'. Did you mean 'Adam'?"),
        ("optimizer", "none", "There is no optimizer 'none'."),
        ("optimizer.beta", "1", "There is no parameter of AdamW 'beta'. Did you mean 'betas'?"),
        ("optimizer.betas", "0.9,1", "`betas` takes 2 numbers between 0 and 1"),
        ("scheduler.gamma", "1", "No scheduler is chosen, so `gamma` cannot be set"),
        ("loss", "HingeLoss", "There is no loss 'HingeLoss'."),
        ("device", "gpu", "`device` takes one of 'auto', 'cpu', 'cuda', 'mps', not 'gpu'."),
        ("seed", "-1", "`seed` takes a whole number between 0"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(key: str, text: str, words: str) -> None:
    # Given a setting that is wrong, when it is typed, then a sentence says what was expected
    with pytest.raises(ParameterError) as caught:
        Recipe().with_setting(key, text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        ([], "A recipe is saved as values by name"),
        ({"epoch": 3}, "There is no setting 'epoch'. Did you mean 'epochs'?"),
        ({"optimizer": 3}, "`optimizer` takes"),
        ({"optimizer": {"name": "Adm"}}, "Did you mean 'Adam'?"),
        ({"optimizer": {"lr": 1}}, "There is no optimizer None"),
        ({"optimizer": {"name": "Adam", "lr": float("nan")}}, "`lr` takes a number"),
        ({"optimizer": {"name": ["Adam"]}}, "There is no optimizer"),
        (
            {"scheduler": {"name": "LambdaLR"}},
            "LambdaLR cannot be chosen. It needs a Python function.",
        ),
        ({"precision": "float16", "device": "cpu"}, "float16 needs a CUDA device"),
        ({"clip_norm": 1.0, "clip_value": 1.0}, "Choose `clip_norm` or `clip_value`"),
        ({"epochs": True}, "`epochs` takes a whole number"),
        ({"epochs": 10**400}, "`epochs` takes a whole number"),
    ],
)
def test_a_strangers_recipe_is_read_strictly(saved: object, words: str) -> None:
    # Given a recipe in a file that does not fit, when it is read, then a sentence says why
    with pytest.raises(ParameterError) as caught:
        Recipe.read(saved)
    assert words in str(caught.value)


def test_a_run_that_goes_on_keeps_what_it_learned_by() -> None:
    # Given a recipe, when only how long and where changes, then it may go on
    recipe = Recipe()
    longer = recipe.replace(epochs=50, workers=2, patience=3)
    assert recipe.going_on(longer) == longer

    # And another optimizer or batch size would be another run
    with pytest.raises(ParameterError, match="keeps its `optimizer`, `batch_size`"):
        recipe.going_on(recipe.with_setting("lr", "1").replace(batch_size=7))
    assert set(Recipe.parameters()) >= CHANGEABLE


def test_threads_leave_one_core_to_others() -> None:
    # Given recipes with and without a number of threads, then there is always at least one
    assert Recipe(threads=3).thread_count() == 3
    assert Recipe().thread_count() >= 1


def test_families_do_not_mix() -> None:
    # Given the three families, then an optimizer is no loss
    for base, name in ((Optimizer, "MSELoss"), (Scheduler, "Adam"), (Loss, "StepLR")):
        with pytest.raises(ParameterError, match=f"There is no {base.what}"):
            base.read(name)


@given(st.text(max_size=40))
def test_any_text_is_a_value_or_a_sentence(text: str) -> None:
    # Given any text for any setting, when it is parsed, then it is a value or refused in words
    for parameter in Recipe.parameters().values():
        with contextlib.suppress(ParameterError):
            value = parse(parameter, text)
            assert parameter.check(value) == value


@pytest.mark.torch
def test_every_procedure_that_can_be_chosen_is_one_that_trains() -> None:
    pytest.importorskip("torch")
    from graph_engine.training.procedure_choices import PROCEDURES as CHOICES
    from graph_engine.training.procedures import PROCEDURES

    assert set(CHOICES) == set(PROCEDURES)
