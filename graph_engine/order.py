"""A topological order that is kept while edges come and go, so that a circle is noticed at once.

An edge that already points forward costs nothing. For another one, two searches set out at once: ahead
from its target and back from its source, no further than the other end (after Bender, Fineman, Gilbert
and Tarjan, “A new approach to incremental cycle detection and related problems”, 2016). Where they
meet, the edge closes a circle; the one that ends first moves its nodes past the other end. Positions
are fractions, so that nothing else has to move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush
from itertools import pairwise

import networkx as nx

from graph_engine.errors import WiringError

MANY = 64


class TopologicalOrder:
    """Owns the edges of ``dag`` and a position for every node that grows along each edge."""

    def __init__(self, dag: nx.DiGraph[str]) -> None:
        self.dag = dag
        self.position: dict[str, float] = {}
        # networkx's own dictionaries: its views cost more than the look-up itself.
        self._successors: Mapping[str, Iterable[str]] = dag._adj  # type: ignore[attr-defined]
        self._predecessors: Mapping[str, Collection[str]] = dag._pred  # type: ignore[attr-defined]
        self._next = 0
        self._is_as_drawn = True

    def add_node(self, name: str) -> None:
        """A node without edges, at the end."""
        self.dag.add_node(name)
        self.position[name] = self._next
        self._next += 1

    def remove_node(self, name: str) -> None:
        """Takes out a node that has no edges left."""
        self.dag.remove_node(name)
        del self.position[name]

    def remove_edge(self, source: str, target: str) -> None:
        """Takes out an edge; the order stays valid."""
        self.dag.remove_edge(source, target)

    def add_edges(self, edges: Iterable[tuple[str, str]]) -> None:
        """Adds the edges that are not there yet, all or none.

        Raises WiringError where they would close a circle.
        """
        new = [edge for edge in dict.fromkeys(edges) if not self.dag.has_edge(*edge)]
        backward = sum(self.position[source] >= self.position[target] for source, target in new)
        if backward > MANY:
            self._add_all(new)
            return
        for count, (source, target) in enumerate(new):
            try:
                self._reorder(source, target)
            except WiringError:
                self.dag.remove_edges_from(new[:count])
                raise
            self.dag.add_edge(source, target)

    def settle(self) -> None:
        """Forgets in which order edges came: positions follow the nodes as they were added."""
        if not self._is_as_drawn:
            self._number(self.stable(self.dag))
            self._is_as_drawn = True

    def would_close_circle(self, source: str, target: str) -> bool:
        """Whether ``target`` already leads to ``source``; looks only at nodes between the two."""
        if self.position[source] < self.position[target]:
            return False
        return self._search(source, target) is None

    def stable(self, rank: Iterable[str]) -> list[str]:
        """All nodes in topological order; of those that are ready, the earliest of ``rank`` first."""
        place = {name: index for index, name in enumerate(rank)}
        names = list(place)
        successors = self._successors
        waiting = {name: len(edges) for name, edges in self._predecessors.items()}
        ready = [place[name] for name, count in waiting.items() if count == 0]
        heapify(ready)
        found = []
        while ready:
            name = names[heappop(ready)]
            found.append(name)
            for follower in successors[name]:
                waiting[follower] -= 1
                if waiting[follower] == 0:
                    heappush(ready, place[follower])
        return found

    def _search(self, source: str, target: str) -> tuple[set[str], bool] | None:
        """The nodes that have to move for a backward edge, and whether they move behind ``source`` or
        else before ``target``; None where ``target`` leads to ``source``."""
        if source == target:
            return None
        position, low, high = self.position, self.position[target], self.position[source]
        ahead, behind = {target}, {source}
        front, back = [target], [source]
        while front and back:
            for name in self._successors[front.pop()]:
                if name in behind:
                    return None
                if name not in ahead and position[name] <= high:
                    ahead.add(name)
                    front.append(name)
            for name in self._predecessors[back.pop()]:
                if name in ahead:
                    return None
                if name not in behind and position[name] >= low:
                    behind.add(name)
                    back.append(name)
        return (behind, False) if front else (ahead, True)

    def _reorder(self, source: str, target: str) -> None:
        """Makes way for an edge. Raises WiringError where it would close a circle."""
        position = self.position
        if position[source] < position[target]:
            return
        found = self._search(source, target)
        if found is None:
            raise circle(source, target)
        nodes, moves_behind = found
        neighbours = self._successors if moves_behind else self._predecessors
        beyond = {other for name in nodes for other in neighbours[name]} - nodes
        if moves_behind:
            low = position[source]
            high = min((position[name] for name in beyond), default=low + len(nodes) + 1)
        else:
            high = position[target]
            low = max((position[name] for name in beyond), default=high - len(nodes) - 1)
        self._is_as_drawn = False
        self._spread(ranked(nodes, position), low, high)

    def _spread(self, names: list[str], low: float, high: float) -> None:
        """Puts the nodes between two positions; renumbers all where fractions have become too fine."""
        step = (high - low) / (len(names) + 1)
        places = [low + step * number for number in range(1, len(names) + 1)]
        if all(a < b for a, b in pairwise([low, *places, high])):
            self.position.update(zip(names, places, strict=True))
            return
        moving = set(names)
        others = [n for n in ranked(self.position, self.position) if n not in moving]
        before = [n for n in others if self.position[n] <= low]
        order = [*before, *names, *others[len(before) :]]
        self._number(order)

    def _number(self, names: list[str]) -> None:
        self.position = {name: index for index, name in enumerate(names)}
        self._next = len(names)

    def _add_all(self, edges: list[tuple[str, str]]) -> None:
        """Adds many edges and sorts from scratch, which is cheaper than edge by edge."""
        self.dag.add_edges_from(edges)
        found = self.stable(self.dag)
        if len(found) < len(self.dag):
            found_edges = {(edge[0], edge[1]) for edge in nx.find_cycle(self.dag)}
            self.dag.remove_edges_from(edges)
            raise circle(*next(edge for edge in edges if edge in found_edges))
        self._number(found)


def ranked(names: Iterable[str], position: Mapping[str, float]) -> list[str]:
    """The names sorted along the kept order; those at one place, which are not connected, by name."""
    return sorted(names, key=lambda name: (position[name], name))


def circle(source: str, target: str) -> WiringError:
    """The refusal of a wire that would lead back to where it comes from."""
    if source == target:
        begin = f"A wire from `{source}` to itself would close a circle."
    else:
        begin = (
            f"A wire from `{source}` to `{target}` would close a circle: `{target}` already leads to "
            f"`{source}`."
        )
    return WiringError(f"{begin} Data flows one way; for loops over time use a recurrent layer.")
