"""Short reviews made by a grammar: clearly not real, but with negation and contrast as real ones have.

A review is one to three clauses. A clause says something good or bad about a subject; “not” turns it
round, “very” and “quite” do not. After “but” comes the clause that decides. The label is the feeling of
the deciding clause: the last one, or the only one.
"""

from __future__ import annotations

import numpy as np

from graph_engine.data.generators.dice import Arrays, Dice

PAD = "·"
LENGTH = 24
SUBJECTS = (
    "the film", "the story", "the acting", "the music", "the book", "the plot", "the ending",
    "the room", "the food", "the service", "the staff", "the view", "the sound", "the screen",
    "the battery", "the price",
)  # fmt: skip
GOOD = (
    "good", "great", "lovely", "clever", "moving", "fresh", "friendly", "bright", "clear", "warm",
    "charming", "excellent", "delightful", "superb", "pleasant", "brilliant",
)  # fmt: skip
BAD = (
    "bad", "dull", "boring", "slow", "weak", "noisy", "rude", "dirty", "cold", "stale",
    "awful", "poor", "tedious", "clumsy", "bland", "terrible",
)  # fmt: skip
VERBS = ("is", "was", "seemed", "felt")
DEGREES = ("", "", "very", "quite", "really")
OPENINGS = ("", "", "i think", "honestly", "in short", "we found that")
TURNS = ("but", "yet", "however")


def reviews(samples: int, dice: Dice, noise: float) -> Arrays:
    """``words`` of 24 places (numbers of a vocabulary, filled up with ``·``) and ``feeling``. ``noise``
    is the share of labels that are wrong."""
    made = [_review(dice) for _ in range(samples)]
    wrong = dice.uniform(samples) < noise
    words = {word for text, _ in made for word in text}
    vocabulary = [PAD, *sorted(words)]
    number = {word: index for index, word in enumerate(vocabulary)}
    codes = np.zeros((samples, LENGTH), np.int64)
    for row, (text, _) in enumerate(made):
        kept = text[-LENGTH:]
        codes[row, : len(kept)] = [number[word] for word in kept]
    labels = np.array([label for _, label in made], np.int64)
    return {
        "words": codes,
        "words.classes": np.array(vocabulary),
        "feeling": np.where(wrong, 1 - labels, labels),
        "feeling.classes": np.array(["negative", "positive"]),
        "target": np.array("feeling"),
    }


def _review(dice: Dice) -> tuple[list[str], int]:
    text = dice.one_of(OPENINGS).split()
    clauses = dice.integer(1, 4)
    feeling = dice.integer(0, 2)
    for index in range(clauses):
        is_last = index == clauses - 1
        own = feeling if is_last else dice.integer(0, 2)
        if index:
            text.append(dice.one_of(TURNS) if own == feeling and is_last else "and")
        text.extend(_clause(own, dice))
    return text, feeling


def _clause(feeling: int, dice: Dice) -> list[str]:
    is_negated = dice.integer(0, 3) == 0
    word = dice.one_of(GOOD if bool(feeling) != is_negated else BAD)
    parts = (dice.one_of(SUBJECTS), dice.one_of(VERBS), "not" if is_negated else "")
    return " ".join((*parts, dice.one_of(DEGREES), word)).split()
