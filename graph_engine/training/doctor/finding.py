"""What a rule says: where, on what evidence, why it matters, and what would cure it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from graph_engine.data.choice import DataChoice
from graph_engine.graph import Change
from graph_engine.training.recipe import Recipe

if TYPE_CHECKING:
    from graph_engine.training.doctor.case import Case

MOST = 20
"""Findings of one rule; nobody reads more, and each has its cure worked out."""

Severity = Literal["error", "warning", "advice"]


@dataclass(frozen=True)
class Cure:
    """One undoable step against a finding: a change of the drawing, of the recipe, or of the data.

    ``label`` is a button's, beginning with a verb.
    """

    label: str
    change: Change | None = None
    recipe: Recipe | None = None
    data: DataChoice | None = None


@dataclass(frozen=True)
class Finding:
    """Something that a rule found. ``evidence`` is a sentence with the figures; ``node`` is empty for
    the network as a whole, and stands inside ``block`` where one is named."""

    evidence: str
    node: str = ""
    cure: Cure | None = None
    severity: Severity = "warning"
    block: str = ""
    rule: str = ""


Look = Callable[["Case"], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """A named rule: ``title`` for a list, ``explanation`` for a student, ``source`` for a doubter.

    One that ``looks_inside`` is asked about the inside of each block as well, as a drawing of its own.
    """

    name: str
    title: str
    explanation: str
    source: str
    look: Look
    looks_inside: bool = False

    def findings(self, case: Case) -> Iterator[Finding]:
        """What it finds, each with the rule's name; of the same in many places the first ones."""
        for finding in islice(self.look(case), MOST):
            yield replace(finding, rule=self.name)


def rule(
    name: str, title: str, explanation: str, source: str = "", looks_inside: bool = False
) -> Callable[[Look], Rule]:
    """Makes a rule of a function over a case."""
    words = " ".join(explanation.split())
    return lambda look: Rule(name, title, words, source, look, looks_inside)
