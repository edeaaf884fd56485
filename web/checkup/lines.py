"""Evidence as a page shows it: nested lines, each with its answer, what it rests on and the clause it is from."""

from __future__ import annotations

from dataclasses import dataclass

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary
from enterprises.readings import FactRef, Used
from policies.items import Item
from policies.rules import All, Any, AnyRecord, Condition, Not, Some
from policies.wording import MARKS, say
from recommender.evaluation import Evidence
from recommender.logic import Truth
from recommender.missing import name_fact, name_missing

STATES = {True: "yes", False: "no", None: "open"}


@dataclass(frozen=True)
class Line:
    """One line of evidence: ``mark`` and ``word`` say its answer, ``values`` what it rests on.

    ``path``: its place in the item's rule, such as ``all.2.any.0``; empty for the rule as a whole.
    """

    truth: Truth
    word: str
    text: str
    values: tuple[str, ...] = ()
    missing: str = ""
    place: str = ""
    parts: tuple[Line, ...] = ()
    path: str = ""

    @property
    def mark(self) -> str:
        return MARKS[self.truth]

    @property
    def state(self) -> str:
        return STATES[self.truth]


def evidence_lines(evidence: Evidence, item: Item, dictionary: Dictionary) -> tuple[Line, ...]:
    """The evidence of an item."""
    return _top(_line(evidence, item, dictionary))


def _top(line: Line) -> tuple[Line, ...]:
    """What stands on the first level: the parts of a rule that demands several things, or the one thing it demands."""
    return line.parts if line.text == _HEADINGS[All] and line.parts else (line,)


_HEADINGS = {All: "以下全部符合", Any: "以下至少符合一项", Not: "以下不成立"}
_STEPS = {All: "all", Any: "any", Not: "not", Some: "some", AnyRecord: "any_record", Condition: "condition"}
"""How the parts of a rule are named in a path: the word, then the number of the part from 0."""

_WORDS = {True: "符合", False: "不符合", None: "待补充"}
_INSIDE_NOT = {True: "成立", False: "不成立", None: "待补充"}


def _line(
    evidence: Evidence,
    item: Item,
    dictionary: Dictionary,
    record: str | None = None,
    inside_not: bool = False,
    path: str = "",
) -> Line:
    rule = evidence.rule
    inner = rule.kind if isinstance(rule, AnyRecord) else record
    parts, finding = evidence.parts, evidence.finding
    if isinstance(rule, Not) and isinstance(rule.part, Condition):
        parts, finding = (), evidence.parts[0].finding
    cite = rule.cite if isinstance(rule, Condition) else None
    leaf = not parts
    start = f"{path}{'.' if path else ''}{_STEPS[type(rule)]}."
    return Line(
        truth=evidence.truth,
        word=(_INSIDE_NOT if inside_not else _WORDS)[evidence.truth],
        text=_text(evidence, leaf, dictionary, record),
        values=tuple(_value(used, dictionary) for used in finding.used) if finding else (),
        missing=name_missing(finding.missing, dictionary) if finding and evidence.truth is None else "",
        place=(f"{cite.clause}，第 {cite.page} 页" if cite else f"{item.clause}，第 {item.page} 页") if leaf else "",
        parts=tuple(
            _line(part, item, dictionary, inner, inside_not != isinstance(rule, Not), f"{start}{number}")
            for number, part in enumerate(parts)
        ),
        path=path,
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
    return f"{name_value(used.ref, dictionary)}：{fact.show(seen.value)}（{seen.source.label}{day}）"


def name_value(ref: FactRef, dictionary: Dictionary) -> str:
    """What a value is called beside its record, where it is of one."""
    return dictionary.fact(ref.name, ref.record).label if ref.record else name_fact(ref, dictionary)
