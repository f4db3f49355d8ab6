"""Recurrent layers: they read a sequence step by step and remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.base import Example, Learned, Outputs, Port, require_floating, require_rank
from graph_engine.layers.expression import Call, Display, Raw, Value
from graph_engine.layers.matching import fixed_size, require_shape
from graph_engine.layers.shape import BATCH, BYTES, Shape, Size, TensorType, product, tensor

SEQUENCE = Port("input", "Sequences: batch × steps × features.")
HIDDEN_START = Port("h0", "First hidden state: layers × batch × hidden_size.", optional=True)
CELL_START = Port("c0", "First cell state: layers × batch × hidden_size.", optional=True)


class Recurrent(Learned):
    """What RNN, LSTM and GRU have in common; ``gates`` is how many rows each hidden unit has."""

    inputs: ClassVar[tuple[Port, ...]] = (SEQUENCE, HIDDEN_START)
    outputs: ClassVar[tuple[Port, ...]] = (
        Port("output", "The last layer's hidden state at every step."),
        Port("hidden", "Every layer's hidden state after the last step: layers × batch × size."),
    )
    saves = "both"
    gates: ClassVar[int]
    hidden_size: int
    num_layers: int
    bias: bool
    bidirectional: bool
    proj_size: int = 0

    def infer(self, input: TensorType, h0: TensorType | None = None) -> Outputs:
        """(B, T, features) → (B, T, directions·H), (layers·directions, B, H)"""
        require_floating(input)
        require_rank(input, 3, layout="steps × features")
        self._features(input)
        hidden = self._state(input, self._hidden())
        if h0 is not None:
            self._check_state(h0, hidden, "h0")
        directions = 2 if self.bidirectional else 1
        output = (*input.shape[:2], directions * self._hidden())
        return TensorType(output, input.dtype), TensorType(hidden, input.dtype)

    def inferred(self, input: TensorType, *states: TensorType | None) -> Mapping[str, Any]:
        """``input_size`` is the number of features of a step."""
        return {"input_size": self._features(input)}

    def fixed(self) -> Mapping[str, Any]:
        """Netloom has the batch first everywhere."""
        return {"batch_first": True}

    def weights(self, input: TensorType, *states: TensorType | None) -> Mapping[str, Shape]:
        """Matrices for the input and for the state, in each layer and direction."""
        rows, hidden, found = self.gates * self.hidden_size, self._hidden(), dict[str, Shape]()
        for layer, suffix, features in self._passes(input):
            found[f"weight_ih_l{layer}{suffix}"] = (rows, features)
            found[f"weight_hh_l{layer}{suffix}"] = (rows, hidden)
            if self.bias:
                found[f"bias_ih_l{layer}{suffix}"] = (rows,)
                found[f"bias_hh_l{layer}{suffix}"] = (rows,)
            if self.proj_size:
                found[f"weight_hr_l{layer}{suffix}"] = (self.proj_size, self.hidden_size)
        return found

    def multiply_adds(self, input: TensorType, *states: TensorType | None) -> Size:
        """Every weight matrix once at every step."""
        per_step: Size = 0
        for shape in self.weights(input).values():
            if len(shape) == 2:
                per_step = per_step + product(shape)
        return product(input.shape[:2]) * per_step

    def kept_beside(self, input: TensorType, *states: TensorType | None) -> Size:
        """What every step hands to the backward pass: its gates and states."""
        each = 7 if self.gates > 1 else 1
        wide = len(self._passes(input)) * each * self.hidden_size
        return BYTES[input.dtype] * product(input.shape[:2]) * wide

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``rnn(x)`` or ``rnn(x, h0)``"""
        return Call(module, tuple(Raw(name) for name in names if name))

    def _hidden(self) -> int:
        return self.proj_size or self.hidden_size

    def _passes(self, x: TensorType) -> list[tuple[int, str, int]]:
        """Each layer and direction, with the number of features that it reads."""
        suffixes = ("", "_reverse") if self.bidirectional else ("",)
        above = len(suffixes) * self._hidden()
        return [
            (layer, suffix, above if layer else self._features(x))
            for layer in range(self.num_layers)
            for suffix in suffixes
        ]

    def _state(self, x: TensorType, size: int) -> Shape:
        return (self.num_layers * (2 if self.bidirectional else 1), x.shape[0], size)

    @staticmethod
    def _check_state(state: TensorType, wanted: Shape, port: str) -> None:
        require_floating(state, port)
        require_shape(state, wanted, port, "layers × batch × size")

    @staticmethod
    def _features(x: TensorType) -> int:
        return fixed_size(x, -1, what="number of features")


