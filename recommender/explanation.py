"""Explaining one enterprise on a day: what it can have, why, how much, until when, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn
from policies.items import Category, WindowState
from policies.library import Library
from recommender.combination import Combination, best_combination
from recommender.match import Match, Verdict, match_all
from recommender.question import Question, questions


@dataclass(frozen=True)
class Explanation:
    """Every published item's match, the best permitted combination, and what to ask next.

    ``certain`` is what the eligible matches come to together at their low amounts, ``possible`` what they and the
    undetermined ones could come to.
    """

    profile: Profile
    on: date
    library: Library
    matches: tuple[Match, ...]
    certain: Combination
    possible: Combination
    questions: tuple[Question, ...]

    @property
    def confirmed_total(self) -> int:
        """The part of the certain total, in 分, that rests only on values on which money may be granted."""
        confirmed = {match.item.id for match in self.matches if not match.unconfirmed}
        return sum(kept.amount for kept in self.certain.kept if kept.claim.item.id in confirmed)

    @property
    def eligible(self) -> tuple[Match, ...]:
        """What the enterprise can have now."""
        return self._offered(Verdict.ELIGIBLE)

    @property
    def undetermined(self) -> tuple[Match, ...]:
        """What it may have, once what is missing is known."""
        return self._offered(Verdict.UNDETERMINED)

    @property
    def close(self) -> tuple[Match, ...]:
        """What it cannot have, but could by small changes in its own power."""
        return tuple(
            match for match in self._offered(Verdict.INELIGIBLE) if match.gap is not None and match.gap.is_small
        )

    @property
    def ineligible(self) -> tuple[Match, ...]:
        """What it cannot have, and could not without much."""
        return tuple(
            match for match in self._offered(Verdict.INELIGIBLE) if match.gap is None or not match.gap.is_small
        )

    @property
    def barred(self) -> tuple[Match, ...]:
        """What is in force, but not for an enterprise that was deregistered or whose licence was revoked."""
        return tuple(match for match in self.matches if match.window.is_open and match.barred)

    @property
    def not_yet(self) -> tuple[Match, ...]:
        """What has not begun."""
        return tuple(match for match in self.matches if match.window is WindowState.NOT_YET)

    @property
    def expired(self) -> tuple[Match, ...]:
        """What is over; never offered."""
        return tuple(match for match in self.matches if match.window is WindowState.EXPIRED)

    def _offered(self, verdict: Verdict) -> tuple[Match, ...]:
        return tuple(sorted((m for m in self.matches if m.offered and m.verdict is verdict), key=worth_first))


def worth_first(match: Match) -> tuple[int, int, int]:
    """Money before what has no price, more before less, and what lacks fewer facts first."""
    award = match.award
    amount = 0 if award is None or not award.priced else award.low if award.high is None else award.high
    return (list(Category).index(match.item.category), -amount, len(match.missing))


def explain(library: Library, profile: Profile, on: date) -> Explanation:
    """The explanation of every published item of the library."""
    subject = EnterpriseOn(profile, on, library.dictionary)
    matches = match_all(library, subject)
    certain, possible = best_combination(matches, subject)
    return Explanation(
        profile, on, library, matches, certain, possible, questions(matches, library.dictionary, profile)
    )
