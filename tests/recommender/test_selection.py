"""The heaviest selection: equal to trying every set, and quick where graphs are awkward."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.selection import heaviest_selection, members


def exclusion_graph(nodes: int, pairs: set[tuple[int, int]]) -> list[int]:
    rivals = [0] * nodes
    for one, other in pairs:
        rivals[one] |= 1 << other
        rivals[other] |= 1 << one
    return rivals


def weight_of(chosen: int, weights: list[int]) -> int:
    return sum(weights[node] for node in members(chosen))


@st.composite
def graphs(draw: st.DrawFn, most: int = 10) -> tuple[list[int], list[int]]:
    weights = draw(st.lists(st.integers(1, 12), max_size=most))
    pairs = [(one, other) for one in range(len(weights)) for other in range(one)]
    return weights, exclusion_graph(len(weights), draw(st.sets(st.sampled_from(pairs))) if pairs else set())


@given(graphs())
def test_is_the_best_of_all_sets(graph: tuple[list[int], list[int]]) -> None:
    weights, rivals = graph
    chosen = heaviest_selection(weights, rivals).chosen
    permitted = [s for s in range(1 << len(weights)) if not any(rivals[node] & s for node in members(s))]
    assert chosen in permitted
    assert weight_of(chosen, weights) == max(weight_of(s, weights) for s in permitted)


@given(graphs(), st.integers(0, 1023))
def test_looks_only_among_the_nodes_asked_for(graph: tuple[list[int], list[int]], mask: int) -> None:
    weights, rivals = graph
    among = mask & ((1 << len(weights)) - 1)
    chosen = heaviest_selection(weights, rivals, among).chosen
    sets = [s for s in range(among + 1) if not s & ~among and not any(rivals[node] & s for node in members(s))]
    assert not chosen & ~among
    assert weight_of(chosen, weights) == max(weight_of(s, weights) for s in sets)


def test_two_lighter_ones_beat_the_heaviest() -> None:
    assert heaviest_selection([60, 100, 60], exclusion_graph(3, {(0, 1), (1, 2)})).chosen == 0b101


@pytest.mark.parametrize("size", [1, 2, 50, 200])
def test_a_clique_and_a_path_need_next_to_no_search(size: int) -> None:
    clique = exclusion_graph(size, {(one, other) for one in range(size) for other in range(one)})
    path = exclusion_graph(size, {(node, node + 1) for node in range(size - 1)})
    weights = [100 + node * 37 % 50 for node in range(size)]
    assert heaviest_selection(weights, clique).explored == 0
    assert heaviest_selection(weights, path).explored <= size


@pytest.mark.parametrize("degree", [3, 4, 5, 6, 8, 10, 15, 20, 30])
@pytest.mark.parametrize("spread", [1, 1_000, 1_000_000])
def test_an_adversarial_component_of_40_stays_small(degree: int, spread: int) -> None:
    dice = random.Random(degree * 7 + spread)
    pairs = {(one, other) for one in range(40) for other in range(one) if dice.random() < degree / 40}
    weights = [1_000_000 + dice.randrange(spread) for _ in range(40)]
    assert heaviest_selection(weights, exclusion_graph(40, pairs)).explored <= 1_500


def test_eight_rings_of_five_joined_in_a_ring() -> None:
    """Odd rings are where bounds by cliques are weakest."""
    rings = {(5 * ring + node, 5 * ring + (node + 1) % 5) for ring in range(8) for node in range(5)}
    joints = {(5 * ring, (5 * ring + 7) % 40) for ring in range(8)}
    found = heaviest_selection([100 + node % 7 for node in range(40)], exclusion_graph(40, rings | joints))
    assert found.chosen.bit_count() == 16
    assert found.explored <= 500
