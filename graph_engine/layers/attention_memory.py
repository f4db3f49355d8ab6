"""What attention and the layers around it keep for the backward pass, in bytes."""

from __future__ import annotations

from graph_engine.layers.shape import BYTES, Size, TensorType, product


def attention_kept(
    query: TensorType, key: TensorType, heads: int, *, dropout: float, weights: bool
) -> Size:
    """The bytes between the input of a multi-head attention and its output.

    A fused kernel keeps the projections and the mixed values; dropout, or giving the weights as well,
    calls for tables of every step with every key. As torch 2.13 does it on a CPU.
    """
    looking, seen = (
        product(query.shape),
        product(query.shape[:1] + key.shape[1:2]) * query.shape[-1],
    )
    tables = heads * product((*query.shape[:2], key.shape[1]))
    numbers = looking + 2 * seen + looking
    if dropout:
        numbers = numbers + looking + (0 if weights else seen) + 3 * tables
    elif weights:
        numbers = numbers + looking + tables
    else:
        numbers = numbers + heads * product(query.shape[:2])
    return BYTES[query.dtype] * numbers


def feedforward_kept(x: TensorType, width: int, *, dropout: float, activation: str) -> Size:
    """The bytes of the small network behind an attention, with its norm and that of the attention:
    inputs of both norms and of the first matrix, what is between the matrices, and the dropouts'."""
    narrow, steps = product(x.shape), product(x.shape[:2])
    inner = steps * width * (1 if activation == "relu" else 2)
    dropped = 2 * narrow + 2 * steps * width if dropout else 0
    return BYTES[x.dtype] * (3 * narrow + inner + dropped)
