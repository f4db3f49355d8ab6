"""Data that are computed from a seed: small worlds whose rules are known."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from graph_engine.data.dataset import Dataset
from graph_engine.data.generators import GENERATORS, Dice
from graph_engine.data.npz_file import dataset_of
from graph_engine.data.source import Source
from graph_engine.declaration import param

Name = Literal[
    "and",
    "or",
    "nand",
    "xor",
    "segmentation_scenes",
    "detection_scenes",
    "dates",
    "number_words",
    "reviews",
    "spoken_digits",
    "utterances",
    "photograph_patches",
    "cart_pole",
    "grid_world",
]

ABOUT: dict[str, str] = {
    "and": "The truth table of “and”, over and over.",
    "or": "The truth table of “or”, over and over.",
    "nand": "The truth table of “not and”, over and over.",
    "xor": "The truth table of “either, but not both”, over and over.",
    "segmentation_scenes": "Handwritten digits strewn over a ground; every pixel is labelled.",
    "detection_scenes": "Handwritten digits strewn over a ground; a grid tells which is where.",
    "dates": "Dates as people write them, and their ISO form.",
    "number_words": "Numbers in English words, and in French.",
    "reviews": "Short reviews made by a grammar, with negation and contrast. Not real ones.",
    "spoken_digits": "One digit a sample, spoken by a small synthesiser, as a mel spectrogram.",
    "utterances": "Two to four digits a sample, spoken in a row, as mel frames.",
    "photograph_patches": "Patches of photographs, to be told which region they are from.",
    "cart_pole": "A cart with a pole upon it, nearly at rest and upright: states to begin with.",
    "grid_world": "Mazes of six by six fields with a goal, and somebody to walk there.",
}


class Generated(Source, key="generated"):
    """Samples that a documented generator computes from a seed."""

    name: Name = param("xor", help="Which generator.", required=True)
    samples: int = param(1000, low=1, high=100_000, help="How many samples to make.")
    noise: float = param(0.0, low=0.0, high=10.0, help="How much chance to add; 0: none.")
    seed: int = param(0, low=0, high=2**62, help="Another number makes other samples.")

    def load(self, folder: Path | None = None) -> Dataset:
        """The samples; needs no folder."""
        arrays = GENERATORS[self.name](self.samples, Dice(self.seed), self.noise)
        made = dataset_of(arrays, self.name)
        return Dataset(
            made.name,
            made.fields,
            made.target,
            description=ABOUT[self.name],
            source="Computed by Netloom",
            licence="CC0 1.0 (but digits in scenes: CC BY 4.0, as the data set of digits; patches of "
            "photographs: CC BY 2.0, as the photographs)",
        )