class RNN(
    Recurrent, family="Recurrent", aliases=("elman", "sequence", "time series", "vanilla rnn")
):
    """Reads a sequence step by step, mixing each step into one state that it carries along.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
    """

    gates: ClassVar[int] = 1
    hidden_size: int = param(64, low=1, positional=True, help="How many values the state has.")
    num_layers: int = param(1, low=1, high=1000, help="How many layers are stacked.")
    nonlinearity: Literal["tanh", "relu"] = param("tanh", help="The activation inside.")
    bias: bool = param(True, help="Whether the sums have offsets.")
    dropout: float = param(0.0, low=0.0, high=1.0, help="Dropout between the stacked layers.")
    bidirectional: bool = param(False, help="Read the sequence from both ends.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 8), None)),
        Example(
            {"hidden_size": 3, "num_layers": 2, "nonlinearity": "relu", "dropout": 0.1},
            (tensor("T", 4), TensorType((2, BATCH, 3))),
        ),
        Example({"hidden_size": 2, "bidirectional": True, "bias": False}, (tensor(6, 3), None)),
    )


class GRU(Recurrent, family="Recurrent", aliases=("gated", "sequence", "time series", "memory")):
    """Reads a sequence with a memory that two gates keep, mix and renew: lighter than an LSTM.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
    """

    gates: ClassVar[int] = 3
    hidden_size: int = param(64, low=1, positional=True, help="How many values the memory has.")
    num_layers: int = param(1, low=1, high=1000, help="How many layers are stacked.")
    bias: bool = param(True, help="Whether the sums have offsets.")
    dropout: float = param(0.0, low=0.0, high=1.0, help="Dropout between the stacked layers.")
    bidirectional: bool = param(False, help="Read the sequence from both ends.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 8), None)),
        Example(
            {"hidden_size": 3, "num_layers": 2, "bidirectional": True},
            (tensor("T", 4), TensorType((4, BATCH, 3))),
        ),
        Example({"hidden_size": 2, "bias": False}, (tensor(6, 3), None)),
    )


class LSTM(
    Recurrent, family="Recurrent", aliases=("long short-term memory", "sequence", "time series")
):
    """Reads a sequence with a long memory that three gates write, keep and read.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (SEQUENCE, HIDDEN_START, CELL_START)
    outputs: ClassVar[tuple[Port, ...]] = (
        *Recurrent.outputs,
        Port("cell", "Every layer's memory after the last step: layers × batch × hidden_size."),
    )
    gates: ClassVar[int] = 4
    hidden_size: int = param(64, low=1, positional=True, help="How many values the memory has.")
    num_layers: int = param(1, low=1, high=1000, help="How many layers are stacked.")
    bias: bool = param(True, help="Whether the sums have offsets.")
    dropout: float = param(0.0, low=0.0, high=1.0, help="Dropout between the stacked layers.")
    bidirectional: bool = param(False, help="Read the sequence from both ends.")
    proj_size: int = param(
        0, low=0, help="Project the hidden state to this smaller size; 0 leaves it as it is."
    )

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(5, 8), None, None)),
        Example(
            {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "dropout": 0.1},
            (tensor("T", 4), TensorType((4, BATCH, 3)), TensorType((4, BATCH, 3))),
        ),
        Example({"hidden_size": 4, "proj_size": 2, "bias": False}, (tensor(6, 3), None, None)),
        Example(
            {"hidden_size": 4, "proj_size": 2, "num_layers": 2},
            (tensor(6, 3), TensorType((2, BATCH, 2)), TensorType((2, BATCH, 4))),
        ),
    )

    def validate(self) -> None:
        if self.proj_size >= self.hidden_size:
            raise ParameterError(
                f"`proj_size` is smaller than hidden_size, which is {self.hidden_size}, or 0 for none."
            )

    def infer(
        self, input: TensorType, h0: TensorType | None = None, c0: TensorType | None = None
    ) -> Outputs:
        """(B, T, features) → output, hidden and cell, as in RNN"""
        output, hidden = super().infer(input, h0)
        cell = self._state(input, self.hidden_size)
        require_both(h0, c0, "h0", "c0")
        if c0 is not None:
            self._check_state(c0, cell, "c0")
        assert isinstance(output, TensorType)
        assert isinstance(hidden, TensorType)
        return output, hidden, TensorType(cell, input.dtype)

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``lstm(x)`` or ``lstm(x, (h0, c0))``"""
        return with_state(module, names)

    def unpack(self, names: Sequence[str]) -> str:
        """``output, (hidden, cell)``"""
        return unpacked_pair(names)


def require_both(h: TensorType | None, c: TensorType | None, port_h: str, port_c: str) -> None:
    """Refuses a hidden state without a cell state, or the other way round."""
    if (h is None) != (c is None):
        there, missing = (port_h, port_c) if c is None else (port_c, port_h)
        raise ShapeError(
            f"needs {missing} together with {there}. Connect both, or neither to start from zero.",
            missing,
        )


