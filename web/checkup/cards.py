"""Matches as a page shows them: what it gives, until when, why in one line, and the evidence as nested lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary, Fact, Kind, Value
from policies.items import Item, Window, WindowState
from policies.library import Library
from policies.rules import All, AnyRecord, Condition, Not, Rule, conditions, record_conditions
from policies.wording import say, say_condition, say_flag, say_reading
from recommender.combination import PUBLIC_MONEY
from recommender.evaluation import Evidence
from recommender.explanation import Explanation
from recommender.explanation_json import show_award
from recommender.match import Match, Verdict
from recommender.missing import name_missing, say_missing
from recommender.ranking.order import Ranked
from recommender.ranking.wording import explain_position
from web.checkup.lines import Line, evidence_lines, name_value


@dataclass(frozen=True)
class Card:
    """One match. ``gives`` is an amount or what comes without one; ``urgent``: it is the last day.

    ``reading`` is how the clause was read where the authority has to confirm it, else empty. ``not_counted``: why the
    totals leave out some of it or all. ``place``: why it stands where it stands.
    """

    match: Match
    gives: str
    priced: bool
    deadline: str
    urgent: bool
    reason: str
    reading: str
    gap: str
    not_counted: tuple[str, ...]
    dictionary: Dictionary = field(repr=False)
    place: str = ""

    @property
    def item(self) -> Item:
        return self.match.item

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The evidence; made where it is shown, since most cards only stand in a list."""
        return evidence_lines(self.match.evidence, self.item, self.dictionary)


def cards(matches: Iterable[Match], explanation: Explanation) -> tuple[Card, ...]:
    """The cards of matches, in their order."""
    return tuple(_card(match, explanation) for match in matches)


def ranked_cards(ranked: Iterable[Ranked], explanation: Explanation) -> tuple[Card, ...]:
    """The cards of a group in its order, each with why it stands there."""
    return tuple(replace(_card(one.match, explanation), place=explain_position(one)) for one in ranked)


def show_deadline(item: Item, on: date) -> str:
    """Until when an item can be had, seen from a day. How long a document is valid is no date to apply by."""
    window = item.window
    if window != item.document.validity:
        return show_window(window, on)
    match window.state(on):
        case WindowState.NOT_YET:
            return f"政策 {format_day(window.opens)} 起施行"
        case WindowState.EXPIRED:
            return f"政策{show_window(window, on)}"
        case WindowState.LAST_DAY:
            return f"最后一天：政策有效期至 {format_day(on)}"
        case _:
            return "政策未载明截止日" if window.closes is None else f"政策有效期至 {format_day(window.closes)}"


def deadline_note(item: Item, on: date) -> str:
    """What has to be said beside the deadline of an item that has no dates of its own."""
    own = item.window != item.document.validity
    return "" if own or item.window.state(on) is WindowState.EXPIRED else "具体受理时间以通知为准"


def show_window(window: Window, on: date) -> str:
    """Until when something can be had, seen from a day."""
    match window.state(on):
        case WindowState.NOT_YET:
            return f"{format_day(window.opens)} 开始"
        case WindowState.EXPIRED if window.closes is not None:
            return f"已于 {format_day(window.closes)} 到期"
        case WindowState.LAST_DAY:
            return f"最后一天：截至 {format_day(on)}"
        case _ if window.closes is not None:
            return f"截至 {format_day(window.closes)}，还有 {(window.closes - on).days} 天"
        case _:
            return "未载明截止日"


def _card(match: Match, explanation: Explanation) -> Card:
    dictionary, item = explanation.library.dictionary, match.item
    award = match.award
    note = deadline_note(item, explanation.on)
    return Card(
        match=match,
        gives=show_award(award) if award is not None else "",
        priced=award is not None and award.priced,
        deadline=show_deadline(item, explanation.on) + (f"（{note}）" if note else ""),
        urgent=match.window is WindowState.LAST_DAY,
        reason=_reason(match, explanation.library),
        reading=say_reading(item.reading, True) if item.reading and item.needs_confirmation else "",
        gap=_gap(match, dictionary),
        not_counted=_not_counted(match, explanation),
        dictionary=dictionary,
    )


def _not_counted(match: Match, explanation: Explanation) -> tuple[str, ...]:
    """Why the total that a match belongs to leaves out claims of it: no public money, paid before, another instead."""
    if match.award is not None and match.award.priced and match.item.category not in PUBLIC_MONEY:
        return ("合计只算奖补资金和税费减免，这一项不是",)
    total = explanation.certain if match.verdict is Verdict.ELIGIBLE else explanation.possible
    return tuple(dict.fromkeys(out.reason for out in total.dropped if out.claim.item.id == match.item.id))


_MOST_REASONS = 3
_MOST_FAILING = 2
"""How many conditions a reason names; the evidence has them all."""


