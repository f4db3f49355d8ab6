"""Transformer encoders, and what all transformer layers share: attention and small networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.layers.attention_masks import (
    causal_mask,
    check_mask,
    check_padding_mask,
    check_tokens,
    refuse_mask,
)
from graph_engine.layers.attention_memory import attention_kept, feedforward_kept
from graph_engine.layers.base import Example, Learned, Port
from graph_engine.layers.expression import Call, Raw, Value
from graph_engine.layers.matching import fixed_size
from graph_engine.layers.shape import BYTES, Shape, Size, TensorType, product, tensor

Maybe = TensorType | None
MASK = "Who may not see whom: steps × keys, true means hidden."
PADDING = "Steps to leave out: batch × steps, true means hidden."
SOURCE = Port("src", "The sequence: batch × steps × width.")
TARGET = Port("tgt", "The sequence so far: batch × steps × width.")


class TransformerPart(Learned):
    """The parameters that all transformer layers share, and the weights of their parts."""

    nhead: int = param(8, low=1, required=True, help="How many attentions run side by side.")
    dim_feedforward: int = param(2048, low=1, help="Width of the small network after attention.")
    dropout: float = param(0.1, low=0.0, high=1.0, help="Dropout after every part.")
    activation: Literal["relu", "gelu"] = param("relu", help="The activation of the small network.")
    layer_norm_eps: float = param(1e-5, help="Small number against division by zero.")
    norm_first: bool = param(False, help="Normalise before each part instead of after it.")
    bias: bool = param(True, help="Whether projections and norms have offsets.")

    def fixed(self) -> Mapping[str, Any]:
        """Netloom has the batch first everywhere."""
        return {"batch_first": True}

    def inferred(self, *inputs: TensorType | None) -> Mapping[str, Any]:
        """``d_model`` is the width of a token."""
        return {"d_model": self._width(*inputs)}

    def _width(self, *inputs: TensorType | None) -> int:
        first = inputs[0]
        assert first is not None
        return fixed_size(first, -1, self.inputs[0].name, "token width")

    def _layer(self, function: str, width: int) -> Call:
        """The constructor of one inner layer, with those arguments that are not this node's own."""
        keywords: dict[str, Value] = {"nhead": self.nhead}
        for name, parameter in TransformerPart.parameters().items():
            value = self.__dict__[name]
            if name not in Learned.parameters() and name != "nhead" and value != parameter.default:
                keywords[name] = value
        return Call(function, (width,), {**keywords, **self.fixed()})

    def _norm(self, width: int) -> Call:
        keywords: dict[str, Value] = (
            {} if self.layer_norm_eps == 1e-5 else {"eps": self.layer_norm_eps}
        )
        if not self.bias:
            keywords["bias"] = False
        return Call("nn.LayerNorm", (width,), keywords)

    def _encoder_weights(self, width: int) -> dict[str, Shape]:
        return {
            **self._attention_weights("self_attn.", width),
            **self._feedforward_weights(width),
            **self._norm_weights("norm1.", width),
            **self._norm_weights("norm2.", width),
        }

    def _decoder_weights(self, width: int) -> dict[str, Shape]:
        return {
            **self._encoder_weights(width),
            **self._attention_weights("multihead_attn.", width),
            **self._norm_weights("norm3.", width),
        }

    def _attention_weights(self, prefix: str, width: int) -> dict[str, Shape]:
        matrices = {"in_proj_weight": (3 * width, width), "out_proj.weight": (width, width)}
        biases = {"in_proj_bias": (3 * width,), "out_proj.bias": (width,)} if self.bias else {}
        return {prefix + name: shape for name, shape in {**matrices, **biases}.items()}

    def _feedforward_weights(self, width: int) -> dict[str, Shape]:
        inner = self.dim_feedforward
        matrices = {"linear1.weight": (inner, width), "linear2.weight": (width, inner)}
        biases = {"linear1.bias": (inner,), "linear2.bias": (width,)} if self.bias else {}
        return {**matrices, **biases}

    def _norm_weights(self, prefix: str, width: int) -> dict[str, Shape]:
        names = ("weight", "bias") if self.bias else ("weight",)
        return {prefix + name: (width,) for name in names}

    def _encoder_cost(self, width: int, x: TensorType) -> Size:
        forward = product(x.shape[:2]) * (2 * width * self.dim_feedforward)
        return attention_cost(width, x, x) + forward

    def _encoder_kept(self, x: TensorType) -> Size:
        return self._attention_kept(x, x) + feedforward_kept(
            x, self.dim_feedforward, dropout=self.dropout, activation=self.activation
        )

    def _decoder_kept(self, x: TensorType, memory: TensorType) -> Size:
        more = self._attention_kept(x, memory)
        around = BYTES[x.dtype] * product(x.shape) * (3 if self.dropout else 2)
        return self._encoder_kept(x) + more + around

    def _attention_kept(self, x: TensorType, memory: TensorType) -> Size:
        return attention_kept(x, memory, self.nhead, dropout=self.dropout, weights=False)

    def _decoder_cost(self, width: int, x: TensorType, memory: TensorType) -> Size:
        return self._encoder_cost(width, x) + attention_cost(width, x, memory)


