"""A rule as rows: what each part says, what is wrong with it, and its inputs while it is open; and back to a rule."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from enterprises.dictionary import Dictionary, Fact, Kind
from enterprises.source_text import Problem, from_plain
from policies.rule_text import read_rule
from policies.rules import Operator
from policies.wording import say
from web.checkup.form_layout import Field
from web.editing import conditions
from web.editing.conditions import Sent, Written, text
from web.editing.facts import OPERATORS, offered_operators
from web.editing.inputs import hint_of, line, listed, options_of, places, select
from web.editing.moves import possible
from web.editing.places import NoSuchPlace, Plain, find, put
from web.editing.shapes import CONDITION, EMPTY, GROUP, NOT, RECORD, Shape, shape_of

Troubles = Mapping[str, tuple[str, ...]]
"""What is wrong, by the place where it is."""

JOINTS = (("all", "都要满足"), ("any", "满足任何一个就行"), ("some", "至少满足几个"))
"""How the parts of a group belong together."""


@dataclass(frozen=True)
class Row:
    """One part of a rule. ``says``: it as a sentence, or what it is about where it cannot be read yet.

    ``number``: how many are asked for; ``moves``: what may be done with it; ``opened``: its ``inputs`` are shown.
    """

    place: str
    shape: str
    says: str = ""
    label: str = ""
    joint: str = ""
    number: str = ""
    record: str | None = None
    parts: tuple[Row, ...] = ()
    troubles: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    opened: bool = False
    readable: bool = False
    inputs: tuple[Field, ...] = ()
    cite: tuple[Field, ...] = ()
    cited: bool = False


def rows(content: Plain, place: str, dictionary: Dictionary, opened: str, troubles: Troubles) -> Row:
    """The rows of the rule at a place. ``opened``: the place of the condition, or in it, whose inputs are shown."""
    return _Rows(content, dictionary, opened, troubles).row(place, None)


@dataclass(frozen=True)
class _Rows:
    content: Plain
    dictionary: Dictionary
    opened: str
    troubles: Troubles

    def row(self, place: str, record: str | None) -> Row:
        plain = _find(self.content, place)
        shape = shape_of(plain, place, self.dictionary, record)
        inner = shape.kind if shape.name == RECORD else record
        parts = tuple(self.row(part, inner) for part in shape.parts)
        said = self._say(plain, record)
        row = Row(
            place=place,
            shape=shape.name,
            says=said or _about(plain, shape, self.dictionary, record),
            label=self.dictionary.records[shape.kind].label if shape.kind else "",
            joint=shape.joint,
            number=shape.number,
            record=record,
            parts=parts,
            troubles=tuple(self._troubles(place, shape.parts)),
            moves=possible(self.content, place, self.dictionary),
            opened=f"{self.opened}/".startswith(f"{place}/"),
            readable=bool(said),
        )
        return self._with_inputs(row, plain) if shape.name == CONDITION else row

    def _say(self, plain: Plain, record: str | None) -> str:
        """The sentence that a part means; empty where it cannot be read."""
        inside = {"any_record": {"of": record, "where": plain}} if record else plain
        try:
            rule = read_rule(from_plain(inside, ""), self.dictionary)
        except Problem:
            return ""
        return say(rule.where if record else rule, self.dictionary, record)  # type: ignore[union-attr]

    def _troubles(self, place: str, parts: Iterable[str]) -> Iterable[str]:
        below = tuple(f"{part}/" for part in parts)
        for wrong, messages in self.troubles.items():
            if f"{wrong}/".startswith(f"{place}/") and not f"{wrong}/".startswith(below):
                yield from messages

    def _with_inputs(self, row: Row, plain: Plain) -> Row:
        written = conditions.read(plain)
        assert written is not None  # as its shape says
        fact = self.dictionary.fact(written.fact, row.record)
        row = replace(row, label=fact.label, cited=bool(written.clause or written.page))
        return (
            replace(row, inputs=tuple(_inputs(row.place, written, fact)), cite=_cite(row.place, written))
            if row.opened
            else row
        )


def _find(content: Plain, place: str) -> Plain:
    try:
        return find(content, place)
    except NoSuchPlace:
        return None


def _about(plain: Plain, shape: Shape, dictionary: Dictionary, record: str | None) -> str:
    """What a part that cannot be read is about."""
    written = conditions.read(plain) if shape.name == CONDITION else None
    if written is not None:
        return f"{dictionary.fact(written.fact, record).label}……"
    return "" if shape.name in (GROUP, NOT, RECORD, EMPTY) else json.dumps(plain, ensure_ascii=False)


def _inputs(place: str, now: Written, fact: Fact) -> Iterator[Field]:
    operators = offered_operators(fact, now.operator)
    if operators:
        pairs = [(operator.value, OPERATORS[operator]) for operator in operators]
        yield select(f"{place}:operator", "怎么要求", listed(pairs), now.operator)
    yield from _value_inputs(place, now, fact)
    if fact.yearly:
        usual = "last" if now.year == "last" else ""
        pairs = [(usual, "上一年度"), ("this", "本年度"), *((year, f"{year} 年") for year in _years(now.year))]
        yield select(f"{place}:year", "哪一年的数", listed(pairs), now.year)


_FIRST_YEAR, _LAST_YEAR = 2018, 2030


def _years(used: str) -> list[str]:
    years = {str(year) for year in range(_FIRST_YEAR, _LAST_YEAR + 1)}
    return sorted(years | ({used} if used.isdigit() else set()), reverse=True)


def _value_inputs(place: str, now: Written, fact: Fact) -> Iterator[Field]:
    name, hint = f"{place}:value", hint_of(fact)
    several = now.operator in _SEVERAL
    if fact.kind is Kind.FLAG:
        yield Field(name, fact.label, "radio", "", now.values, groups=listed((("是", "是"), ("否", "否"))))
    elif fact.kind in (Kind.ENUM, Kind.SET):
        about = "勾一个或几个；勾几个，是符合其中一个就行。"
        yield Field(name, fact.label, "checks", about, now.values, groups=options_of(fact))
    elif fact.kind is Kind.REGION:
        for number, value in enumerate((*now.values, "")):
            label = "在哪里" if number == 0 else f"或者（第 {number + 1} 个地方）"
            yield select(name, label, places(), value)
    elif now.operator == Operator.BETWEEN:
        for label, value in zip(("从", "到"), (*now.values, "", "")[:2], strict=False):
            yield line(name, f"{label}（含）", value, hint, "date" if fact.kind is Kind.DATE else "text")
    elif several or fact.kind is Kind.INDUSTRY:
        for number, value in enumerate((*(each for each in now.values if each), "")):
            shown = conditions.show_value(value, fact)
            widget = "industry" if fact.kind is Kind.INDUSTRY else "text"
            first = "首次达到多少" if now.operator == Operator.FIRST_REACHES else _AMOUNT
            yield line(name, first if number == 0 else f"或者（第 {number + 1} 个）", shown, hint, widget)
    else:
        growth = now.operator == Operator.GREW_BY
        typed_value = now.values[0] if now.values else ""
        widget = "date" if fact.kind is Kind.DATE else "text"
        yield line(name, "增长率" if growth else _AMOUNT, typed_value, "写百分数，例如 20%" if growth else hint, widget)


_SEVERAL = (Operator.IN, Operator.FIRST_REACHES, Operator.WITHIN, Operator.HAS_ANY)
_AMOUNT = "多少"


def _cite(place: str, now: Written) -> tuple[Field, ...]:
    clause = line(f"{place}:clause", "出自哪一条（与事项的条款相同可以不填）", now.clause)
    return clause, line(f"{place}:page", "第几页", now.page)


def typed(plain: Plain, place: str, sent: Sent, dictionary: Dictionary, record: str | None = None) -> Plain:
    """A rule as a form has changed it; the very same where the form says nothing else."""
    shape = shape_of(plain, place, dictionary, record)
    if shape.name == CONDITION:
        return conditions.typed(plain, place, sent, dictionary, record)
    inner = shape.kind if shape.name == RECORD else record
    holder = {"rule": plain}
    for part in shape.parts:
        below = f"/rule{part.removeprefix(place)}"
        was = find(holder, below)
        now = typed(was, part, sent, dictionary, inner)
        holder = holder if now is was else put(holder, below, now)
    return _typed_head(holder["rule"], shape, place, sent)


def _typed_head(plain: Plain, shape: Shape, place: str, sent: Sent) -> Plain:
    """A group with another joint, or another number of what is asked for."""
    joint, number = text(sent, f"{place}:joint", shape.joint), text(sent, f"{place}:number", shape.number)
    if shape.name == RECORD and number != shape.number:
        body = {name: value for name, value in plain["any_record"].items() if name != "at_least"}
        return {"any_record": {**body, **({"at_least": number} if number else {})}}
    if shape.name != GROUP or (joint, number) == (shape.joint, shape.number) or joint not in dict(JOINTS):
        return plain
    parts = plain["some"]["of"] if shape.joint == "some" else plain[shape.joint]
    return {"some": {"at_least": number or "1", "of": parts}} if joint == "some" else {joint: parts}
