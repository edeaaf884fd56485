"""The judged pairs are of items that there are, and finding them is counted as it is defined."""

from pathlib import Path

import pytest

from enterprises.source_text import Problem
from policies.library import bundled_library
from recommender.quality.item_pairs import FILE, NONE, PairKey, measure, read_pairs
from recommender.similar.pairs import Kind, is_nested, similar_pairs
from tests.made_up_encoder import CharacterPairs


def test_the_bundled_pairs_are_of_bundled_items_and_of_the_kind_that_their_places_allow() -> None:
    library = bundled_library()
    judged = read_pairs(FILE)
    assert {item_id for pair in judged for item_id in pair} <= library.items.keys()
    for pair, kind in judged.items():
        first, second = (library.items[item_id] for item_id in sorted(pair))
        if kind in (Kind.SAME, Kind.DUPLICATE):
            assert first.document.id != second.document.id
            assert is_nested(first, second)
            assert (first.document.region == second.document.region) == (kind == Kind.DUPLICATE)
    assert sum(kind in (Kind.SAME, Kind.DUPLICATE) for kind in judged.values()) >= 25
    assert sum(kind == NONE for kind in judged.values()) >= 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("same: [[a.1, b.1, c.1]]", "两个不同的事项"),
        ("same: [[a.1, a.1]]", "两个不同的事项"),
        ("same: [[a.1, b.1], [b.1, a.1]]", "已经写过"),
        ("same: [[a.1, b.1]]\nnone: [[a.1, b.1]]", "已经写过"),
        ("equal: [[a.1, b.1]]", "不认识的字段"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "pairs.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(Problem, match=said):
        read_pairs(path)


def test_pairs_are_counted_as_they_are_named() -> None:
    library, encoder = bundled_library(), CharacterPairs()
    one_support = [each for each in similar_pairs(library, encoder) if each.kind in (Kind.SAME, Kind.DUPLICATE)]
    keys: list[PairKey] = [frozenset(item.id for item in each.items) for each in one_support]
    wrong = Kind.DUPLICATE if one_support[1].kind is Kind.SAME else Kind.SAME
    never = frozenset(("yanan-2023-private-economy.33", "shaanxi-2023-business-environment.2a"))
    judged = {keys[0]: one_support[0].kind.value, keys[1]: wrong.value, keys[2]: NONE, never: "same"}
    found = measure(library, encoder, judged)
    assert (found.judged, found.right, found.named) == (4, 3, len(keys))
    assert (found.right_named, found.kinds_right, found.lookalikes_named) == (2, 1, 1)
    assert found.precision == pytest.approx(2 / len(keys))
    assert found.recall == pytest.approx(2 / 3)
    assert all(0 < each <= 1 for each in found.average_precision.values())


def test_nothing_to_find_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing is right"):
        measure(bundled_library(), CharacterPairs(), {frozenset(("a", "b")): NONE})
