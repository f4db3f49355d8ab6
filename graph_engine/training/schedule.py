"""The learning rate over a run as formulas, so that a form can draw it without torch.

Each function gives a scheduler's rate after ``n`` of its own steps, which are epochs or updates
(``Recipe.schedule_each``). They follow ``torch.optim.lr_scheduler``, whose values a test holds them to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from graph_engine.training.recipe import Recipe

Values = Mapping[str, Any]
Rate = Callable[[int], float]

EACH_STEP = frozenset({"OneCycleLR", "CyclicLR"})
"""Schedulers that move with each update where ``schedule_each`` is ``auto``."""


def moves_each_step(recipe: Recipe) -> bool:
    """Whether the recipe's scheduler moves with each update, and not with each epoch."""
    choice = recipe.scheduler
    if choice is None or choice.name == "ReduceLROnPlateau":
        return False
    if recipe.schedule_each == "auto":
        return choice.name in EACH_STEP
    return recipe.schedule_each == "step"


def learning_rate(recipe: Recipe, length: int) -> Rate:
    """The rate after so many steps of the schedule, in a run that has ``length`` of them.

    NaN beyond the end of a cycle, where torch would refuse to go on. ReduceLROnPlateau stays at its
    first rate: when it falls depends on what is measured.
    """
    base = float(recipe.optimizer["lr"])
    choice = recipe.scheduler
    if choice is None or choice.name not in FORMULAS:
        return lambda n: base
    try:
        return FORMULAS[choice.name](base, choice.values(), length)
    except (ZeroDivisionError, OverflowError):
        return lambda n: math.nan


def _constant(base: float, values: Values, length: int) -> Rate:
    return lambda n: base * (values["factor"] if n < values["total_iters"] else 1.0)


def _linear(base: float, values: Values, length: int) -> Rate:
    first, last, total = values["start_factor"], values["end_factor"], values["total_iters"]
    return lambda n: base * (first + (last - first) * min(n, total) / total)


def _exponential(base: float, values: Values, length: int) -> Rate:
    return lambda n: base * float(values["gamma"]) ** n


def _steps(base: float, values: Values, length: int) -> Rate:
    return lambda n: base * float(values["gamma"]) ** (n // values["step_size"])


def _milestones(base: float, values: Values, length: int) -> Rate:
    moments = values["milestones"]
    return lambda n: base * float(values["gamma"]) ** sum(moment <= n for moment in moments)


def _polynomial(base: float, values: Values, length: int) -> Rate:
    total, power = values["total_iters"], values["power"]
    return lambda n: base * (1.0 - min(n, total) / total) ** float(power)


def _cosine(base: float, values: Values, length: int) -> Rate:
    low, half = values["eta_min"], values["T_max"] or length
    return lambda n: low + (base - low) * (1 + math.cos(math.pi * n / half)) / 2


def _restarts(base: float, values: Values, length: int) -> Rate:
    low, first, factor = values["eta_min"], values["T_0"], values["T_mult"]

    def rate(n: int) -> float:
        span = first
        if factor == 1:
            n %= span
        while n >= span:
            n, span = n - span, span * factor
        return float(low + (base - low) * (1 + math.cos(math.pi * n / span)) / 2)

    return rate


def _cyclic(base: float, values: Values, length: int) -> Rate:
    top = values["max_lr"] or base
    low = values["base_lr"] if values["base_lr"] is not None else top / 10
    up = float(values["step_size_up"])
    down = float(values["step_size_down"] or up)
    turn = up / (up + down)

    def rate(n: int) -> float:
        cycle = math.floor(1 + n / (up + down))
        x = 1.0 + n / (up + down) - cycle
        height = x / turn if x <= turn else (x - 1) / (turn - 1)
        return float(low + (top - low) * height * _shrunk(values, cycle, n))

    return rate


def _shrunk(values: Values, cycle: int, n: int) -> float:
    """How high a peak is: each mode has its own count in torch, whatever ``scale_mode`` says."""
    match values["mode"]:
        case "triangular2":
            return 1 / 2.0 ** (cycle - 1)
        case "exp_range":
            return float(values["gamma"]) ** n
    return 1.0


def _one_cycle(base: float, values: Values, length: int) -> Rate:
    top = values["max_lr"] or base
    total = values["total_steps"] or length
    first = top / values["div_factor"]
    last = first / values["final_div_factor"]
    rise = float(values["pct_start"] * total) - 1
    phases = [(rise, first, top), (total - 1.0, top, last)]
    if values["three_phase"]:
        phases = [(rise, first, top), (2 * rise, top, first), (total - 1.0, first, last)]
    anneal = _along_cosine if values["anneal_strategy"] == "cos" else _along_line

    def rate(n: int) -> float:
        if n > total:
            return math.nan
        start = 0.0
        for place, (end, low, high) in enumerate(phases):
            if n <= end or place == len(phases) - 1:
                return anneal(low, high, (n - start) / (end - start)) if end != start else math.nan
            start = end
        return math.nan

    return rate


def _along_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


def _along_line(start: float, end: float, share: float) -> float:
    return (end - start) * share + start


FORMULAS: Mapping[str, Callable[[float, Values, int], Rate]] = {
    "ConstantLR": _constant,
    "CosineAnnealingLR": _cosine,
    "CosineAnnealingWarmRestarts": _restarts,
    "CyclicLR": _cyclic,
    "ExponentialLR": _exponential,
    "LinearLR": _linear,
    "MultiStepLR": _milestones,
    "OneCycleLR": _one_cycle,
    "PolynomialLR": _polynomial,
    "StepLR": _steps,
}
