"""What a run needs besides the drawing and the data: one declared record, checked without torch."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from graph_engine.declaration import Declared, Parameter, param, short
from graph_engine.errors import ParameterError
from graph_engine.kinds import Either, Kind, Record, Saved, Taking
from graph_engine.training.choices import Choice, Loss, Optimizer, Scheduler, plain, unknown
from graph_engine.training.procedure_choices import Procedure

Task = Literal[
    "auto",
    "classification",
    "binary",
    "multilabel",
    "regression",
    "reconstruction",
    "generation",
    "language_model",
    "sequence",
    "transcription",
    "embedding",
    "control",
]

ALIASES = {
    "learning_rate": "optimizer.lr",
    "lr": "optimizer.lr",
    "weight_decay": "optimizer.weight_decay",
    "momentum": "optimizer.momentum",
    "label_smoothing": "loss.label_smoothing",
}

CHANGEABLE = frozenset(
    {
        "epochs",
        "patience",
        "min_delta",
        "metrics",
        "device",
        "workers",
        "threads",
        "checkpoint_epochs",
        "checkpoint_steps",
        "checkpoint_seconds",
    }
)
"""What may differ when a run goes on."""

NONE_WORDS = frozenset({"none", "null", "off", ""})
TRUTH_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Recipe(Declared):
    """How a network is trained."""

    task: Task = param("auto", help="What the network is for; auto follows from the target.")
    loss: Taking[Loss | None, Saved] = param(
        None, help="What training makes small; empty follows from the task."
    )
    procedure: Taking[Procedure | None, Saved] = param(
        None, help="How a step is made; empty follows from the task."
    )
    optimizer: Taking[Optimizer, Saved] = param(
        "AdamW", help="How the weights follow their gradients."
    )
    scheduler: Taking[Scheduler | None, Saved] = param(
        None, help="How the learning rate changes; empty: not."
    )
    schedule_each: Literal["auto", "epoch", "step"] = param(
        "auto", help="When the scheduler moves; auto: each step for cyclic ones, else each epoch."
    )
    epochs: int = param(10, low=1, help="How often every sample is met.")
    batch_size: int = param(32, low=1, help="Samples in one batch.")
    accumulate: int = param(1, low=1, help="Batches whose gradients make one step.")
    shuffle: bool = param(True, help="Meet the samples in a new order in every epoch.")
    drop_last: bool = param(False, help="Leave out the last batch of an epoch if it is smaller.")
    seed: int = param(0, low=0, high=2**63 - 1, help="Start of all randomness.")
    device: Literal["auto", "cpu", "cuda", "mps"] = param("auto", help="Where to compute.")
    precision: Literal["float32", "bfloat16", "float16"] = param(
        "float32", help="Number format of the forward pass; weights stay float32."
    )
    clip_norm: float | None = param(None, low=1e-12, help="Longest gradient; empty: any.")
    clip_value: float | None = param(None, low=1e-12, help="Largest entry of the gradient.")
    l1: float = param(0.0, low=0.0, help="Penalty on the sum of the absolute weights.")
    l2: float = param(0.0, low=0.0, help="Penalty on the sum of the squared weights.")
    patience: int = param(0, low=0, help="Epochs without improvement that end the run; 0: never.")
    min_delta: float = param(0.0, low=0.0, help="Smallest change that counts as improvement.")
    monitor: str = param("auto", help="The metric that chooses the best weights; auto: the loss.")
    metrics: tuple[str, ...] | None = param(None, help="What to measure; empty: the task's own.")
    workers: int = param(0, low=0, high=256, help="Processes that load data; 0: none.")
    threads: int = param(0, low=0, high=1024, help="Threads of torch; 0: all cores but one.")
    checkpoint_epochs: int = param(1, low=0, help="Epochs between checkpoints; 0: by time only.")
    checkpoint_steps: int = param(0, low=0, help="Steps between checkpoints; 0: by time only.")
    checkpoint_seconds: float = param(30.0, low=0.0, help="Longest time without a checkpoint.")

    def validate(self) -> None:
        """Raises ParameterError for values that do not go together."""
        if self.precision == "float16" and self.device in ("cpu", "mps"):
            raise ParameterError(
                f"float16 needs a CUDA device, but `device` is {self.device}: choose bfloat16."
            )
        if self.clip_norm is not None and self.clip_value is not None:
            raise ParameterError("Choose `clip_norm` or `clip_value`, not both.")

    def saved(self) -> dict[str, Any]:
        """Every value, as JSON can hold it: a run stays what it was when defaults change."""
        return {name: plain(value) for name, value in self.values().items()}

    def differing(self) -> dict[str, Any]:
        """What differs from the default recipe, as a project's file has it."""
        usual = type(self)().saved()
        return {key: value for key, value in self.saved().items() if value != usual[key]}

    @classmethod
    def read(cls, saved: object) -> Recipe:
        """The recipe from its saved form; values that are missing have their defaults.

        Raises ParameterError for an unknown name or a value that is not taken.
        """
        if not isinstance(saved, Mapping):
            raise ParameterError(f"A recipe is saved as values by name, not as {short(saved)}.")
        return cls(**{str(name): value for name, value in saved.items()})

    def with_setting(self, key: str, text: str) -> Recipe:
        """The recipe with one value as a person types it: ``epochs=3``, ``optimizer=AdamW``,
        ``learning_rate=0.01`` or ``optimizer.betas=0.9,0.99``.

        Raises ParameterError in words for a key that does not exist or a value that is not taken.
        """
        head, _, rest = ALIASES.get(key, key).partition(".")
        parameter = self.parameters().get(head)
        if parameter is None:
            raise ParameterError(unknown("setting", key, [*self.parameters(), *ALIASES]))
        if rest:
            return self.replace(**{head: self._choice_with(head, parameter, rest, text)})
        current = getattr(self, head)
        if isinstance(current, Choice) and text == current.name:
            return self
        return self.replace(**{head: parse(parameter, text)})

    def going_on(self, changed: Recipe) -> Recipe:
        """The recipe with which an interrupted run goes on.

        Raises ParameterError where something else changed than how long, where and how watchfully the
        run goes on: optimizer and data have a past that other values would not fit.
        """
        own, other = self.values(), changed.values()
        fixed = [name for name in own if own[name] != other[name] and name not in CHANGEABLE]
        if fixed:
            raise ParameterError(
                f"A run that goes on keeps its `{'`, `'.join(fixed)}`. Start a new run for that; "
                f"{', '.join(sorted(CHANGEABLE))} may change."
            )
        return changed

    def thread_count(self) -> int:
        """Threads for torch: all cores but one, so that a window stays quick."""
        return self.threads or max(1, (os.cpu_count() or 1) - 1)

    @classmethod
    def _unknown(cls, name: str) -> str:
        return unknown("setting", name, cls.parameters())

    def _choice_with(self, head: str, parameter: Parameter, name: str, text: str) -> Choice:
        if not _takes_choice(parameter.kind):
            raise ParameterError(f"`{head}` is a single value: write {head}={text}.")
        choice = getattr(self, head)
        if choice is None:
            raise ParameterError(
                f"No {head} is chosen, so `{name}` cannot be set: set {head}=NAME first."
            )
        inner = choice.parameters().get(name)
        if inner is None:
            raise ParameterError(unknown(f"parameter of {choice.name}", name, choice.parameters()))
        changed: Choice = choice.replace(**{name: parse(inner, text)})
        return changed


def parse(parameter: Parameter, text: str) -> Any:
    """The value that a person means by a text, in the parameter's normal form.

    Raises ParameterError with what was expected.
    """
    refusal: ParameterError | None = None
    for value in _readings(text.strip()):
        try:
            return parameter.check(value)
        except ParameterError as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def _readings(text: str) -> Iterator[object]:
    """What a text can mean, in the order in which a parameter is asked: itself, a word, a number,
    a list."""
    yield text
    yield from _words(text)
    yield from _numbers(text)
    if text.startswith("["):
        with contextlib.suppress(ValueError, RecursionError):
            yield json.loads(text)
    parts = [part.strip() for part in text.split(",")]
    yield parts
    yield [next(_numbers(part), part) for part in parts]


def _words(text: str) -> Iterator[object]:
    word = text.lower()
    if word in NONE_WORDS:
        yield None
    if word in TRUTH_WORDS:
        yield TRUTH_WORDS[word]


def _numbers(text: str) -> Iterator[int | float]:
    for number in (int, float):
        with contextlib.suppress(ValueError):
            yield number(text)


def _takes_choice(kind: Kind) -> bool:
    if isinstance(kind, Either):
        return any(map(_takes_choice, kind.options))
    return isinstance(kind, Record)
