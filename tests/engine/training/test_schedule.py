"""The drawn learning rate is the one that torch's schedulers really give."""

from __future__ import annotations

import math
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_engine.training.choices import SCHEDULERS
from graph_engine.training.optimization import Schedule, make_optimizer
from graph_engine.training.recipe import Recipe
from graph_engine.training.schedule import FORMULAS, learning_rate, moves_each_step

pytestmark = pytest.mark.torch

STEPS_PER_EPOCH = 7

CASES: list[dict[str, object]] = [
    {"name": "ConstantLR", "factor": 0.25, "total_iters": 4},
    {"name": "CosineAnnealingLR"},
    {"name": "CosineAnnealingLR", "T_max": 5, "eta_min": 0.001},
    {"name": "CosineAnnealingWarmRestarts", "T_0": 3},
    {"name": "CosineAnnealingWarmRestarts", "T_0": 2, "T_mult": 2, "eta_min": 0.002},
    {"name": "CyclicLR", "step_size_up": 5},
    {"name": "CyclicLR", "base_lr": 0.0, "max_lr": 0.1, "step_size_up": 5, "step_size_down": 3},
    {"name": "CyclicLR", "mode": "triangular2", "step_size_up": 4},
    {"name": "CyclicLR", "mode": "exp_range", "gamma": 0.97, "step_size_up": 4},
    {"name": "CyclicLR", "mode": "triangular2", "scale_mode": "iterations", "step_size_up": 4},
    {"name": "CyclicLR", "mode": "exp_range", "scale_mode": "iterations", "step_size_up": 4},
    {"name": "ExponentialLR", "gamma": 0.9},
    {"name": "LinearLR", "start_factor": 0.1, "end_factor": 0.8, "total_iters": 6},
    {"name": "MultiStepLR", "milestones": [2, 5, 5, 9], "gamma": 0.5},
    {"name": "MultiStepLR", "milestones": [0, 3], "gamma": 0.5},
    {"name": "OneCycleLR"},
    {"name": "OneCycleLR", "max_lr": 0.3, "anneal_strategy": "linear", "pct_start": 0.4},
    {"name": "OneCycleLR", "three_phase": True, "pct_start": 0.25},
    {"name": "PolynomialLR", "total_iters": 8, "power": 2.0},
    {"name": "StepLR", "step_size": 3, "gamma": 0.3},
]  # fmt: skip


def of_torch(recipe: Recipe, length: int) -> list[float]:
    """The rates that torch's own scheduler gives, one before each step of the schedule."""
    optimizer = make_optimizer(recipe.optimizer, torch.nn.Linear(2, 2))
    schedule = Schedule(recipe, optimizer, STEPS_PER_EPOCH, "min")
    rates = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nothing is trained here
        for _ in range(length):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            if schedule.each_step:
                schedule.stepped()
            else:
                schedule.epoch_ended(0.0)
    return rates


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(str(v) for v in case.values()))
@pytest.mark.parametrize("each", ["auto", "epoch", "step"])
def test_the_formula_is_torchs(case: dict[str, object], each: str) -> None:
    recipe = Recipe(
        optimizer={"name": "SGD", "lr": 0.05, "momentum": 0.9}, scheduler=case, epochs=12
    ).replace(schedule_each=each)
    length = 12 * (STEPS_PER_EPOCH if moves_each_step(recipe) else 1)

    rate = learning_rate(recipe, length)

    expected = of_torch(recipe, length)
    assert [rate(n) for n in range(length)] == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_every_scheduler_has_its_formula() -> None:
    assert set(FORMULAS) == set(SCHEDULERS) - {"ReduceLROnPlateau"}
    assert {case["name"] for case in CASES} == set(FORMULAS)


def test_without_a_scheduler_the_rate_stays() -> None:
    assert learning_rate(Recipe(optimizer={"name": "SGD", "lr": 0.2}), 5)(4) == 0.2


def test_beyond_the_end_of_a_cycle_there_is_no_rate() -> None:
    recipe = Recipe(scheduler={"name": "OneCycleLR", "total_steps": 10})

    assert math.isnan(learning_rate(recipe, 70)(11))


@given(
    name=st.sampled_from(sorted(FORMULAS)),
    length=st.integers(1, 30),
    share=st.floats(0.0, 1.0),
)
@settings(max_examples=200, deadline=None)
def test_no_value_of_a_form_breaks_the_drawing(name: str, length: int, share: float) -> None:
    choice = SCHEDULERS[name]()
    values = {
        key: share
        for key, parameter in choice.parameters().items()
        if isinstance(parameter.default, float) and (parameter.low or 0) <= share
    }
    recipe = Recipe(scheduler=choice.replace(**values))

    rate = learning_rate(recipe, length)

    assert all(isinstance(rate(n), float) for n in range(length))
