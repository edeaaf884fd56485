"""How the form is laid out: which questions are asked on a day, in which groups, with which kind of input.

Asked is what the items that are open on the day look at; the dictionary gives the words. What was typed but is not
asked travels along unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

from enterprises import industries, regions
from enterprises.calendar import parse_day
from enterprises.dictionary import Dictionary, Fact, Kind, RecordKind
from enterprises.readings import FactRef
from enterprises.source_text import BadText
from policies.benefits import quantities
from policies.items import Category, Item
from policies.library import Library
from policies.rules import Operator, conditions, record_conditions
from recommender.missing import name_fact
from web.checkup.fact_form import NONE, OTHER, Filled, name_of, record_count

RECEIVED = "received"
"""The records of what was paid before: no rule asks for them, but what may be had together depends on them."""

PAID_BY = "item"
"""The field of such a record that names the item: asked as a choice of titles, its value is an id."""

YEARS = 3
"""For how many past years a yearly figure is asked."""


@dataclass(frozen=True)
class Choice:
    """One option of an input: the value that is sent, and what is shown."""

    value: str
    label: str


@dataclass(frozen=True)
class Choices:
    """Options under a common heading; ``heading`` is empty for those that stand alone."""

    heading: str
    options: tuple[Choice, ...]


@dataclass(frozen=True)
class Field:
    """One input. ``widget``: ``text``, ``date``, ``radio``, ``select``, ``checks``, ``industry`` or ``title``.

    ``code`` and ``code_error``: of the second input, an industry's precise code or a title that is not in the list.
    ``notes``: what is known of it already.
    """

    name: str
    label: str
    widget: str
    hint: str = ""
    typed: tuple[str, ...] = ()
    error: str = ""
    groups: tuple[Choices, ...] = ()
    numeric: bool = False
    none: bool = False
    code: str = ""
    code_error: str = ""
    notes: tuple[str, ...] = ()

    shape = "field"


@dataclass(frozen=True)
class Yearly:
    """A figure of several years."""

    name: str
    label: str
    hint: str
    years: tuple[Field, ...]

    shape = "yearly"


@dataclass(frozen=True)
class Block:
    """One record: its first inputs, and those that fewer need."""

    number: int
    fields: tuple[Field, ...]
    more: tuple[Field, ...]


@dataclass(frozen=True)
class Records:
    """All records of a kind."""

    name: str
    kind: str
    label: str
    hint: str
    none: bool
    error: str
    blocks: tuple[Block, ...]

    shape = "records"


Part = Field | Yearly | Records


@dataclass(frozen=True)
class Section:
    """A group of questions. ``optional``: most people can pass it by; ``opened`` then says whether it is unfolded."""

    title: str
    parts: tuple[Part, ...]
    optional: bool = False
    opened: bool = True


@dataclass(frozen=True)
class Layout:
    """The whole form: its sections, and what travels along unseen, by name."""

    sections: tuple[Section, ...]
    unseen: tuple[tuple[str, str], ...]

    def mistakes(self) -> Iterator[tuple[str, str, str]]:
        """Every mistake in the order of the form: the input's name, its label, what is wrong."""
        for section in self.sections:
            for part in section.parts:
                yield from _mistakes(part)


@dataclass(frozen=True)
class Asked:
    """The facts, and of each record kind the fields, that somebody needs."""

    facts: frozenset[str]
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)


FIRST: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("企业是谁", ("region", "entity_kind", "ownership", "industry", "registered_on")),
    ("规模和收入", ("employees", "total_assets", "revenue")),
    ("在建和新上的项目", ("project",)),
    ("荣誉和认定", ("recognition",)),
)
"""What is asked at once, and under which heading. Everything else is folded."""

MORE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("打算办的事", ("matters", "power_capacity", "bid_region", "procurement", "simple_deregistration")),
    ("经营情况", ("operating_status", "five_above", "five_above_status", "zones", "categories", "tech_fields")),
    ("工程建设", ("construction_project", "qualification", "construction_output", "prefabricated_construction")),
    (
        "资金和信用",
        ("received", "has_bank_credit", "government_guaranteed", "receivable", "trustworthy", "seriously_dishonest"),
    ),
    ("许可、检查和处罚", ("permit", "inspection", "violation")),
)
REST = "其他情况"

