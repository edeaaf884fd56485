"""The fact dictionary: every attribute of an enterprise (指标) and every kind of record (明细), declared once as data.

The declarations are the YAML files in ``enterprises/facts``. A fact knows how to read a value that somebody wrote, how
to show it, whom to ask for it and what is plausible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from enterprises import amounts, calendar, industries, regions
from enterprises.source_text import BadText, Entry, parse_flag, read_file, suggest

T = TypeVar("T")

WHERE_LISTED = "全部指标可用 huiqi facts 查看，定义在 enterprises/facts"
"""Where all facts are listed, for those who wrote one that there is not."""

Value = int | Fraction | date | str | bool | frozenset[str]
"""A typed value: money in 分 and counts as ``int``, ratios as ``Fraction``, codes, texts and options as ``str``."""


UNKNOWN_WORDS = frozenset({"不清楚", "未知", "unknown"})
"""What may be written in the place of a value that is not known."""


class Kind(StrEnum):
    """The type of a fact."""

    MONEY = "money"
    COUNT = "count"
    RATIO = "ratio"
    DATE = "date"
    ENUM = "enum"
    SET = "set"
    FLAG = "flag"
    REGION = "region"
    INDUSTRY = "industry"
    TEXT = "text"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]

    @property
    def is_number(self) -> bool:
        return self in (Kind.MONEY, Kind.COUNT, Kind.RATIO)


_KIND_LABELS = {
    Kind.MONEY: "金额",
    Kind.COUNT: "数量",
    Kind.RATIO: "比例",
    Kind.DATE: "日期",
    Kind.ENUM: "单选",
    Kind.SET: "多选",
    Kind.FLAG: "是否",
    Kind.REGION: "地区",
    Kind.INDUSTRY: "行业",
    Kind.TEXT: "文字",
}


class Source(StrEnum):
    """Where a value came from, best first (design: a register outranks what an enterprise typed, and so on)."""

    REGISTER = "register"
    TAX = "tax"
    STATISTICS = "statistics"
    DECLARED = "declared"
    INFERRED = "inferred"

    @property
    def label(self) -> str:
        return _SOURCE_LABELS[self]

    @property
    def grants_money(self) -> bool:
        """Whether a value from here may grant money without a person confirming it."""
        return self not in (Source.DECLARED, Source.INFERRED)


_SOURCE_LABELS = {
    Source.REGISTER: "登记信息",
    Source.TAX: "税务",
    Source.STATISTICS: "统计",
    Source.DECLARED: "企业填报",
    Source.INFERRED: "系统推断",
}


@dataclass(frozen=True, slots=True)
class Formula:
    """How a derived fact follows from others, e.g. ``growth_of: revenue``. ``enterprises.readings`` computes it."""

    name: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One attribute, or one field of a record kind. ``groups``: its ``values`` under headings, each under one."""

    name: str
    label: str
    kind: Kind
    yearly: bool = False
    unit: str | None = None
    values: tuple[str, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sensitivity: str = "commercial"
    sources: tuple[Source, ...] = ()
    question: str | None = None
    low: Value | None = None
    high: Value | None = None
    changeable: str | None = None
    formula: Formula | None = None

    def parse(self, text: str) -> Value:
        """The value in ``text``. Raises ``BadText``, also for what no enterprise can plausibly have."""
        value = _PARSERS[self.kind](self, text)
        self._check_plausible(value, text)
        return value

    def show(self, value: Value) -> str:
        """``value`` in Chinese, for people. A set of options shows them all."""
        if isinstance(value, frozenset):
            return "、".join(sorted(value)) or "无"
        return _SHOWERS[self.kind](self, value) if self.kind in _SHOWERS else str(value)

    def write(self, value: Value) -> str | list[str]:
        """``value`` as text that ``parse`` reads back (a list of texts for sets)."""
        if isinstance(value, frozenset):
            return sorted(value)
        if isinstance(value, date):
            return value.isoformat()
        if self.kind in (Kind.MONEY, Kind.RATIO, Kind.FLAG):
            return self.show(value)
        return str(value)

    def _check_plausible(self, value: Any, text: str) -> None:
        low: Any = self.low
        high: Any = self.high
        for limit, word, is_beyond in (
            (low, "小于", low is not None and value < low),
            (high, "大于", high is not None and value > high),
        ):
            if is_beyond:
                raise BadText(
                    f"“{text}”{word}“{self.label}”的合理范围（{self.show(limit)}）", "请核对数字与单位，或日期"
                )


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A repeated thing that an enterprise has, such as a project; ``object`` is what stacking rules call it."""

    name: str
    label: str
    object: str
    question: str
    fields: Mapping[str, Fact]
    sensitivity: str = "commercial"
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Dictionary:
    """All facts and record kinds, by name."""

    facts: Mapping[str, Fact]
    records: Mapping[str, RecordKind]

    def fact(self, name: str, record: str | None = None) -> Fact:
        """The fact, or the field of a record kind. Raises ``KeyError``."""
        return self.records[record].fields[name] if record else self.facts[name]


@cache
def bundled() -> Dictionary:
    """The dictionary that ships with the package."""
    folder = Path(str(files("enterprises") / "facts"))
    return load(sorted(folder.glob("*.yaml")))


def load(paths: Iterable[Path]) -> Dictionary:
    """The dictionary in these files. Raises ``Problem`` on the first mistake."""
    facts: dict[str, Fact] = {}
    entries: dict[str, Entry] = {}
    records: dict[str, RecordKind] = {}
    for path in paths:
        sections = read_file(path, shown_as=path.name).fields((), ("facts", "derived", "records"))
        for section in ("facts", "derived"):
            for name, entry in sections[section].mapping().items() if section in sections else ():
                _must_be_new(name, entry, facts, records)
                facts[name], entries[name] = _read_fact(name, entry), entry
        for name, entry in sections["records"].mapping().items() if "records" in sections else ():
            _must_be_new(name, entry, facts, records)
            records[name] = _read_record_kind(name, entry)
    _check_formulas(facts, entries)
    return Dictionary(facts, records)


def _must_be_new(name: str, entry: Entry, *taken: Mapping[str, object]) -> None:
    if any(name in names for names in taken):
        entry.fail(f"“{name}”已经定义过", "请改名，或使用已有的定义")


_FACT_FIELDS = (
    *("period", "unit", "values", "groups", "sensitivity", "sources", "question", "range", "changeable", "formula"),
)
_SENSITIVITIES = ("public", "commercial", "personal")
_CHANGEABLE = ("up", "down", "yes")
_FORMULAS = {"years_since": 1, "growth_of": 1, "share": 2, "size_class": 4, "above_scale": 2}


def _read_fact(name: str, entry: Entry) -> Fact:
    fields = entry.fields(("label", "type"), _FACT_FIELDS)
    kind = Kind(fields["type"].one_of([kind.value for kind in Kind]))
    groups = _read_groups(fields["groups"]) if "groups" in fields else ()
    plain = Fact(
        name=name,
        label=fields["label"].text(),
        kind=kind,
        yearly=_optional(fields, "period", lambda e: e.one_of(("point", "year")) == "year", default=False),
        unit=_optional(fields, "unit", Entry.text, default=None),
        values=_optional(fields, "values", _texts, default=tuple(value for _, options in groups for value in options)),
        groups=groups,
        sensitivity=_optional(fields, "sensitivity", lambda e: e.one_of(_SENSITIVITIES), default="commercial"),
        sources=_optional(fields, "sources", _sources, default=()),
        question=_optional(fields, "question", Entry.text, default=None),
        changeable=_optional(fields, "changeable", lambda e: e.one_of(_CHANGEABLE), default=None),
        formula=_optional(fields, "formula", _read_formula, default=None),
    )
    if (kind in (Kind.ENUM, Kind.SET)) != bool(plain.values):
        entry.fail("只有 enum 与 set 类型有 values", "请补上或删去 values")
    if groups and "values" in fields:
        entry.fail("values 与 groups 不能都写", "分了组的选项只写在 groups 里")
    if repeated := [value for value, times in Counter(plain.values).items() if times > 1]:
        entry.fail(f"选项“{repeated[0]}”写了两次", "每个选项只写一次，只属于一组")
    if plain.formula is None and plain.question is None:
        entry.fail("没有 question", "请写一句问企业的话；由公式得出的指标请写在 derived 下")
    low, high = _read_range(plain, fields["range"]) if "range" in fields else (None, None)
    return replace(plain, low=low, high=high)


def _read_groups(entry: Entry) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((heading, _texts(options)) for heading, options in entry.mapping().items())


def _read_range(fact: Fact, entry: Entry) -> tuple[Value | None, Value | None]:
    ends = entry.items()
    if len(ends) != 2:
        entry.fail("range 须有两端", "请写成 [下限, 上限]，没有限制的一端写 null")
    low, high = (None if end.is_null else read_value(fact, end) for end in ends)
    return low, high


def _read_record_kind(name: str, entry: Entry) -> RecordKind:
    fields = entry.fields(("label", "object", "question", "fields"), ("sensitivity", "sources"))
    if not fields["fields"].mapping():
        fields["fields"].fail("明细一个字段也没有", "请至少写一个字段")
    return RecordKind(
        name=name,
        label=fields["label"].text(),
        object=fields["object"].one_of(("project", "product", "contract", "award", "person", "enterprise")),
        question=fields["question"].text(),
        fields={field: _read_field(field, item) for field, item in fields["fields"].mapping().items()},
        sensitivity=_optional(fields, "sensitivity", lambda e: e.one_of(_SENSITIVITIES), default="commercial"),
        sources=_optional(fields, "sources", _sources, default=()),
    )


def _read_field(name: str, entry: Entry) -> Fact:
    fact = _read_fact(name, entry)
    if fact.yearly or fact.formula is not None:
        entry.fail("明细的字段不分年份，也不由公式得出", "请删去 period 或 formula")
    return fact


def _read_formula(entry: Entry) -> Formula:
    """``{growth_of: revenue}``, ``{size_class: [a, b, c, d]}``, ``{share: rd_expense, of: revenue}``."""
    if not entry.mapping():
        entry.fail("公式是空的", f"可以写：{'、'.join(_FORMULAS)}")
    (name, first), *rest = entry.mapping().items()
    if name not in _FORMULAS:
        entry.fail(f"不认识的公式“{name}”", suggest(name, tuple(_FORMULAS)))
    inputs = [item.text() for item in first.items()] if isinstance(first.value, list) else [first.text()]
    inputs += [item.text() for key, item in rest if key == "of"]
    if len(inputs) != _FORMULAS[name]:
        entry.fail(f"公式“{name}”要 {_FORMULAS[name]} 个指标", "请补足或删去指标")
    return Formula(name, tuple(inputs))


def _check_formulas(facts: Mapping[str, Fact], entries: Mapping[str, Entry]) -> None:
    declared = [name for name, fact in facts.items() if fact.formula is None]
    for fact in facts.values():
        for name in fact.formula.inputs if fact.formula else ():
            if name not in declared:
                entries[fact.name].fail(f"公式用到的“{name}”不是填报的指标", suggest(name, declared))


def read_value(fact: Fact, entry: Entry) -> Value:
    """The value of ``fact`` that an entry holds. Raises ``Problem`` with the entry's place."""
    if fact.kind is Kind.SET:
        return frozenset(str(item.read(fact.parse)) for item in entry.items())
    return entry.read(fact.parse)


def _optional(fields: Mapping[str, Entry], name: str, read: Callable[[Entry], T], default: T) -> T:
    return read(fields[name]) if name in fields else default


def _texts(entry: Entry) -> tuple[str, ...]:
    return tuple(item.text() for item in entry.items())


def _sources(entry: Entry) -> tuple[Source, ...]:
    return tuple(Source(item.one_of([source.value for source in Source])) for item in entry.items())


def _parse_option(fact: Fact, text: str) -> Value:
    if text not in fact.values:
        raise BadText(f"“{text}”不是“{fact.label}”的选项", suggest(text, fact.values))
    return text


def _parse_region(fact: Fact, text: str) -> Value:
    if not regions.is_region_code(text):
        raise BadText(f"“{text}”不是行政区划代码", "请写 6 位数字代码（GB/T 2260），例如 610602；在 YAML 里加引号")
    return text


def _parse_industry(fact: Fact, text: str) -> Value:
    try:
        return industries.canonical(text)
    except LookupError:
        raise BadText(f"“{text}”不是行业代码", "请写国民经济行业分类（GB/T 4754-2017）代码，例如 C、13、131") from None


_PARSERS: Mapping[Kind, Callable[[Fact, str], Value]] = {
    Kind.MONEY: lambda _fact, text: amounts.parse_money(text),
    Kind.COUNT: lambda fact, text: amounts.parse_count(text, fact.unit),
    Kind.RATIO: lambda _fact, text: amounts.parse_ratio(text),
    Kind.DATE: lambda _fact, text: calendar.parse_day(text),
    Kind.ENUM: _parse_option,
    Kind.SET: _parse_option,
    Kind.FLAG: lambda _fact, text: parse_flag(text),
    Kind.REGION: _parse_region,
    Kind.INDUSTRY: _parse_industry,
    Kind.TEXT: lambda _fact, text: text,
}

_SHOWERS: Mapping[Kind, Callable[[Fact, Any], str]] = {
    Kind.MONEY: lambda _fact, fen: amounts.format_money(fen),
    Kind.COUNT: lambda fact, count: f"{count}{fact.unit or ''}",
    Kind.RATIO: lambda _fact, ratio: amounts.format_ratio(ratio),
    Kind.DATE: lambda _fact, day: calendar.format_day(day),
    Kind.FLAG: lambda _fact, flag: "是" if flag else "否",
    Kind.REGION: lambda _fact, code: regions.full_name(code),
    Kind.INDUSTRY: lambda _fact, code: f"{industries.industry(code).name}（{code}）",
}
