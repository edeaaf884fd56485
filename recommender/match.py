"""Matches (匹配结果): one item and one enterprise on a day, with everything that an answer has to carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from enterprises.readings import EnterpriseOn, FactRef, Used
from policies.benefits import quantities
from policies.items import Item, WindowState
from policies.library import Library
from policies.rules import resolve_year
from recommender.awards import Award, award
from recommender.evaluation import Evidence, judge
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
    smallest that reaches the next tier. ``unconfirmed``: an eligible verdict that rests on what the enterprise typed or
    on what was inferred, which never grants money without a person confirming it.
    """

    item: Item
    verdict: Verdict
    window: WindowState
    evidence: Evidence
    missing: tuple[FactRef, ...]
    award: Award | None
    gap: Gap | None
    unconfirmed: bool

    @property
    def offered(self) -> bool:
        """Whether it may be offered: nothing is before its first or after its last day."""
        return self.window.is_open


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
        unconfirmed=verdict is Verdict.ELIGIBLE and not _confirmed(item, evidence, subject),
    )


def _gap(item: Item, verdict: Verdict, subject: EnterpriseOn) -> Gap | None:
    if verdict is Verdict.INELIGIBLE:
        return find_gap(item, subject)
    return next_tier(item, subject) if verdict is Verdict.ELIGIBLE else None


def _confirmed(item: Item, evidence: Evidence, subject: EnterpriseOn) -> bool:
    """Whether the verdict and the amount would be the same on values alone on which money may be granted."""
    values: list[Used] = []
    for kind, quantity in quantities(item.benefit):
        asked = [subject] if kind is None else subject.records(kind) or ()
        year = resolve_year(quantity.year, subject.on.year)
        values += [used for one in asked for used in one.read(quantity.fact, year).used]
    return evidence.confirmed() is True and all(used.observation.source.grants_money for used in values)
