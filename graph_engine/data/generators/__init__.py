"""Data sets that are computed instead of shipped: each generator is documented, and seeded."""

from graph_engine.data.generators.dice import Arrays, Dice, Generator
from graph_engine.data.generators.language import dates, number_words
from graph_engine.data.generators.logic import gate
from graph_engine.data.generators.patches import photograph_patches
from graph_engine.data.generators.reviews import reviews
from graph_engine.data.generators.scenes import detection, segmentation
from graph_engine.data.generators.speech import spoken_digits, utterances
from graph_engine.data.generators.worlds import cart_pole, grid_world

GENERATORS: dict[str, Generator] = {
    "and": gate(lambda a, b: a & b),
    "or": gate(lambda a, b: a | b),
    "nand": gate(lambda a, b: 1 - (a & b)),
    "xor": gate(lambda a, b: a ^ b),
    "segmentation_scenes": segmentation,
    "detection_scenes": detection,
    "dates": dates,
    "number_words": number_words,
    "reviews": reviews,
    "spoken_digits": spoken_digits,
    "utterances": utterances,
    "photograph_patches": photograph_patches,
    "cart_pole": cart_pole,
    "grid_world": grid_world,
}

__all__ = ["GENERATORS", "Arrays", "Dice", "Generator"]
