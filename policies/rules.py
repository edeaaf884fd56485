"""The rule language: who is eligible, as a tree of typed conditions on facts (资格规则).

Types only. ``policies.rule_text`` reads and writes them, ``policies.wording`` says them in Chinese, and
``recommender.evaluation`` decides them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from enterprises.dictionary import Value


class Operator(StrEnum):
    """What a condition asks of a value. 以上 includes the limit, 超过 does not (Civil Code, article 1259)."""

    IS = "is"
    IN = "in"
    WITHIN = "within"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    BETWEEN = "between"
    SINCE = "since"
    UNTIL = "until"
    BEFORE = "before"
    HAS = "has"
    HAS_ANY = "has_any"
    FIRST_REACHES = "first_reaches"
    GREW_BY = "grew_by"


class RelativeYear(StrEnum):
    """A year counted from the day of the question."""

    LAST = "last"
    THIS = "this"


@dataclass(frozen=True, slots=True)
class Cite:
    """Where in the paper something stands: clause (条款) and printed page."""

    clause: str
    page: int


@dataclass(frozen=True, slots=True)
class Condition:
    """``fact`` compared with ``operands``: one value, or several for ``in``, ``within``, ``between`` and the like."""

    fact: str
    operator: Operator
    operands: tuple[Value, ...]
    year: RelativeYear | int | None = None
    cite: Cite | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every one of ``parts``."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of ``parts``."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of ``part``."""

    part: Rule


@dataclass(frozen=True, slots=True)
class Some:
    """At least ``at_least`` of ``parts``."""

    at_least: int
    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyRecord:
    """At least ``at_least`` records of a kind that meet all of ``where`` themselves."""

    kind: str
    where: Rule
    at_least: int = 1


Rule = Condition | All | Any | Not | Some | AnyRecord


def conditions(rule: Rule) -> Iterator[Condition]:
    """Every condition on the enterprise itself, in the order of the rule (not those inside records)."""
    match rule:
        case Condition():
            yield rule
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from conditions(part)
        case Not(part):
            yield from conditions(part)
        case AnyRecord():
            return


def record_conditions(rule: Rule) -> Iterator[AnyRecord]:
    """Every ``any_record`` of the rule, in its order."""
    match rule:
        case AnyRecord():
            yield rule
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from record_conditions(part)
        case Not(part):
            yield from record_conditions(part)
        case Condition():
            return


def wanted_records(rule: Rule) -> Iterator[AnyRecord]:
    """Every ``any_record`` that asks for records: those not inside ``not``, which names records that must not be."""
    match rule:
        case AnyRecord():
            yield rule
        case All(parts) | Any(parts) | Some(_, parts):
            for part in parts:
                yield from wanted_records(part)
        case Condition() | Not():
            return


def resolve_year(year: RelativeYear | int | None, today_year: int) -> int | None:
    """The calendar year that a condition's ``year`` means in ``today_year``."""
    match year:
        case RelativeYear.LAST:
            return today_year - 1
        case RelativeYear.THIS:
            return today_year
        case _:
            return year
