"""Reading benefits: YAML entries to typed formulas, checked against the fact dictionary and the item's own rule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from enterprises.amounts import parse_money, parse_ratio
from enterprises.dictionary import Dictionary, Fact, Kind
from enterprises.source_text import Entry, suggest
from policies.benefits import (
    Benefit,
    Bound,
    Brackets,
    Cases,
    Fixed,
    ForEach,
    HighestOf,
    Pay,
    Per,
    Quantity,
    Range,
    Rate,
    SetElsewhere,
    Sum,
    Support,
    Tiers,
    Unpriced,
    Waived,
    Years,
)
from policies.rule_text import read_year
from policies.rules import Operator, Rule, wanted_records

_REST = "以上"
"""The key of the last slice of brackets, which has no upper end."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """The names that a benefit may use (the dictionary's facts, or one record kind's fields), and the item's rule."""

    dictionary: Dictionary
    rule: Rule
    record: str | None = None


def read_benefit(entry: Entry, dictionary: Dictionary, rule: Rule) -> Benefit:
    """The benefit in an entry. Raises ``Problem`` at the first mistake."""
    return _read(entry, _Scope(dictionary, rule))


def _read(entry: Entry, scope: _Scope) -> Benefit:
    entries = entry.mapping()
    if "for_each" in entries:
        return _read_for_each(entry, scope)
    kinds = [name for name in entries if name in READERS]
    if not kinds:
        unknown = next(iter(entries), "")
        entry.fail(f"不认识的优惠写法“{unknown}”" if unknown else "没有写优惠", suggest(unknown, list(READERS)))
    if len(kinds) > 1:
        entry.fail(
            f"优惠只能有一种写法，这里有：{'、'.join(kinds)}", "几项并存请写 all: [...]，取高请写 highest_of: [...]"
        )
    reader = READERS[kinds[0]]
    fields = entry.fields((kinds[0], *reader.required), reader.optional)
    return reader.read(fields[kinds[0]], fields, scope)


def _read_for_each(entry: Entry, scope: _Scope) -> Benefit:
    entries = entry.mapping()
    kind = entries["for_each"].text()
    if scope.record is not None:
        entry.fail("for_each 里不能再有 for_each", "请合并成一层")
    asked = [condition for condition in wanted_records(scope.rule) if condition.kind == kind]
    if len(asked) != 1:
        entries["for_each"].fail(
            f"资格规则里有 {len(asked)} 处 any_record 用到“{kind}”，无法知道按哪些明细给付",
            f"请让规则恰有一处 any_record: {{of: {kind}, …}}（写在 not 里的不算）",
        )
    rest = replace(entry, value={name: item for name, item in entries.items() if name != "for_each"})
    return ForEach(kind, _read(rest, replace(scope, record=kind)))


Fields = Mapping[str, Entry]


def _read_money(entry: Entry) -> int:
    fen = entry.read(parse_money)
    if fen < 0:
        entry.fail("金额不能是负数", "请写 0 或正数")
    return fen


def _money(fields: Fields, name: str) -> int | None:
    return _read_money(fields[name]) if name in fields else None


def _quantity(entry: Entry, scope: _Scope, fields: Fields, kinds: Collection[Kind]) -> Quantity:
    name = entry.text()
    names = scope.dictionary.records[scope.record].fields if scope.record else scope.dictionary.facts
    if name not in names:
        entry.fail(f"没有名为“{name}”的{'字段' if scope.record else '指标'}", suggest(name, list(names)))
    fact: Fact = names[name]
    if fact.kind not in kinds:
        wanted = "、".join(kind.label for kind in kinds)
        entry.fail(f"“{fact.label}”是{fact.kind.label}类指标，不能这样计算", f"请用{wanted}类指标")
    year = read_year(replace(entry, value={key: fields[key] for key in ("year",) if key in fields}), fact)
    return Quantity(name, year)


