"""Layers whose output is given as a size, or else as a multiple of the incoming size."""

from __future__ import annotations

from typing import Any, ClassVar

from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.base import Module
from graph_engine.layers.expression import Call
from graph_engine.layers.shape import Size, Symbol

FINEST = 2**20


class Resizing(Module):
    """Two parameters of which one counts: the size where it is set, otherwise the scale.

    PyTorch refuses both at once, so only the one that counts is written. The scale can keep its value
    while a size is tried out.
    """

    size_name: ClassVar[str]
    scale_name: ClassVar[str]

    def validate(self) -> None:
        if self.wanted_size is None and self.scale is None:
            raise ParameterError(
                f"Give `{self.size_name}` or `{self.scale_name}`: without either it is open what comes "
                f"out."
            )

    @property
    def wanted_size(self) -> Any:
        """The size to come out, or None where the scale counts."""
        return self.__dict__[self.size_name]

    @property
    def scale(self) -> Any:
        """The multiple of the incoming size."""
        return self.__dict__[self.scale_name]

    def construct(self, *inputs: Any, **_: Any) -> Call:
        """The call with the one parameter that counts."""
        call = super().construct(*inputs)
        idle = self.size_name if self.wanted_size is None else self.scale_name
        keywords = {name: value for name, value in call.keywords.items() if name != idle}
        return Call(call.function, call.positional, keywords)


def scaled(size: Size, factor: float) -> Size:
    """``size · factor``, rounded down.

    Raises ShapeError for an unknown size and a factor that is no simple binary fraction: how the
    product is rounded depends on the size.
    """
    if not isinstance(size, Symbol):
        return int(size * factor)
    numerator, denominator = factor.as_integer_ratio()
    if denominator > FINEST:
        raise ShapeError(
            f"scales by {factor:g}, but receives a size of {size} that is known only when data arrives, "
            f"so how it is rounded stays open. Use a factor such as 0.5, 1.25 or 2, or fix the size.",
            "input",
            ("fixed",),
        )
    return (size * numerator) // denominator
