"""Which numbers a layer computes with: sets of dtypes, and the refusal of the others."""

from __future__ import annotations

from graph_engine.errors import ShapeError
from graph_engine.layers.shape import BYTES, COMPLEX, FLOATING, WHOLE, TensorType

ANY = frozenset(BYTES)
NUMBERS = FLOATING | WHOLE | COMPLEX
REAL = FLOATING | WHOLE
SINGLE = frozenset({"float32"})
UP_TO_SINGLE = frozenset({"float16", "bfloat16", "float32"})

GROUPS = ((FLOATING, "floating-point"), (WHOLE, "whole"), (COMPLEX, "complex"))
LARGEST: dict[str, float] = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": 3.4028234663852886e38,
    "int8": 2**7 - 1,
    "uint8": 2**8 - 1,
    "int16": 2**15 - 1,
    "int32": 2**31 - 1,
    "int64": 2**63 - 1,
}


def require_dtype(x: TensorType, taken: frozenset[str], port: str = "input") -> None:
    """Refuses a tensor whose dtype is not one of ``taken``."""
    if x.dtype not in taken:
        raise ShapeError(
            f"needs {described(taken)} numbers, but receives {x.dtype}. Insert a Cast.",
            port,
            ("cast",),
        )


def described(taken: frozenset[str]) -> str:
    """A set of dtypes in words: “floating-point, whole or bool”."""
    words: list[str] = []
    for group, word in GROUPS:
        if group <= taken:
            words.append(word)
            taken -= group
    words += [name for name in BYTES if name in taken]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def holds(dtype: str, value: float) -> bool:
    """Whether PyTorch writes a constant into a tensor of that dtype, where need be cutting its
    fraction off."""
    high = LARGEST.get(dtype)
    if high is None:
        return True
    if dtype == "uint8":
        return 0 <= value <= high
    return (-high - 1 if dtype in WHOLE else -high) <= value <= high


def floated(x: TensorType) -> TensorType:
    """The type after a function that has no meaning for whole numbers: they become float32."""
    return x if x.dtype in FLOATING | COMPLEX else TensorType(x.shape, "float32")
