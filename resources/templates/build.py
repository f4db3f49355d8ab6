"""Writes the designs that come with Netloom as project files beside this one.

    python resources/templates/build.py [NAME…]

Each design is one function in ``designs``, in a few lines of the same ``NetworkBuilder`` that everybody
has.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from resources.templates.designs import DESIGNS


def build(folder: Path, names: Sequence[str] = ()) -> None:
    """Writes the designs of these names, else every one."""
    for name in names or DESIGNS:
        made = DESIGNS[name]()
        made.name = name
        made.save(folder / f"{name}.netloom")


if __name__ == "__main__":
    build(Path(__file__).parent, sys.argv[1:])
