"""What to ask an enterprise next (补充问题): the missing facts of its undetermined items, the most useful one first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from enterprises.dictionary import Dictionary, Fact, Source
from enterprises.profiles import EMPTY, Profile
from enterprises.readings import FactRef
from recommender.match import Match, Verdict
from recommender.missing import name_fact


@dataclass(frozen=True, slots=True)
class Question:
    """One missing fact, and what an answer is good for.

    ``settles``: undetermined items that miss nothing else; ``helps``: all that miss it; ``money``: what those could
    bring at most, in 分, each item's amount shared equally among the facts that it misses; ``unbounded``: whether one
    of them has no upper limit (it counts with its least amount).
    """

    ref: FactRef
    label: str
    text: str
    settles: int
    helps: int
    money: int
    unbounded: bool


def questions(matches: Sequence[Match], dictionary: Dictionary, profile: Profile = EMPTY) -> tuple[Question, ...]:
    """What to ask, best first: by ``money``, ``settles``, ``helps``, ``unbounded``, each the more the better, then by
    the fact's name, record, number and year. What many items ask for so comes before what only some of them need.

    ``profile`` is only asked what its records are called, and what was inferred of a fact: that stands in the question.
    """
    waiting: dict[FactRef, list[Match]] = {}
    for match in matches:
        for ref in match.missing if match.offered and match.verdict is Verdict.UNDETERMINED else ():
            waiting.setdefault(ref, []).append(match)
    asked = (_question(ref, waiting[ref], dictionary, profile) for ref in waiting)
    return tuple(sorted(asked, key=_order))


def _question(ref: FactRef, waiting: list[Match], dictionary: Dictionary, profile: Profile) -> Question:
    return Question(
        ref=ref,
        label=name_fact(ref, dictionary),
        text=_text(ref, dictionary, profile),
        settles=sum(len(match.missing) == 1 for match in waiting),
        helps=len(waiting),
        money=int(sum(map(_stake, waiting), Fraction(0))),
        unbounded=any(match.award is not None and match.award.high is None for match in waiting),
    )


def _stake(match: Match) -> Fraction:
    """One missing fact's share of what the item could bring: of its least amount where nothing bounds it."""
    award = match.award
    if award is None:
        raise ValueError(f"undetermined match of {match.item.id} has no award")
    return Fraction(award.low if award.high is None else award.high, len(match.missing))


def _order(question: Question) -> tuple[int, int, int, bool, str, str, int, str]:
    ref = question.ref
    place = (ref.name, ref.record or "", -1 if ref.number is None else ref.number, str(ref.year or ""))
    return (-question.money, -question.settles, -question.helps, not question.unbounded, *place)


def _text(ref: FactRef, dictionary: Dictionary, profile: Profile) -> str:
    if ref.record is None and ref.name in dictionary.records:
        return dictionary.records[ref.name].question
    fact = dictionary.fact(ref.name, ref.record)
    plain = fact.question or f"{fact.label}是什么？"
    if ref.record is not None:
        return f"{''.join(_record(ref, dictionary, profile))}：{plain}"
    if isinstance(ref.year, str):
        year = ref.year.removeprefix("before_")
        return f"{year} 年以前，{fact.label}最高的一年是多少？（当时还没有成立请填 0）"
    if ref.year is None:
        return plain + _guess(fact, profile)
    return f"{ref.year} 年的{fact.label}是多少？" if fact.kind.is_number else f"{ref.year} 年：{plain}"


def _guess(fact: Fact, profile: Profile) -> str:
    """What is known of a fact all the same: inferred, for a person to say whether it is right; or too coarse."""
    seen = profile.facts.get(fact.name)
    if seen is None:
        return ""
    if seen.source is Source.INFERRED:
        return f"（系统推断是{fact.show(seen.value)}，请核对）"
    return f"（现在只知道是{fact.show(seen.value)}，请说得更细些）"


def _record(ref: FactRef, dictionary: Dictionary, profile: Profile) -> Iterator[str]:
    """The record that a field is of: its kind, its number as people count, its name where that is known."""
    assert ref.record is not None
    yield dictionary.records[ref.record].label
    if ref.number is None:
        return
    yield f" {ref.number + 1}"
    records = profile.records.get(ref.record, ())
    if ref.number < len(records) and "name" in records[ref.number].fields:
        yield f"（{records[ref.number].fields['name'].value}）"
