"""Every layer of the catalogue, held against PyTorch: examples and drawn configurations are emitted and
executed on the CPU; shape, dtype and weights have to be torch's; what torch refuses the rules refuse.

``NETLOOM_SEARCH=1000`` draws that many configurations of each layer, at random, instead of a few fixed
ones.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, note, settings
from torch.utils.flop_counter import FlopCounterMode

from graph_engine.compile import compile_source
from graph_engine.errors import DesignError, ParameterError, ShapeError
from graph_engine.layers import CATALOGUE
from graph_engine.layers.base import Example, Layer, Learned
from graph_engine.layers.initialization import INITIALIZATIONS
from graph_engine.layers.shape import TensorType, evaluate
from tests.engine.layer_drawing import cases
from tests.engine.one_layer import (
    NODE,
    SIZES,
    Case,
    Run,
    emit,
    inference,
    is_unbatched,
    is_unsafe,
    rules,
    torch_says,
)

pytestmark = pytest.mark.torch

SEARCH = int(os.environ.get("NETLOOM_SEARCH", "0"))
# Inputs and outputs are the frame of every network here; blocks have tests of their own.
FRAME = frozenset({"Input", "Output", "Block"})
LAYERS = {name: kind for name, kind in CATALOGUE.items() if name not in FRAME}
EXAMPLES = [
    pytest.param(kind, example, id=f"{name}-{number}")
    for name, kind in LAYERS.items()
    for number, example in enumerate(kind.examples, 1)
]

# Where the rules refuse what torch accepts, on purpose: family, sentence, and why.
STRICTER: tuple[tuple[str, str, str], ...] = (
    (".*", "leaves? (nothing|none)|of which 0 can be used", "nothing is left to compute with"),
    (".*", "the input has 0 dimensions", "a single number has no batch"),
    (".*", "has a wire and the value", "torch would ignore one of them"),
    (".*", "needs one (number|length) for each", "broadcasting hides mistakes"),
    ("Loss", "needs floating-point numbers", "nothing else can learn"),
    ("Loss", "as on input|one for each|one class number each", "broadcasting hides mistakes"),
    ("Loss", "values in (pos_)?weight", "broadcasting hides mistakes"),
    ("Loss", "needs a variance for each", "broadcasting hides mistakes"),
    ("Loss", "needs (int64|indices)|cannot compare with", "torch reads these kinds by accident"),
    ("Attention|Transformer", "makes its own causal mask", "torch would drop one of the masks"),
    ("Attention|Transformer", "needs a mask of truth values", "works beside some masks only"),
    ("Attention", "they have to be equal", "broadcasting hides mistakes"),
    ("Attention", "is causal and has a mask", "torch would refuse or drop one"),
    ("Attention", "needs samples of 3 dimensions \\(heads", "heads stand behind the batch"),
    ("Activation|Normalization", "receives complex", "some kernels take them, most do not"),
    ("Recurrent", "needs float32 numbers", "states of other kinds work in some layouts only"),
    ("Embedding", "needs indices", "torch takes truth values as offsets"),
    ("Pooling", "whose points .* all miss", "torch writes outside its memory in training"),
    ("Upsampling", "single pixel", "torch fails for three channels"),
    ("Pooling|Dropout", "needs samples of", "torch takes further dimensions for channels"),
    ("Padding", "values around", "what is cut off cannot be wrapped around"),
    ("Position", "has .* positions", "torch would repeat a single position"),
    ("Signal", "needs samples of", "torch takes further dimensions for channels"),
)


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
@pytest.mark.parametrize("batch", [2, 3])
def test_examples_come_out_as_inferred(kind: type[Layer], example: Example, batch: int) -> None:
    case = Case.of(kind, example)

    foreseen = rules(case)
    result = torch_says(case.at(batch))

    assert not isinstance(foreseen, DesignError), foreseen
    assert isinstance(result, Run), result
    sizes = {"B": batch, **SIZES}
    assert result.outputs == tuple(
        TensorType(tuple(evaluate(size, sizes) for size in kind.shape), kind.dtype)
        for kind in foreseen
    )
    assert_weights(case, result)


@pytest.mark.parametrize("kind", LAYERS.values(), ids=list(LAYERS))
def test_drawn_configurations_agree_with_torch(kind: type[Layer]) -> None:
    @settings(
        max_examples=SEARCH or 25,
        derandomize=not SEARCH,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(case=cases(kind))
    def search(case: Case | ParameterError) -> None:
        if isinstance(case, ParameterError):
            assert str(case)[-1] in ".?", case
        else:
            note(f"{case.layer} on {', '.join(map(str, case.types))}")
            assert_agreement(case)

    search()


def assert_agreement(case: Case) -> None:
    """Rules and torch both accept, with the same result, or both refuse."""
    foreseen = rules(case)
    if is_unsafe(case):
        assert isinstance(foreseen, DesignError)
        return
    result = torch_says(case)
    if isinstance(foreseen, DesignError):
        assert_sentence(case, foreseen)
        if isinstance(result, Run) and not is_unbatched(case, foreseen):
            assert is_stricter(case, foreseen), f"torch accepts what is refused with: {foreseen}"
        return
    assert isinstance(result, Run), f"torch refuses what the rules accept: {result!r}"
    assert result.outputs == foreseen
    assert_weights(case, result)


def assert_weights(case: Case, result: Run) -> None:
    """The learned tensors have the names and shapes that the declaration says."""
    assert dict(result.weights) == {
        name: tuple(shape) for name, shape in case.layer.weights(*case.types).items()
    }


def assert_sentence(case: Case, refusal: DesignError) -> None:
    """The problem that a person sees names the node and the port, and says what to do."""
    problem = next(p for p in inference(case).problems() if p.node == NODE)
    assert f"`{NODE}" in problem.sentence
    assert problem.sentence.endswith((".", "?")), problem.sentence
    if isinstance(refusal, ShapeError):
        counted = any(port.variadic for port in case.layer.input_ports())
        assert problem.port in case.slots or (counted and not problem.port), problem.sentence


def is_stricter(case: Case, refusal: DesignError) -> bool:
    """Whether the refusal is one of those that go beyond torch's on purpose."""
    return any(
        re.fullmatch(family, case.layer.family) and re.search(sentence, str(refusal))
        for family, sentence, _ in STRICTER
    )


