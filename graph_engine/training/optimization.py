"""From the recipe's choices to torch's optimizers and schedulers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler

from graph_engine.errors import TrainingError
from graph_engine.training.choices import Optimizer, Scheduler
from graph_engine.training.recipe import Recipe
from graph_engine.training.schedule import moves_each_step

STEERED = "netloom_steered"
LENGTHS = ("T_max", "total_steps", "_schedule_phases")

Closure = Callable[[], Tensor]


# Optimizers --------------------------------------------------------------------------------------


def make_optimizer(choice: Optimizer, module: nn.Module) -> torch.optim.Optimizer:
    """The optimizer of all trainable weights.

    Raises TrainingError where nothing can be trained, or torch refuses the values.
    """
    weights = [weight for weight in module.parameters() if weight.requires_grad]
    if not weights:
        raise TrainingError(
            "There is nothing to train: the network has no weights that are trainable."
        )
    if choice.name == "Muon":
        return _divided(choice, weights, [w for w in weights if w.ndim == 2], "AdamW")
    if choice.name == "SparseAdam":
        return _divided(choice, weights, _sparse(module), "Adam")
    return _made(choice.name, weights, choice.values())


def _divided(
    choice: Optimizer, weights: Sequence[Tensor], own: Sequence[Tensor], other: str
) -> torch.optim.Optimizer:
    """``own`` weights by the chosen optimizer, the others by a general one."""
    mine = {id(weight) for weight in own}
    rest = [weight for weight in weights if id(weight) not in mine]
    if not own:
        wanted = "matrices" if choice.name == "Muon" else "Embedding layers with sparse gradients"
        raise TrainingError(
            f"{choice.name} is for {wanted}, and the network has none. Choose {other}."
        )
    shared = {"lr": choice["lr"], **_maximized(choice)}
    first = _made(choice.name, own, choice.values())
    return Together(first, _made(other, rest, shared)) if rest else first


def _maximized(choice: Optimizer) -> dict[str, Any]:
    return {"maximize": choice["maximize"]} if "maximize" in choice.values() else {}


def _sparse(module: nn.Module) -> list[Tensor]:
    kinds = (nn.Embedding, nn.EmbeddingBag)
    found = [each.weight for each in module.modules() if isinstance(each, kinds) and each.sparse]
    return [weight for weight in found if weight.requires_grad]


def rated_optimizer(
    choice: Optimizer, groups: Sequence[tuple[Sequence[Tensor], float]]
) -> torch.optim.Optimizer:
    """The optimizer of groups of weights, each with a share of the learning rate, the last group first.

    Raises TrainingError where torch refuses the values, or the optimizer cannot have groups.
    """
    if choice.name in ("LBFGS", "Muon", "SparseAdam"):
        raise TrainingError(f"{choice.name} has one learning rate for all. Choose AdamW or SGD.")
    parts = [
        {"params": list(weights), "lr": share * choice["lr"]}
        for weights, share in reversed(groups)
        if weights
    ]
    return _made(choice.name, parts, choice.values())


def _made(name: str, weights: Sequence[Any], values: Mapping[str, Any]) -> torch.optim.Optimizer:
    try:
        made: torch.optim.Optimizer = getattr(torch.optim, name)(weights, **values)
    except (ValueError, RuntimeError, TypeError) as error:
        raise TrainingError(f"{name} refuses its values: {error}") from error
    return made


class Together(torch.optim.Optimizer):
    """Two optimizers that share a network, seen as one by schedulers, scalers and checkpoints."""

    def __init__(self, first: torch.optim.Optimizer, second: torch.optim.Optimizer) -> None:
        weights = [w for o in (first, second) for group in o.param_groups for w in group["params"]]
        super().__init__(weights, dict(first.defaults))
        self.first, self.second = first, second
        self.share_groups()

    def step(self, closure: Closure | None = None) -> Any:  # type: ignore[override]
        """Both take their step."""
        loss = closure() if closure else None
        self.first.step()
        self.second.step()
        return loss

    def state_dict(self) -> dict[str, Any]:
        """The states of both."""
        return {"first": self.first.state_dict(), "second": self.second.state_dict()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restores both."""
        self.first.load_state_dict(state_dict["first"])
        self.second.load_state_dict(state_dict["second"])
        self.share_groups()

    def share_groups(self) -> None:
        """Shows the groups of both as one list, after they were made anew."""
        self.param_groups = [*self.first.param_groups, *self.second.param_groups]


def forget(optimizer: torch.optim.Optimizer, choice: Optimizer, module: nn.Module) -> None:
    """Takes away what the optimizer remembers of earlier gradients; learning rates stay."""
    fresh = make_optimizer(choice, module)
    if isinstance(optimizer, Together) and isinstance(fresh, Together):
        _forget_as(optimizer.first, fresh.first)
        _forget_as(optimizer.second, fresh.second)
        optimizer.share_groups()
    else:
        _forget_as(optimizer, fresh)


