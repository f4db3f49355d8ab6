"""Sums of products by Einstein's notation, checked and counted the way PyTorch works them out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from graph_engine.declaration import param, short
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.arithmetic import category, promoted
from graph_engine.layers.base import EVERYTHING, Example, Layer, Port, Window
from graph_engine.layers.expression import Call, Raw, Value
from graph_engine.layers.operation import certain, differ, shape_words
from graph_engine.layers.shape import Size, TensorType, product, tensor

SIDE = re.compile(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*")
Sizes = dict[str, Size]


class Operand(NamedTuple):
    """A tensor by the names of its dimensions; those of size 1 are left out, as they broadcast."""

    sizes: Sizes
    dtype: str


class Einsum(Layer, family="Arithmetic", aliases=("einstein", "contraction", "sum of products")):
    """Multiplies tensors and sums over dimensions, as a short equation says: `bij,bjk->bik` is a product
    of matrices.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.einsum.html
    """

    inputs: ClassVar[tuple[Port, ...]] = (Port("x", variadic=True),)
    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(3, 4), tensor(4, 5))),
        Example({"equation": "b...ij,jk->b...ik"}, (tensor(2, 3, 4), TensorType((4, 5)))),
        Example({"equation": "bnc,bmc,c->bnm"}, (tensor(3, 4), tensor(5, 4), TensorType((4,)))),
        Example({"equation": "bii"}, (tensor(3, 3),)),
    )

    equation: str = param(
        "bij,bjk->bik",
        positional=True,
        help="A letter for each dimension of each input, commas between inputs, after -> what stays.",
    )

    def validate(self) -> None:
        text = self.equation.replace(" ", "")
        left, arrow, right = text.partition("->")
        operands = left.split(",")
        if len(text) > 200 or not all(SIDE.fullmatch(side) for side in (*operands, right)):
            raise ParameterError(
                f"`equation` has letters, commas, ... and one ->, such as bij,bjk->bik, not "
                f"{short(self.equation)}."
            )
        letters, present = right.replace("...", ""), set(left)
        if len(set(letters)) != len(letters) or not set(letters) <= present:
            raise ParameterError(
                "`equation` names each dimension that stays once, and only ones that come in."
            )
        if arrow and "..." in right and "..." not in left:
            raise ParameterError("`equation` keeps ... but no input has it.")

    def infer(self, *inputs: TensorType) -> TensorType:
        """The dimensions after the arrow"""
        operands, sizes, dots = self._operands(inputs)
        dtype, _ = self._contracted(operands, self._kept(dots))
        return TensorType(tuple(sizes[name] for name in self._kept(dots)), dtype)

    def multiply_adds(self, *inputs: TensorType) -> Size:
        """Those of the matrix products that PyTorch makes of it, from left to right"""
        operands, _, dots = self._operands(inputs)
        return self._contracted(operands, self._kept(dots))[1]

    def window(self) -> Window:
        """Every place may see every other."""
        return EVERYTHING

    def expression(self, module: str, names: Sequence[str], *inputs: Any) -> Value:
        """``torch.einsum("bij,bjk->bik", a, b)``"""
        return Call("torch.einsum", (self.equation, *(Raw(name) for name in names)))

    # Reading the equation ------------------------------------------------------------------------

    def _terms(self) -> tuple[list[str], str | None]:
        left, arrow, right = self.equation.replace(" ", "").partition("->")
        return left.split(","), right if arrow else None

    def _kept(self, dots: int) -> list[str]:
        """The names of the dimensions that come out."""
        terms, right = self._terms()
        covered = [f".{place}" for place in reversed(range(dots))]
        if right is None:
            counts = Counter("".join(terms).replace(".", ""))
            return [*covered, *sorted(name for name, count in counts.items() if count == 1)]
        before, ellipsis, after = right.partition("...")
        return [*before, *(covered if ellipsis else ()), *after]

    def _operands(self, inputs: Sequence[TensorType]) -> tuple[list[Operand], Sizes, int]:
        """The operands, the size of every name, and how many dimensions the longest ... stands for."""
        terms, _ = self._terms()
        if len(terms) != len(inputs):
            raise ShapeError(
                f"has an equation for {len(terms)} inputs, but {len(inputs)} are wired.",
                f"x{len(terms) + 1}" if len(inputs) > len(terms) else f"x{len(inputs)}",
            )
        sizes: Sizes = {}
        operands = []
        for number, (term, x) in enumerate(zip(terms, inputs, strict=True), 1):
            own = self._named(term, x, f"x{number}")
            for name, size in own.items():
                sizes[name] = self._agreed(name, sizes.get(name, 1), size, f"x{number}")
            operands.append(Operand({n: s for n, s in own.items() if s != 1}, x.dtype))
        return operands, sizes, sum(name.startswith(".") for name in sizes)

    def _named(self, term: str, x: TensorType, port: str) -> Sizes:
        before, ellipsis, after = term.partition("...")
        dots = len(x.shape) - len(before) - len(after)
        if dots < 0 or (dots and not ellipsis):
            raise ShapeError(
                f"reads `{term}` on input {port}, but receives {shape_words(x)}. Write a letter for "
                "each dimension, the batch as well.",
                port,
            )
        names = [*before, *(f".{place}" for place in reversed(range(dots))), *after]
        own: Sizes = {}
        for name, size in zip(names, x.shape, strict=True):
            if name in own and differ(own[name], size):
                raise ShapeError(
                    f"reads the diagonal {name}{name}, but receives {own[name]}×{size}.", port
                )
            own[name] = certain(own[name], size) if name in own else size
        return own

    @staticmethod
    def _agreed(name: str, known: Size, size: Size, port: str) -> Size:
        if known == 1 or size == 1:
            return size if known == 1 else known
        if differ(known, size):
            raise ShapeError(
                f"has a size of {known} for `{name}`, but receives {size} on input {port}.", port
            )
        return certain(known, size)

    # Working it out ------------------------------------------------------------------------------

    def _contracted(self, operands: list[Operand], kept: list[str]) -> tuple[str, Size]:
        """The dtype of the result, and the multiply-adds, as PyTorch contracts: from left to right."""
        left = operands[0]
        work: Size = 0
        for number, right in enumerate(operands[1:], 2):
            later = {name for operand in operands[number:] for name in operand.sizes} | set(kept)
            left, step = contract(left, right, later, f"x{number}")
            work = work + step
        summed = len(operands) == 1 and any(name not in kept for name in left.sizes)
        return _summed_dtype(left.dtype) if summed else left.dtype, work


def contract(left: Operand, right: Operand, later: set[str], port: str) -> tuple[Operand, Size]:
    """Two operands made one: dimensions that nobody needs later are summed over. Where a dimension of
    both goes, it is a matrix product, otherwise an element by element one."""
    gone = (left.sizes.keys() | right.sizes.keys()) - later
    both = {name for name in gone if name in left.sizes and name in right.sizes}
    left, right = _summed(left, gone - both), _summed(right, gone - both)
    if not both:
        dtype = promoted(left.dtype, right.dtype)
        return Operand({**left.sizes, **right.sizes}, dtype), 0
    if left.dtype != right.dtype or left.dtype == "bool":
        raise ShapeError(
            f"multiplies {left.dtype} with {right.dtype}; sums of products need the same kind of number "
            "on all inputs. Insert a Cast.",
            port,
            ("cast", left.dtype if left.dtype != "bool" else "float32"),
        )
    everything = {**left.sizes, **right.sizes}
    rest = {name: size for name, size in everything.items() if name not in both}
    return Operand(rest, left.dtype), product(everything.values())


def _summed(operand: Operand, names: set[str]) -> Operand:
    if not names & operand.sizes.keys():
        return operand
    sizes = {name: size for name, size in operand.sizes.items() if name not in names}
    return Operand(sizes, _summed_dtype(operand.dtype))


def _summed_dtype(dtype: str) -> str:
    return dtype if category(dtype) >= 2 else "int64"