MAIN_FIELDS = {"project": ("name", "kind", "fixed_asset_investment", "location")}
"""Of kinds with many fields, those that are asked at once."""


def asked(items: Iterable[Item], dictionary: Dictionary) -> Asked:
    """What the rules and benefits of items look at, down to the facts that people can tell."""
    facts: set[str] = set()
    fields: dict[str, set[str]] = {}
    for item in items:
        for condition in conditions(item.rule):
            facts.add(condition.fact)
            if condition.operator is Operator.FIRST_REACHES:
                facts.add("registered_on")
        for records in record_conditions(item.rule):
            fields.setdefault(records.kind, set()).update(each.fact for each in conditions(records.where))
        for kind, quantity in quantities(item.benefit):
            (facts if kind is None else fields.setdefault(kind, set())).add(quantity.fact)
    for kind, names in fields.items():
        names |= {name for name, fact in dictionary.records[kind].fields.items() if fact.kind is Kind.TEXT}
    if RECEIVED in dictionary.records:
        fields[RECEIVED] = set(dictionary.records[RECEIVED].fields)
    return Asked(
        frozenset(told for name in facts for told in _told(name, dictionary)),
        {kind: frozenset(names) for kind, names in fields.items()},
    )


def _told(name: str, dictionary: Dictionary) -> tuple[str, ...]:
    formula = dictionary.facts[name].formula
    return formula.inputs if formula else (name,)


def lay_out(library: Library, on: date, form: Filled, more_of: str = "") -> Layout:
    """The form for a day, with what was typed. ``more_of``: the record kind for which another empty block is wanted."""
    open_items = [item for item in library.published if item.window.state(on).is_open]
    layout = _Layout(library, asked(open_items, library.dictionary), on, form, more_of)
    sections = tuple(section for section in layout.sections() if section.parts)
    shown = {"name", "credit_code"} | {name for section in sections for part in section.parts for name in _names(part)}
    unseen = tuple((name, value) for name, values in form.typed.items() if name not in shown for value in values)
    return Layout(sections, unseen)


def single(ref: FactRef, dictionary: Dictionary, form: Filled) -> Field | None:
    """The input for one missing fact; ``None`` where a whole kind of records is missing."""
    whole_kind = ref.number is None if ref.record else ref.name in dictionary.records
    if whole_kind:
        return None
    return _field(dictionary.fact(ref.name, ref.record), name_of(ref), name_fact(ref, dictionary), "", form)


