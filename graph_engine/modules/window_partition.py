"""An image cut into windows."""

from __future__ import annotations

from torch import Tensor, nn


class WindowPartition(nn.Module):
    """Cuts B×H×W×C images into windows: (B·windows)×(size·size)×C."""

    def __init__(self, window_size: int) -> None:
        super().__init__()
        self.window_size = window_size

    def forward(self, x: Tensor) -> Tensor:
        size = self.window_size
        batch, height, width, channels = x.shape
        x = x.reshape(batch, height // size, size, width // size, size, channels)
        return x.transpose(2, 3).reshape(-1, size * size, channels)
