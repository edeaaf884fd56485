"""Examples as forms: what is known of the enterprise, on which day, and what must come out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from enterprises.dictionary import Dictionary, Fact, Kind
from enterprises.profiles import EMPTY, is_year
from enterprises.readings import FactRef
from policies.items import Item, WindowState
from recommender.match import Verdict
from web.checkup.fact_form import Filled
from web.checkup.form_layout import Asked, Field, asked, single
from web.editing.conditions import show_value
from web.editing.inputs import hint_of, line, listed, select
from web.editing.places import Plain, find, has, join
from web.editing.texts import shown

EXAMPLES = "/item/examples"

NO_LIMIT = "不封顶"
"""Typed in the place of an upper limit that there is not."""

_YEARS = 3
_NO_FIGURES = Filled({}, EMPTY)


@dataclass(frozen=True)
class Figures:
    """A yearly figure: an input a year."""

    label: str
    inputs: tuple[Field, ...]


@dataclass(frozen=True)
class Record:
    """One record: where it is, and its inputs."""

    place: str
    inputs: tuple[Field, ...]


@dataclass(frozen=True)
class Records:
    """All records of a kind. ``state``: ``unknown``, ``none`` or ``some``."""

    place: str
    label: str
    state: str
    records: tuple[Record, ...]


@dataclass(frozen=True)
class Form:
    """One example that is open for changes."""

    place: str
    head: tuple[Field, ...]
    facts: tuple[Field | Figures, ...]
    records: tuple[Records, ...]
    expected: tuple[Field, ...]
    missing: Field
    more: Field


def wanted(item: Item | None, content: Plain, place: str, dictionary: Dictionary) -> Asked:
    """What an example may have to say: what the item looks at, and what it says already."""
    needed = asked([item], dictionary) if item is not None else Asked(frozenset())
    given = find(content, join(place, "given")) if has(content, join(place, "given")) else {}
    given = given if isinstance(given, dict) else {}
    kinds = [kind for kind in dictionary.records if kind in needed.fields or kind in given]
    fields = {
        kind: needed.fields.get(kind, frozenset()) | _said(given.get(kind))
        for kind in kinds
        if kind != "received" or kind in given
    }
    return Asked(needed.facts | {name for name in given if name in dictionary.facts}, fields)


def _said(records: Plain) -> frozenset[str]:
    return (
        frozenset(name for each in records or () if isinstance(each, dict) for name in each)
        if isinstance(records, list)
        else frozenset()
    )


def form(content: Plain, place: str, needed: Asked, dictionary: Dictionary) -> Form:
    """The form of the example at a place. ``needed``: what it may have to say."""
    given = join(place, "given")
    names = [name for name in dictionary.facts if name in needed.facts and dictionary.facts[name].formula is None]
    day = shown(content, join(place, "on"))
    return Form(
        place=place,
        head=(
            line(
                f"{join(place, 'name')}:option",
                "这个样例是什么情形",
                shown(content, join(place, "name")),
                "例如：刚好 10 亿元",
            ),
            line(f"{join(place, 'on')}:text", "按哪一天判断", day, widget="date"),
        ),
        facts=tuple(_fact(content, given, dictionary.facts[name], day, dictionary) for name in names),
        records=tuple(
            _records(content, join(given, kind), kind, fields, dictionary) for kind, fields in needed.fields.items()
        ),
        expected=tuple(_expected(content, join(place, "expect"))),
        missing=_missing(content, join(place, "expect", "missing"), needed, dictionary),
        more=_more(place, names, needed, dictionary),
    )


def _fact(content: Plain, given: str, fact: Fact, day: str, dictionary: Dictionary) -> Field | Figures:
    at = join(given, fact.name)
    if not fact.yearly:
        return _field(content, at, fact, dictionary)
    held = find(content, at) if has(content, at) else None
    years = set(held) if isinstance(held, dict) else set()
    if is_year(day[:4]):
        years |= {str(int(day[:4]) - back) for back in range(1, _YEARS + 1)}
    if not any(each.startswith("before") for each in years) and is_year(day[:4]):
        years.add(f"before_{int(day[:4]) - _YEARS}")
    inputs = (
        line(f"{join(at, year)}:year", _say_year(year), shown(content, join(at, year)))
        for year in sorted(years, key=lambda each: (is_year(each), each), reverse=True)
    )
    return Figures(fact.label, tuple(inputs))


def _say_year(year: str) -> str:
    if is_year(year):
        return f"{year} 年"
    first = year.removeprefix("before").removeprefix("_")
    return f"{first} 年以前最高的一年" if first else "更早各年最高的一年"


def _field(content: Plain, at: str, fact: Fact, dictionary: Dictionary, record: str | None = None) -> Field:
    """The input of a fact, as enterprises have it. What no input can show, such as a value with its source, stays."""
    ref = FactRef(fact.name, None, record, 0) if record else FactRef(fact.name)
    field = single(ref, dictionary, _NO_FIGURES)
    assert field is not None  # it is no kind of records
    plain = find(content, at) if has(content, at) else None
    hint = "" if record else field.hint
    if isinstance(plain, dict):
        return Field(at, fact.label, "fixed", "这个值带着来源，原样保留", (str(plain.get("value", "")),))
    if fact.kind is Kind.SET:
        ticked = tuple(each for each in plain if isinstance(each, str)) if isinstance(plain, list) else ()
        return replace(field, name=f"{at}:set", label=fact.label, hint=hint, typed=ticked, none=plain == [])
    typed_text = plain if isinstance(plain, str) else ""
    if fact.kind is Kind.INDUSTRY:
        return line(f"{at}:industry", fact.label, show_value(typed_text, fact), hint_of(fact), "industry")
    return replace(field, name=f"{at}:option", label=fact.label, hint=hint, typed=(typed_text,) if typed_text else ())


def _records(content: Plain, at: str, kind: str, names: Collection[str], dictionary: Dictionary) -> Records:
    plain = find(content, at) if has(content, at) else None
    declared = dictionary.records[kind]
    fields = [fact for name, fact in declared.fields.items() if name in names]
    records = tuple(
        Record(
            join(at, number),
            tuple(_field(content, join(at, number, fact.name), fact, dictionary, kind) for fact in fields),
        )
        for number, _ in enumerate(plain if isinstance(plain, list) else ())
    )
    state = "some" if records else "none" if plain == [] else "unknown"
    return Records(at, declared.label, state, records)


def _missing(content: Plain, at: str, needed: Asked, dictionary: Dictionary) -> Field:
    """Which facts are to be named as missing, of those that there are to be missing."""
    plain = find(content, at) if has(content, at) else None
    ticked = tuple(each for each in plain if isinstance(each, str)) if isinstance(plain, list) else ()
    labels = {
        name: fact.label for name, fact in dictionary.facts.items() if name in needed.facts and fact.formula is None
    }
    for kind, names in needed.fields.items():
        labels[kind] = dictionary.records[kind].label
        labels |= {name: fact.label for name, fact in dictionary.records[kind].fields.items() if name in names}
    labels |= {name: label_of(name, dictionary) for name in ticked if name not in labels}
    hint = "判断是“待补充”时，系统应当说还缺哪几项。一项都不勾，就不核对。"
    return Field(f"{at}:set", "还缺哪些信息", "checks", hint, ticked, groups=listed(labels.items()), none=plain == [])


def label_of(name: str, dictionary: Dictionary) -> str:
    """What a fact, a kind of records or a field of one is called."""
    if name in dictionary.facts:
        return dictionary.facts[name].label
    if name in dictionary.records:
        return dictionary.records[name].label
    return next((kind.fields[name].label for kind in dictionary.records.values() if name in kind.fields), name)


def _more(place: str, names: Collection[str], needed: Asked, dictionary: Dictionary) -> Field:
    """What else an enterprise may tell."""
    facts = (
        (name, fact.label) for name, fact in dictionary.facts.items() if name not in names and fact.formula is None
    )
    kinds = ((name, kind.label) for name, kind in dictionary.records.items() if name not in needed.fields)
    return select(f"{place}:more", "再说一项别的情况", (*listed(facts, "指标"), *listed(kinds, "明细")), "")


def _expected(content: Plain, at: str) -> Iterator[Field]:
    verdicts = [(verdict.value, verdict.label) for verdict in Verdict]
    yield Field(
        f"{join(at, 'verdict')}:text",
        "应该是",
        "radio",
        "",
        (shown(content, join(at, "verdict")),),
        groups=listed(verdicts),
    )
    low, high = amount_of(content, join(at, "amount"))
    yield line(f"{at}:low", "金额（没有金额的不填）", low, "例如 10万元；是一个区间的，这里填下限")
    yield line(f"{at}:high", "金额的上限（是区间才填）", high, f"没有上限的写“{NO_LIMIT}”")
    states = [("", "不核对"), *((state.value, state.label) for state in WindowState)]
    yield select(f"{join(at, 'window')}:option", "那天的受理状态", listed(states), shown(content, join(at, "window")))


def amount_of(content: Plain, at: str) -> tuple[str, str]:
    """The two texts of an expected amount: one sum, or from where to where."""
    plain = find(content, at) if has(content, at) else None
    if isinstance(plain, list) and len(plain) == 2:
        low, high = (each if isinstance(each, str) else None for each in plain)
        return low or "", NO_LIMIT if high is None else high
    return (plain, "") if isinstance(plain, str) else ("", "")
