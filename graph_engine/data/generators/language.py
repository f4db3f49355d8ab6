"""Small translations with one right answer: dates into their ISO form, number words into French."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph_engine.data.generators.dice import Arrays, Dice

PAD, START, END = "·", "<", ">"
"""Fills texts up to one length; begins an answer; ends it."""

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
FRENCH = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
FRENCH_TENS = ("", "", "vingt", "trente", "quarante", "cinquante", "soixante")


def dates(samples: int, dice: Dice, noise: float) -> Arrays:
    """``written`` such as “7 March 1987”, “Mar 7, 1987” or “07/03/1987”, and ``iso``, “1987-03-07”."""
    pairs = []
    for _ in range(samples):
        month, year = dice.integer(0, 12), dice.integer(1900, 2100)
        day = dice.integer(1, DAYS[month] + 1)
        name = MONTHS[month]
        form = dice.one_of(
            (
                f"{day} {name} {year}",
                f"{name} {day}, {year}",
                f"{name[:3]} {day}, {year}",
                f"{day:02d}/{month + 1:02d}/{year}",
                f"{day}. {name[:3].lower()} {year}",
            )
        )
        pairs.append((form, f"{year}-{month + 1:02d}-{day:02d}"))
    return translations("written", "iso", pairs)


def number_words(samples: int, dice: Dice, noise: float) -> Arrays:
    """``english`` number words from zero to 9,999, and the same number in ``french``."""
    numbers = dice.integers(0, 10_000, samples).tolist()
    return translations("english", "french", [(english(n), french(n)) for n in numbers])


def translations(source: str, target: str, pairs: Sequence[tuple[str, str]]) -> Arrays:
    """Characters as numbers: the source, the answer so far (``so_far``, begun with ``<``), and the
    answer (ended by ``>``), each filled up with ``·``, which is class 0."""
    letters = sorted({letter for pair in pairs for text in pair for letter in text})
    classes = [PAD, START, END, *letters]
    number = {letter: index for index, letter in enumerate(classes)}
    answer = max(len(told) for _, told in pairs) + 1
    asked = max(len(text) for text, _ in pairs)

    def rows(texts: Sequence[str], length: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
        return np.array([[number[c] for c in text.ljust(length, PAD)] for text in texts], np.int64)

    names = np.array(classes)
    return {
        source: rows([text for text, _ in pairs], asked),
        f"{source}.classes": names,
        "so_far": rows([START + told for _, told in pairs], answer),
        "so_far.classes": names,
        target: rows([told + END for _, told in pairs], answer),
        f"{target}.classes": names,
        "target": np.array(target),
    }


def english(number: int) -> str:
    """“two thousand three hundred forty-one”"""
    if number < 20:
        return ONES[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return TENS[ten] + (f"-{ONES[one]}" if one else "")
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    many, rest = divmod(number, size)
    return f"{english(many)} {name}" + (f" {english(rest)}" if rest else "")


def french(number: int) -> str:
    """“deux mille trois cent quarante et un”: a number below 10,000 in the traditional spelling, with
    hyphens below a hundred only."""
    if number < 100:
        return _french_below_hundred(number)
    if number < 1000:
        many, rest = divmod(number, 100)
        hundreds = "cent" if many == 1 else f"{FRENCH[many]} cent{'' if rest else 's'}"
        return f"{hundreds} {french(rest)}" if rest else hundreds
    many, rest = divmod(number, 1000)
    thousands = "mille" if many == 1 else f"{french(many)} mille"
    return f"{thousands} {french(rest)}" if rest else thousands


def _french_below_hundred(number: int) -> str:
    if number < 20:
        return FRENCH[number]
    ten, one = divmod(number, 10)
    if ten in (7, 9):
        ten, one = ten - 1, one + 10
    stem = "quatre-vingt" if ten == 8 else FRENCH_TENS[ten]
    if one == 0:
        return "quatre-vingts" if ten == 8 else stem
    if one in (1, 11) and ten != 8:
        return f"{stem} et {FRENCH[one]}"
    return f"{stem}-{FRENCH[one]}"
