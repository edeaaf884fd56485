"""How good the ranking is, beside an order by worth alone and a shuffled one: what ``huiqi evaluate`` says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from enterprises.calendar import parse_day
from enterprises.profiles import Profile
from enterprises.samples import samples
from enterprises.source_text import Entry, read_file, suggest
from policies.library import Library
from recommender.explanation import explain, worth_first
from recommender.ranking.gain import K
from recommender.ranking.held_out import (
    LEAST_HELD_OUT,
    by_weights,
    by_worth,
    can_tell,
    is_held_out,
    mean_at_random,
    mean_ndcg,
)
from recommender.ranking.lists import Judged, JudgedList, judged_lists
from recommender.ranking.order import Ranker

if TYPE_CHECKING:
    from sqlmodel import Session

_HIGHEST_GRADE = 4


@dataclass(frozen=True, slots=True)
class Figures:
    """Mean nDCG@k over lists: of the weights, of the order by worth alone, and expected of a random order."""

    lists: int
    k: int
    ranking: float
    worth: float
    random: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures on the hand-judged lists and on stored feedback, each ``None`` where ``lacking`` says why not.

    ``feedback`` is measured on enterprises that were never learnt from.
    """

    version: str
    judged: Figures | None
    feedback: Figures | None
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgedProfile:
    """Grades by item id that a person gave for a profile on a day; what is not named is 0."""

    profile: Profile
    on: date
    grades: Mapping[str, int]


def measure(library: Library, ranker: Ranker, session: Session | None = None, k: int = K) -> Quality:
    """The quality of a ranker on the bundled judged lists, and on the feedback in the database of ``session``."""
    lacking: list[str] = []
    by_hand = hand_judged_lists(library, ranker)
    if not by_hand:
        lacking.append("人工评判集：现在的政策库里没有其中的事项")
    judged = _figures(by_hand, ranker, k) if by_hand else None
    feedback = None
    if session is None:
        lacking.append("反馈：没有连接数据库")
    else:
        feedback = _on_feedback(session, library, ranker, k, lacking)
    return Quality(ranker.weights.name, judged, feedback, tuple(lacking))


def hand_judged_lists(library: Library, ranker: Ranker) -> list[JudgedList]:
    """The judged profiles' offers by this library; a list that has lost all of its graded items is left out."""
    found = [_judge(each, library, ranker) for each in judged_profiles()]
    return [one for one in found if any(judged.grade > 0 for judged in one.judged)]


def _judge(each: JudgedProfile, library: Library, ranker: Ranker) -> JudgedList:
    offers = ranker.offers(explain(library, each.profile, each.on))
    judged = (
        Judged(one.item.id, one.features, each.grades.get(one.item.id, 0), one.position, worth_first(one.match))
        for one in offers
    )
    return JudgedList(str(each.profile.credit_code), tuple(sorted(judged, key=lambda one: one.item)))


def _on_feedback(session: Session, library: Library, ranker: Ranker, k: int, lacking: list[str]) -> Figures | None:
    from recommender.ranking.tables import load_take_up

    stored = judged_lists(session, library.dictionary, ranker.relevance, load_take_up(session)).lists
    held_out = [one for one in stored if is_held_out(one.enterprise) and can_tell(one)]
    if len(held_out) < LEAST_HELD_OUT:
        lacking.append(f"反馈：留出的企业里，反馈有高有低的至少要 {LEAST_HELD_OUT} 家，现有 {len(held_out)} 家")
        return None
    return _figures(held_out, ranker, k)


def _figures(lists: list[JudgedList], ranker: Ranker, k: int) -> Figures:
    return Figures(
        len(lists),
        k,
        mean_ndcg(lists, by_weights(ranker.weights), k),
        mean_ndcg(lists, by_worth, k),
        mean_at_random(lists, k),
    )


def judged_profiles() -> tuple[JudgedProfile, ...]:
    """The hand-judged lists that ship with the package. Raises ``Problem``."""
    return read_judged(read_file(Path(str(files("recommender.ranking") / "judged.yaml")), "judged.yaml"))


def read_judged(entry: Entry) -> tuple[JudgedProfile, ...]:
    """Hand-judged lists in a file. Raises ``Problem`` with the place of the mistake."""
    fields = entry.fields(("on", "lists"))
    on = fields["on"].read(parse_day)
    known = {str(profile.credit_code): profile for profile in samples()}
    found = []
    for each in fields["lists"].items():
        parts = each.fields(("sample", "why", "grades"))
        code = parts["sample"].text()
        if code not in known:
            parts["sample"].fail(f"没有示例企业“{code}”", suggest(code, list(known)))
        grades = {item: grade.number(0, _HIGHEST_GRADE) for item, grade in parts["grades"].mapping().items()}
        found.append(JudgedProfile(known[code], on, grades))
    return tuple(found)
