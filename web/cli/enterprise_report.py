"""What the command line says of one enterprise: its profile with the reasons, its history, conflicts and tiers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile, Record
from enterprises.statements import NAME, NO_PERIOD, Choice, Claim, Conflict, Merged, Statement, claims
from enterprises.tables import ConflictOf
from enterprises.tiers import RegisterChange, Standing
from recommender.missing import name_fact

_LEAST_WIDTH = 100
"""Columns; a narrower output (a pipe, a log) would cut the tables to pieces."""

_ANSWERS = {True: "是", False: "否", None: "不清楚"}


def _console() -> Console:
    console = Console()
    return console if console.width >= _LEAST_WIDTH else Console(width=_LEAST_WIDTH)


# ------------------------------------------------------------------- profile


def print_merged(merged: Merged, known: Sequence[Statement], day: date | None, dictionary: Dictionary) -> None:
    """The profile: each value with whose it is and why, what others say, and the conflicts."""
    console = _console()
    profile = merged.profile
    when = "现在" if day is None else f"到 {format_day(day)} 为止"
    console.print(f"[bold]{escape(profile.name or '（没有名称）')}[/bold]  {profile.credit_code}")
    console.print(f"{when}收到 {len(known)} 次报送，{len(merged.conflicts)} 处互相矛盾")
    table = Table(show_lines=True, expand=True)
    for heading, ratio in (("指标", 3), ("值", 5), ("来源", 5), ("说明", 6)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    order = {name: place for place, name in enumerate((NAME, *dictionary.facts, *dictionary.records))}
    for choice in sorted(merged.choices, key=lambda each: order[each.fact]):
        table.add_row(*(escape(text) for text in _row(choice, dictionary)))
    console.print(table)
    for conflict in merged.conflicts:
        console.print("\n".join(["互相矛盾", *_conflict_lines(conflict, dictionary)]), markup=False, soft_wrap=True)


def _row(choice: Choice, dictionary: Dictionary) -> tuple[str, ...]:
    winner, shown = choice.winner, show(choice.winner, dictionary)
    said = [(other, show(other, dictionary)) for other in choice.others]
    same = [other.source.label for other, value in said if (other.period, value) == (winner.period, shown)]
    differing = [
        f"{_label(other, dictionary) + ' ' if other.period != winner.period else ''}{value}（{_say_source(other)}）"
        for other, value in said
        if (other.period, value) != (winner.period, shown)
    ]
    remarks = [choice.reason, *([f"相同：{'、'.join(same)}"] if same else []), *(f"另有：{each}" for each in differing)]
    return _label(winner, dictionary), shown, _say_source(winner), "\n".join(remarks)


def _label(claim: Claim, dictionary: Dictionary) -> str:
    if claim.fact == NAME:
        return "企业名称"
    if claim.fact in dictionary.records:
        return dictionary.records[claim.fact].label
    label = dictionary.facts[claim.fact].label
    if claim.first:
        return f"{label}（{claim.first} 年以前的最高值）"
    return label if claim.period == NO_PERIOD else f"{label}（{claim.period} 年）"


def show(claim: Claim, dictionary: Dictionary) -> str:
    """The value of a claim in Chinese; a list of records one line each."""
    if isinstance(claim.value, tuple):
        return "\n".join(_show_record(record, dictionary) for record in claim.value) or "没有"
    return str(claim.value) if claim.fact == NAME else dictionary.facts[claim.fact].show(claim.value)


def _show_record(record: Record, dictionary: Dictionary) -> str:
    fields = dictionary.records[record.kind].fields
    known = [
        f"{fact.label} {fact.show(record.fields[name].value)}" for name, fact in fields.items() if name in record.fields
    ]
    return "，".join(known) or "（没有细节）"


def _say_source(claim: Claim) -> str:
    """Whose word it is, of which day, and where it came from."""
    seen = f"，{format_day(claim.observed_on)}" if claim.observed_on is not None else ""
    return f"{claim.source.label}{seen}；{claim.origin}"


def _conflict_lines(conflict: Conflict, dictionary: Dictionary) -> list[str]:
    """What is believed, and under it what does not agree; lists of records on one line each."""

    def line(claim: Claim) -> str:
        value = show(claim, dictionary).replace("\n", " / ")
        return f"{_label(claim, dictionary)}：{value}（{_say_source(claim)}）"

    return [f"  采用 {line(conflict.winner)}", *(f"  不同 {line(other)}" for other in conflict.others)]


def write_merged(merged: Merged, dictionary: Dictionary) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "credit_code": merged.profile.credit_code,
        "name": merged.profile.name,
        "known": [
            {
                **write_claim(choice.winner, dictionary),
                "reason": choice.reason,
                "others": [write_claim(other, dictionary) for other in choice.others],
            }
            for choice in merged.choices
        ],
        "conflicts": [_write_conflict(conflict, dictionary) for conflict in merged.conflicts],
    }


def write_claim(claim: Claim, dictionary: Dictionary) -> dict[str, Any]:
    """A claim as plain data; values are written as profiles write them."""
    value: Any = claim.value
    if isinstance(claim.value, tuple):
        value = [_write_record(record, dictionary) for record in claim.value]
    elif claim.fact != NAME:
        value = dictionary.facts[claim.fact].write(claim.value)
    return {
        "fact": claim.fact,
        "label": _label(claim, dictionary),
        "period": claim.period or None,
        "value": value,
        "source": claim.source.value,
        "observed_on": claim.observed_on.isoformat() if claim.observed_on else None,
        "received_on": claim.received_on.isoformat(),
        "origin": claim.origin,
    }


def _write_record(record: Record, dictionary: Dictionary) -> dict[str, Any]:
    fields = dictionary.records[record.kind].fields
    return {
        name: {
            "value": fields[name].write(seen.value),
            "source": seen.source.value,
            "observed_on": seen.observed_on.isoformat() if seen.observed_on else None,
        }
        for name, seen in record.fields.items()
    }


# ------------------------------------------------------------------- history


def print_statements(known: Sequence[Statement], dictionary: Dictionary) -> None:
    """Every statement, in the order in which they came, with what it speaks of."""
    table = Table(expand=True)
    for heading, ratio in (("次", 1), ("收到日期", 3), ("来源", 2), ("出处", 5), ("内容", 8)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for each in known:
        found = Counter(
            "企业名称" if claim.fact == NAME else _plain_label(claim.fact, dictionary) for claim in claims(each)
        )
        said = "、".join(label if times == 1 else f"{label}（{times} 项）" for label, times in found.items())
        row = (str(each.number), format_day(each.received_on), each.source.label, each.origin, said or "没有数据")
        table.add_row(*(escape(text) for text in row))
    _console().print(table)


def _plain_label(fact: str, dictionary: Dictionary) -> str:
    return dictionary.records[fact].label if fact in dictionary.records else dictionary.facts[fact].label


def print_claims(known: Sequence[Statement], fact: str, dictionary: Dictionary) -> None:
    """Everything that was ever said of a fact, in the order in which it came."""
    table = Table(expand=True)
    for heading, ratio in (("次", 1), ("收到日期", 3), ("指标", 4), ("值", 5), ("来源", 6)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for claim in _claims_on(known, fact):
        row = (
            *(str(claim.number), format_day(claim.received_on), _label(claim, dictionary)),
            *(show(claim, dictionary), _say_source(claim)),
        )
        table.add_row(*(escape(text) for text in row))
    _console().print(table)


def write_claims(known: Sequence[Statement], fact: str | None, dictionary: Dictionary) -> list[dict[str, Any]]:
    """The same as plain data, of one fact or of all."""
    return [{"statement": claim.number, **write_claim(claim, dictionary)} for claim in _claims_on(known, fact)]


def _claims_on(known: Sequence[Statement], fact: str | None) -> list[Claim]:
    return [claim for each in known for claim in claims(each) if fact in (None, claim.fact)]


# ----------------------------------------------------------------- conflicts


def print_conflict(found: ConflictOf, dictionary: Dictionary) -> None:
    """One conflict, with whose it is."""
    name = found.enterprise.name or "（没有名称）"
    lines = [f"{name}  {found.enterprise.credit_code}", *_conflict_lines(found.conflict, dictionary)]
    _console().print("\n".join(lines), markup=False, soft_wrap=True)


def write_conflict(found: ConflictOf, dictionary: Dictionary) -> dict[str, Any]:
    """The same as plain data."""
    enterprise = {"credit_code": found.enterprise.credit_code, "name": found.enterprise.name}
    return {**enterprise, **_write_conflict(found.conflict, dictionary)}


def _write_conflict(conflict: Conflict, dictionary: Dictionary) -> dict[str, Any]:
    return {
        "fact": conflict.fact,
        "period": conflict.period or None,
        "believed": write_claim(conflict.winner, dictionary),
        "others": [write_claim(other, dictionary) for other in conflict.others],
    }


# --------------------------------------------------------------------- tiers


def print_standings(
    profile: Profile, day: date, found: Sequence[Standing], change: RegisterChange | None, dictionary: Dictionary
) -> None:
    """Where an enterprise stands, tier by tier, why, and what would settle what is open."""
    console = _console()
    console.print(
        f"[bold]{escape(profile.name or '（没有名称）')}[/bold]  {profile.credit_code}，按 {format_day(day)} 判断"
    )
    table = Table(show_lines=True, expand=True)
    for heading, ratio in (("梯队", 4), ("属于", 2), ("依据", 5), ("还缺", 4), ("标准", 7)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for each in found:
        missing = "、".join(name_fact(ref, dictionary) for ref in each.missing)
        row = (each.tier.value, _ANSWERS[each.answer], each.reason, missing, each.tier.definition)
        table.add_row(*(escape(text) for text in row))
    console.print(table)
    if change is not None:
        console.print(f"“五上”企业库：{change.value}")


def write_standings(
    profile: Profile, day: date, found: Sequence[Standing], change: RegisterChange | None, dictionary: Dictionary
) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "credit_code": profile.credit_code,
        "name": profile.name,
        "on": day.isoformat(),
        "tiers": [
            {
                "tier": each.tier.value,
                "answer": each.answer,
                "reason": each.reason,
                "missing": [name_fact(ref, dictionary) for ref in each.missing],
                "definition": each.tier.definition,
            }
            for each in found
        ],
        "register_change": None if change is None else change.value,
    }
