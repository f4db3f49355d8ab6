"""What a network makes by itself: samples side by side, texts to read, over time."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QPlainTextEdit, QStackedLayout, QVBoxLayout, QWidget

from app.theme import Theme
from app.training.hues import Lookup, magnitude
from app.training.mosaic import Mosaic
from app.training.plot_items import argb
from app.training.recording import Recording
from app.training.sample_images import bytes_of
from graph_engine.training import titles

SAMPLES, TEXT = f"{titles.GENERATED}samples", f"{titles.GENERATED}text"


class GeneratedView(QWidget):
    """See the module's docstring."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[object, ...] = ()
        self.mosaic = Mosaic(theme, "Samples that the network made")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Text that the network wrote")
        self._stack = QStackedLayout()
        self._stack.addWidget(self.mosaic)
        self._stack.addWidget(self.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._stack)
        theme.changed.connect(self._retint)
        self._retint()

    def show_moment(self, recording: Recording, step: int | None) -> None:
        """Shows what was made last up to a step."""
        title = SAMPLES if len(recording.track(SAMPLES)) else TEXT
        frame = recording.track(title).frame(step)
        if frame is None or (recording, title, frame.step) == self._shown:
            return
        self._shown = recording, title, frame.step
        array = frame.array()
        if title == TEXT:
            self.text.setPlainText(array.astype(np.uint8).tobytes().decode("utf-8", "replace"))
        elif array.size:
            self._draw(array)
        self._stack.setCurrentWidget(self.text if title == TEXT else self.mosaic)

    def _draw(self, samples: np.ndarray) -> None:
        """Images of three channels in red, green and blue, others in grey with the channels of one side
        by side; of what is no image a row of numbers each."""
        if samples.ndim == 4 and samples.shape[1] == 3:
            self.mosaic.draw(pixels(samples), argb(grey()))
        elif samples.ndim == 4:
            tiles = bytes_of(
                samples.transpose(0, 2, 1, 3).reshape(*samples.shape[:1], samples.shape[2], -1)
            )
            self.mosaic.draw(tiles, argb(grey()))
        else:
            rows = bytes_of(samples.reshape(len(samples), 1, -1))
            self.mosaic.draw(rows, argb(magnitude()), 1, True)

    def _retint(self) -> None:
        self.text.setFont(self._theme.mono(12))


def has_any(recording: Recording) -> bool:
    """Whether a run made something by itself."""
    return bool(len(recording.track(SAMPLES)) or len(recording.track(TEXT)))


def pixels(images: np.ndarray) -> np.ndarray:
    """0xffRRGGBB for each pixel of images (samples, 3, height, width)."""
    red, green, blue = bytes_of(images).astype(np.uint32).transpose(1, 0, 2, 3)
    return np.asarray(0xFF000000 | red << 16 | green << 8 | blue, np.uint32)


def grey() -> Lookup:
    """From black to white."""
    rows = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, axis=1)
    rows[:, 3] = 255
    return rows