def _forget_as(optimizer: torch.optim.Optimizer, fresh: torch.optim.Optimizer) -> None:
    optimizer.load_state_dict(optimizer.state_dict() | {"state": fresh.state_dict()["state"]})


# Schedulers --------------------------------------------------------------------------------------


class Schedule:
    """The scheduler, if there is one, and when it moves.

    A rate that was set by hand becomes a factor: the scheduler goes on with rates of its own, and what
    the optimizer has is the factor times those.
    """

    def __init__(
        self,
        recipe: Recipe,
        optimizer: torch.optim.Optimizer,
        steps_per_epoch: int,
        mode: Literal["min", "max"],
    ) -> None:
        choice = recipe.scheduler
        self.by_metric = choice is not None and choice.name == "ReduceLROnPlateau"
        self.each_step = moves_each_step(recipe)
        length = recipe.epochs * (steps_per_epoch if self.each_step else 1)
        self.optimizer = optimizer
        self.factor = 1.0
        self.rates: list[float] = []
        self.scheduler: Any = None
        if choice is not None:
            self.scheduler = _made_scheduler(choice, optimizer, length, mode)

    def stepped(self) -> None:
        """After each update of the weights."""
        if self.scheduler is not None and self.each_step:
            self._move()

    def epoch_ended(self, metric: float) -> None:
        """After each epoch, with the watched metric."""
        if self.scheduler is None or self.each_step:
            return
        if self.by_metric:
            self._move(metric)
        else:
            self._move()

    def _move(self, *metric: float) -> None:
        if not self.rates:
            self.scheduler.step(*metric)
            return
        self._put(self.rates)
        self.scheduler.step(*metric)
        self.rates = self._now()
        self._put([self.factor * rate for rate in self.rates])

    def rescale(self, rate: float) -> None:
        """Goes on from this rate of the first group, all groups and the rest of the schedule in
        proportion. Raises TrainingError where the schedule has come to 0."""
        rates = self.rates or self._now()
        if not rates[0]:
            raise TrainingError(
                "The schedule has brought the learning rate to 0, and nothing is in proportion to 0. "
                "Choose another schedule for a new run."
            )
        self.factor = rate / rates[0]
        self.rates = rates
        self._put([self.factor * each for each in rates])

    def _now(self) -> list[float]:
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def _put(self, rates: Sequence[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        state = {} if self.scheduler is None else dict(self.scheduler.state_dict())
        return state | ({STEERED: [self.factor, self.rates]} if self.rates else {})

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a checkpoint. A length that follows from the run stays that of the new run,
        which may have more epochs."""
        own = dict(state)
        self.factor, self.rates = own.pop(STEERED, (1.0, []))
        if self.scheduler is None:
            return
        kept = {
            name: vars(self.scheduler)[name] for name in LENGTHS if name in vars(self.scheduler)
        }
        self.scheduler.load_state_dict(own)
        vars(self.scheduler).update(kept)


def _made_scheduler(
    choice: Scheduler,
    optimizer: torch.optim.Optimizer,
    length: int,
    mode: Literal["min", "max"],
) -> Any:
    values = choice.values() | _following(choice, optimizer, length, mode)
    try:
        return getattr(lr_scheduler, choice.name)(optimizer, **values)
    except (ValueError, TypeError, ZeroDivisionError) as error:
        raise TrainingError(f"{choice.name} refuses its values: {error}") from error


def _following(
    choice: Scheduler, optimizer: torch.optim.Optimizer, length: int, mode: str
) -> dict[str, Any]:
    """The values that are left empty and follow from the run."""
    rate = optimizer.param_groups[0]["lr"]
    top = choice.values().get("max_lr") or rate
    wishes = {
        "T_max": length,
        "total_steps": length,
        "max_lr": top,
        "base_lr": top / 10,
        "cycle_momentum": _has_momentum(optimizer),
        "mode": mode,
    }
    empty = (name for name, value in choice.values().items() if value is None)
    return {name: wishes[name] for name in empty if name in wishes}


def _has_momentum(optimizer: torch.optim.Optimizer) -> bool:
    return "momentum" in optimizer.defaults or "betas" in optimizer.defaults


# Gradients ---------------------------------------------------------------------------------------


def penalty(weights: Iterable[Tensor], l1: float, l2: float) -> Tensor:
    """``l1 Σ|w| + l2 Σw²`` over matrices and filters; biases and scales are left alone, as is usual."""
    terms = []
    for weight in weights:
        if weight.ndim > 1 and l1:
            terms.append(l1 * weight.abs().sum())
        if weight.ndim > 1 and l2:
            terms.append(l2 * weight.square().sum())
    return torch.stack(terms).sum() if terms else torch.zeros(())


def clip(recipe: Recipe, weights: Sequence[Tensor]) -> None:
    """Shortens the gradients, or cuts their entries, as the recipe says."""
    if recipe.clip_norm is not None:
        nn.utils.clip_grad_norm_(weights, recipe.clip_norm)
    elif recipe.clip_value is not None:
        nn.utils.clip_grad_value_(weights, recipe.clip_value)
