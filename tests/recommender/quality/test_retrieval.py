"""Retrieval is counted as it is defined, question by question, and every searcher searches."""

from collections.abc import Mapping
from datetime import date

import pytest

from policies.library import bundled_library
from recommender.quality.question_set import ASKED_ON, Asker, Question, Style
from recommender.quality.retrieval import PLACES, Answer, Retrieval, baselines, measure, our_searchers
from recommender.search.entries import entries_of
from tests.made_up_encoder import CharacterPairs

BID = "shaanxi-2023-business-environment.16b"


def asked(ask: str, items: Mapping[str, int]) -> Question:
    return Question(ask, ask, Asker.OWNER, Style.QUESTION, items)


QUESTIONS = (
    asked("first", {"a": 2}),
    asked("third", {"a": 2}),
    asked("related", {"a": 2, "b": 1}),
    asked("nowhere", {"a": 2}),
    asked("nothing", {}),
    asked("nothing too", {}),
)
FOUND = {
    "first": ["a", "b"],
    "third": ["x", "y", "a"],
    "related": ["b"],
    "nowhere": [],
    "nothing": ["a"],
    "nothing too": [],
}


def ours(ask: str) -> Answer:
    return Answer(FOUND[ask], sure=ask not in ("third", "nowhere", "nothing too"))


@pytest.fixture
def counted() -> Retrieval:
    return measure(QUESTIONS, {"ours": ours, "none": lambda _: Answer([], sure=False)})


def test_success_counts_what_was_asked_for_and_not_what_is_related(counted: Retrieval) -> None:
    found = counted.found["ours"]
    assert {most: each.mean for most, each in found.success.items()} == {1: 1 / 4, 3: 2 / 4, 10: 2 / 4}
    assert found.mrr.mean == pytest.approx((1 + 1 / 3) / 4)
    assert found.ndcg.mean > (1 + 1 / 2) / 4  # the related one counts a little


def test_questions_without_an_answer_count_for_over_claiming_alone(counted: Retrieval) -> None:
    assert (counted.answerable, counted.unanswerable) == (4, 2)
    assert counted.found["ours"].overclaimed == 1 / 2
    assert counted.found["none"].overclaimed == 0
    assert counted.found["ours"].hesitant == 2 / 4
    assert counted.found["none"].hesitant == 1
    only = measure(QUESTIONS[:1], {"ours": ours})
    assert only.found["ours"].overclaimed is None
    with pytest.raises(ValueError, match="no question has an answer"):
        measure(QUESTIONS[4:], {"ours": ours})


def test_searchers_are_compared_question_by_question_with_the_first(counted: Retrieval) -> None:
    first, other = counted.found["ours"], counted.found["none"]
    assert (first.better.mean, first.better.low, first.better.high) == (0, 0, 0)
    assert other.better.mean == pytest.approx(first.ndcg.mean - other.ndcg.mean)
    same = measure(QUESTIONS, {"ours": ours, "twin": ours}).found["twin"].better
    assert (same.mean, same.low, same.high) == (0, 0, 0)  # a paired difference: no question differs


def test_what_stands_after_the_tenth_place_is_not_looked_at() -> None:
    def at(place: int) -> float:
        ranked = [f"x{number}" for number in range(place - 1)] + ["a"]
        return measure(QUESTIONS[:1], {"ours": lambda _: Answer(ranked, sure=True)}).found["ours"].success[PLACES].mean

    assert [at(PLACES - 1), at(PLACES), at(PLACES + 1)] == [1, 1, 0]


def test_where_nothing_is_exactly_right_what_is_related_counts() -> None:
    found = measure([asked("first", {"a": 1})], {"ours": ours}).found["ours"]
    assert found.success[1].mean == 1


def test_every_searcher_finds_an_item_by_its_title_and_nothing_by_nothing() -> None:
    library, encoder = bundled_library(), CharacterPairs()
    entries = entries_of(library)
    searchers = our_searchers(entries, encoder, ASKED_ON) | baselines(entries, encoder)
    assert next(iter(searchers)) == "ours"
    for name, find in searchers.items():
        ranked = list(find(library.items[BID].title).ids)
        assert BID in ranked[:3], name
        assert len(ranked) <= PLACES
        assert list(find("").ids) == [], name
        if name != "ours_clauses":
            assert set(ranked) <= library.items.keys()


def test_the_day_makes_no_difference_to_what_baselines_find() -> None:
    entries = entries_of(bundled_library())
    find = our_searchers(entries, CharacterPairs(), date(1999, 1, 1))["ours"]
    assert BID in find(bundled_library().items[BID].title).ids