def _read_rate(entry: Entry, fields: Fields, scope: _Scope) -> Benefit:
    floor, cap = _money(fields, "floor"), _money(fields, "cap")
    if floor is not None and cap is not None and floor > cap:
        fields["floor"].fail("下限高于上限", "请核对 floor 与 cap")
    of = _quantity(fields["of"], scope, fields, (Kind.MONEY,))
    return Rate(_positive_ratio(entry), of, floor, cap, _read_bound(fields))


def _read_bound(fields: Fields) -> Bound:
    named = [bound for bound in (Bound.AT_MOST, Bound.AT_LEAST) if bound in fields]
    for bound in named:
        fields[bound].one_of(("true", "是"))
    if len(named) > 1:
        fields[named[1]].fail("at_most 与 at_least 只能写一个", "请删去其中一个")
    return named[0] if named else Bound.EXACT


def _positive_ratio(entry: Entry) -> Fraction:
    ratio = entry.read(parse_ratio)
    if not 0 < ratio <= 10:
        entry.fail(f"比例“{entry.text()}”不合理", "请写大于 0 的百分数，例如 10%")
    return ratio


def _bracket_ratio(entry: Entry) -> Fraction:
    """The rate of a slice, which may be 0: nothing is paid for that slice."""
    ratio = entry.read(parse_ratio)
    return ratio if ratio == 0 else _positive_ratio(entry)


def _read_tiers(entry: Entry, _fields: Fields, scope: _Scope) -> Benefit:
    operators = (Operator.AT_LEAST, Operator.MORE_THAN, Operator.FIRST_REACHES)
    fields = entry.fields(("on",), ("year", "pay", *operators))
    used = [operator for operator in operators if operator in fields]
    if len(used) != 1:
        entry.fail("tiers 要有且只有一种比较", f"请写 {'、'.join(operators)} 之一")
    on = _quantity(fields["on"], scope, fields, (Kind.MONEY, Kind.COUNT, Kind.RATIO))
    names = scope.dictionary.records[scope.record].fields if scope.record else scope.dictionary.facts
    fact = names[on.fact]
    if used[0] is Operator.FIRST_REACHES and (not fact.yearly or fact.formula is not None):
        fields["on"].fail(f"“{fact.label}”没有各年数据，不能用 first_reaches", "请换成分年份填报的指标")
    steps: list[tuple[int, int]] = []
    for key, item in fields[used[0]].mapping().items():
        threshold = replace(item, value=key).read(fact.parse)
        steps.append((threshold, _read_money(item)))  # type: ignore[arg-type]
    _check_ascending(fields[used[0]], [threshold for threshold, _ in steps])
    if used[0] is Operator.FIRST_REACHES and steps[0][0] <= 0:
        fields[used[0]].fail("首次达到的门槛要大于 0", "请核对门槛")
    pay = Pay(fields["pay"].one_of(list(Pay))) if "pay" in fields else Pay.HIGHEST
    return Tiers(on, used[0], tuple(steps), pay)


def _check_ascending(entry: Entry, thresholds: list[int]) -> None:
    if not thresholds:
        entry.fail("一档也没有", "请至少写一档")
    for lower, upper in pairwise(thresholds):
        if upper <= lower:
            entry.fail("各档没有从小到大排列，或有重复", "请把各档按门槛从小到大写，各写一次")


def _read_cases(entry: Entry, _fields: Fields, scope: _Scope) -> Benefit:
    fields = entry.fields(("on", "values"), ("year",))
    on = _quantity(fields["on"], scope, fields, (Kind.ENUM,))
    names = scope.dictionary.records[scope.record].fields if scope.record else scope.dictionary.facts
    values = [
        (
            replace(item, value=key).read(names[on.fact].parse),
            _read(item, scope) if isinstance(item.value, dict) else Fixed(_read_money(item)),
        )
        for key, item in fields["values"].mapping().items()
    ]
    if not values:
        fields["values"].fail("一种情形也没有", "请至少写一种")
    return Cases(on, tuple(values))