# What every declaration has ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=list(CATALOGUE))
def test_declarations_are_complete(kind: type[Layer]) -> None:
    parameters = kind.parameters().values()

    assert all(parameter.help.endswith(".") for parameter in parameters)
    assert len(kind.help()) > 8
    assert kind.family
    assert kind.examples or kind.__name__ in FRAME


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_values_survive_json(kind: type[Layer], example: Example) -> None:
    layer = kind(**example.parameters)
    if issubclass(kind, Learned):
        layer = layer.replace(weight_init={"init": "normal", "std": 0.02}, trainable=False)

    text = json.dumps(layer.changed(), default=lambda record: record.saved())

    assert kind(**json.loads(text)) == layer


# Costs and initialisation ------------------------------------------------------------------------

UNCOUNTED = {
    "AdaptiveLogSoftmaxWithLoss": "what it costs depends on the targets",
    "MatMul": "torch does not count products with a vector",
}


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_multiply_adds_are_those_of_torch(kind: type[Layer], example: Example) -> None:
    case = Case.of(kind, example).at(2)
    vectors = any(t is not None and len(t.shape) < 2 for t in case.types)
    if kind.__name__ in UNCOUNTED and (vectors or kind.__name__ != "MatMul"):
        pytest.skip(UNCOUNTED[kind.__name__])
    expected = kind(**example.parameters).multiply_adds(*example.inputs)

    counted = count(case)

    if counted is not None:
        assert evaluate(expected, {"B": 2, **SIZES}) == counted


def count(case: Case) -> float | None:
    """Half of what torch counts on the meta device; None where it cannot run there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.device("meta"):
            module = compile_source(emit(case))
            inputs = [
                torch.empty(t.shape, dtype=getattr(torch, t.dtype))  # type: ignore[arg-type]
                for t in case.types
                if t is not None
            ]
            try:
                with FlopCounterMode(display=False) as counter:
                    module(*(inputs or [torch.empty(2)]))
            except (NotImplementedError, RuntimeError):
                return None
    total: int = counter.get_total_flops()
    return total / 2


INITIALISED = [
    pytest.param(kind, name, id=f"{kind.__name__}-{name}")
    for kind in LAYERS.values()
    if issubclass(kind, Learned)
    for name in INITIALIZATIONS
]


@pytest.mark.parametrize(("kind", "name"), INITIALISED)
@pytest.mark.parametrize("which", ["weight_init", "bias_init"])
def test_initialisations_work_or_are_refused(kind: type[Layer], name: str, which: str) -> None:
    case = Case.of(kind, kind.examples[0])
    init: Any = INITIALIZATIONS[name]()
    case = Case(case.layer.replace(**{which: init}), case.types)

    problems = [p for p in inference(case).problems() if p.node == NODE]

    if problems:
        assert name in problems[0].sentence
    else:
        compile_source(emit(case))


def test_frozen_weights_do_not_learn() -> None:
    for kind in LAYERS.values():
        if issubclass(kind, Learned):
            case = Case.of(kind, kind.examples[0])
            module = compile_source(emit(Case(case.layer.replace(trainable=False), case.types)))
            assert not any(weight.requires_grad for weight in module.parameters()), kind


# Form --------------------------------------------------------------------------------------------


def test_source_is_formatted_and_clean(tmp_path: Path) -> None:
    for index, parameters in enumerate(EXAMPLES):
        kind, example = parameters.values
        text = emit(Case.of(kind, example)).text  # type: ignore[arg-type]
        (tmp_path / f"m{index}_{kind.__name__}.py").write_text(text, "utf-8")  # type: ignore[union-attr]

    ruff = [sys.executable, "-m", "ruff"]
    for command in (["format", "--check"], ["check", "--select", "E4,E7,E9,F,I"]):
        done = subprocess.run(
            [*ruff, *command, "--isolated", "--quiet", str(tmp_path)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[:3000] + done.stderr[:1000]
