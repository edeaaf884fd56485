"""The heaviest selection of things of which some exclude each other: exact, whatever graph the exclusions form.

This is the maximum-weight independent set. It is hard in general, but what policies exclude makes small or dense
graphs: reductions settle most of them, what is left falls into components, and branch and bound with a clique cover
decides those. Sets of nodes are bit sets in an ``int``.
Source of the reductions: S. Lamm et al., Exactly Solving the Maximum Weight Independent Set Problem (ALENEX 2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """``chosen``: the nodes as a bit set; ``explored``: how many branching nodes the search had to look at."""

    chosen: int
    explored: int


def heaviest_selection(weights: Sequence[int], rivals: Sequence[int], among: int | None = None) -> Selection:
    """The set of nodes with the greatest total weight in which no two are rivals.

    ``rivals[node]`` is the bit set of the nodes that ``node`` excludes; it is symmetric and without ``node`` itself.
    Weights are positive. ``among`` limits the choice to these nodes. Where two sets weigh the same, one of them is
    taken: who wants a certain one makes the weights differ.
    """
    search = _Search(weights, rivals)
    _, chosen = search.best((1 << len(weights)) - 1 if among is None else among)
    return Selection(chosen, search.explored)


def members(nodes: int) -> Iterator[int]:
    """The nodes of a bit set, ascending."""
    while nodes:
        lowest = nodes & -nodes
        yield lowest.bit_length() - 1
        nodes ^= lowest


class _Search:
    def __init__(self, weights: Sequence[int], rivals: Sequence[int]) -> None:
        self.weights, self.rivals, self.explored = weights, rivals, 0
        self._known: dict[int, tuple[int, int]] = {}

    def best(self, nodes: int) -> tuple[int, int]:
        """The weight of the heaviest selection among ``nodes``, and the selection."""
        chosen, nodes = self._reduce(nodes)
        weight = self._weight(chosen)
        while nodes:
            component = self._component(nodes)
            nodes &= ~component
            found = self._known.get(component)
            if found is None:
                found = self._known[component] = self._branch(component)
            weight, chosen = weight + found[0], chosen | found[1]
        return weight, chosen

    def _reduce(self, nodes: int) -> tuple[int, int]:
        """Nodes that are in some heaviest selection, and the nodes that are still open after them."""
        chosen, open_nodes, before = 0, nodes, -1
        while open_nodes != before:
            before = open_nodes
            for node in members(before):
                if not open_nodes >> node & 1:
                    continue
                around = self.rivals[node] & open_nodes
                around &= ~self._dominated_by(node, around)
                open_nodes &= around | ~self.rivals[node]
                if self._weight(around) <= self.weights[node]:
                    chosen |= 1 << node
                    open_nodes &= ~(around | 1 << node)
        return chosen, open_nodes

    def _dominated_by(self, node: int, around: int) -> int:
        """The rivals of ``node`` that weigh no more and exclude all that it excludes: never better than ``node``."""
        dominated = 0
        for rival in members(around):
            if self.weights[rival] <= self.weights[node] and not around & ~dominated & ~self.rivals[rival] & ~(
                1 << rival
            ):
                dominated |= 1 << rival
        return dominated

    def _component(self, nodes: int) -> int:
        """The nodes that hang together with the first one."""
        component = frontier = nodes & -nodes
        while frontier:
            reached = 0
            for node in members(frontier):
                reached |= self.rivals[node]
            frontier = reached & nodes & ~component
            component |= frontier
        return component

    def _branch(self, nodes: int) -> tuple[int, int]:
        """With the node that has most rivals, or without it where the bound leaves hope for that."""
        self.explored += 1
        node = max(members(nodes), key=lambda number: ((self.rivals[number] & nodes).bit_count(), -number))
        weight, chosen = self.best(nodes & ~self.rivals[node] & ~(1 << node))
        taken = weight + self.weights[node], chosen | 1 << node
        rest = nodes & ~(1 << node)
        if self._bound(rest) <= taken[0]:
            return taken
        left = self.best(rest)
        return left if left[0] > taken[0] else taken

    def _bound(self, nodes: int) -> int:
        """No selection weighs more: of each clique of a cover at most the heaviest node can be in it."""
        total, cliques = 0, list[int]()  # of each clique the nodes that exclude all of its members
        for node in sorted(members(nodes), key=lambda number: (-self.weights[number], number)):
            for place, common in enumerate(cliques):
                if common >> node & 1:
                    cliques[place] = common & self.rivals[node]
                    break
            else:
                total += self.weights[node]
                cliques.append(self.rivals[node])
        return total

    def _weight(self, nodes: int) -> int:
        return sum(self.weights[node] for node in members(nodes))
