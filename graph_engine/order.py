"""A topological order that is kept while edges come and go, so that a circle is noticed at once.

The algorithm is that of Pearce and Kelly, “A dynamic topological sort algorithm for directed acyclic
graphs” (2006): an edge that already points forward costs nothing, another one only reorders the nodes
between its ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from heapq import heapify, heappop, heappush

import networkx as nx

from graph_engine.errors import WiringError

MANY = 64


class TopologicalOrder:
    """Owns the edges of ``dag`` and a position for every node that grows along each edge."""

    def __init__(self, dag: nx.DiGraph[str]) -> None:
        self.dag = dag
        self.position: dict[str, int] = {}
        # networkx's own dictionaries: its views cost more than the look-up itself.
        self._successors: Mapping[str, Iterable[str]] = dag._adj  # type: ignore[attr-defined]
        self._predecessors: Mapping[str, Collection[str]] = dag._pred  # type: ignore[attr-defined]
        self._next = 0

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

    def would_close_circle(self, source: str, target: str) -> bool:
        """Whether ``target`` already leads to ``source``; looks only at nodes between the two."""
        if source == target:
            return True
        if self.position[source] < self.position[target]:
            return False
        return self._reached(target, self.position[source], source) is None

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

    def _reached(self, start: str, bound: int, goal: str) -> list[str] | None:
        """The nodes after ``start`` up to position ``bound``, or None where ``goal`` is among them."""
        successors, position = self._successors, self.position
        stack, seen = [start], {start}
        while stack:
            for name in successors[stack.pop()]:
                if name == goal:
                    return None
                if name not in seen and position[name] <= bound:
                    seen.add(name)
                    stack.append(name)
        return list(seen)

    def _reorder(self, source: str, target: str) -> None:
        low, high = self.position[target], self.position[source]
        if low > high:
            return
        after = None if source == target else self._reached(target, high, source)
        if after is None:
            raise circle(source, target)
        before = self._leading_to(source, low)
        nodes = ranked(before, self.position) + ranked(after, self.position)
        places = sorted(self.position[name] for name in nodes)
        self.position.update(zip(nodes, places, strict=True))

    def _leading_to(self, end: str, bound: int) -> list[str]:
        predecessors, position = self._predecessors, self.position
        stack, seen = [end], {end}
        while stack:
            for name in predecessors[stack.pop()]:
                if name not in seen and position[name] >= bound:
                    seen.add(name)
                    stack.append(name)
        return list(seen)

    def _add_all(self, edges: list[tuple[str, str]]) -> None:
        """Adds many edges and sorts from scratch, which is cheaper than edge by edge."""
        self.dag.add_edges_from(edges)
        found = self.stable(self.dag)
        if len(found) < len(self.dag):
            found_edges = {(edge[0], edge[1]) for edge in nx.find_cycle(self.dag)}
            self.dag.remove_edges_from(edges)
            raise circle(*next(edge for edge in edges if edge in found_edges))
        self.position = {name: index for index, name in enumerate(found)}
        self._next = len(found)


def ranked(names: Iterable[str], position: Mapping[str, int]) -> list[str]:
    """The names sorted along the kept order."""
    return sorted(names, key=position.__getitem__)


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
