"""What every monkey has: its own dice for each action, a log, and a way to do a part of it again.

``NETLOOM_MONKEY_ACTIONS`` says how many actions (2,000 by default), ``NETLOOM_MONKEY_SEED`` where the
dice begin. An action throws dice that depend on the seed and its number alone, so that the numbers in a
log can be done again, all or some: ``NETLOOM_MONKEY_ONLY=0-57,80``. ``NETLOOM_MONKEY_LOG`` is a file
that each action is written to before the next, for crashes that leave nothing else.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

ACTIONS = int(os.environ.get("NETLOOM_MONKEY_ACTIONS", "2000"))
SEED = int(os.environ.get("NETLOOM_MONKEY_SEED", "7"))
LOG = os.environ.get("NETLOOM_MONKEY_LOG", "")
ONLY = os.environ.get("NETLOOM_MONKEY_ONLY", "")
TOLD = 60

Action = Callable[[], None]


def wanted(actions: int) -> Iterator[int]:
    """The numbers of the actions to do."""
    if not ONLY:
        yield from range(actions)
        return
    for part in ONLY.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


class Monkey:
    """Chooses among weighted actions and writes down what it did."""

    def __init__(self, seed: int) -> None:
        self.seed, self.number = seed, -1
        self.dice = random.Random(seed)
        self.log: list[str] = []
        self.actions: list[tuple[Action, int]] = []

    def act(self, number: int) -> None:
        """Does the action of that number."""
        self.number = number
        if LOG:
            with Path(LOG).open("a", encoding="utf-8") as file:
                file.write("\n".join([*self.log[-1:], ""]))
        self.dice = random.Random(f"{self.seed}/{number}")
        actions, weights = zip(*self.actions, strict=True)
        action = self.dice.choices(actions, weights)[0]
        self.log.append(f"{number} {action.__name__}")
        action()

    def note(self, *what: object) -> None:
        """Adds to the log what exactly is done."""
        self.log[-1] = " ".join(map(str, (self.log[-1], *what)))

    def told(self) -> str:
        """How to do it again, and the last actions."""
        last = "\n  ".join(self.log[-TOLD:])
        return (
            f"seed {self.seed}, action {self.number}; to do it again: NETLOOM_MONKEY_SEED={self.seed} "
            f"NETLOOM_MONKEY_ONLY=0-{self.number}\n  {last}"
        )
