"""Reading and writing rules: YAML entries to typed rules and back; ``read_rule(write_rule(rule)) == rule``.

Every name, type and unit is checked against the fact dictionary here, so that a rule which was read can be decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any as Plain

from enterprises.dictionary import WHERE_LISTED, Dictionary, Fact, Kind, Value, read_value
from enterprises.source_text import Entry, suggest
from policies.rules import All, Any, AnyRecord, Cite, Condition, Not, Operator, RelativeYear, Rule, Some

_NUMBERS = frozenset({Kind.MONEY, Kind.COUNT, Kind.RATIO})
_ORDERED = _NUMBERS | {Kind.DATE}
_CODES = frozenset({Kind.REGION, Kind.INDUSTRY})


@dataclass(frozen=True, slots=True)
class _Form:
    """On which kinds of fact an operator works, and whether it takes one value, two, or any number."""

    kinds: frozenset[Kind]
    shape: str


FORMS: Mapping[Operator, _Form] = {
    Operator.IS: _Form(_ORDERED | {Kind.ENUM, Kind.FLAG}, "one"),
    Operator.IN: _Form(frozenset({Kind.ENUM, Kind.COUNT}), "list"),
    Operator.WITHIN: _Form(_CODES, "one or list"),
    Operator.AT_LEAST: _Form(_ORDERED, "one"),
    Operator.AT_MOST: _Form(_ORDERED, "one"),
    Operator.MORE_THAN: _Form(_ORDERED, "one"),
    Operator.LESS_THAN: _Form(_ORDERED, "one"),
    Operator.BETWEEN: _Form(_ORDERED, "pair"),
    Operator.SINCE: _Form(frozenset({Kind.DATE}), "one"),
    Operator.UNTIL: _Form(frozenset({Kind.DATE}), "one"),
    Operator.BEFORE: _Form(frozenset({Kind.DATE}), "one"),
    Operator.HAS: _Form(frozenset({Kind.SET}), "one"),
    Operator.HAS_ANY: _Form(frozenset({Kind.SET}), "list"),
    Operator.FIRST_REACHES: _Form(frozenset({Kind.MONEY, Kind.COUNT}), "one or list"),
    Operator.GREW_BY: _Form(frozenset({Kind.MONEY, Kind.COUNT}), "one"),
}
_OVER_YEARS = frozenset({Operator.FIRST_REACHES, Operator.GREW_BY})
_GROWTH = Fact("growth", "增长率", Kind.RATIO)
COMBINERS = ("all", "any", "not", "some", "any_record")


def read_rule(entry: Entry, dictionary: Dictionary) -> Rule:
    """The rule in an entry. Raises ``Problem`` at the first mistake."""
    return _read(entry, dictionary, None)


def _read(entry: Entry, dictionary: Dictionary, record: str | None) -> Rule:
    entries = entry.mapping()
    names = [name for name in entries if name != "cite"]
    if len(names) != 1:
        entry.fail(
            f"一条规则只能有一个条件，这里有 {len(names)} 个：{'、'.join(names) or '无'}",
            "几个条件请写在 all: 或 any: 的列表里",
        )
    name = names[0]
    body = entries[name]
    if name not in COMBINERS:
        return _read_condition(entry, name, dictionary, record)
    if "cite" in entries:
        entries["cite"].fail("出处只能写在条件旁", "请把 cite 移到具体条件旁")
    match name:
        case "all":
            return All(_read_parts(body, dictionary, record))
        case "any":
            return Any(_read_parts(body, dictionary, record))
        case "not":
            return Not(_read(body, dictionary, record))
        case "some":
            return _read_some(body, dictionary, record)
        case _:
            return _read_any_record(body, dictionary, record)


def _read_parts(entry: Entry, dictionary: Dictionary, record: str | None) -> tuple[Rule, ...]:
    parts = tuple(_read(item, dictionary, record) for item in entry.items())
    if not parts:
        entry.fail("列表是空的", "请至少写一个条件")
    return parts


def _read_some(entry: Entry, dictionary: Dictionary, record: str | None) -> Rule:
    fields = entry.fields(("at_least", "of"))
    parts = _read_parts(fields["of"], dictionary, record)
    return Some(fields["at_least"].number(most=len(parts)), parts)


def _read_any_record(entry: Entry, dictionary: Dictionary, record: str | None) -> Rule:
    if record is not None:
        entry.fail("明细里不能再有明细", "请把 any_record 移到外层")
    fields = entry.fields(("of", "where"), ("at_least",))
    kind = fields["of"].text()
    if kind not in dictionary.records:
        fields["of"].fail(f"指标词典里没有明细“{kind}”", suggest(kind, list(dictionary.records)))
    at_least = fields["at_least"].number() if "at_least" in fields else 1
    return AnyRecord(kind, _read(fields["where"], dictionary, kind), at_least)


def _read_condition(entry: Entry, name: str, dictionary: Dictionary, record: str | None) -> Condition:
    entries = entry.mapping()
    body = entries[name]
    fact = _read_fact(body, name, dictionary, record)
    operators = [key for key in body.mapping() if key != "year"]
    if not operators:
        body.fail(f"“{fact.label}”没有写运算", f"可以用：{'、'.join(fitting_operators(fact))}")
    if len(operators) > 1:
        body.fail(f"“{fact.label}”只能有一个运算，这里有：{'、'.join(operators)}", "范围请用 between，或分成两个条件")
    operand = body.mapping()[operators[0]]
    operator = _read_operator(operand, operators[0], fact)
    operands = _read_operands(operand, operator, fact)
    year = read_year(body, fact)
    return Condition(name, operator, operands, year, read_cite(entries["cite"]) if "cite" in entries else None)


def _read_fact(entry: Entry, name: str, dictionary: Dictionary, record: str | None) -> Fact:
    names = dictionary.records[record].fields if record else dictionary.facts
    if name not in names:
        if not record and name in dictionary.records:
            entry.fail(f"“{name}”是明细，不是指标", f"请写 any_record: {{of: {name}, where: …}}")
        if record:
            entry.fail(f"明细“{record}”里没有“{name}”", suggest(name, list(names)))
        kinds = [kind.name for kind in dictionary.records.values() if name in kind.fields]
        if kinds:
            entry.fail(
                f"“{name}”是明细 {'、'.join(kinds)} 的字段，不是指标",
                f"请写在 any_record: {{of: {kinds[0]}, where: …}} 里",
            )
        entry.fail(f"指标词典里没有“{name}”", suggest(name, [*names, *COMBINERS], WHERE_LISTED))
    return names[name]


def _read_operator(entry: Entry, name: str, fact: Fact) -> Operator:
    if name not in list(Operator):
        entry.fail(f"不认识的运算“{name}”", suggest(name, list(Operator)))
    operator = Operator(name)
    if fact.kind not in FORMS[operator].kinds:
        remedy = f"可以用：{'、'.join(fitting_operators(fact))}" if fitting_operators(fact) else "文字类指标不能作条件"
        entry.fail(f"“{fact.label}”是{fact.kind.label}类指标，不能用 {name}", remedy)
    if operator in _OVER_YEARS and (not fact.yearly or fact.formula is not None):
        entry.fail(f"“{fact.label}”没有各年数据，不能用 {name}", "请换成分年份填报的指标")
    return operator


def fitting_operators(fact: Fact) -> list[Operator]:
    """The operators that work on a fact."""
    yearly = fact.yearly and fact.formula is None
    return [op for op, form in FORMS.items() if fact.kind in form.kinds and (yearly or op not in _OVER_YEARS)]


def _read_operands(entry: Entry, operator: Operator, fact: Fact) -> tuple[Value, ...]:
    typed = _GROWTH if operator is Operator.GREW_BY else fact
    if fact.kind is Kind.SET:
        values = _read_options(entry, operator, fact)
    elif FORMS[operator].shape == "one" or (FORMS[operator].shape == "one or list" and isinstance(entry.value, str)):
        values = (read_value(typed, entry),)
    else:
        values = tuple(read_value(typed, item) for item in entry.items())
    _check_operands(entry, operator, values)
    return values


def _read_options(entry: Entry, operator: Operator, fact: Fact) -> tuple[Value, ...]:
    """The options that ``has`` and ``has_any`` name, each read as one option of the set."""
    items = [entry] if operator is Operator.HAS else entry.items()
    return tuple(item.read(fact.parse) for item in items)


def _check_operands(entry: Entry, operator: Operator, values: tuple[Plain, ...]) -> None:
    if not values:
        entry.fail("列表是空的", "请至少写一个值")
    if len(set(values)) != len(values):
        entry.fail("列表里有重复的值", "请删去重复的")
    if operator is Operator.FIRST_REACHES and min(values) <= 0:
        entry.fail("首次达到的门槛要大于 0", "请核对门槛")
    if operator is Operator.BETWEEN and len(values) != 2:
        entry.fail("between 要有两个值", "请写成 [下限, 上限]，两端都包含在内")
    if operator in (Operator.BETWEEN, Operator.FIRST_REACHES) and list(values) != sorted(values):
        entry.fail("数值没有从小到大排列", "请从小到大写")


def read_year(body: Entry, fact: Fact) -> RelativeYear | int | None:
    """The ``year`` beside an operator or a quantity; ``last`` where none is written."""
    entry = body.mapping().get("year")
    if not fact.yearly:
        if entry is not None:
            entry.fail(f"“{fact.label}”不分年份", "请删去 year")
        return None
    if entry is None:
        return RelativeYear.LAST
    text = entry.text()
    if text in list(RelativeYear):
        return RelativeYear(text)
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        entry.fail(f"“{text}”不是年份", "请写 last（上一年）、this（本年）或四位年份，例如 2022")
    return int(text)


def read_cite(entry: Entry) -> Cite:
    """A ``cite``: ``{clause, page}``."""
    fields = entry.fields(("clause", "page"))
    return Cite(fields["clause"].text(), fields["page"].number())


def write_rule(rule: Rule, dictionary: Dictionary, record: str | None = None) -> dict[str, Plain]:
    """Plain data of a rule (strings, lists, mappings), as its YAML or JSON has it."""
    match rule:
        case All(parts):
            return {"all": [write_rule(part, dictionary, record) for part in parts]}
        case Any(parts):
            return {"any": [write_rule(part, dictionary, record) for part in parts]}
        case Not(part):
            return {"not": write_rule(part, dictionary, record)}
        case Some(at_least, parts):
            return {"some": {"at_least": at_least, "of": [write_rule(part, dictionary, record) for part in parts]}}
        case AnyRecord(kind, where, at_least):
            body: dict[str, Plain] = {"of": kind, "where": write_rule(where, dictionary, kind)}
            return {"any_record": body if at_least == 1 else {**body, "at_least": at_least}}
        case Condition():
            return _write_condition(rule, dictionary.fact(rule.fact, record))


def _write_condition(condition: Condition, fact: Fact) -> dict[str, Plain]:
    typed = _GROWTH if condition.operator is Operator.GREW_BY else fact
    values = [typed.write(value) for value in condition.operands]
    shape = FORMS[condition.operator].shape
    single = shape == "one" or (shape == "one or list" and len(values) == 1)
    body: dict[str, Plain] = {condition.operator.value: values[0] if single else values}
    if condition.year is not None and condition.year is not RelativeYear.LAST:
        body["year"] = str(condition.year)
    cite = {"cite": {"clause": condition.cite.clause, "page": condition.cite.page}} if condition.cite else {}
    return {condition.fact: body, **cite}
