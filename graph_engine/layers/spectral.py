"""From signals to frequencies."""

from __future__ import annotations

from typing import ClassVar

from graph_engine.declaration import param
from graph_engine.errors import ParameterError, ShapeError
from graph_engine.layers.base import EVERYTHING, Example, Window
from graph_engine.layers.operation import PRECISE, Supplied, require_dimensions, require_dtype
from graph_engine.layers.reduction import real_part
from graph_engine.layers.shape import COMPLEX, Size, TensorType, tensor


class Spectrogram(Supplied, family="Resampling", aliases=("stft", "fourier", "audio", "frequency")):
    """How strong each frequency is in each moment of a sound, by a short-time Fourier transform with a
    Hann window.

    PyTorch: https://docs.pytorch.org/docs/stable/generated/torch.stft.html
    """

    saves = "both"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({"n_fft": 16}, (tensor(64),)),
        Example({"n_fft": 16, "hop_length": 5, "power": 1.0, "center": False}, (tensor(2, 61),)),
        Example({"n_fft": 7}, (tensor(1, "T"),)),
    )

    n_fft: int = param(400, low=2, positional=True, help="How many samples a window has.")
    hop_length: int | None = param(
        None, low=1, help="Samples from window to window; empty means half a window."
    )
    power: float = param(2.0, low=0.0, help="1 for magnitudes, 2 for power.")
    center: bool = param(
        True,
        help="Whether windows are centred at their moment; the signal is mirrored at its ends.",
    )

    def validate(self) -> None:
        if self.power == 0:
            raise ParameterError("`power` is larger than 0.")

    def infer(self, input: TensorType) -> TensorType:
        """(B, time) → (B, n_fft / 2 + 1, windows); sizes may stand in between, and a complex signal has
        n_fft frequencies."""
        require_dtype(input, PRECISE | COMPLEX)
        require_dimensions(input, 2)
        windows = self._windows(input.shape[-1])
        bins = self.n_fft if input.dtype in COMPLEX else self.n_fft // 2 + 1
        return TensorType((*input.shape[:-1], bins, windows), real_part(input.dtype))

    def window(self) -> Window:
        """A window of the signal"""
        return EVERYTHING

    def _windows(self, time: Size) -> Size:
        hop = self.hop_length or self.n_fft // 2
        half = self.n_fft // 2
        least = half + 1 if self.center else self.n_fft
        if isinstance(time, int) and time < least:
            raise ShapeError(
                f"has windows of {self.n_fft} samples, for which a signal of {time} is too short: it "
                f"needs {least}.",
                "input",
            )
        length = time + 2 * half if self.center else time
        return (length - self.n_fft) // hop + 1
