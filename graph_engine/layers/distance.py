"""How alike or how far apart two tensors are, vector by vector."""

from __future__ import annotations

from typing import ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ShapeError
from graph_engine.layers.arithmetic import broadcast, promoted
from graph_engine.layers.base import Example, Module, Port, resolve_dim
from graph_engine.layers.shape import BYTES, COMPLEX, FLOATING, TensorType, tensor

PAIR = (Port("x1"), Port("x2"))


class CosineSimilarity(Module, family="Distance", aliases=("angle", "similarity", "contrastive")):
    """The cosine of the angle between two vectors: 1 where they point the same way, −1 where opposite.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html
    """

    inputs: ClassVar[tuple[Port, ...]] = PAIR
    saves = "both"
    dim: int = param(1, low=-64, high=63, help="The dimension that holds the vectors.")
    eps: float = param(1e-8, low=0.0, help="Small number against division by zero.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), tensor(8))),
        Example({"dim": -1}, (tensor(3, 8), tensor(1, 8))),
        Example({}, (tensor(8), tensor(8, dtype="int64"))),
    )

    def infer(self, x1: TensorType, x2: TensorType) -> TensorType:
        """Both inputs broadcast, without dimension ``dim``."""
        shape = broadcast(x1.shape, x2.shape, "x1", "x2")
        dtype = promoted(x1.dtype, x2.dtype)
        if dtype not in FLOATING:
            port = "x1" if x1.dtype not in FLOATING else "x2"
            raise ShapeError(
                f"needs real floating-point numbers, but receives {x1.dtype} and {x2.dtype}. "
                "Insert a Cast.",
                port,
                ("cast",),
            )
        dim = resolve_dim(self.dim, len(shape), "x1")
        return TensorType((*shape[:dim], *shape[dim + 1 :]), dtype)


class PairwiseDistance(
    Module, family="Distance", aliases=("euclidean", "norm", "metric learning", "siamese")
):
    """The distance between two vectors: straight with p = 2, along the axes with p = 1.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html
    """

    inputs: ClassVar[tuple[Port, ...]] = PAIR
    saves = "both"
    p: float = param(2.0, help="The norm: 2 is the straight distance, 1 the one along the axes.")
    eps: float = param(1e-6, help="Small number against a distance of exactly zero.")
    keepdim: bool = param(False, help="Keep the last dimension, with size 1.")

    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, (tensor(8), tensor(8))),
        Example({"p": 1.0, "keepdim": True}, (tensor(3, 8), tensor(3, 8))),
        Example({}, (tensor(8, dtype="int64"), tensor(1, 8))),
    )

    def infer(self, x1: TensorType, x2: TensorType) -> TensorType:
        """(…, D), (…, D) → (…)"""
        shape = broadcast(x1.shape, x2.shape, "x1", "x2")
        for port, x in (("x1", x1), ("x2", x2)):
            if x.dtype == "bool":
                raise ShapeError("cannot subtract truth values. Insert a Cast.", port, ("cast",))
        last = (1,) if self.keepdim else ()
        return TensorType((*shape[:-1], *last), self._dtype(promoted(x1.dtype, x2.dtype)))

    @staticmethod
    def _dtype(dtype: str) -> str:
        if dtype in COMPLEX:
            return "float32" if BYTES[dtype] == 8 else "float64"
        return dtype if dtype in FLOATING else "float32"
