"""Thousands of sliding windows, trained through for real: convolutions and pooling of every dimension,
with the sizes known and unknown."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

from graph_engine.errors import DesignError
from graph_engine.layers import CATALOGUE, Layer
from graph_engine.layers.shape import TensorType, evaluate
from tests.engine.layers.sliding_draws import (
    FAMILIES,
    constructed,
    image,
    refused_module,
    trained,
    unknown,
)

pytestmark = pytest.mark.torch

DRAWS = 150


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("name", FAMILIES)
def test_windows_agree_with_torch(name: str) -> None:
    random = Random(name)
    accepted = 0
    for _ in range(DRAWS):
        draw, kind = FAMILIES[name](random, name), image(random, name)
        accepted += agrees(name, draw, kind)

    assert DRAWS // 10 < accepted < DRAWS


def agrees(name: str, draw: dict[str, Any], kind: TensorType) -> bool:
    """Holds one configuration against torch; whether it was accepted."""
    drawn, foreseen = foretold(name, draw, kind)
    if drawn is None:
        if not re.search("leaves nothing|all miss", str(foreseen)):
            result = trained(lambda: refused_module(name, draw, kind), kind)
            assert result is None, f"{name} {draw} on {kind}: {foreseen}"
        return False
    result = trained(lambda: constructed(drawn, kind), kind)
    assert result == foreseen, f"{name} {draw} on {kind}"
    assert symbolic(drawn, kind) == foreseen, f"{name} {draw} on {kind} with unknown sizes"
    return True


def foretold(name: str, draw: dict[str, Any], kind: TensorType) -> tuple[Layer | None, object]:
    """The layer and the types that come out, or None and the refusal."""
    try:
        drawn = CATALOGUE[name](**draw)
        foreseen = drawn.infer(kind)
    except DesignError as error:
        return None, error
    return drawn, (foreseen,) if isinstance(foreseen, TensorType) else foreseen


def symbolic(drawn: Layer, kind: TensorType) -> tuple[TensorType, ...]:
    """What the rule for unknown sizes says once the sizes are known."""
    open_kind, sizes = unknown(kind)
    foreseen = drawn.infer(open_kind)
    types = (foreseen,) if isinstance(foreseen, TensorType) else foreseen
    return tuple(
        TensorType(tuple(evaluate(size, sizes) for size in found.shape), found.dtype)
        for found in types
    )