class _Layout:
    def __init__(self, library: Library, needed: Asked, on: date, form: Filled, more_of: str) -> None:
        self.library, self.dictionary = library, library.dictionary
        self.needed, self.on, self.form, self.more_of = needed, on, form, more_of

    def sections(self) -> Iterator[Section]:
        placed = {name for _, names in (*FIRST, *MORE) for name in names}
        rest = tuple(name for name in (*self.dictionary.facts, *self.dictionary.records) if name not in placed)
        for title, names in FIRST:
            yield Section(title, tuple(self.parts(names)))
        for title, names in (*MORE, (REST, rest)):
            parts = tuple(self.parts(names))
            filled = any(name in self.form.typed for part in parts for name in _names(part))
            wanted = any(isinstance(part, Records) and part.kind == self.more_of for part in parts)
            yield Section(title, parts, optional=True, opened=filled or wanted)

    def parts(self, names: Iterable[str]) -> Iterator[Part]:
        for name in names:
            if name in self.dictionary.records and (name in self.needed.fields or self.is_wrong(name)):
                yield self.records(self.dictionary.records[name])
            elif name in self.needed.facts or self.is_wrong(name):
                fact = self.dictionary.facts[name]
                yield self.yearly(fact) if fact.yearly else self.field(fact, f"f.{name}")

    def is_wrong(self, name: str) -> bool:
        """Whether a mistake has to be shown here, be it asked today or not."""
        return any(wrong == f"f.{name}" or wrong.startswith(f"f.{name}.") for wrong in self.form.errors)

    def field(self, fact: Fact, name: str) -> Field:
        return _field(fact, name, fact.label, fact.question or "", self.form)

    def yearly(self, fact: Fact) -> Yearly:
        prefix = f"f.{fact.name}."
        typed = {name.removeprefix(prefix) for name in self.form.typed if name.startswith(prefix)}
        last = [str(self.on.year - back) for back in range(1, YEARS + 1)]
        before = {period for period in typed if period.startswith("before_")} or {f"before_{last[-1]}"}
        years = sorted({*last, *(typed - before)}, reverse=True)
        periods = [*((year, f"{year} 年") for year in years)]
        periods += [
            (period, f"{period.removeprefix('before_')} 年以前最高的一年") for period in sorted(before, reverse=True)
        ]
        fields = tuple(_field(fact, prefix + period, label, "", self.form) for period, label in periods)
        return Yearly(f"f.{fact.name}", fact.label, f"各年的{fact.label}是多少？", fields)

    def records(self, kind: RecordKind) -> Records:
        none = f"f.{kind.name}.{NONE}"
        said_none = none in self.form.typed
        count = record_count(self.form.typed, kind.name)
        shown = max(count + (kind.name == self.more_of), 0 if said_none else 1)
        return Records(
            name=f"f.{kind.name}",
            kind=kind.name,
            label=kind.label,
            hint=kind.question,
            none=said_none,
            error=self.form.errors.get(none, ""),
            blocks=tuple(self.block(kind, number) for number in range(shown)),
        )

    def block(self, kind: RecordKind, number: int) -> Block:
        names = [name for name in kind.fields if name in self.needed.fields.get(kind.name, ())]
        typed = [name for name in kind.fields if f"f.{kind.name}.{number}.{name}" in self.form.typed]
        main = MAIN_FIELDS.get(kind.name, tuple(names))
        prefix = f"f.{kind.name}.{number}."
        shown = [*names, *(name for name in typed if name not in names)]
        fields = {name: self.field(kind.fields[name], prefix + name) for name in shown}
        if kind.name == RECEIVED and PAID_BY in fields:
            fields[PAID_BY] = self.title(fields[PAID_BY])
        return Block(
            number,
            tuple(each for name, each in fields.items() if name in main),
            tuple(each for name, each in fields.items() if name not in main),
        )

    def title(self, plain: Field) -> Field:
        """The same question as a choice of the items that pay, over or not, with room for one that is not there."""
        other = f"{plain.name}.{OTHER}"
        written = self.form.typed.get(other, ("",))[0]
        told = written or next(iter(plain.typed), "")
        hint = plain.hint
        if told in {item.id for item in self.library.published}:
            hint += "已收录，会核对它与其他支持能不能同时享受。"
        elif told:
            hint += f"没有收录“{told}”：它与其他支持能不能同时享受，须由主管部门核实。"
        return replace(
            plain,
            widget="title",
            hint=hint,
            groups=self.titles(),
            code=written,
            code_error=self.form.errors.get(other, ""),
        )

    def titles(self) -> tuple[Choices, ...]:
        paying = [item for item in self.library.published if item.category in (Category.MONEY, Category.RELIEF)]
        documents = dict.fromkeys(item.document.id for item in paying)
        return tuple(
            Choices(
                self.library.documents[document].title,
                tuple(Choice(item.id, item.title) for item in paying if item.document.id == document),
            )
            for document in documents
        )


def _names(part: Part) -> Iterator[str]:
    match part:
        case Field():
            yield from (part.name, f"{part.name}.{NONE}", f"{part.name}.code", f"{part.name}.{OTHER}")
        case Yearly():
            yield from (year.name for year in part.years)
        case Records():
            yield f"{part.name}.{NONE}"
            for block in part.blocks:
                for each in (*block.fields, *block.more):
                    yield from _names(each)


