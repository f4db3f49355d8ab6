"""Finds what a person means by a few letters: whole words first, then the letters in their order."""

from __future__ import annotations

from typing import NamedTuple

BEGINS, WORD, INSIDE, LETTERS = 0, 100, 200, 300


class Match(NamedTuple):
    """How far a text is from what was typed (less is nearer), and which of its letters were meant."""

    distance: int
    letters: tuple[int, ...]


def match(typed: str, text: str) -> Match | None:
    """How ``typed`` is found in ``text``; None where its letters do not follow one another there."""
    wanted, known = typed.lower().strip(), text.lower()
    if not wanted:
        return Match(0, ())
    place = known.find(wanted)
    if place >= 0:
        begins_word = place == 0 or not known[place - 1].isalnum()
        kind = BEGINS if place == 0 else WORD if begins_word else INSIDE
        return Match(kind + place, tuple(range(place, place + len(wanted))))
    return _scattered(wanted.replace(" ", ""), known)


def _scattered(wanted: str, known: str) -> Match | None:
    """The letters in their order, beginnings of words preferred: ``zf`` finds “Zoom to fit”."""
    letters: list[int] = []
    start = 0
    for letter in wanted:
        place = _next(letter, known, start)
        if place < 0:
            return _in_a_row(wanted, known)
        letters.append(place)
        start = place + 1
    return Match(LETTERS + letters[-1] - letters[0], tuple(letters))


def _next(letter: str, known: str, start: int) -> int:
    if known[start : start + 1] == letter:
        return start
    for place in range(start, len(known)):
        if known[place] == letter and (place == 0 or not known[place - 1].isalnum()):
            return place
    return known.find(letter, start)


def _in_a_row(wanted: str, known: str) -> Match | None:
    letters: list[int] = []
    start = 0
    for letter in wanted:
        place = known.find(letter, start)
        if place < 0:
            return None
        letters.append(place)
        start = place + 1
    return Match(LETTERS + 50 + letters[-1] - letters[0], tuple(letters))
