"""Matches (匹配结果): one item and one enterprise on a day, with everything that an answer has to carry."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from enterprises.readings import EnterpriseOn, FactRef, Used
from policies.benefits import Benefit, ForEach, Tiers, formulas, quantities
from policies.items import Item, WindowState
from policies.library import Library
from policies.rules import AnyRecord, Condition, Not, Operator, Rule, conditions, resolve_year
from recommender.awards import Award, award
from recommender.evaluation import Evidence, decide, first_reach, judge
from recommender.gap import Gap, find_gap, next_tier
from recommender.logic import Truth
from recommender.rulebook import Rulebook


class Verdict(StrEnum):
    """Three answers, never two."""

    ELIGIBLE = "eligible"
    UNDETERMINED = "undetermined"
    INELIGIBLE = "ineligible"

    @classmethod
    def of(cls, truth: Truth) -> Verdict:
        """The verdict that the answer to an item's rule is."""
        if truth is None:
            return cls.UNDETERMINED
        return cls.ELIGIBLE if truth else cls.INELIGIBLE

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {Verdict.ELIGIBLE: "符合", Verdict.UNDETERMINED: "待补充", Verdict.INELIGIBLE: "不符合"}


@dataclass(frozen=True, slots=True)
class Match:
    """One item for one enterprise.

    ``missing``: the facts that would settle an undetermined verdict. ``award``: what it is worth; ``None`` where there
    is no claim. ``gap``: for an ineligible one the smallest change that makes it eligible, for an eligible one the
    smallest that reaches the next tier, if it is small. ``unconfirmed``: an eligible verdict that rests on what the
    enterprise typed, which never grants money without a person confirming it. ``barred``: the enterprise is gone.
    """

    item: Item
    verdict: Verdict
    window: WindowState
    evidence: Evidence
    missing: tuple[FactRef, ...]
    award: Award | None
    gap: Gap | None
    unconfirmed: bool
    barred: bool

    @property
    def offered(self) -> bool:
        """Whether it may be offered: nothing is before its first or after its last day, or to those who are gone."""
        return self.window.is_open and not self.barred


def match_all(library: Library, subject: EnterpriseOn) -> tuple[Match, ...]:
    """The matches of every published item, in the library's order."""
    possible = dict(_rulebook(library).judge_all(subject))
    return tuple(match(item, subject, possible.get(item.id)) for item in library.published)


@lru_cache(maxsize=2)
def _rulebook(library: Library) -> Rulebook:
    """Made once a library; a library never changes, a new one takes its place."""
    return Rulebook({item.id: item.rule for item in library.published})


def match(item: Item, subject: EnterpriseOn, evidence: Evidence | None = None) -> Match:
    """The match of one item; its rule is judged here unless its ``evidence`` is there already."""
    evidence = evidence or judge(item.rule, subject)
    verdict = Verdict.of(evidence.truth)
    possible = verdict is not Verdict.INELIGIBLE
    return Match(
        item=item,
        verdict=verdict,
        window=item.window.state(subject.on),
        evidence=evidence,
        missing=evidence.missing(),
        award=award(item.benefit, item.rule, subject) if possible else None,
        gap=_gap(item, verdict, subject),
        barred=_is_gone(subject) and bars_the_gone(item.rule),
        unconfirmed=verdict is Verdict.ELIGIBLE and not _confirmed(item, evidence, subject),
    )


GONE = Condition("operating_status", Operator.IN, ("注销", "吊销未注销"))
"""What is true of an enterprise that was deregistered, or whose licence was revoked."""


def bars_the_gone(rule: Rule) -> bool:
    """Whether an item is for nobody who is known to be gone.

    Papers take for granted that an enterprise exists, so this is not part of their rules; only an item that asks for
    the operating status itself speaks to those who are gone.
    """
    return GONE.fact not in {asked.fact for asked in conditions(rule)}


def _is_gone(subject: EnterpriseOn) -> bool:
    """Whether it is known; a dictionary without the operating status knows it of nobody."""
    return GONE.fact in subject.dictionary.facts and decide(GONE, subject) is True


def _gap(item: Item, verdict: Verdict, subject: EnterpriseOn) -> Gap | None:
    if verdict is Verdict.INELIGIBLE:
        return find_gap(item, subject)
    further = next_tier(item, subject) if verdict is Verdict.ELIGIBLE else None
    if further is None or not further.is_small:
        return None
    # The figures of a year that is over cannot become more.
    past = [
        change for change in further.changes if isinstance(change.ref.year, int) and change.ref.year < subject.on.year
    ]
    return None if past else further


def _confirmed(item: Item, evidence: Evidence, subject: EnterpriseOn) -> bool:
    """Whether the verdict and the amount would be the same on values alone on which money may be granted."""
    paid_for = {part.kind for part in formulas(item.benefit) if isinstance(part, ForEach)}
    return (
        evidence.confirmed() is True
        and all(record.confirmed() is True for record in _accepted(evidence, paid_for))
        and all(used.observation.source.grants_money for used in _basis(item.benefit, subject))
    )


def _accepted(evidence: Evidence, kinds: Collection[str]) -> Iterator[Evidence]:
    """The records of these kinds that the rule accepts: one is enough for the verdict, but each is paid for."""
    match evidence.rule:
        case AnyRecord(kind):
            yield from (part for part in evidence.parts if kind in kinds and part.truth is True)
        case Not():
            return
        case _:
            for part in evidence.parts:
                yield from _accepted(part, kinds)


def _basis(benefit: Benefit, subject: EnterpriseOn) -> Iterator[Used]:
    """The known values that an amount is computed from."""
    for kind, quantity in quantities(benefit):
        year = resolve_year(quantity.year, subject.on.year)
        for one in [subject] if kind is None else subject.records(kind) or ():
            yield from one.read(quantity.fact, year).used
    for part in formulas(benefit):
        if isinstance(part, Tiers) and part.operator is Operator.FIRST_REACHES:
            year = resolve_year(part.on.year, subject.on.year)
            assert year is not None
            for threshold, _ in part.steps:
                yield from first_reach(part.on.fact, threshold, year, subject).used
