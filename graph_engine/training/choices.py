"""The optimizers, schedulers and losses that a recipe can name: one declared class for each.

They are made from ``resources/torch_signatures.json``, so that forms and checks need no torch; the
worker makes torch's own objects from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib.resources import files
from typing import Any, ClassVar, Literal, Self, TypeVar

from graph_engine.declaration import Declared, param, short
from graph_engine.errors import ParameterError

__all__ = ["LOSSES", "OPTIMIZERS", "SCHEDULERS", "Literal", "Loss", "Optimizer", "Scheduler"]


class Choice(Declared):
    """A class of torch by its name, with values for its parameters."""

    name: ClassVar[str] = ""
    what: ClassVar[str] = ""
    known: ClassVar[dict[str, type[Choice]]] = {}

    def saved(self) -> dict[str, Any]:
        """The name and every value, as JSON can hold them."""
        return {"name": self.name, **{name: plain(value) for name, value in self.values().items()}}

    def __getitem__(self, parameter: str) -> Any:
        """The value of a parameter; which there are depends on the class."""
        return self.__dict__[parameter]

    @classmethod
    def read(cls, saved: object) -> Self:
        """The choice from its name alone or from its saved form.

        Raises ParameterError, with the nearest name, for one that does not exist.
        """
        fields: Mapping[Any, Any] = {"name": saved} if isinstance(saved, str) else {}
        if isinstance(saved, Mapping):
            fields = saved
        name = fields.get("name")
        if isinstance(name, str) and name in LEFT_OUT:
            raise ParameterError(f"{name} cannot be chosen. {LEFT_OUT[name]}")
        kind = cls.known.get(name) if isinstance(name, str) else None
        if kind is None:
            raise ParameterError(unknown(cls.what, name, cls.known))
        return kind(**{str(key): value for key, value in fields.items() if key != "name"})  # type: ignore[return-value]

    @classmethod
    def _unknown(cls, name: str) -> str:
        return unknown(f"parameter of {cls.name}", name, cls.parameters())

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.changed().items())
        return f"{self.name}({inside})"


Kind = TypeVar("Kind", bound=Choice)


class Optimizer(Choice):
    """How the weights follow their gradients; one of ``torch.optim``."""

    what = "optimizer"
    known: ClassVar[dict[str, type[Choice]]] = {}


class Scheduler(Choice):
    """How the learning rate changes during a run; one of ``torch.optim.lr_scheduler``."""

    what = "scheduler"
    known: ClassVar[dict[str, type[Choice]]] = {}


class Loss(Choice):
    """What training makes small; one of the losses of ``torch.nn``."""

    what = "loss"
    known: ClassVar[dict[str, type[Choice]]] = {}


def plain(value: object) -> Any:
    """A value as JSON holds it: choices in their saved form, tuples as lists."""
    if isinstance(value, Choice):
        return value.saved()
    return [plain(item) for item in value] if isinstance(value, tuple) else value


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """“There is no optimizer 'Adm'. Did you mean 'Adam'? There are …”"""
    names = list(known)
    near = get_close_matches(str(name), names, n=1, cutoff=0.5) or [
        each for each in names if each.lower() == str(name).lower()
    ]
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no {what} {short(name)}.{hint} There are {', '.join(names) or 'none'}."


def _made(base: type[Kind], described: Mapping[str, Any]) -> dict[str, type[Kind]]:
    made: dict[str, type[Kind]] = {}
    for name, each in described.items():
        parameters = each["parameters"]
        body: dict[str, Any] = {"__doc__": each["help"], "__module__": __name__, "name": name}
        body["__annotations__"] = {key: entry["type"] for key, entry in parameters.items()}
        body |= {key: _param(entry) for key, entry in parameters.items()}
        made[name] = type(name, (base,), body)
    base.known.update(made)
    return made


def _param(entry: Mapping[str, Any]) -> Any:
    return param(entry["default"], low=entry.get("low"), high=entry.get("high"), help=entry["help"])


_TABLE = json.loads(files("resources").joinpath("torch_signatures.json").read_text("utf-8"))

OPTIMIZERS = _made(Optimizer, _TABLE["optimizers"])
SCHEDULERS = _made(Scheduler, _TABLE["schedulers"])
LOSSES = _made(Loss, _TABLE["losses"])
LEFT_OUT: Mapping[str, str] = _TABLE["left_out"]