def _reason(match: Match, library: Library) -> str:
    match match.verdict:
        case Verdict.ELIGIBLE:
            return _why(match.evidence, library)
        case Verdict.UNDETERMINED:
            return say_missing(match.missing, library.dictionary)
        case Verdict.INELIGIBLE:
            failing = list(dict.fromkeys(_failing(match.evidence, library.dictionary, None)))
            more = len(failing) - _MOST_FAILING
            return "。".join([*failing[:_MOST_FAILING], *([f"另有 {more} 项不符合"] if more > 0 else [])])


def _gap(match: Match, dictionary: Dictionary) -> str:
    if match.gap is None:
        return ""
    changes = "；".join(change.text for change in match.gap.changes)
    unknown = name_missing(match.gap.still_unknown, dictionary)
    return f"{changes}，{match.gap.then}" + (f"（还要补充：{unknown}）" if unknown else "")


def _why(evidence: Evidence, library: Library) -> str:
    """What decides: of what the rule was met by, that which the fewest items look at."""
    met = dict(_met(evidence, library.dictionary, None))
    asked = _asked(library)
    rare = sorted(met, key=lambda text: asked[met[text]])[:_MOST_REASONS]
    count = len(evidence.parts) if isinstance(evidence.rule, All) else 1
    start = "符合全部条件" if len(rare) == len(met) else f"{count} 项条件全部符合，其中"
    return f"{start}：{'；'.join(text for text in met if text in rare)}"


@lru_cache(maxsize=2)
def _asked(library: Library) -> Counter[str]:
    """How many published items look at each fact, and at each kind of records."""
    return Counter(name for item in library.published for name in set(_subjects(item.rule)))


def _subjects(rule: Rule) -> Iterator[str]:
    yield from (condition.fact for condition in conditions(rule))
    yield from (records.kind for records in record_conditions(rule))


def _met(evidence: Evidence, dictionary: Dictionary, record: str | None) -> Iterator[tuple[str, str]]:
    """What meets the rule, in its order: a sentence, and the fact or kind that it is about. Of records, the first."""
    rule = evidence.rule
    parts = [part for part in evidence.parts if part.truth is True]
    match rule:
        case Condition():
            yield _say_met(rule, evidence, dictionary, record), record or rule.fact
        case AnyRecord(kind):
            yield from _met(parts[0], dictionary, kind)
        case Not():
            yield say(rule, dictionary, record), record or next(_subjects(rule))
        case _:
            for part in parts:
                yield from _met(part, dictionary, record)


def _say_met(rule: Condition, evidence: Evidence, dictionary: Dictionary, record: str | None) -> str:
    """The value that meets a condition, or the condition itself where several values do."""
    fact = dictionary.fact(rule.fact, record)
    used = evidence.finding.used if evidence.finding else ()
    if len(used) != 1 or used[0].ref.name != fact.name:
        return say_condition(rule, fact)
    value = used[0].observation.value
    if isinstance(value, frozenset):
        value = value.intersection(map(str, rule.operands))
    return _say_value(fact, value, name_value(used[0].ref, dictionary))


def _failing(evidence: Evidence, dictionary: Dictionary, record: str | None) -> Iterator[str]:
    """For each demand for which the answer is no: what is demanded, and what was given."""
    rule = evidence.rule
    if isinstance(rule, All):
        for part in evidence.parts:
            if part.truth is False:
                yield from _failing(part, dictionary, record)
    elif isinstance(rule, AnyRecord) and len(evidence.parts) == rule.at_least == 1:
        yield from _failing(evidence.parts[0], dictionary, rule.kind)
    else:
        whose = f"（{dictionary.records[record].label} 1）" if record else ""
        yield f"要求{whose}：{say(rule, dictionary, record)}；您的情况：{_given(evidence, dictionary, record)}"


def _given(evidence: Evidence, dictionary: Dictionary, record: str | None) -> str:
    """What is known of all that a rule asks about."""
    rule = evidence.rule
    if isinstance(rule, AnyRecord):
        label = dictionary.records[rule.kind].label
        count = len(evidence.parts)
        return f"所填的 {count} 个{label}不符合" if count else f"没有{label}"
    if isinstance(rule, Condition) and [used.ref.name for used in evidence.used()] == [rule.fact]:
        fact, used = dictionary.fact(rule.fact, record), evidence.used()[0]
        if used.ref.year is None and fact.kind is not Kind.FLAG:
            return fact.show(used.observation.value)
    told = (
        _say_value(
            dictionary.fact(used.ref.name, used.ref.record), used.observation.value, name_value(used.ref, dictionary)
        )
        for used in evidence.used()
    )
    return "；".join(dict.fromkeys(told)) or "不符合"


def _say_value(fact: Fact, value: Value, label: str) -> str:
    if isinstance(value, bool):
        return say_flag(fact, value)
    return f"{label} {fact.show(value)}"
