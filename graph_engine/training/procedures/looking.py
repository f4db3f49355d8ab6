"""What a network sees in a picture, and how far that is from what it sees in others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from graph_engine.errors import TrainingError
from graph_engine.training.anatomy import Anatomy
from graph_engine.training.choices import unknown
from graph_engine.training.tracing import first_tensor

Seen = Mapping[str, Tensor]


class _Enough(Exception):  # noqa: N818  not an error
    """Everything that was asked for has been seen; what the network makes of it is not needed."""


class Eye:
    """A network of which only what some of its nodes give is of interest.

    Raises TrainingError where a node is not there, or is not a layer with a module of its own.
    """

    def __init__(self, network: nn.Module, name: str, nodes: Sequence[str]) -> None:
        self.network, self.name = network, name
        parts = Anatomy.of(network, getattr(network, "netloom_source", None)).parts
        missing = next((node for node in nodes if node not in parts), None)
        if missing is not None:
            raise TrainingError(
                f"In `{name}`: {unknown('layer to look at called', missing, parts)}"
            )
        self.parts = {node: parts[node] for node in nodes}

    def sees(self, picture: Tensor) -> Seen:
        """What the nodes give for pictures (batch × channels × height × width), deeper layers left out.

        Raises TrainingError where the network cannot take a picture of that size.
        """
        seen: dict[str, Tensor] = {}
        with self._watched(seen):
            try:
                self.network(picture)
            except _Enough:
                pass
            except RuntimeError as error:
                raise TrainingError(
                    f"`{self.name}` cannot look at a picture of {_sizes(picture)}: {error}"
                ) from error
        return seen

    @contextmanager
    def _watched(self, seen: dict[str, Tensor]) -> Iterator[None]:
        def note(node: str, module: nn.Module, inputs: object, output: object) -> None:
            tensor = first_tensor(output)
            if tensor is not None:
                seen[node] = tensor
            if len(seen) == len(self.parts):
                raise _Enough

        hooks = [
            part.register_forward_hook(partial(note, node)) for node, part in self.parts.items()
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()


def gram(features: Tensor) -> Tensor:
    """How often each two features are strong at the same place: batch × channels × channels, the mean
    over all places of (batch × channels × places…)."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def variation(picture: Tensor) -> Tensor:
    """Mean squared difference of pixels below one another, and of pixels side by side."""
    down, across = picture.diff(dim=-2), picture.diff(dim=-1)
    return down.square().mean() + across.square().mean()


def distance(found: Tensor, aim: Tensor) -> Tensor:
    """Squared distance as a share of the aim's own square, so that layers of large numbers count no more
    than others."""
    return (found - aim).square().sum() / aim.square().sum().clamp_min(1e-12)


class Parts(NamedTuple):
    """The loss of a picture, and what it is made of before weighing."""

    total: Tensor
    content: Tensor
    style: Tensor
    variation: Tensor


class Aims(NamedTuple):
    """What is to be seen in a picture: features at some nodes, Gram matrices at others."""

    content: Seen
    style: Seen

    @classmethod
    @torch.no_grad()
    def of(
        cls, eye: Eye, content: Tensor, style: Tensor, nodes: tuple[Sequence[str], Sequence[str]]
    ) -> Aims:
        """What an eye sees in two images, at the nodes for content and for style.

        Raises TrainingError for a node of style whose output has no places to compare.
        """
        in_content, in_style = eye.sees(content), eye.sees(style)
        flat = next((node for node in nodes[1] if in_style[node].ndim < 3), None)
        if flat is not None:
            raise TrainingError(
                f"`{flat}` gives one number a feature and sample, so it has no style. Choose layers "
                "that give maps, such as convolutions, in `style_nodes`."
            )
        return cls(
            {node: in_content[node] for node in nodes[0]},
            {node: gram(in_style[node]) for node in nodes[1]},
        )

    def distances(self, seen: Seen) -> tuple[Tensor, Tensor]:
        """Mean distance of the features from the content's and of the Gram matrices from the style's."""
        return _mean(seen, self.content, lambda x: x), _mean(seen, self.style, gram)


def _mean(seen: Seen, aims: Seen, of: Callable[[Tensor], Tensor]) -> Tensor:
    found = [distance(of(seen[node]), aim) for node, aim in aims.items()]
    return torch.stack(found).mean() if found else torch.zeros(())


def _sizes(picture: Tensor) -> str:
    return "×".join(str(size) for size in picture.shape[1:])
