"""Transformer decoders: they write a sequence while looking at what an encoder made."""

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
from graph_engine.layers.base import Example, Port
from graph_engine.layers.expression import Call, Raw, Value
from graph_engine.layers.operation import differ
from graph_engine.layers.shape import Shape, Size, TensorType, tensor
from graph_engine.layers.transformer import (
    MASK,
    PADDING,
    TARGET,
    Maybe,
    TransformerPart,
    between,
    stacked,
)


class Decoding(TransformerPart):
    """What the decoder and its layer have in common."""

    inputs: ClassVar[tuple[Port, ...]] = (
        TARGET,
        Port("memory", "What the encoder made: batch × steps × width."),
        Port("tgt_mask", MASK, optional=True),
        Port("memory_mask", MASK, optional=True),
        Port("tgt_key_padding_mask", PADDING, optional=True),
        Port("memory_key_padding_mask", PADDING, optional=True),
    )
    tgt_is_causal: bool
    memory_is_causal: bool
    call_parameters = frozenset({"tgt_is_causal", "memory_is_causal"})

    def infer(
        self,
        tgt: TensorType,
        memory: TensorType,
        tgt_mask: Maybe = None,
        memory_mask: Maybe = None,
        tgt_key_padding_mask: Maybe = None,
        memory_key_padding_mask: Maybe = None,
    ) -> TensorType:
        """(B, T, E), (B, S, E) → (B, T, E)"""
        check_pair(memory, "memory", tgt, "tgt", self.nhead)
        batch, steps, keys = tgt.shape[0], tgt.shape[1], memory.shape[1]
        refuse_mask(tgt_mask, self.tgt_is_causal, "tgt_mask", "tgt_is_causal")
        refuse_mask(memory_mask, self.memory_is_causal, "memory_mask", "memory_is_causal")
        check_mask(tgt_mask, batch * self.nhead, steps, steps, "tgt_mask")
        check_mask(memory_mask, batch * self.nhead, steps, keys, "memory_mask")
        check_padding_mask(tgt_key_padding_mask, batch, steps, "tgt_key_padding_mask")
        check_padding_mask(memory_key_padding_mask, batch, keys, "memory_key_padding_mask")
        return tgt

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``decoder(tgt, memory, tgt_mask=…, tgt_is_causal=True)``"""
        tgt, memory, tgt_mask, memory_mask, tgt_padding, memory_padding = names
        masks: dict[str, Value] = {}
        if self.tgt_is_causal:
            masks["tgt_mask"] = causal_mask(tgt, tgt, inputs[4])
        elif tgt_mask:
            masks["tgt_mask"] = Raw(tgt_mask)
        if self.memory_is_causal:
            masks["memory_mask"] = causal_mask(tgt, memory, inputs[5])
        elif memory_mask:
            masks["memory_mask"] = Raw(memory_mask)
        if tgt_padding:
            masks["tgt_key_padding_mask"] = Raw(tgt_padding)
        if memory_padding:
            masks["memory_key_padding_mask"] = Raw(memory_padding)
        if "tgt_mask" in masks:
            masks["tgt_is_causal"] = self.tgt_is_causal
        if self.memory_is_causal:
            masks["memory_is_causal"] = True
        return Call(module, (Raw(tgt), Raw(memory)), masks)


def check_pair(first: TensorType, port1: str, second: TensorType, port2: str, heads: int) -> int:
    """The common width of two sequences. Refuses those that differ in batch or width."""
    width = check_tokens(second, port2, heads)
    if check_tokens(first, port1, heads) != width:
        raise ShapeError(
            f"needs tokens of width {width} as on input {port2}, but receives {first}.",
            port1,
            ("project", port2, port1),
        )
    if differ(first.shape[0], second.shape[0]):
        raise ShapeError(f"needs the same batch as on input {port2}, but receives {first}.", port1)
    return width


class TransformerDecoderLayer(
    Decoding, family="Transformer", aliases=("cross-attention", "decoder", "block")
):
    """Self-attention, then attention to what an encoder made, then a small network for each step.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoderLayer.html
    """

    tgt_is_causal: bool = param(False, help="No step of tgt sees a later one.")
    memory_is_causal: bool = param(False, help="No step of tgt sees a later one of the memory.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({"dim_feedforward": 32}, (tensor(5, 16), tensor(7, 16), *[None] * 4)),
        Example(
            {"nhead": 2, "dim_feedforward": 8, "tgt_is_causal": True, "memory_is_causal": True},
            (tensor("T", 4), tensor("S", 4), None, None, None, tensor("S")),
            low=0,
            high=0,
        ),
        Example(
            {
                "nhead": 2,
                "dim_feedforward": 8,
                "activation": "gelu",
                "norm_first": True,
                "bias": False,
            },
            (
                tensor(3, 4),
                tensor(5, 4),
                TensorType((3, 3)),
                TensorType((3, 5), "bool"),
                tensor(3),
                tensor(5, dtype="bool"),
            ),
            low=0,
            high=0,
        ),
    )

    def weights(self, tgt: TensorType, *others: Maybe) -> Mapping[str, Shape]:
        """Two attentions, two matrices and three norms."""
        return self._decoder_weights(self._width(tgt))

    def multiply_adds(self, tgt: TensorType, memory: TensorType, *masks: Maybe) -> Size:
        """Both attentions and the two matrices at each step."""
        return self._decoder_cost(self._width(tgt), tgt, memory)

    def kept_beside(self, tgt: TensorType, memory: TensorType, *masks: Maybe) -> Size:
        """Between the inputs and the output."""
        return self._decoder_kept(tgt, memory)


class TransformerDecoder(
    Decoding, family="Transformer", aliases=("cross-attention", "decoder", "stack")
):
    """A stack of equal decoder layers: it writes a sequence while looking at what an encoder made.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerDecoder.html
    """

    num_layers: int = param(6, low=1, high=1000, required=True, help="How many layers are stacked.")
    norm: bool = param(False, help="Normalise once more at the end, as norm_first needs.")
    tgt_is_causal: bool = param(False, help="No step of tgt sees a later one.")
    memory_is_causal: bool = param(False, help="No step of tgt sees a later one of the memory.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            {"num_layers": 2, "dim_feedforward": 32}, (tensor(5, 16), tensor(7, 16), *[None] * 4)
        ),
        Example(
            {
                "num_layers": 2,
                "nhead": 2,
                "dim_feedforward": 8,
                "tgt_is_causal": True,
                "norm": True,
            },
            (tensor("T", 4), tensor("S", 4), None, None, tensor("T", dtype="bool"), None),
            low=0,
            high=0,
        ),
        Example(
            {"num_layers": 1, "nhead": 2, "dim_feedforward": 8, "norm": True, "bias": False},
            (tensor(3, 4), tensor(5, 4), TensorType((3, 3)), None, None, None),
        ),
    )

    def construct(self, tgt: TensorType, *others: Any, **_: Any) -> Call:
        """``nn.TransformerDecoder(nn.TransformerDecoderLayer(…), num_layers=6)``"""
        width = self._width(tgt)
        keywords: dict[str, Value] = {"num_layers": self.num_layers}
        if self.norm:
            keywords["norm"] = self._norm(width)
        return Call(self.function(), (self._layer("nn.TransformerDecoderLayer", width),), keywords)

    def weights(self, tgt: TensorType, *others: Maybe) -> Mapping[str, Shape]:
        """Those of every layer, and of the last norm."""
        width = self._width(tgt)
        norm = self._norm_weights("norm.", width) if self.norm else {}
        return {**stacked(self._decoder_weights(width), self.num_layers), **norm}

    def multiply_adds(self, tgt: TensorType, memory: TensorType, *masks: Maybe) -> Size:
        """Every layer's."""
        each = self._decoder_cost(self._width(tgt), tgt, memory)
        return each * self.num_layers

    def kept_beside(self, tgt: TensorType, memory: TensorType, *masks: Maybe) -> Size:
        """Every layer's, and what is between them."""
        return self._decoder_kept(tgt, memory) * self.num_layers + between(tgt, self.num_layers)
