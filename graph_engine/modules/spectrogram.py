"""From a sound to frequencies."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Spectrogram(nn.Module):
    """The strength of each frequency in each moment, through a Hann window."""

    window: Tensor

    def __init__(
        self,
        n_fft: int,
        hop_length: int | None = None,
        power: float = 2.0,
        center: bool = True,
    ) -> None:
        super().__init__()
        self.n_fft = n_fft
        self.hop_length = n_fft // 2 if hop_length is None else hop_length
        self.power = power
        self.center = center
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        frequencies = torch.stft(
            x.flatten(0, -2),
            self.n_fft,
            self.hop_length,
            window=self.window.to(x.dtype),
            center=self.center,
            return_complex=True,
        )
        strength = frequencies.abs().pow(self.power)
        return strength.reshape(*x.shape[:-1], *strength.shape[1:])