def with_state(module: str, names: Sequence[str]) -> Call:
    """``lstm(x, (h, c))``, or ``lstm(x)`` without states."""
    x, h, c = names
    state = (Display((Raw(h), Raw(c))),) if h and c else ()
    return Call(module, (Raw(x), *state))


def unpacked_pair(names: Sequence[str]) -> str:
    """``output, (hidden, cell)``, or ``output, _`` where neither state is used."""
    output, hidden, cell = names
    if hidden == cell == "_":
        return f"{output}, _"
    return f"{output}, ({hidden}, {cell})"


class Cell(Learned):
    """What the cells have in common: one step of a recurrent layer, for loops that you draw yourself."""

    inputs: ClassVar[tuple[Port, ...]] = (
        Port("input", "One step: batch × features."),
        Port("h0", "The hidden state before it.", optional=True),
    )
    outputs: ClassVar[tuple[Port, ...]] = (Port("hidden", "The hidden state after the step."),)
    saves = "both"
    gates: ClassVar[int]
    hidden_size: int
    bias: bool

    def infer(self, input: TensorType, h0: TensorType | None = None) -> Outputs:
        """(B, features), (B, H) → (B, H)"""
        require_floating(input)
        require_rank(input, 2, layout="features")
        fixed_size(input, -1, what="number of features")
        hidden = (input.shape[0], self.hidden_size)
        if h0 is not None:
            require_floating(h0, "h0")
            require_shape(h0, hidden, "h0", "hidden_size")
        return TensorType(hidden, input.dtype)

    def inferred(self, input: TensorType, *states: TensorType | None) -> Mapping[str, Any]:
        """``input_size`` is the number of features."""
        return {"input_size": fixed_size(input, -1, what="number of features")}

    def weights(self, input: TensorType, *states: TensorType | None) -> Mapping[str, Shape]:
        """A matrix for the input and one for the state, with offsets."""
        rows = self.gates * self.hidden_size
        found: dict[str, Shape] = {
            "weight_ih": (rows, fixed_size(input, -1, what="number of features")),
            "weight_hh": (rows, self.hidden_size),
        }
        if self.bias:
            found |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        return found

    def multiply_adds(self, input: TensorType, *states: TensorType | None) -> Size:
        """Both matrices once for each sample."""
        columns = input.shape[1] + self.hidden_size
        return input.shape[0] * columns * (self.gates * self.hidden_size)


class RNNCell(Cell, family="Recurrent", aliases=("elman cell", "one step")):
    """One step of an RNN: mixes an input into a state.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html
    """

    gates: ClassVar[int] = 1
    hidden_size: int = param(64, low=1, positional=True, help="How many values the state has.")
    bias: bool = param(True, help="Whether the sums have offsets.")
    nonlinearity: Literal["tanh", "relu"] = param("tanh", help="The activation inside.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), None)),
        Example({"hidden_size": 3, "nonlinearity": "relu"}, (tensor(5), tensor(3))),
    )


class GRUCell(Cell, family="Recurrent", aliases=("gated cell", "one step")):
    """One step of a GRU: two gates decide what the memory keeps and takes in.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html
    """

    gates: ClassVar[int] = 3
    hidden_size: int = param(64, low=1, positional=True, help="How many values the memory has.")
    bias: bool = param(True, help="Whether the sums have offsets.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), None)),
        Example({"hidden_size": 3, "bias": False}, (tensor(5), tensor(3))),
    )


class LSTMCell(Cell, family="Recurrent", aliases=("long short-term memory cell", "one step")):
    """One step of an LSTM: three gates write, keep and read the memory.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (
        *Cell.inputs,
        Port("c0", "The memory before it.", optional=True),
    )
    outputs: ClassVar[tuple[Port, ...]] = (
        *Cell.outputs,
        Port("cell", "The memory after the step."),
    )
    gates: ClassVar[int] = 4
    hidden_size: int = param(64, low=1, positional=True, help="How many values the memory has.")
    bias: bool = param(True, help="Whether the sums have offsets.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), None, None)),
        Example({"hidden_size": 3}, (tensor(5), tensor(3), tensor(3))),
    )

    def infer(
        self, input: TensorType, h0: TensorType | None = None, c0: TensorType | None = None
    ) -> Outputs:
        """(B, features), (B, H), (B, H) → (B, H), (B, H)"""
        hidden = super().infer(input, h0)
        assert isinstance(hidden, TensorType)
        require_both(h0, c0, "h0", "c0")
        if c0 is not None:
            require_floating(c0, "c0")
            require_shape(c0, hidden.shape, "c0", "hidden_size")
        return hidden, hidden

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``cell(x)`` or ``cell(x, (h, c))``"""
        return with_state(module, names)
