"""The operations of the catalogue beside PyTorch: kinds of numbers, refusals, unknown sizes, source.

What every layer has to fulfil is tested in ``test_catalogue``; here is what is special to operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
import torch

from graph_engine.codegen.layout import flat
from graph_engine.errors import DesignError, ParameterError, ShapeError
from graph_engine.layers import CATALOGUE
from graph_engine.layers.arithmetic import promoted, result_dtype
from graph_engine.layers.base import Layer
from graph_engine.layers.einsum import Einsum
from graph_engine.layers.operation import Operation, Supplied
from graph_engine.layers.shape import BATCH, BYTES, TensorType, symbolic, tensor
from tests.engine.one_layer import Case, Run, rules, torch_says

pytestmark = pytest.mark.torch

T, S, H = symbolic("T"), symbolic("S"), symbolic("H")
OPERATIONS = [
    kind
    for kind in CATALOGUE.values()
    if issubclass(kind, Operation | Supplied) and kind.examples[0].inputs
]


def typed(*sizes: int, dtype: str = "float32") -> TensorType:
    """A whole shape with its batch."""
    return TensorType(sizes, dtype)


# Kinds of numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), list(product(BYTES, repeat=2)))
def test_dtypes_are_promoted_as_torch_does(a: str, b: str) -> None:
    whole, single = TensorType((2,), a), TensorType((), b)
    x, y = torch.ones(2, dtype=getattr(torch, a)), torch.ones((), dtype=getattr(torch, b))

    assert promoted(a, b) == name(torch.promote_types(x.dtype, y.dtype))
    if torch.result_type(x, y) == torch.complex32:
        with pytest.raises(ShapeError, match="complex numbers of 16 bits"):
            result_dtype(whole, single)
    else:
        assert result_dtype(whole, single) == name(torch.result_type(x, y))
        assert result_dtype(single, whole) == name(torch.result_type(y, x))


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.__name__)
def test_every_dtype_is_taken_or_refused_as_torch_does(kind: type[Layer]) -> None:
    for example in kind.examples:
        case = replace(Case.of(kind, example).at(2), steady=True)
        for types in with_other_dtypes(case.types):
            assert_agreement(replace(case, types=types))


def with_other_dtypes(
    types: Sequence[TensorType | None],
) -> Sequence[tuple[TensorType | None, ...]]:
    """Each input, and then all of them, with each dtype."""
    found = [tuple(t and t._replace(dtype=dtype) for t in types) for dtype in BYTES]
    for index, kind in enumerate(types):
        if kind is not None:
            others = (kind._replace(dtype=dtype) for dtype in BYTES)
            found += [(*types[:index], other, *types[index + 1 :]) for other in others]
    return found


def assert_agreement(case: Case) -> None:
    """Rules and torch both refuse, or give the same."""
    foreseen, result = rules(case), torch_says(case)
    assert isinstance(foreseen, DesignError) == isinstance(result, Exception), (
        case,
        foreseen,
        result,
    )
    if isinstance(result, Run):
        assert foreseen == result.outputs, case


def name(dtype: torch.dtype) -> str:
    """``float32``"""
    return str(dtype).removeprefix("torch.")


# What is refused ---------------------------------------------------------------------------------

IMAGE = typed(2, 3, 8, 6)
TOKENS = typed(2, 5, 8)
REFUSED = [
    ("Add", {}, (typed(2, 3, 4), typed(2, 4)), "x2"),
    ("Multiply", {}, (TOKENS, typed(2, 5, 7)), "x2"),
    ("Subtract", {}, (typed(2, 3, dtype="bool"), typed(2, 3)), "a"),
    ("Power", {"value": -1}, (typed(2, 3, dtype="int64"),), "a"),
    ("Power", {"value": 70000.0}, (typed(2, 3, dtype="float16"),), "a"),
    ("Maximum", {}, (typed(2, 3, dtype="complex64"), typed(2, 3)), "a"),
    ("MatMul", {}, (TOKENS, typed(2, 5, 8)), "b"),
    ("MatMul", {}, (TOKENS, typed(3, 8, 5)), "b"),
    ("MatMul", {}, (TOKENS, typed(8, 5, dtype="float64")), "b"),
    ("MatMul", {}, (TOKENS, typed()), "b"),
    ("Cdist", {}, (TOKENS, typed(2, 5, 7)), "b"),
    ("Concatenate", {}, (TOKENS, typed(2, 5, 7)), "x2"),
    ("Concatenate", {}, (TOKENS, typed(2, 5)), "x2"),
    ("Concatenate", {"dim": 3}, (TOKENS, TOKENS), "x1"),
    ("Stack", {}, (TOKENS, typed(2, 5, 7)), "x2"),
    ("Split", {"sizes": (2, 2)}, (TOKENS,), "input"),
    ("Chunk", {"chunks": 4}, (TOKENS,), "input"),
    ("Unbind", {"count": 4}, (TOKENS,), "input"),
    ("Select", {"index": 5}, (TOKENS,), "input"),
    ("Gather", {}, (typed(2, 3, 4), typed(2, 3, 5, dtype="int64")), "index"),
    ("Gather", {}, (typed(2, 3, 4), typed(2, 3, 4)), "index"),
    ("IndexSelect", {}, (typed(2, 3), typed(1, 2, dtype="int64")), "index"),
    ("SelectAt", {}, (TOKENS, typed(3, dtype="int64")), "index"),
    ("Reshape", {"shape": (7, -1)}, (TOKENS,), "input"),
    ("Reshape", {"shape": (7, 6)}, (TOKENS,), "input"),
    ("Permute", {"dims": (0, 2)}, (TOKENS,), "input"),
    ("Permute", {"dims": (0, 2, 2)}, (TOKENS,), "input"),
    ("Transpose", {"dim1": 3}, (TOKENS,), "input"),
    ("Unsqueeze", {"dim": 4}, (TOKENS,), "input"),
    ("Expand", {"sizes": (-1, 4, -1)}, (TOKENS, None), "input"),
    ("Expand", {"sizes": (-1, -1, -1, -1)}, (TOKENS, None), "input"),
    ("Repeat", {"repeats": (2, 2)}, (TOKENS,), "input"),
    ("Flip", {"dims": (1, -2)}, (TOKENS,), "input"),
    ("Roll", {"dims": 3}, (TOKENS,), "input"),
    ("Pad", {"pad": (8, 0), "mode": "reflect"}, (TOKENS,), "input"),
    ("Pad", {"pad": (9, 0), "mode": "circular"}, (TOKENS,), "input"),
    ("Pad", {"pad": (1, 1), "mode": "reflect"}, (IMAGE,), "input"),
    ("Pad", {"pad": (-5, -4)}, (TOKENS,), "input"),
    ("Interpolate", {"mode": "bilinear"}, (TOKENS, None), "input"),
    ("Interpolate", {"scale_factor": 0.1}, (IMAGE, None), "input"),
    ("Interpolate", {"scale_factor": (2.0, 2.0, 2.0)}, (IMAGE, None), "input"),
    ("Interpolate", {"scale_factor": None}, (IMAGE, None), "input"),
    ("GridSample", {}, (IMAGE, typed(2, 4, 4, 3)), "grid"),
    ("AffineGrid", {}, (typed(2, 3, 3), IMAGE), "theta"),
    ("Mean", {}, (typed(2, 3, dtype="int64"),), "input"),
    ("Mean", {"dim": (1, -1)}, (typed(2, 3),), "input"),
    ("Max", {}, (typed(2, 0),), "input"),
    ("Norm", {"ord": "inf"}, (typed(2, 0),), "input"),
    ("ArgMax", {"dim": None}, (typed(2, 0),), "input"),
    ("TopK", {"k": 9}, (TOKENS,), "input"),
    ("Where", {}, (TOKENS, TOKENS, TOKENS), "condition"),
    ("Mask", {}, (TOKENS, TOKENS), "mask"),
    ("Mask", {}, (typed(2, 3, dtype="int64"), typed(2, 3, dtype="bool")), "input"),
    ("Clamp", {"min": 0, "max": 300}, (typed(2, 3, dtype="uint8"),), "input"),
    ("OneHot", {}, (typed(2, 3),), "input"),
    ("Tril", {}, (typed(3),), "input"),
    ("ScaledDotProductAttention", {}, (TOKENS, typed(2, 5, 7), TOKENS, None), "key"),
    ("ScaledDotProductAttention", {}, (TOKENS, TOKENS, TOKENS, typed(4, 2, 5, 5)), "mask"),
    ("ScaledDotProductAttention", {"enable_gqa": True},
     (TOKENS, typed(3, 5, 8), typed(3, 5, 8), None), "key"),
    ("SplitHeads", {"num_heads": 3}, (TOKENS,), "input"),
    ("PatchEmbedding", {"patch_size": 7}, (IMAGE,), "input"),
    ("SinusoidalPositionalEncoding", {"max_length": 4}, (TOKENS,), "input"),
    ("RotaryPositionalEncoding", {}, (typed(2, 2, 5, 7),), "input"),
    ("WindowPartition", {"window_size": 3}, (IMAGE,), "input"),
    ("Spectrogram", {"n_fft": 16}, (typed(2, 8),), "input"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "parameters", "types", "port"),
    REFUSED,
    ids=[f"{r[0]}-{i}" for i, r in enumerate(REFUSED)],
)
def test_what_torch_refuses_is_refused(
    kind: str, parameters: dict[str, object], types: tuple[TensorType | None, ...], port: str
) -> None:
    case = Case(CATALOGUE[kind](**parameters), types, valid=types)

    refusal = rules(case)

    assert isinstance(refusal, ShapeError)
    assert refusal.port == port
    assert str(refusal).endswith(".")
    assert isinstance(torch_says(case), Exception)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("Clamp", {"min": None, "max": None}),
        ("Split", {"sizes": (3,)}),
        ("Reshape", {"shape": (-1, -1)}),
        ("Roll", {"shifts": (1, 2), "dims": 1}),
        ("Pad", {"pad": (1, 1, 1)}),
        ("Pad", {"pad": (-1, 1), "mode": "reflect"}),
        ("Interpolate", {"size": 4, "scale_factor": 2.0}),
        ("Interpolate", {"align_corners": True}),
        ("Interpolate", {"antialias": True}),
        ("Mean", {"dim": ()}),
        ("Prod", {"dim": None, "keepdim": True}),
        ("Max", {"dim": (1, 2), "return_indices": True}),
        ("Constant", {"value": (1.0, 2.0), "shape": (3,)}),
        ("Constant", {"value": 0.5, "dtype": "int64"}),
        ("Constant", {"value": 300.0, "dtype": "uint8"}),
        ("Constant", {"value": 2.0, "dtype": "bool"}),
        ("SinusoidalEmbedding", {"features": 7}),
        ("RotaryPositionalEncoding", {"rotated": 3}),
        ("ShiftedWindowMask", {"window_size": 4, "shift": 4}),
        ("RelativePositionBias", {"max_distance": 4}),
    ],
)
def test_values_that_do_not_go_together_are_refused(
    kind: str, parameters: dict[str, object]
) -> None:
    with pytest.raises(ParameterError, match="`"):
        CATALOGUE[kind](**parameters)


@pytest.mark.parametrize(
    "equation",
    ["bij,bjk->bikk", "bi->bj", "b1->b", "bij,bjk>bik", "b..i->b", "bi->...b", "", "a" * 300, "é->é",
     "i,j->i,j", "...i...->i", "bi->b->b", "__import__('os')"],
)  # fmt: skip
def test_equations_are_read_strictly(equation: str) -> None:
    if equation == "":
        assert isinstance(rules(Case(Einsum(equation=""), (typed(2),))), ShapeError)
        return
    with pytest.raises(ParameterError, match="`equation`"):
        Einsum(equation=equation)


# Repairs -----------------------------------------------------------------------------------------


def test_a_skip_connection_that_does_not_fit_offers_a_projection() -> None:
    with pytest.raises(
        ShapeError, match="needs 64×28×28 as on input x1, but receives 128×14×14"
    ) as caught:
        CATALOGUE["Add"]().infer(tensor(64, 28, 28), tensor(128, 14, 14))

    assert caught.value.fix == ("project", "x1", "x2")


@pytest.mark.parametrize(
    ("kind", "types", "fix"),
    [
        ("MatMul", (tensor(5, 8), tensor(6, 8)), ("transpose", "b")),
        ("MatMul", (tensor(5, 8), tensor(6, 7)), ("project", "b", "a")),
        ("Concatenate", (tensor(3, 8, 8), tensor(3, 4, 4)), ("resize", "x1", "x2")),
        ("Mean", (tensor(3, dtype="int64"),), ("cast", "float32")),
        ("OneHot", (tensor(3),), ("cast", "int64")),
        ("Mask", (tensor(3), tensor(3)), ("cast", "bool")),
        ("Permute", (tensor(3),), ("rank", 4)),
    ],
)
def test_refusals_name_their_repair(
    kind: str, types: tuple[TensorType, ...], fix: tuple[object, ...]
) -> None:
    with pytest.raises(ShapeError) as caught:
        CATALOGUE[kind]().infer(*types)

    assert caught.value.fix == fix


# Unknown sizes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "parameters", "types", "expected"),
    [
        ("Add", {}, (tensor("T", 8), tensor(1, 8)), tensor("T", 8)),
        ("Add", {}, (tensor("T", 8), tensor(5, 8)), tensor(5, 8)),
        ("Concatenate", {}, (tensor("T", 8), tensor(1, 8)), tensor(T + 1, 8)),
        ("Concatenate", {"dim": 2}, (tensor("T", 8), tensor(T // 2 * 2, 8)), tensor("T", 16)),
        ("Slice", {}, (tensor("T", 8),), tensor(T - 1, 8)),
        ("Slice", {"start": -3}, (tensor("T", 8),), tensor(3, 8)),
        ("Slice", {"start": None, "step": 2}, (tensor("T", 8),), tensor((T + 1) // 2, 8)),
        ("Reshape", {"shape": (0, 4, 2)}, (tensor("T", 8),), tensor("T", 4, 2)),
        ("Reshape", {"shape": (-1, 4)}, (tensor("T", 8),), tensor(T * 2, 4)),
        ("Reshape", {"shape": (-1, 8), "keep_batch": False}, (tensor("T", 8),),
         TensorType((BATCH * T, 8))),
        ("MatMul", {}, (tensor("T", 8), tensor(8, "S")), tensor("T", "S")),
        ("Pad", {"pad": (1, 2)}, (tensor(3, "T"),), tensor(3, T + 3)),
        ("Interpolate", {"scale_factor": 0.5}, (tensor(3, "H", 8), None), tensor(3, H // 2, 4)),
        ("RepeatInterleave", {}, (tensor("T", 8),), tensor(T * 2, 8)),
        ("CausalMask", {}, (tensor("T", 8),), TensorType((T, T), "bool")),
        ("PatchEmbedding", {"patch_size": 4}, (tensor(3, "H", 8),), tensor(H // 4 * 2, 768)),
        ("WindowPartition", {}, (tensor(14, 14, 3),), TensorType((BATCH * 4, 49, 3))),
        ("Arange", {}, (tensor("T", 8),), TensorType((T,), "int64")),
        ("Einsum", {"equation": "bic,bjc->bij"}, (tensor("T", 8), tensor("S", 8)), tensor("T", "S")),
    ],
)  # fmt: skip
def test_unknown_sizes_are_carried_through(
    kind: str,
    parameters: dict[str, object],
    types: tuple[TensorType | None, ...],
    expected: TensorType,
) -> None:
    assert CATALOGUE[kind](**parameters).infer(*types) == expected


def test_the_batch_never_equals_a_number() -> None:
    with pytest.raises(ShapeError):
        CATALOGUE["Add"]().infer(tensor(8), typed(32, 8))


# Source ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "parameters", "types", "text"),
    [
        ("Add", {}, (TOKENS, TOKENS), "a + b"),
        ("Multiply", {"value": 0.125}, (TOKENS,), "a * 0.125"),
        ("Power", {"value": 2}, (TOKENS,), "a.pow(2)"),
        ("Compare", {"operation": "at least", "value": 0}, (TOKENS,), "a >= 0"),
        ("Concatenate", {}, (TOKENS, TOKENS), "torch.cat([a, b], dim=1)"),
        ("Einsum", {}, (TOKENS, TOKENS), 'torch.einsum("bij,bjk->bik", a, b)'),
        ("Chunk", {"chunks": 3, "dim": -1}, (TOKENS,), "a.chunk(3, dim=-1)"),
        ("Select", {}, (TOKENS,), "a[:, 0]"),
        ("Select", {"dim": -1, "index": -1}, (TOKENS,), "a[..., -1]"),
        ("Slice", {}, (TOKENS,), "a[:, 1:]"),
        ("Slice", {"dim": -2, "start": None, "stop": 4, "step": 2}, (TOKENS,), "a[..., :4:2, :]"),
        ("Reshape", {"shape": (-1, 4)}, (tensor(5, 8),), "a.reshape(a.shape[0], -1, 4)"),
        ("Expand", {}, (typed(1, 1, 8), TOKENS), "a.expand(b.shape[0], -1, -1)"),
        ("Mean", {"dim": (2, 3)}, (IMAGE,), "a.mean(dim=(2, 3))"),
        ("Sum", {"dim": None}, (IMAGE,), "a.sum()"),
        ("LogSumExp", {"dim": None}, (TOKENS,), "a.logsumexp(dim=(0, 1, 2))"),
        ("Max", {"dim": 1}, (TOKENS,), "a.amax(dim=1)"),
        ("Max", {"dim": 1, "return_indices": True}, (TOKENS,), "a.max(dim=1)"),
        ("Norm", {"ord": "inf"}, (TOKENS,), "torch.linalg.vector_norm(a, ord=torch.inf, dim=-1)"),
        ("Mask", {}, (TOKENS, TOKENS), "a.masked_fill(b, -torch.inf)"),
        ("Step", {}, (TOKENS,), "(a >= 0.0).to(a.dtype)"),
        ("Cast", {"dtype": "float16"}, (TOKENS,), "a.to(torch.float16)"),
        ("Interpolate", {"mode": "bilinear"}, (IMAGE, IMAGE),
         'F.interpolate(a, size=b.shape[2:], mode="bilinear")'),
        ("Pad", {}, (IMAGE,), "F.pad(a, (1, 1, 1, 1))"),
        ("SplitHeads", {"num_heads": 2}, (TOKENS,), "a.unflatten(-1, (2, 4)).transpose(1, 2)"),
        ("MergeHeads", {}, (IMAGE,), "a.transpose(1, 2).flatten(2)"),
        ("CausalMask", {}, (tensor("T", 8),),
         "torch.tril(torch.ones(a.shape[1], a.shape[1], dtype=torch.bool, device=a.device))"),
        ("ScaledDotProductAttention", {"is_causal": True, "dropout_p": 0.1}, (TOKENS,) * 3,
         "F.scaled_dot_product_attention(a, b, c, "
         "dropout_p=0.1 if self.training else 0.0, is_causal=True)"),
    ],
)  # fmt: skip
def test_source_is_what_a_programmer_writes(
    kind: str, parameters: dict[str, object], types: tuple[TensorType, ...], text: str
) -> None:
    assert flat(CATALOGUE[kind](**parameters).expression("", "abcd"[: len(types)], *types)) == text


@pytest.mark.parametrize(
    ("kind", "parameters", "text"),
    [
        ("Constant", {"value": 0.5}, "nn.Buffer(torch.tensor(0.5), persistent=False)"),
        ("Constant", {"shape": (1, 8)}, "nn.Buffer(torch.zeros(1, 8), persistent=False)"),
        ("Constant", {"value": (1, 2), "shape": (2, 1), "dtype": "int64"},
         "nn.Buffer(torch.tensor([[1], [2]]), persistent=False)"),
        ("Constant", {"value": 7, "shape": (2,), "dtype": "int32"},
         "nn.Buffer(torch.full((2,), 7, dtype=torch.int32), persistent=False)"),
        ("Parameter", {"shape": (1, 1, 8)}, "nn.Parameter(torch.zeros(1, 1, 8))"),
        ("Parameter", {"shape": (), "weight_init": "ones"}, "nn.Parameter(torch.empty(()))"),
    ],
)  # fmt: skip
def test_tensors_of_the_network_are_written_plainly(
    kind: str, parameters: dict[str, object], text: str
) -> None:
    call = CATALOGUE[kind](**parameters).construct()

    assert call is not None
    assert flat(call) == text