def _read_brackets(entry: Entry, outer: Fields, scope: _Scope) -> Benefit:
    fields = entry.fields(("on", "rates"), ("year",))
    on = _quantity(fields["on"], scope, fields, (Kind.MONEY,))
    slices: list[tuple[int | None, Fraction]] = []
    for key, item in fields["rates"].mapping().items():
        if slices and slices[-1][0] is None:
            item.fail(f"“{_REST}”之后不能再有分段", f"请把“{_REST}”写在最后")
        upper = None if key == _REST else replace(item, value=key).read(parse_money)
        slices.append((upper, _bracket_ratio(item)))
    uppers = [upper for upper, _ in slices if upper is not None]
    _check_ascending(fields["rates"], [0, *uppers] if slices else [])
    return Brackets(on, tuple(slices), _money(outer, "cap"))


def _read_per(entry: Entry, fields: Fields, scope: _Scope) -> Benefit:
    of = _quantity(fields["of"], scope, fields, (Kind.COUNT,))
    return Per(entry.text(), _read_money(fields["amount"]), of, _money(fields, "cap"))


def _read_years(entry: Entry, _fields: Fields, _scope: _Scope) -> Benefit:
    payments = tuple(_read_money(item) for item in entry.items())
    if not payments:
        entry.fail("一年也没有", "请写出各年的金额")
    return Years(payments)


def _read_range(entry: Entry, _fields: Fields, _scope: _Scope) -> Benefit:
    ends = [_read_money(item) for item in entry.items()]
    if len(ends) != 2 or ends[0] >= ends[1]:
        entry.fail("range 要有从小到大的两个金额", "请写成 [10万元, 100万元]")
    return Range(ends[0], ends[1])


def _read_waived(entry: Entry, fields: Fields, _scope: _Scope) -> Benefit:
    return Waived(entry.text(), _money(fields, "amount"))


def _read_support(kind: Unpriced) -> Callable[[Entry, Fields, _Scope], Benefit]:
    def read(entry: Entry, fields: Fields, _scope: _Scope) -> Benefit:
        return Support(kind, entry.text(), fields["within"].text() if "within" in fields else None)

    return read


def _read_parts(entry: Entry, scope: _Scope) -> tuple[Benefit, ...]:
    parts = tuple(_read(item, scope) for item in entry.items())
    if len(parts) < 2:
        entry.fail("至少要有两项", "只有一项时请直接写")
    return parts


@dataclass(frozen=True, slots=True)
class _Reader:
    read: Callable[[Entry, Fields, _Scope], Benefit]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


READERS: Mapping[str, _Reader] = {
    "fixed": _Reader(lambda entry, _fields, _scope: Fixed(_read_money(entry))),
    "rate": _Reader(_read_rate, ("of",), ("floor", "cap", "at_most", "at_least", "year")),
    "tiers": _Reader(_read_tiers),
    "cases": _Reader(_read_cases),
    "brackets": _Reader(_read_brackets, (), ("cap",)),
    "per": _Reader(_read_per, ("amount", "of"), ("cap", "year")),
    "years": _Reader(_read_years),
    "range": _Reader(_read_range),
    "waived": _Reader(_read_waived, (), ("amount",)),
    "service": _Reader(_read_support(Unpriced.SERVICE), (), ("within",)),
    "right": _Reader(_read_support(Unpriced.RIGHT), (), ("within",)),
    "priority": _Reader(_read_support(Unpriced.PRIORITY), (), ("within",)),
    "faster": _Reader(_read_support(Unpriced.FASTER), (), ("within",)),
    "set_elsewhere": _Reader(
        lambda entry, fields, _scope: SetElsewhere(entry.text(), fields["by"].text() if "by" in fields else None),
        (),
        ("by",),
    ),
    "all": _Reader(lambda entry, _fields, scope: Sum(_read_parts(entry, scope))),
    "highest_of": _Reader(lambda entry, _fields, scope: HighestOf(_read_parts(entry, scope))),
}
