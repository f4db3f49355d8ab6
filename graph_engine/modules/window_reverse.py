"""Windows put together."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from torch import Tensor, nn


class WindowReverse(nn.Module):
    """Puts the windows of WindowPartition together into B×H×W×C images again."""

    def __init__(self, window_size: int) -> None:
        super().__init__()
        self.window_size = window_size

    def forward(self, windows: Tensor, like: Tensor) -> Tensor:
        size = self.window_size
        batch, height, width, _ = like.shape
        _, _, channels = windows.shape
        x: Tensor = windows.unflatten(1, (size, size))
        x = x.unflatten(0, (batch, height // size, width // size))
        return x.transpose(2, 3).reshape(batch, height, width, channels)
