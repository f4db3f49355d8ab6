"""The transformer of “Attention Is All You Need”: encoder and decoder in one node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from graph_engine.declaration import param
from graph_engine.layers.attention_masks import (
    causal_mask,
    check_mask,
    check_padding_mask,
    refuse_mask,
)
from graph_engine.layers.base import Example, Port
from graph_engine.layers.expression import Call, Raw, Value
from graph_engine.layers.shape import Shape, Size, TensorType, tensor
from graph_engine.layers.transformer import (
    MASK,
    PADDING,
    SOURCE,
    TARGET,
    Maybe,
    TransformerPart,
    between,
    stacked,
)
from graph_engine.layers.transformer_decoder import check_pair


class Transformer(
    TransformerPart, family="Transformer", aliases=("seq2seq", "translation", "encoder decoder")
):
    """Encoder and decoder together: reads one sequence and writes another (Vaswani et al., 2017).

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.Transformer.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        SOURCE,
        TARGET,
        Port("src_mask", MASK, optional=True),
        Port("tgt_mask", MASK, optional=True),
        Port("memory_mask", MASK, optional=True),
        Port("src_key_padding_mask", PADDING, optional=True),
        Port("tgt_key_padding_mask", PADDING, optional=True),
        Port("memory_key_padding_mask", PADDING, optional=True),
    )
    call_parameters = frozenset({"src_is_causal", "tgt_is_causal", "memory_is_causal"})

    nhead: int = param(8, low=1, help="How many attentions run side by side.")
    num_encoder_layers: int = param(
        6, low=1, high=1000, help="How many encoder layers are stacked."
    )
    num_decoder_layers: int = param(
        6, low=1, high=1000, help="How many decoder layers are stacked."
    )
    src_is_causal: bool = param(False, help="No step of src sees a later one.")
    tgt_is_causal: bool = param(False, help="No step of tgt sees a later one; usual for writing.")
    memory_is_causal: bool = param(False, help="No step of tgt sees a later one of src.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            {"num_encoder_layers": 1, "num_decoder_layers": 2, "dim_feedforward": 32},
            (tensor(5, 16), tensor(7, 16), *[None] * 6),
        ),
        Example(
            {"num_encoder_layers": 1, "num_decoder_layers": 1, "nhead": 2, "dim_feedforward": 8,
             "src_is_causal": True, "tgt_is_causal": True, "memory_is_causal": True},
            (tensor("S", 4), tensor("T", 4), None, None, None, tensor("S", dtype="bool"), None, None),
            low=0,
            high=0,
        ),
        Example(
            {"num_encoder_layers": 1, "num_decoder_layers": 1, "nhead": 2, "dim_feedforward": 8,
             "activation": "gelu", "norm_first": True, "bias": False},
            (
                tensor(5, 4),
                tensor(3, 4),
                TensorType((5, 5)),
                TensorType((3, 3), "bool"),
                TensorType((3, 5)),
                tensor(5),
                tensor(3, dtype="bool"),
                tensor(5),
            ),
            low=0,
            high=0,
        ),
    )  # fmt: skip

    def infer(
        self,
        src: TensorType,
        tgt: TensorType,
        src_mask: Maybe = None,
        tgt_mask: Maybe = None,
        memory_mask: Maybe = None,
        src_key_padding_mask: Maybe = None,
        tgt_key_padding_mask: Maybe = None,
        memory_key_padding_mask: Maybe = None,
    ) -> TensorType:
        """(B, S, E), (B, T, E) → (B, T, E)"""
        check_pair(tgt, "tgt", src, "src", self.nhead)
        batch, keys, steps = src.shape[0], src.shape[1], tgt.shape[1]
        for name, mask, length, seen in (
            ("src", src_mask, keys, keys),
            ("tgt", tgt_mask, steps, steps),
            ("memory", memory_mask, steps, keys),
        ):
            refuse_mask(mask, self._causal(name), f"{name}_mask", f"{name}_is_causal")
            check_mask(mask, batch * self.nhead, length, seen, f"{name}_mask")
        check_padding_mask(src_key_padding_mask, batch, keys, "src_key_padding_mask")
        check_padding_mask(tgt_key_padding_mask, batch, steps, "tgt_key_padding_mask")
        check_padding_mask(memory_key_padding_mask, batch, keys, "memory_key_padding_mask")
        return tgt

    def weights(self, src: TensorType, *others: Maybe) -> Mapping[str, Shape]:
        """Those of every layer, and of a last norm in the encoder and in the decoder."""
        width = self._width(src)
        encoder = stacked(self._encoder_weights(width), self.num_encoder_layers, "encoder.layers.")
        decoder = stacked(self._decoder_weights(width), self.num_decoder_layers, "decoder.layers.")
        norms = [self._norm_weights(f"{part}.norm.", width) for part in ("encoder", "decoder")]
        return {**encoder, **decoder, **norms[0], **norms[1]}

    def multiply_adds(self, src: TensorType, tgt: TensorType, *masks: Maybe) -> Size:
        """Every layer's."""
        width = self._width(src)
        encoder = self._encoder_cost(width, src) * self.num_encoder_layers
        decoder = self._decoder_cost(width, tgt, src) * self.num_decoder_layers
        return encoder + decoder

    def kept_beside(self, src: TensorType, tgt: TensorType, *masks: Maybe) -> Size:
        """Every layer's, and what is between them and before the last norms."""
        encoders, decoders = self.num_encoder_layers, self.num_decoder_layers
        read = self._encoder_kept(src) * encoders + between(src, encoders + 1)
        return read + self._decoder_kept(tgt, src) * decoders + between(tgt, decoders + 1)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``transformer(src, tgt, tgt_mask=…, tgt_is_causal=True)``

        The ``is_causal`` arguments are always written beside a mask: left to itself torch compares the
        mask with a causal one in every pass, which also keeps the module from being exported.
        """
        src, tgt, *optional = names
        ports = [port.name for port in self.inputs[2:]]
        wired = dict(zip(ports, optional, strict=True))
        keywords: dict[str, Value] = {}
        for name, (query, key), padding in (
            ("src", (src, src), inputs[5]),
            ("tgt", (tgt, tgt), inputs[6]),
            ("memory", (tgt, src), inputs[7]),
        ):
            if self._causal(name):
                keywords[f"{name}_mask"] = causal_mask(query, key, padding)
            elif wired[f"{name}_mask"]:
                keywords[f"{name}_mask"] = Raw(wired[f"{name}_mask"])
        keywords |= {port: Raw(wired[port]) for port in ports[3:] if wired[port]}
        for name in ("src", "tgt"):
            if f"{name}_mask" in keywords:
                keywords[f"{name}_is_causal"] = self._causal(name)
        if self.memory_is_causal:
            keywords["memory_is_causal"] = True
        return Call(module, (Raw(src), Raw(tgt)), keywords)

    def _causal(self, name: str) -> bool:
        return bool(self.__dict__[f"{name}_is_causal"])
