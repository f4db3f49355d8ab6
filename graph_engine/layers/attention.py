"""Attention: every step of a sequence looks at others and takes what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.attention_masks import (
    causal_mask,
    check_mask,
    check_padding_mask,
    check_tokens,
    refuse_mask,
)
from graph_engine.layers.attention_memory import attention_kept
from graph_engine.layers.base import Example, Learned, Outputs, Port, require_floating, require_rank
from graph_engine.layers.expression import Call, Raw, Value
from graph_engine.layers.matching import fixed_size
from graph_engine.layers.operation import differ
from graph_engine.layers.shape import BATCH, Shape, Size, TensorType, tensor


class MultiheadAttention(
    Learned, family="Attention", aliases=("self-attention", "cross-attention", "transformer", "mha")
):
    """Each step of ``query`` compares itself with every step of ``key`` and mixes the steps of ``value``
    accordingly, several times side by side. Without a key it looks at itself.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("query", "Who looks: batch × steps × width."),
        Port("key", "What is looked at; the query itself where nothing is wired.", optional=True),
        Port("value", "What is taken; the key itself where nothing is wired.", optional=True),
        Port(
            "key_padding_mask", "Keys to leave out: batch × keys, true means hidden.", optional=True
        ),
        Port("attn_mask", "Who may not see whom: steps × keys, true means hidden.", optional=True),
    )
    outputs: ClassVar[tuple[Port, ...]] = (
        Port("output", "The mixed values: batch × steps × width."),
        Port("weights", "How much each step took from each key."),
    )
    call_parameters = frozenset({"need_weights", "average_attn_weights", "is_causal"})

    num_heads: int = param(8, low=1, required=True, help="How many comparisons run side by side.")
    dropout: float = param(0.0, low=0.0, high=1.0, help="Dropout on the attention weights.")
    bias: bool = param(True, help="Whether the projections have offsets.")
    add_bias_kv: bool = param(False, help="Add one learned key and value to look at.")
    add_zero_attn: bool = param(False, help="Add a key and value of zeros, to look at nothing.")
    need_weights: bool = param(True, help="Also give the attention weights; slower.")
    average_attn_weights: bool = param(True, help="Average the weights over the heads.")
    is_causal: bool = param(False, help="No step sees a later one, as in text generation.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 16), None, None, None, None)),
        Example(
            {"num_heads": 2, "add_bias_kv": True, "average_attn_weights": False, "dropout": 0.1},
            (tensor(5, 4), tensor(7, 4), tensor(7, 4), tensor(7, dtype="bool"), TensorType((5, 7))),
            low=0,
            high=0,
        ),
        Example(
            {"num_heads": 3, "bias": False, "need_weights": False, "add_zero_attn": True},
            (tensor("T", 6), tensor("S", 4), tensor("S", 5), None, None),
        ),
        Example(
            {"num_heads": 2, "is_causal": True},
            (tensor(5, 4), None, None, tensor(5, dtype="bool"), None),
            low=0,
            high=0,
        ),
        Example(
            {"num_heads": 2, "is_causal": True, "need_weights": False},
            (tensor(5, 4), tensor(3, 4), tensor(3, 4), None, None),
        ),
        Example(
            {"num_heads": 2},
            (tensor(3, 4), None, None, None, TensorType((2 * BATCH, 3, 3), "bool")),
            low=0,
            high=0,
        ),
    )

    def output_ports(self) -> tuple[Port, ...]:
        """The weights come out only where they are asked for."""
        return self.outputs if self.need_weights else self.outputs[:1]

    def infer(
        self,
        query: TensorType,
        key: TensorType | None = None,
        value: TensorType | None = None,
        key_padding_mask: TensorType | None = None,
        attn_mask: TensorType | None = None,
    ) -> Outputs:
        """(B, L, E), (B, S, K), (B, S, V) → (B, L, E), (B, L, S)"""
        width = check_tokens(query, "query", self.num_heads)
        key, value = self._looked_at(query, key, value)
        batch, length, keys = query.shape[0], query.shape[1], key.shape[1]
        refuse_mask(attn_mask, self.is_causal, "attn_mask", "is_causal")
        check_padding_mask(key_padding_mask, batch, keys, "key_padding_mask")
        check_mask(attn_mask, batch * self.num_heads, length, keys, "attn_mask")
        output = TensorType((batch, length, width), query.dtype)
        if not self.need_weights:
            return output
        heads = () if self.average_attn_weights else (self.num_heads,)
        seen = keys + self.add_bias_kv + self.add_zero_attn
        return output, TensorType((batch, *heads, length, seen), query.dtype)

    def kept_beside(
        self, query: TensorType, key: TensorType | None = None, *others: TensorType | None
    ) -> Size:
        """Projections, and the tables of weights where there are any."""
        return attention_kept(
            query, key or query, self.num_heads, dropout=self.dropout, weights=self.need_weights
        )

    def inferred(self, query: TensorType, *others: TensorType | None) -> Mapping[str, Any]:
        """``embed_dim`` is the width of the query."""
        return {"embed_dim": fixed_size(query, -1, "query", "token width")}

    def fixed(self) -> Mapping[str, Any]:
        """Netloom has the batch first everywhere."""
        return {"batch_first": True}

    def construct(self, query: TensorType, *others: Any, **_: Any) -> Call:
        """``nn.MultiheadAttention(64, num_heads=8, kdim=32, batch_first=True)``"""
        call = super().construct(query)
        width, keys, values = self._widths(query, *others[:2])
        other: dict[str, Value] = {"kdim": keys} if keys != width else {}
        if values != width:
            other["vdim"] = values
        keywords = dict(call.keywords)
        last = keywords.pop("batch_first")
        return Call(call.function, call.positional, {**keywords, **other, "batch_first": last})

    def weights(self, query: TensorType, *others: Any, **_: Any) -> Mapping[str, Shape]:
        """Projections of query, key and value, packed in one where their widths agree."""
        width, keys, values = self._widths(query, *others[:2])
        found: dict[str, Shape] = {"in_proj_weight": (3 * width, width)}
        if not width == keys == values:
            found = {
                "q_proj_weight": (width, width),
                "k_proj_weight": (width, keys),
                "v_proj_weight": (width, values),
            }
        if self.bias:
            found["in_proj_bias"] = (3 * width,)
        found["out_proj.weight"] = (width, width)
        if self.bias:
            found["out_proj.bias"] = (width,)
        if self.add_bias_kv:
            found |= {"bias_k": (1, 1, width), "bias_v": (1, 1, width)}
        return found

    def multiply_adds(
        self,
        query: TensorType,
        key: TensorType | None = None,
        value: TensorType | None = None,
        *masks: TensorType | None,
    ) -> Size:
        """Four projections, and for each head every query with every key, twice."""
        key, value = self._looked_at(query, key, value)
        batch, length, keys = query.shape[0], query.shape[1], key.shape[1]
        width, key_width, value_width = self._widths(query, key, value)
        seen = keys + self.add_bias_kv + self.add_zero_attn
        projections = length * (2 * width) + keys * (key_width + value_width)
        return batch * (projections * width + length * seen * (2 * width))

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``attention(x, x, x, need_weights=False)``"""
        query, key, value, padding, mask = names
        key = key or query
        value = value or key
        keywords: dict[str, Value] = {}
        if padding:
            keywords["key_padding_mask"] = Raw(padding)
        if not self.need_weights:
            keywords["need_weights"] = False
        if self.is_causal:
            keywords["attn_mask"] = causal_mask(query, key, inputs[3])
        elif mask:
            keywords["attn_mask"] = Raw(mask)
        if not self.average_attn_weights:
            keywords["average_attn_weights"] = False
        if self.is_causal:
            keywords["is_causal"] = True
        return Call(module, (Raw(query), Raw(key), Raw(value)), keywords)

    def unpack(self, names: Sequence[str]) -> str:
        """``x, weights``: torch always gives two values."""
        return ", ".join(names) if self.need_weights else f"{names[0]}, _"

    @staticmethod
    def _looked_at(
        query: TensorType, key: TensorType | None, value: TensorType | None
    ) -> tuple[TensorType, TensorType]:
        """Key and value, which must agree with each other in length and with the query in batch."""
        key = key or query
        value = value or key
        for port, x in (("key", key), ("value", value)):
            require_floating(x, port)
            require_rank(x, 3, port=port, layout="steps × width")
            fixed_size(x, -1, port, "token width")
            if differ(x.shape[0], query.shape[0]):
                raise ShapeError(f"needs the same batch as on query, but receives {x}.", port)
        if differ(key.shape[1], value.shape[1]):
            raise ShapeError(
                f"needs one value for each key: the keys are {key}, the values {value}.", "value"
            )
        return key, value

    @staticmethod
    def _widths(
        query: TensorType, key: TensorType | None, value: TensorType | None
    ) -> tuple[int, int, int]:
        key = key or query
        value = value or key
        width = fixed_size(query, -1, "query", "token width")
        return width, fixed_size(key, -1, "key"), fixed_size(value, -1, "value")
