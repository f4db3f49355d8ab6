"""Shapes with symbolic sizes: what a tensor looks like before any data has arrived.

A size is an ``int`` or a ``Symbol``: a polynomial over named unknowns (the batch ``B``, a sequence
length ``T``) and floor divisions of such polynomials. Everything is kept in one canonical form, so
that equal sizes compare equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Union

from graph_engine.errors import ShapeError

LONGEST = 500
LARGEST = 2**63 - 1
"""The most that torch can count."""

TOO_LARGE = "leads to a tensor with more numbers than a computer can count. Make its sizes smaller."

Atom = Union[str, "Quotient"]
Monomial = tuple[Atom, ...]


class Quotient(NamedTuple):
    """``dividend // divisor`` where the division does not come out even."""

    dividend: Symbol
    divisor: int

    def __str__(self) -> str:
        return f"({self.dividend})//{self.divisor}"


class Symbol:
    """A size that is not known yet: a canonical polynomial with whole coefficients."""

    __slots__ = ("_hash", "length", "terms")

    def __init__(self, terms: Mapping[Monomial, int]) -> None:
        self.length = _bounded(sum(map(_length, terms)))
        if any(not -LARGEST <= c <= LARGEST for c in terms.values()):
            raise ShapeError(TOO_LARGE)
        self.terms: tuple[tuple[Monomial, int], ...] = tuple(
            sorted(((m, c) for m, c in terms.items() if c), key=lambda t: (-len(t[0]), str(t[0])))
        )
        self._hash = hash(self.terms)

    @classmethod
    def named(cls, name: str) -> Symbol:
        """The unknown of that name."""
        return cls({(name,): 1})

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Symbol) and self.terms == other.terms)

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Size) -> Size:
        total = dict(self.terms)
        for monomial, coefficient in _terms(other):
            total[monomial] = total.get(monomial, 0) + coefficient
        return _simplest(total)

    __radd__ = __add__

    def __neg__(self) -> Symbol:
        return Symbol({m: -c for m, c in self.terms})

    def __sub__(self, other: Size) -> Size:
        return self + -other

    def __rsub__(self, other: int) -> Size:
        return -self + other

    def __mul__(self, other: Size) -> Size:
        _bounded(len(self.terms) * (len(other.terms) if isinstance(other, Symbol) else 1))
        product: dict[Monomial, int] = {}
        for m1, c1 in self.terms:
            for m2, c2 in _terms(other):
                monomial = tuple(sorted(m1 + m2, key=str))
                product[monomial] = product.get(monomial, 0) + c1 * c2
        return _simplest(product)

    __rmul__ = __mul__

    def __floordiv__(self, divisor: int) -> Size:
        whole = _simplest({m: c // divisor for m, c in self.terms})
        rest = _simplest({m: c % divisor for m, c in self.terms})
        if isinstance(rest, int):
            return whole + rest // divisor
        return whole + Symbol({(Quotient(rest, divisor),): 1})

    def __repr__(self) -> str:
        text = ""
        for monomial, coefficient in self.terms:
            factor = "" if abs(coefficient) == 1 and monomial else str(abs(coefficient))
            sign = "-" if coefficient < 0 else ("+" if text else "")
            text += sign + factor + "·".join(str(atom) for atom in monomial)
        return text

    def names(self) -> set[str]:
        """The unknowns in it."""
        found: set[str] = set()
        for monomial, _ in self.terms:
            for atom in monomial:
                found |= {atom} if isinstance(atom, str) else atom.dividend.names()
        return found


def _length(monomial: Monomial) -> int:
    """How many unknowns are written out in a product, those inside divisions included."""
    return sum(1 if isinstance(atom, str) else atom.dividend.length for atom in monomial) or 1


def _bounded(length: int) -> int:
    """The length. Raises ShapeError for a size that nobody could read: repeated divisions would double
    it each time."""
    if length > LONGEST:
        raise ShapeError(
            "leads to a size that is a formula with hundreds of terms. Give the sizes that vary numbers."
        )
    return length


Size = int | Symbol
Shape = tuple[Size, ...]

BATCH = Symbol.named("B")

BYTES = {
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
    "int8": 1, "uint8": 1, "int16": 2, "int32": 4, "int64": 8, "bool": 1,
}  # fmt: skip
FLOATING = frozenset({"float16", "bfloat16", "float32", "float64"})
COMPLEX = frozenset({"complex64", "complex128"})
WHOLE = frozenset({"int8", "uint8", "int16", "int32", "int64"})


class TensorType(NamedTuple):
    """What flows through a wire: the whole shape, batch included, and torch's name of the dtype."""

    shape: Shape
    dtype: str = "float32"

    def __str__(self) -> str:
        text = shape_text(self.shape)
        return text if self.dtype == "float32" else f"{text} {self.dtype}"


def tensor(*sizes: Size | str, dtype: str = "float32") -> TensorType:
    """A batch of samples of that shape: ``tensor(3, 32, 32)`` is B×3×32×32."""
    return TensorType((BATCH, *(symbolic(size) for size in sizes)), dtype)


def symbolic(size: Size | str) -> Size:
    """A size from its name, or itself."""
    return Symbol.named(size) if isinstance(size, str) else size


def shape_text(shape: Shape) -> str:
    """``64×28×28``: without the batch where it comes first."""
    if shape and shape[0] == BATCH:
        shape = shape[1:]
        if not shape:
            return "one number"
    return "×".join(_factor(size) for size in shape) if shape else "a single number"


def check_countable(kind: TensorType) -> None:
    """Raises ShapeError where a tensor has more numbers than torch can count."""
    total = 1
    for size in kind.shape:
        if size.__class__ is int:
            total *= size
            if total > LARGEST or size > LARGEST:
                raise ShapeError(TOO_LARGE)


def product(sizes: Iterable[Size]) -> Size:
    """The number of values in a shape; exact at any magnitude."""
    total: Size = 1
    for size in sizes:
        total = total * size
    return total


def evaluate(size: Size, known: Mapping[str, int]) -> int:
    """The size once its unknowns are known; unknowns that are not listed count as 1."""
    if isinstance(size, int):
        return size
    total = 0
    for monomial, coefficient in size.terms:
        value = coefficient
        for atom in monomial:
            if isinstance(atom, str):
                value *= known.get(atom, 1)
            else:
                value *= evaluate(atom.dividend, known) // atom.divisor
        total += value
    return total


def exact_quotient(dividend: Size, divisor: Size) -> Size | None:
    """``dividend / divisor`` where it certainly comes out even, else None."""
    if isinstance(dividend, int) and isinstance(divisor, int):
        return dividend // divisor if divisor and dividend % divisor == 0 else None
    single = tuple(_terms(divisor))
    if len(single) != 1:
        return 1 if dividend == divisor else None
    (factors, coefficient), quotient = single[0], dict[Monomial, int]()
    for monomial, c in _terms(dividend):
        rest = list(monomial)
        for atom in factors:
            if atom not in rest:
                return None
            rest.remove(atom)
        if c % coefficient:
            return None
        quotient[tuple(rest)] = c // coefficient
    return _simplest(quotient)


def _terms(size: Size) -> Iterable[tuple[Monomial, int]]:
    return size.terms if isinstance(size, Symbol) else (((), size),)


def _simplest(terms: dict[Monomial, int]) -> Size:
    if not any(c for m, c in terms.items() if m):
        return terms.get((), 0)
    return Symbol(terms)


def _factor(size: Size) -> str:
    text = str(size)
    return f"({text})" if isinstance(size, Symbol) and len(size.terms) > 1 else text
