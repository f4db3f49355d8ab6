"""Spoken digits from a small formant synthesiser: every word is a row of sounds, every sound a few
resonances, and every speaker has another pitch, size and pace.

The synthesis follows the source–filter idea of speech (Fant, Acoustic Theory of Speech Production,
1960): a pulse train or noise whose spectrum is shaped by formants. What is given to the network is the
logarithm of the energy in bands of the mel scale (Davis & Mermelstein, 1980), frame by frame.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graph_engine.data.generators.dice import Arrays, Dice

BANDS = 24
FRAMES = 40
LONGEST = 120
BLANK = "·"

Sound = tuple[tuple[float, float, float], float, float]
"""Three formants in Hz, how much of it is voiced (1) or hissed (0), and its usual length in frames."""

SOUNDS: dict[str, Sound] = {
    "i": ((300, 2300, 3000), 1.0, 6), "I": ((400, 2000, 2600), 1.0, 4),
    "e": ((550, 1850, 2500), 1.0, 5), "a": ((750, 1200, 2600), 1.0, 6),
    "o": ((500, 900, 2500), 1.0, 6), "u": ((320, 850, 2300), 1.0, 6),
    "r": ((350, 1100, 1500), 0.9, 3), "w": ((300, 650, 2200), 0.9, 3),
    "n": ((280, 1400, 2500), 0.8, 4), "v": ((300, 1300, 2300), 0.6, 3),
    "z": ((300, 3600, 4200), 0.5, 4), "s": ((200, 4200, 5200), 0.0, 5),
    "f": ((200, 2500, 4800), 0.0, 4), "T": ((200, 3200, 4600), 0.0, 4),
    "t": ((200, 3500, 4500), 0.0, 2), "k": ((200, 1800, 3200), 0.0, 2),
}  # fmt: skip
WORDS = (
    "ziro", "wan", "tu", "Tri", "for", "faiv", "sIks", "seven", "eIt", "nain",
)  # fmt: skip
"""The sounds of “zero” to “nine”."""

Features = NDArray[np.float32]


def spoken_digits(samples: int, dice: Dice, noise: float) -> Arrays:
    """``sound`` of 1×24×40 (mel bands × frames) and the ``digit`` that is said."""
    digits = dice.integers(0, 10, samples)
    sounds = np.stack([_padded(_spoken([d], dice, noise), FRAMES) for d in digits.tolist()])
    return {
        "sound": sounds.transpose(0, 2, 1)[:, None],
        "digit": digits,
        "digit.classes": np.array([str(n) for n in range(10)]),
        "target": np.array("digit"),
    }


def utterances(samples: int, dice: Dice, noise: float) -> Arrays:
    """``sound`` of 120×24 (frames × mel bands) with two to four digits, and ``said``: their numbers plus
    one, filled up with 0, the blank of CTC."""
    said = np.zeros((samples, 4), np.int64)
    sounds = np.empty((samples, LONGEST, BANDS), np.float32)
    for row in range(samples):
        digits = dice.integers(0, 10, dice.integer(2, 5)).tolist()
        said[row, : len(digits)] = [digit + 1 for digit in digits]
        sounds[row] = _padded(_spoken(digits, dice, noise), LONGEST)
    return {
        "sound": sounds,
        "said": said,
        "said.classes": np.array([BLANK, *map(str, range(10))]),
        "target": np.array("said"),
    }


def _spoken(digits: list[int], dice: Dice, noise: float) -> Features:
    """Frames × bands of one speaker who says the digits."""
    size, pace, pitch = (
        0.85 + 0.3 * dice.uniform(1)[0],
        0.8 + 0.4 * dice.uniform(1)[0],
        90 + 130 * dice.uniform(1)[0],
    )
    parts: list[Features] = [np.zeros((dice.integer(1, 4), BANDS), np.float32)]
    for digit in digits:
        parts.extend(_word(WORDS[digit], size, pace, pitch, dice))
        parts.append(np.zeros((dice.integer(1, 4), BANDS), np.float32))
    clean = np.concatenate(_joined(parts))
    energy = clean + (0.01 + noise) * np.abs(dice.normal(*clean.shape))
    return np.asarray(np.log(energy + 0.01) / 4 + 0.5, np.float32)


def _word(word: str, size: float, pace: float, pitch: float, dice: Dice) -> list[Features]:
    frames = []
    for sound in word:
        formants, voiced, length = SOUNDS[sound]
        count = max(1, round(length * pace * (0.8 + 0.4 * dice.uniform(1)[0])))
        shape = _spectrum([size * f for f in formants], voiced, pitch)
        wave = 1 + 0.15 * dice.normal(count, BANDS)
        frames.append((shape * np.clip(wave, 0.3, None)).astype(np.float32))
    return frames


def _spectrum(formants: list[float], voiced: float, pitch: float) -> NDArray[np.float64]:
    """Energy in each mel band: resonances of some 100 Hz width, over harmonics or over noise."""
    edges = _mel_bands()
    centres = edges[1:-1]
    resonance = np.zeros(BANDS)
    for rank, formant in enumerate(formants):
        width = 80 + 0.06 * formant
        resonance += 0.7**rank / (1 + ((centres - formant) / width) ** 2)
    harmonics = 0.6 + 0.4 * np.cos(2 * np.pi * centres / pitch)
    voice = harmonics * np.minimum(1, 1500 / centres)
    return np.asarray(resonance * (voiced * voice + (1 - voiced) * 0.6))


def _mel_bands() -> NDArray[np.float64]:
    """The edges of the bands in Hz, evenly spaced in mel from 100 to 6,000 Hz."""
    low, high = (2595 * np.log10(1 + f / 700) for f in (100.0, 6000.0))
    return np.asarray(700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1))


def _joined(parts: list[Features]) -> list[Features]:
    """Sounds that glide into one another: the last frame of each is the mean with the next's first."""
    for before, after in pairwise(parts):
        before[-1] = (before[-1] + after[0]) / 2
    return parts


def _padded(frames: Features, length: int) -> Features:
    """Exactly so many frames, with silence at the end."""
    silence = np.float32(np.log(0.01) / 4 + 0.5)
    room = np.full((length, BANDS), silence, np.float32)
    room[: min(length, len(frames))] = frames[:length]
    return room