def _mistakes(part: Part) -> Iterator[tuple[str, str, str]]:
    match part:
        case Field():
            if part.error:
                yield part.name, part.label, part.error
            if part.code_error:
                yield f"{part.name}.{OTHER if part.widget == 'title' else 'code'}", part.label, part.code_error
        case Yearly():
            for year in part.years:
                for name, label, error in _mistakes(year):
                    yield name, f"{part.label}，{label}", error
        case Records():
            if part.error:
                yield f"{part.name}.{NONE}", part.label, part.error
            for block in part.blocks:
                for each in (*block.fields, *block.more):
                    for name, label, error in _mistakes(each):
                        yield name, f"{part.label} {block.number + 1} 的{label}", error


_MOST_RADIOS = 3
_MONEY_HINT = "连同单位写，例如 800万元、1.2亿、120000元"


def _field(fact: Fact, name: str, label: str, hint: str, form: Filled) -> Field:
    notes = form.notes.get(name, ())
    plain = Field(name, label, "text", hint, form.typed.get(name, ()), form.errors.get(name, ""), notes=notes)
    match fact.kind:
        case Kind.FLAG:
            return replace(plain, widget="radio", groups=_choices(("是", "否")))
        case Kind.ENUM:
            widget = "select" if len(fact.values) > _MOST_RADIOS else "radio"
            return replace(plain, widget=widget, groups=_choices(fact.values))
        case Kind.SET:
            none = f"{name}.{NONE}" in form.typed
            return replace(plain, widget="checks", groups=_grouped(fact), none=none)
        case Kind.REGION:
            return replace(plain, widget="select", groups=_regions())
        case Kind.INDUSTRY:
            code = form.typed.get(f"{name}.code", ("",))[0]
            wrong = form.errors.get(f"{name}.code", "")
            return replace(plain, widget="industry", groups=_industries(), code=code, code_error=wrong)
        case Kind.DATE:
            return replace(plain, widget="date", typed=tuple(map(_as_browsers_write, plain.typed)))
        case Kind.MONEY:
            return replace(plain, hint=f"{hint}{_MONEY_HINT}")
        case Kind.COUNT:
            return replace(plain, hint=f"{hint}单位：{fact.unit}" if fact.unit else hint, numeric=True)
        case Kind.RATIO:
            return replace(plain, hint=f"{hint}例如 3.5%")
        case Kind.TEXT:
            return plain


def _as_browsers_write(day: str) -> str:
    """A day as ``2024-06-30``: a browser shows no other, and would send nothing in its place. A mistake stays."""
    try:
        return parse_day(day).isoformat()
    except BadText:
        return day


def _choices(values: Iterable[str]) -> tuple[Choices, ...]:
    return (Choices("", tuple(Choice(value, value) for value in values)),)


def _grouped(fact: Fact) -> tuple[Choices, ...]:
    groups = fact.groups or (("", fact.values),)
    return tuple(Choices(heading, tuple(Choice(value, value) for value in values)) for heading, values in groups)


@cache
def _regions() -> tuple[Choices, ...]:
    """Shaanxi city by city, each with its counties; then the other provinces."""
    shaanxi = regions.region("610000")
    cities = tuple(_city(city) for city in regions.children(shaanxi.code))
    others = tuple(
        Choice(each.code, each.name) for each in regions.regions() if each.level == "province" and each != shaanxi
    )
    whole = Choices("陕西省", (Choice(shaanxi.code, "陕西省（不清楚哪个市）"),))
    return (whole, *cities, Choices("陕西省外", others))


def _city(city: regions.Region) -> Choices:
    counties = tuple(Choice(county.code, county.name) for county in regions.children(city.code))
    whole = Choice(city.code, f"{city.name}（不清楚哪个县区）" if counties else city.name)
    return Choices(city.name, (whole, *counties))


@cache
def _industries() -> tuple[Choices, ...]:
    """Section by section, each with its divisions."""
    sections = (each for each in industries.industries() if each.level == "section")
    return tuple(
        Choices(
            f"{section.code} {section.name}",
            (
                Choice(section.code, f"{section.name}（不清楚哪一类）"),
                *(Choice(each.code, f"{each.code} {each.name}") for each in industries.children(section.code)),
            ),
        )
        for section in sections
    )
