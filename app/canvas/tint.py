"""The canvas as a monitor: grounds of nodes by a measure, widths of wires by what flows back, pictures.

Whoever knows a run says what there is to see; nothing here knows of runs. Only nodes in view whose
colour changes are painted anew, others when they come into view, and nothing is done while nothing is
shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QGraphicsItem

from app.canvas.wire_item import WireItem
from app.color_maps import DIVERGING_DARK, DIVERGING_LIGHT, VIRIDIS, ink_on, shades
from app.theme import Theme

if TYPE_CHECKING:
    from app.canvas.node_item import NodeItem
    from app.canvas.scene import CanvasScene

LEVELS = 24
"""Colours of a map; small changes within one of them paint nothing."""

FLOWS, DECADES = 5, 4.0
"""Widths of wires, and over how many powers of ten below the largest they go."""

Kind = Literal["log", "linear", "ratio"]
Picture = tuple[Hashable, QImage]


@dataclass(frozen=True, slots=True)
class Ground:
    """The colour behind a node, and that of its words on it."""

    color: QColor
    ink: QColor


@dataclass(frozen=True, slots=True)
class Tint:
    """A measure of the nodes that are shown.

    ``values`` has those that are known by node, ``low`` and ``high`` the ends of the map, whose middle
    is healthy for a ``ratio``. ``flows`` has the size of the gradient that comes back to a node's
    output. ``pictures`` answers with a node's small picture and what tells it from another.
    """

    title: str
    unit: str
    kind: Kind
    low: float
    high: float
    values: Mapping[str, float] = field(default_factory=dict)
    flows: Mapping[str, float] = field(default_factory=dict)
    pictures: Callable[[str], Picture | None] | None = None
    moment: str = ""

    def share(self, value: float) -> float:
        """Where a value lies between the ends, from 0 to 1; NaN where it has no place."""
        if math.isnan(value) or (self.kind == "ratio" and value <= 0):
            return math.nan
        if self.kind == "linear":
            part = (value - self.low) / (self.high - self.low)
        elif value <= 0:
            return 0.0
        elif math.isinf(value):
            return 1.0
        else:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        return min(max(part, 0.0), 1.0)

    def level(self, value: float) -> int:
        """The number of a value's colour; −1 for none."""
        part = self.share(value)
        return -1 if math.isnan(part) else min(int(part * LEVELS), LEVELS - 1)


class Tinting:
    """What of a tint a scene shows now."""

    def __init__(self, canvas: CanvasScene, theme: Theme) -> None:
        self._canvas, self._theme = canvas, theme
        self.tint: Tint | None = None
        self.levels: dict[str, int] = {}
        self._flows: dict[str, int] = {}
        self._pictures: dict[str, tuple[Hashable, QPixmap]] = {}
        self._stale: set[QGraphicsItem] = set()
        self._grounds: tuple[Ground, ...] = ()
        theme.changed.connect(self._retint)

    def show(self, tint: Tint | None) -> bool:
        """Shows a tint, or none; whether anything looks otherwise now."""
        kind = self.tint.kind if self.tint else None
        self.tint = tint
        levels, flows, before = _levels(tint), _flows(tint), self.levels
        is_other_map = tint is not None and tint.kind != kind
        if is_other_map:
            self._retint()
        names = levels.keys() | before.keys()
        changed = {n for n in names if is_other_map or levels.get(n) != before.get(n)}
        self.levels = levels
        nodes, wires = self._canvas.nodes, self._canvas.wires
        self._stale.intersection_update([*nodes.values(), *wires.values()])
        self._stale.update(nodes[name] for name in changed if name in nodes)
        flowing = self._follow(flows)
        if tint is None:
            self._pictures.clear()
            self._grounds = ()
            self._stale.update(item for item in nodes.values() if item.has_picture)
            self.refresh([*nodes.values(), *wires.values()])
        return bool(changed or flowing)

    def _follow(self, flows: dict[str, int]) -> set[str]:
        """Notes which wires get other widths."""
        before, self._flows = self._flows, flows
        changed = {n for n in flows.keys() | before.keys() if flows.get(n) != before.get(n)}
        if changed:
            wires = self._canvas.wires.values()
            self._stale.update(wire for wire in wires if wire.source.node in changed)
        return changed

    @property
    def is_behind(self) -> bool:
        """Whether something shows an earlier tint."""
        return bool(self._stale)

    def refresh(self, items: Iterable[QGraphicsItem]) -> None:
        """Brings those that are behind up to date."""
        behind = self._stale.intersection(items)
        self._stale -= behind
        for item in behind:
            if isinstance(item, WireItem):
                self._canvas.wear(item)
            else:
                item.update()

    def ground(self, name: str) -> Ground | None:
        """What stands behind a node; None for one without a value."""
        level = self.levels.get(name, -1)
        return self._grounds[level] if level >= 0 and self._grounds else None

    def colors(self) -> Mapping[str, QColor] | None:
        """The colours of all nodes that have one, for the view from far away; None while off."""
        if self.tint is None:
            return None
        return {n: self._grounds[level].color for n, level in self.levels.items() if level >= 0}

    def flow(self, wire: WireItem) -> int:
        """How wide a wire is, from 0; −1 where it is as always."""
        return self._flows.get(wire.source.node, -1)

    # Pictures ------------------------------------------------------------------------------------

    def picture(self, name: str) -> QPixmap | None:
        """The small picture of what a node gives."""
        found = self._found(name)
        if found is None:
            return None
        known = self._pictures.get(name)
        if known is None or known[0] != found[0]:
            known = self._pictures[name] = (found[0], QPixmap.fromImage(found[1]))
        return known[1]

    def refresh_pictures(self, items: Iterable[NodeItem]) -> None:
        """Paints those anew whose picture is another."""
        for item in items:
            found, known = self._found(item.name), self._pictures.get(item.name)
            if (found[0] if found else None) != (known[0] if known else None):
                item.update()

    def _found(self, name: str) -> Picture | None:
        tint = self.tint
        return tint.pictures(name) if tint is not None and tint.pictures is not None else None

    # Colours -------------------------------------------------------------------------------------

    def _retint(self) -> None:
        if self.tint is not None:
            colors = shades(stops(self.tint.kind, self._theme), LEVELS)
            self._grounds = tuple(Ground(color, ink_on(color)) for color in colors)


def stops(kind: Kind, theme: Theme) -> tuple[str, ...]:
    """The colours of a map in the theme in force."""
    if kind == "ratio":
        return DIVERGING_DARK if theme.is_dark else DIVERGING_LIGHT
    return VIRIDIS


def _levels(tint: Tint | None) -> dict[str, int]:
    if tint is None:
        return {}
    found = {name: tint.level(value) for name, value in tint.values.items()}
    return {name: level for name, level in found.items() if level >= 0}


def _flows(tint: Tint | None) -> dict[str, int]:
    """Widths over some powers of ten below the largest."""
    known = {} if tint is None else {n: v for n, v in tint.flows.items() if 0 <= v < math.inf}
    largest = max(known.values(), default=0.0)
    if largest <= 0:
        return {}
    return {name: _width(value / largest) for name, value in known.items()}


def _width(part: float) -> int:
    if part <= 0:
        return 0
    return max(0, min(FLOWS - 1, round((1 + math.log10(part) / DECADES) * (FLOWS - 1))))
