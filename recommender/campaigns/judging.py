"""What of a plan is still so: the pushes of an enterprise judged again, by what is known of it now and by today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn
from policies.items import Item
from policies.rules import Rule
from recommender.awards import award
from recommender.campaigns.content import Kind
from recommender.campaigns.near import near_miss
from recommender.evaluation import decide, judge
from recommender.match import GONE, Verdict, bars_the_gone
from recommender.missing import say_missing


@dataclass(frozen=True, slots=True)
class Judged:
    """What an enterprise is told of an item now. Amounts in 分 as in ``recommender.runs``; ``missing``: in Chinese."""

    kind: Kind
    low: int | None
    high: int | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Dropped:
    """An item that an enterprise is not told of, and why, in Chinese."""

    reason: str


OUTSIDE = Dropped("企业情况有变，不在推送范围内了")
GONE_NOW = Dropped("企业已经注销或吊销")
NOT_ANY_MORE = Dropped("企业情况有变，现在不符合所推送的情形了")


@dataclass(frozen=True, slots=True)
class Judge:
    """By what pushes are judged again: whom the campaign is for, what it tells, and the day."""

    filter: Rule
    kinds: Collection[Kind]
    on: date
    dictionary: Dictionary

    def again(self, profile: Profile, item: Item) -> Judged | Dropped:
        """What is to be told of an item."""
        subject = EnterpriseOn(profile, self.on, self.dictionary)
        if decide(self.filter, subject) is not True:
            return OUTSIDE
        if bars_the_gone(item.rule) and decide(GONE, subject) is True:
            return GONE_NOW
        evidence = judge(item.rule, subject)
        verdict = Verdict.of(evidence.truth)
        if verdict is Verdict.INELIGIBLE:
            near = near_miss(item, profile, self.on, self.dictionary) if Kind.NEAR in self.kinds else None
            return NOT_ANY_MORE if near is None else Judged(Kind.NEAR, near.low, near.high, near.lacking)
        kind = Kind(verdict.value)
        if kind not in self.kinds:
            return NOT_ANY_MORE
        worth = award(item.benefit, item.rule, subject)
        missing = say_missing(evidence.missing(), self.dictionary) if kind is Kind.UNDETERMINED else ""
        return Judged(kind, worth.low, worth.high, missing) if worth.priced else Judged(kind, None, None, missing)
