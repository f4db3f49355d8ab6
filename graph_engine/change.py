"""An edit as data: for each table ``key → (before, after)``, None for absent.

Undo is the inverse of a change, and a gesture is a composition of changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Pairs = Mapping[Any, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """An edit as data: for each table ``key → (before, after)``, None where there is nothing."""

    tables: Mapping[str, Pairs] = field(default_factory=dict)

    def inverse(self) -> Change:
        """The change that undoes this one."""
        return Change(
            {
                t: {k: (after, before) for k, (before, after) in pairs.items()}
                for t, pairs in self.tables.items()
            }
        )

    def then(self, later: Change) -> Change:
        """Both changes as one; what cancels out disappears."""
        merged: dict[str, dict[Any, tuple[Any, Any]]] = {t: dict(p) for t, p in self.tables.items()}
        for table, pairs in later.tables.items():
            into = merged.setdefault(table, {})
            for key, (before, after) in pairs.items():
                first = into[key][0] if key in into else before
                into[key] = (first, after)
        return Change.of(merged)

    @classmethod
    def of(cls, tables: Mapping[str, Pairs]) -> Change:
        """A change without entries that change nothing."""
        kept = {t: {k: ba for k, ba in p.items() if ba[0] != ba[1]} for t, p in tables.items()}
        return cls({t: p for t, p in kept.items() if p})

    def __bool__(self) -> bool:
        return bool(self.tables)

    def added(self, table: str) -> list[Any]:
        """The keys that the change brings into a table."""
        return [key for key, (before, _) in self.pairs(table).items() if before is None]

    def pairs(self, table: str) -> Pairs:
        """The entries of one table."""
        return self.tables.get(table, {})
