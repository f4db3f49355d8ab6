"""What attention and the transformer layers check: tokens, and masks that say who may look at whom."""

from __future__ import annotations

from graph_engine.errors import ShapeError
from graph_engine.layers.base import require_floating, require_rank
from graph_engine.layers.expression import Call, Display, Raw, Value
from graph_engine.layers.matching import fixed_size, require_shape, shapes_differ
from graph_engine.layers.shape import Size, TensorType, shape_text


def check_mask(mask: TensorType | None, copies: Size, length: Size, keys: Size, port: str) -> None:
    """Refuses an attention mask that is not length × keys, or ``copies`` × length × keys, one for
    each sample and head."""
    if mask is None:
        return
    _check_kind(mask, port)
    flat, each = (length, keys), (copies, length, keys)
    if shapes_differ(mask.shape, flat) and shapes_differ(mask.shape, each):
        raise ShapeError(
            f"needs a mask of {shape_text(flat)} (or {shape_text(each)}, one for each sample and "
            f"head) on input {port}, but receives {mask}.",
            port,
        )


def check_padding_mask(mask: TensorType | None, batch: Size, keys: Size, port: str) -> None:
    """Refuses a mask over the keys that is not batch × keys."""
    if mask is not None:
        _check_kind(mask, port)
        require_shape(mask, (batch, keys), port, "one value for each key")


def _check_kind(mask: TensorType, port: str) -> None:
    if mask.dtype not in ("bool", "float32"):
        raise ShapeError(
            f"needs a mask of truth values (true means hidden) or of float32 numbers to add on input "
            f"{port}, but receives {mask.dtype}. Insert a Cast.",
            port,
            ("cast", "bool"),
        )


def refuse_mask(mask: TensorType | None, causal: bool, port: str, parameter: str) -> None:
    """Refuses a wired mask beside the causal one: torch would silently drop one of them."""
    if causal and mask is not None:
        raise ShapeError(
            f"makes its own causal mask, so nothing can be wired to {port}. Remove the wire, or set "
            f"{parameter} to false.",
            port,
            ("unwire",),
        )


def check_tokens(x: TensorType, port: str, heads: int) -> int:
    """The width of a token.

    Refuses what is not batch × steps × width, and a width that the heads cannot share.
    """
    require_floating(x, port)
    require_rank(x, 3, port=port, layout="steps × width")
    width = fixed_size(x, -1, port, "token width")
    if width % heads:
        raise ShapeError(
            f"shares each token out among {heads} heads, but a width of {width} cannot be divided "
            f"evenly. Choose a number of heads that divides {width}.",
            port,
        )
    return width


def causal_mask(query: str, key: str, padding: TensorType | None) -> Value:
    """The expression of a mask that hides later keys, of the same kind as the padding mask.

    ``query`` and ``key`` are names of tensors whose dimension 1 counts the steps.
    """
    sizes: tuple[Value, ...] = (Raw(f"{query}.size(1)"), Raw(f"{key}.size(1)"))
    device: dict[str, Value] = {"device": Raw(f"{query}.device")}
    if padding is not None and padding.dtype == "bool":
        kind: dict[str, Value] = {"dtype": Raw("torch.bool")}
        return Call("torch.triu", (Call("torch.ones", sizes, kind | device),), {"diagonal": 1})
    if query == key:
        return Call("nn.Transformer.generate_square_subsequent_mask", sizes[:1], device)
    full = Call("torch.full", (Display(sizes), Call("float", ("-inf",))), device)
    return Call("torch.triu", (full,), {"diagonal": 1})
