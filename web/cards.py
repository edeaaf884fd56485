"""Matches as a page shows them: what it gives, until when, why in one line, and the evidence as nested lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary
from enterprises.readings import FactRef, Used
from policies.items import Item, Window, WindowState
from policies.rules import All, Any, AnyRecord, Condition, Not, Some
from policies.wording import say
from recommender.evaluation import Evidence
from recommender.explanation import Explanation
from recommender.explanation_json import show_award
from recommender.logic import Truth
from recommender.match import Match, Verdict
from recommender.missing import name_fact, name_missing, say_missing

MARKS = {True: "✓", False: "✗", None: "？"}
STATES = {True: "yes", False: "no", None: "open"}


@dataclass(frozen=True)
class Line:
    """One line of evidence: ``mark`` and ``word`` say its answer, ``values`` what it rests on."""

    truth: Truth
    word: str
    text: str
    values: tuple[str, ...] = ()
    missing: str = ""
    place: str = ""
    parts: tuple[Line, ...] = ()

    @property
    def mark(self) -> str:
        return MARKS[self.truth]

    @property
    def state(self) -> str:
        return STATES[self.truth]


@dataclass(frozen=True)
class Card:
    """One match. ``gives`` is an amount or what comes without one; ``urgent``: it is the last day."""

    match: Match
    gives: str
    priced: bool
    deadline: str
    urgent: bool
    reason: str
    gap: str
    lines: tuple[Line, ...]

    @property
    def item(self) -> Item:
        return self.match.item


def cards(matches: Iterable[Match], explanation: Explanation) -> tuple[Card, ...]:
    """The cards of matches: those with money first, the most first, then in the library's order."""
    return tuple(_card(match, explanation) for match in sorted(matches, key=_by_money))


def show_window(window: Window, on: date) -> str:
    """Until when something can be had, seen from a day."""
    match window.state(on):
        case WindowState.NOT_YET:
            return f"{format_day(window.opens)} 开始"
        case WindowState.EXPIRED if window.closes is not None:
            return f"已于 {format_day(window.closes)} 到期"
        case WindowState.LAST_DAY:
            return f"{format_day(on)}是最后一天"
        case _ if window.closes is not None:
            return f"截至 {format_day(window.closes)}，还有 {(window.closes - on).days} 天"
        case _:
            return "未载明截止日"


def _by_money(match: Match) -> tuple[bool, bool, int]:
    award = match.award
    if award is None or not award.priced:
        return (True, True, 0)
    return (False, award.high is not None, -(award.high or 0))


def _card(match: Match, explanation: Explanation) -> Card:
    dictionary = explanation.library.dictionary
    award = match.award
    return Card(
        match=match,
        gives=show_award(award) if award is not None else "",
        priced=award is not None and award.priced,
        deadline=show_window(match.item.window, explanation.on),
        urgent=match.window is WindowState.LAST_DAY,
        reason=_reason(match, dictionary),
        gap=_gap(match, dictionary),
        lines=_top(_line(match.evidence, match.item, dictionary)),
    )


def _reason(match: Match, dictionary: Dictionary) -> str:
    match match.verdict:
        case Verdict.ELIGIBLE:
            return f"{_count(match.evidence)} 项条件全部符合"
        case Verdict.UNDETERMINED:
            return say_missing(match.missing, dictionary)
        case Verdict.INELIGIBLE:
            failing = dict.fromkeys(_failing(match.evidence, dictionary, None))
            return f"不符合：{'；'.join(failing)}"


def _gap(match: Match, dictionary: Dictionary) -> str:
    if match.gap is None:
        return ""
    changes = "；".join(change.text for change in match.gap.changes)
    unknown = name_missing(match.gap.still_unknown, dictionary)
    return f"{changes}，{match.gap.then}" + (f"（还要补充：{unknown}）" if unknown else "")


def _count(evidence: Evidence) -> int:
    return len(evidence.parts) if isinstance(evidence.rule, All) else 1


def _failing(evidence: Evidence, dictionary: Dictionary, record: str | None) -> Iterator[str]:
    """The conditions for which the answer is no, as the rule says them."""
    if isinstance(evidence.rule, (All, Any, Some)):
        for part in evidence.parts:
            if part.truth is False:
                yield from _failing(part, dictionary, record)
    else:
        yield say(evidence.rule, dictionary, record)


def _top(line: Line) -> tuple[Line, ...]:
    """What stands on the first level: the parts of a rule that demands several things, or the one thing it demands."""
    return line.parts if line.text == _HEADINGS[All] and line.parts else (line,)


_HEADINGS = {All: "以下全部符合", Any: "以下至少符合一项", Not: "以下不成立"}
_WORDS = {True: "符合", False: "不符合", None: "待补充"}
_INSIDE_NOT = {True: "成立", False: "不成立", None: "待补充"}


def _line(
    evidence: Evidence, item: Item, dictionary: Dictionary, record: str | None = None, inside_not: bool = False
) -> Line:
    rule = evidence.rule
    inner = rule.kind if isinstance(rule, AnyRecord) else record
    parts, finding = evidence.parts, evidence.finding
    if isinstance(rule, Not) and isinstance(rule.part, Condition):
        parts, finding = (), evidence.parts[0].finding
    cite = rule.cite if isinstance(rule, Condition) else None
    leaf = not parts
    return Line(
        truth=evidence.truth,
        word=(_INSIDE_NOT if inside_not else _WORDS)[evidence.truth],
        text=_text(evidence, leaf, dictionary, record),
        values=tuple(_value(used, dictionary) for used in finding.used) if finding else (),
        missing=name_missing(finding.missing, dictionary) if finding and evidence.truth is None else "",
        place=(f"{cite.clause}，第 {cite.page} 页" if cite else f"{item.clause}，第 {item.page} 页") if leaf else "",
        parts=tuple(_line(part, item, dictionary, inner, inside_not != isinstance(rule, Not)) for part in parts),
    )


def _text(evidence: Evidence, leaf: bool, dictionary: Dictionary, record: str | None) -> str:
    rule = evidence.rule
    which = (
        f"{dictionary.records[record].label} {evidence.record + 1}：" if record and evidence.record is not None else ""
    )
    if leaf or isinstance(rule, AnyRecord):
        return which + say(rule, dictionary, record)
    heading = (
        f"以下 {len(evidence.parts)} 项至少符合 {rule.at_least} 项" if isinstance(rule, Some) else _HEADINGS[type(rule)]
    )
    return which + heading


def _value(used: Used, dictionary: Dictionary) -> str:
    fact, seen = dictionary.fact(used.ref.name, used.ref.record), used.observation
    day = f"，{format_day(seen.observed_on)}" if seen.observed_on else ""
    return f"{_name(used.ref, dictionary)}：{fact.show(seen.value)}（{seen.source.label}{day}）"


def _name(ref: FactRef, dictionary: Dictionary) -> str:
    return dictionary.fact(ref.name, ref.record).label if ref.record else name_fact(ref, dictionary)