def attention_cost(width: int, x: TensorType, memory: TensorType) -> Size:
    """Multiply-adds of an attention: four projections, and every step with every key, twice."""
    batch, steps, keys = x.shape[0], x.shape[1], memory.shape[1]
    projections = (steps + keys) * (2 * width * width)
    return batch * (projections + steps * keys * (2 * width))


def between(x: TensorType, count: int) -> Size:
    """The bytes of the sequences that ``count`` layers hand to one another."""
    return BYTES[x.dtype] * product(x.shape) * (count - 1)


def stacked(weights: Mapping[str, Shape], count: int, prefix: str = "layers.") -> dict[str, Shape]:
    """The weights of ``count`` equal layers."""
    return {f"{prefix}{i}.{name}": shape for i in range(count) for name, shape in weights.items()}


class Encoding(TransformerPart):
    """What the encoder and its layer have in common."""

    is_causal: bool
    call_parameters = frozenset({"is_causal"})

    def infer(self, src: TensorType, mask: Maybe = None, padding: Maybe = None) -> TensorType:
        """(B, S, E) → (B, S, E)"""
        check_tokens(src, "src", self.nhead)
        batch, steps = src.shape[:2]
        _, mask_port, padding_port = (port.name for port in self.inputs)
        refuse_mask(mask, self.is_causal, mask_port, "is_causal")
        check_mask(mask, batch * self.nhead, steps, steps, mask_port)
        check_padding_mask(padding, batch, steps, padding_port)
        return src

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``encoder(x, mask=…, is_causal=True)``"""
        src, mask, padding = names
        _, mask_port, padding_port = (port.name for port in self.inputs)
        keywords: dict[str, Value] = {}
        if self.is_causal:
            keywords[mask_port] = causal_mask(src, src, inputs[2])
        elif mask:
            keywords[mask_port] = Raw(mask)
        if padding:
            keywords[padding_port] = Raw(padding)
        if self.is_causal or mask:
            keywords["is_causal"] = self.is_causal
        return Call(module, (Raw(src),), keywords)


class TransformerEncoderLayer(
    Encoding, family="Transformer", aliases=("self-attention", "encoder", "bert", "vit", "block")
):
    """Self-attention, then a small network for each step, both with a skip connection and a norm.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        SOURCE,
        Port("src_mask", MASK, optional=True),
        Port("src_key_padding_mask", PADDING, optional=True),
    )
    is_causal: bool = param(False, help="No step sees a later one, as in text generation.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({"dim_feedforward": 32}, (tensor(5, 16), None, None)),
        Example(
            {
                "nhead": 2,
                "dim_feedforward": 8,
                "activation": "gelu",
                "norm_first": True,
                "bias": False,
            },
            (tensor(5, 4), TensorType((5, 5)), tensor(5, dtype="bool")),
            low=0,
            high=0,
        ),
        Example(
            {"nhead": 1, "dim_feedforward": 8, "is_causal": True, "layer_norm_eps": 1e-6},
            (tensor("T", 3), None, None),
        ),
    )

    def weights(self, src: TensorType, *masks: Maybe) -> Mapping[str, Shape]:
        """Attention, two matrices and two norms."""
        return self._encoder_weights(self._width(src))

    def multiply_adds(self, src: TensorType, *masks: Maybe) -> Size:
        """Attention and the two matrices at each step."""
        return self._encoder_cost(self._width(src), src)

    def kept_beside(self, src: TensorType, *masks: Maybe) -> Size:
        """Between the input and the output."""
        return self._encoder_kept(src)


