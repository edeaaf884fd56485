"""What sources contradict each other on, as the enterprise reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary
from enterprises.readings import FactRef
from enterprises.statements import NAME, NO_PERIOD, Claim
from recommender.missing import name_fact

if TYPE_CHECKING:
    from sqlmodel import Session


@dataclass(frozen=True)
class Contradiction:
    """A fact on which sources differ: what counts, and what else was said, each with its source and day."""

    label: str
    counts: str
    others: tuple[str, ...]


def conflicts_of(session: Session, credit_code: str, dictionary: Dictionary) -> tuple[Contradiction, ...]:
    """The contradictions that stand now."""
    from enterprises.tables import list_conflicts

    return tuple(
        Contradiction(
            _label(one.conflict.others[0], dictionary),
            _say(one.conflict.winner, dictionary),
            tuple(_say(claim, dictionary) for claim in one.conflict.others),
        )
        for one in list_conflicts(session, dictionary, credit_code=credit_code)
    )


def _label(claim: Claim, dictionary: Dictionary) -> str:
    if claim.fact == NAME:
        return "企业名称"
    year = None if claim.period == NO_PERIOD else int(claim.period) if claim.period.isdigit() else claim.period
    return name_fact(FactRef(claim.fact, year), dictionary)


def _say(claim: Claim, dictionary: Dictionary) -> str:
    if isinstance(claim.value, tuple):
        value = f"{len(claim.value)} 个" if claim.value else "没有"
    else:
        value = str(claim.value) if claim.fact == NAME else dictionary.facts[claim.fact].show(claim.value)
    day = claim.observed_on or claim.received_on
    return f"{value}（{claim.source.label}，{format_day(day)}）"
