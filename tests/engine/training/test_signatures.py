"""The shipped table of optimizers, schedulers and losses is what torch itself says."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
import torch

from graph_engine.training import signatures
from graph_engine.training.parameter_notes import HELP, IGNORED, LEFT_OUT, NOTES, Note

pytestmark = pytest.mark.torch

SHIPPED = files("resources").joinpath("torch_signatures.json").read_text("utf-8")
FAMILIES = ("optimizers", "schedulers", "losses")


def test_the_shipped_table_is_that_of_its_torch() -> None:
    # Given the shipped table and the installed torch
    shipped = json.loads(SHIPPED)

    # When it is the same torch, then the table made anew is the same text
    if shipped["torch"] == torch.__version__.split("+")[0]:
        assert signatures.text() == SHIPPED

    # And of another torch that we support, everything that is shipped is known there
    now = signatures.table()
    for family in FAMILIES:
        assert set(now[family]) >= set(shipped[family])
        for name, each in shipped[family].items():
            assert set(now[family][name]["parameters"]) >= set(each["parameters"]), name


def test_nothing_public_is_missing() -> None:
    # Given all public names of torch.optim, its schedulers and the losses of torch.nn
    shipped = json.loads(SHIPPED)
    known = {name for family in FAMILIES for name in shipped[family]} | set(LEFT_OUT)
    public = {
        name
        for module, base in (
            (torch.optim, torch.optim.Optimizer),
            (torch.optim.lr_scheduler, torch.optim.lr_scheduler.LRScheduler),
            (torch.nn, torch.nn.Module),
        )
        for name, each in vars(module).items()
        if isinstance(each, type) and issubclass(each, base) and each is not base
        if not name.startswith("_") and (module is not torch.nn or "Loss" in name)
    }

    # Then each can be chosen or is left out for a reason
    assert public <= known
    assert len(shipped["optimizers"]) == 15
    assert len(shipped["schedulers"]) == 11


def test_no_note_is_about_nothing() -> None:
    # Given the notes laid over torch's signatures
    shipped = json.loads(SHIPPED)
    described = {name: each for family in FAMILIES for name, each in shipped[family].items()}

    # Then every note and help is about a class and a parameter that exist
    parameters = {key for each in described.values() for key in each["parameters"]}
    for key in NOTES:
        owner, _, name = key.rpartition(".")
        assert name in (described[owner]["parameters"] if owner else parameters), key
    assert set(HELP) == set(described)
    assert not IGNORED & parameters


def test_a_signature_that_cannot_be_shown_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given classes with a parameter that has no default, and one of a kind that no form can edit
    class Bare:
        def __init__(self, lr: float) -> None: ...

    class Odd:
        def __init__(self, lr: dict[str, Any] = {}) -> None: ...  # noqa: B006

    # When they are described, then the parameter is named
    monkeypatch.setitem(NOTES, "lr", Note("Learning rate."))
    for kind, words in ((Bare, "Bare.lr needs a default"), (Odd, "needs a type")):
        monkeypatch.setattr(signatures, "optimizers", lambda kind=kind: {"Adam": kind})
        with pytest.raises(TypeError, match=words):
            signatures.table()
