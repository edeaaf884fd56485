"""In which way an item judged somebody wrongly, and what that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from recommender.match import Verdict

LABELS = {Verdict.ELIGIBLE: "符合", Verdict.UNDETERMINED: "待补充", Verdict.INELIGIBLE: "不符合"}
"""Verdicts as appeals and their lists say them."""


class Wrong(StrEnum):
    """What the old version got wrong, by what it said; ``AMOUNT``: the verdict is right, the amount was not."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNDETERMINED = "undetermined"
    AMOUNT = "amount"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Wrong.ELIGIBLE: "错判为符合",
    Wrong.INELIGIBLE: "错判为不符合",
    Wrong.UNDETERMINED: "错判为待补充",
    Wrong.AMOUNT: "金额算错",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with its amount in 分; ``low``: ``None`` where there is no price, ``high``: where there is no bound."""

    verdict: Verdict
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Misjudged:
    """An enterprise, what the old version said of it, and what the corrected one says."""

    credit_code: str
    before: Answer
    after: Answer

    @property
    def wrong(self) -> Wrong:
        return wrong(self.before.verdict, self.after.verdict)


def wrong(before: Verdict, after: Verdict) -> Wrong:
    """In which way two answers, which differ in something, do."""
    return Wrong.AMOUNT if before is after else Wrong(before.value)
