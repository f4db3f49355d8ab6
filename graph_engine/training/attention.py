"""Who looks at whom: the attention weights of a network's nodes during one forward pass.

Fast attention never makes the weights, so they are computed once more beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from graph_engine.training.anatomy import Anatomy

Found = Callable[[str, Tensor], None]


class AttentionModules:
    """Recognises the attention inside of nodes' modules; the first of each node stands for it."""

    def __init__(self, anatomy: Anatomy, nodes: Iterable[str], found: Found) -> None:
        self.found = found
        self.path_of: dict[int, str] = {}
        for path in nodes:
            part = anatomy.parts.get(path)
            inner = () if part is None else part.modules()
            first = next((each for each in inner if isinstance(each, nn.MultiheadAttention)), None)
            if first is not None:
                self.path_of.setdefault(id(first), path)

    def called(self, module: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Every module's call comes by here."""
        path = self.path_of.get(id(module))
        if path is not None:
            asked = {**named, "need_weights": True, "average_attn_weights": False}
            self.found(path, module.forward(*inputs, **asked)[1])


class AttentionCalls(TorchFunctionMode):
    """Recognises calls of the attention function; ``node`` tells which node is computing."""

    def __init__(self, node: Callable[[], str], found: Found) -> None:
        super().__init__()
        self.node, self.found = node, found

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        named = kwargs or {}
        if func is F.scaled_dot_product_attention:
            self.found(self.node(), attention_weights(*args, **named))
        return func(*args, **named)


def attention_weights(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(QKᵀ · scale + mask), without dropout: samples × heads × queries × keys.

    The arguments are those of ``F.scaled_dot_product_attention``.
    """
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    if enable_gqa:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
    scores = query @ key.transpose(-2, -1) * factor
    if is_causal:
        attn_mask = torch.ones_like(scores[..., :, :], dtype=torch.bool).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -math.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    weights = scores.softmax(-1)
    return weights.unsqueeze(1) if weights.ndim == 3 else weights