class TransformerEncoder(
    Encoding, family="Transformer", aliases=("bert", "vit", "stack", "encoder")
):
    """A stack of equal encoder layers: every step of a sequence comes to know its context.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        SOURCE,
        Port("mask", MASK, optional=True),
        Port("src_key_padding_mask", PADDING, optional=True),
    )
    num_layers: int = param(6, low=1, high=1000, required=True, help="How many layers are stacked.")
    norm: bool = param(False, help="Normalise once more at the end, as norm_first needs.")
    enable_nested_tensor: bool = param(
        True, help="Leave padded steps out when predicting, where PyTorch can."
    )
    mask_check: bool = param(True, help="Check that padding comes last before leaving it out.")
    is_causal: bool = param(False, help="No step sees a later one, as in text generation.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({"num_layers": 2, "dim_feedforward": 32}, (tensor(5, 16), None, None)),
        Example(
            {"num_layers": 2, "nhead": 2, "dim_feedforward": 8, "norm_first": True, "norm": True},
            (tensor("T", 4), None, tensor("T", dtype="bool")),
            low=0,
            high=0,
        ),
        Example(
            {
                "num_layers": 1,
                "nhead": 1,
                "dim_feedforward": 8,
                "is_causal": True,
                "norm": True,
                "bias": False,
            },
            (tensor(5, 4), None, tensor(5, dtype="bool")),
            low=0,
            high=0,
        ),
        Example(
            {"num_layers": 1, "nhead": 2, "dim_feedforward": 8, "mask_check": False},
            (tensor(5, 4), TensorType((5, 5), "bool"), None),
            low=0,
            high=0,
        ),
    )

    def construct(self, src: TensorType, *masks: Any, **_: Any) -> Call:
        """``nn.TransformerEncoder(nn.TransformerEncoderLayer(…), num_layers=6)``"""
        width = self._width(src)
        keywords: dict[str, Value] = {"num_layers": self.num_layers}
        if self.norm:
            keywords["norm"] = self._norm(width)
        if not self.enable_nested_tensor or self.norm_first or not self.bias or self.nhead % 2:
            keywords["enable_nested_tensor"] = False
        if not self.mask_check:
            keywords["mask_check"] = False
        return Call(self.function(), (self._layer("nn.TransformerEncoderLayer", width),), keywords)

    def weights(self, src: TensorType, *masks: Maybe) -> Mapping[str, Shape]:
        """Those of every layer, and of the last norm."""
        width = self._width(src)
        norm = self._norm_weights("norm.", width) if self.norm else {}
        return {**stacked(self._encoder_weights(width), self.num_layers), **norm}

    def multiply_adds(self, src: TensorType, *masks: Maybe) -> Size:
        """Every layer's."""
        return self._encoder_cost(self._width(src), src) * self.num_layers

    def kept_beside(self, src: TensorType, *masks: Maybe) -> Size:
        """Every layer's, and what is between them."""
        return self._encoder_kept(src) * self.num_layers + between(src, self.num_layers)
