"""The catalogue has every module of torch.nn, with torch's own parameters and defaults."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from torch import nn
from torch.nn import functional as F

from graph_engine.kinds import Kind
from graph_engine.layers import CATALOGUE
from graph_engine.layers.base import NOT_ARGUMENTS, Module
from tests.engine.one_layer import Case

pytestmark = pytest.mark.torch

CONTAINERS = {
    "Module", "Container", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict",
    "DataParallel",
}  # fmt: skip
BASES = {"RNNBase", "RNNCellBase"}
MODULES = {
    name: kind
    for name, kind in vars(nn).items()
    if isinstance(kind, type) and issubclass(kind, nn.Module) and not name.startswith("_")
}
TWINS = [
    pytest.param(CATALOGUE[name], kind, id=name)
    for name, kind in MODULES.items()
    if name in CATALOGUE
]

# Arguments of torch that no parameter of ours stands for, and why.
LEFT_OUT = {
    "device": "the whole network is moved",
    "dtype": "the whole network is converted",
    "size_average": "deprecated",
    "reduce": "deprecated",
    "custom_encoder": "drawn from its parts instead",
    "custom_decoder": "drawn from its parts instead",
    "encoder_layer": "its parameters are the layer's own",
    "decoder_layer": "its parameters are the layer's own",
    "process_group": "belongs to a run on several machines",
    "options": "belongs to the memory of a device",
    "kdim": "follows from the key",
    "vdim": "follows from the value",
    "num_channels": "follows from the input, behind num_groups",
}
ALIASES = {"Hardtanh": {"min_value", "max_value"}}

# Parameters of ours that torch's constructor does not have: what a layer of a stack takes, and how many
# of the input's dimensions make up normalized_shape.
STACKED = {
    "nhead", "dim_feedforward", "dropout", "activation", "layer_norm_eps", "norm_first", "bias",
}  # fmt: skip
OWN = {
    "TransformerEncoder": STACKED,
    "TransformerDecoder": STACKED,
    "LayerNorm": {"dims"},
    "RMSNorm": {"dims"},
}

# Defaults that are the same under another name.
SAME: dict[tuple[str, Any], Any] = {
    ("activation", F.relu): "relu",
    ("norm", None): False,
    ("distance_function", None): "euclidean",
}


def test_no_module_is_missing() -> None:
    expected = {
        name
        for name, kind in MODULES.items()
        if name not in CONTAINERS | BASES
        and not issubclass(kind, nn.modules.lazy.LazyModuleMixin)
        and not hasattr(kind, "__deprecated__")
    }

    assert expected - CATALOGUE.keys() == set()


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
def test_parameters_are_those_of_torch(ours: type[Module], theirs: type[nn.Module]) -> None:
    arguments = signature(theirs)
    sizes, fixed = given_by_rule(ours)

    own = {n for n in ours.parameters() if n not in NOT_ARGUMENTS | ours.call_parameters}

    left_out = {n for n in arguments if n in LEFT_OUT or n.startswith("_")}
    left_out |= ALIASES.get(ours.__name__, set())
    missing = arguments.keys() - own - sizes - fixed - left_out
    extra = own - arguments.keys() - OWN.get(ours.__name__, set())
    assert (missing, extra) == (set(), set())


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
def test_defaults_are_those_of_torch(ours: type[Module], theirs: type[nn.Module]) -> None:
    arguments = signature(theirs)
    for name, parameter in ours.parameters().items():
        if name not in arguments or name in ours.call_parameters:
            continue
        default = arguments[name].default
        if default is inspect.Parameter.empty:
            assert parameter.positional or parameter.required, f"{name} has to be written always"
        elif not parameter.required and not parameter.positional:
            wanted = SAME.get((name, default)) if callable(default) or default is None else default
            normal = parameter.kind.normal(default if wanted is None else wanted)
            assert normal is not Kind.REFUSED, name
            assert normal == parameter.default, name


@pytest.mark.parametrize(("ours", "theirs"), TWINS)
def test_positions_are_those_of_torch(ours: type[Module], theirs: type[nn.Module]) -> None:
    sizes, _ = given_by_rule(ours)
    if issubclass(theirs, nn.TransformerEncoder | nn.TransformerDecoder):
        return
    inferred = [name for name in signature(theirs) if name in sizes]
    by_position = [name for name, p in ours.parameters().items() if p.positional]

    order = list(signature(theirs))
    assert [*inferred, *by_position] == order[: len(inferred) + len(by_position)]


def signature(kind: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """The constructor's arguments; those of the base class for the recurrent ones, which hide theirs."""
    found = dict(inspect.signature(kind).parameters)
    if issubclass(kind, nn.RNNBase):
        found = dict(inspect.signature(nn.RNNBase).parameters)
        del found["mode"]
        if kind is nn.RNN:
            tanh = inspect.Parameter("nonlinearity", inspect.Parameter.KEYWORD_ONLY, default="tanh")
            found["nonlinearity"] = tanh
        if kind is not nn.LSTM:
            del found["proj_size"]
    return {n: p for n, p in found.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


def given_by_rule(ours: type[Module]) -> tuple[set[str], set[str]]:
    """The names of the arguments that follow from the input's shape, and of those that are fixed."""
    case = Case.of(ours, ours.examples[0])
    layer = case.layer
    assert isinstance(layer, Module)
    return set(layer.inferred(*case.types)), set(layer.fixed())
