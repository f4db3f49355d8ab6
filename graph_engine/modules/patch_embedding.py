"""From an image to tokens."""

from __future__ import annotations

from torch import Tensor, nn


class PatchEmbedding(nn.Module):
    """Cuts an image into patches and turns each into a token by one linear map.

    Dosovitskiy et al., 2020: https://arxiv.org/abs/2010.11929
    """

    def __init__(
        self,
        in_channels: int,
        features: int,
        patch_size: int | tuple[int, int],
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.projection = nn.Conv2d(
            in_channels, features, patch_size, stride=patch_size, bias=bias
        )

    def forward(self, x: Tensor) -> Tensor:
        patches: Tensor = self.projection(x)
        return patches.flatten(2).transpose(1, 2)
