"""What a benefit is worth to one enterprise on a day: an exact amount, or an interval while facts are unknown.

All money is integer 分. A formula is computed in exact fractions and cut off to whole 分 as its last step. The interval
holds for the case that the enterprise is eligible, so what the item's rule demands (an investment of 100万元 and more)
bounds an unknown basis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any as Plain

from enterprises.amounts import format_money, format_ratio
from enterprises.dictionary import Fact, Kind
from enterprises.profiles import Record
from enterprises.readings import EnterpriseOn, FactRef, Reading, RecordOf
from policies.benefits import (
    LABELS,
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
    Waived,
    Years,
)
from policies.rules import All, AnyRecord, Condition, Operator, Rule, resolve_year, wanted_records
from recommender.evaluation import Subject, first_reach, judge
from recommender.logic import Truth


@dataclass(frozen=True, slots=True)
class Share:
    """The part of an award that one object brings: the enterprise itself, or record ``number`` of a kind."""

    low: int
    high: int | None
    record: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """What a benefit is worth, from ``low`` to ``high`` 分; ``high`` is ``None`` where nothing bounds it.

    ``priced`` is false for what has no price and for amounts that separate rules set. ``steps`` say in Chinese how it
    was computed, ``unpriced`` what comes without a figure, ``missing`` what would make an interval narrower.
    """

    low: int
    high: int | None
    priced: bool
    steps: tuple[str, ...] = ()
    unpriced: tuple[str, ...] = ()
    missing: tuple[FactRef, ...] = ()
    shares: tuple[Share, ...] = ()

    @property
    def exact(self) -> bool:
        return self.low == self.high


def award(benefit: Benefit, rule: Rule, subject: EnterpriseOn) -> Award:
    """What ``benefit`` is worth to the enterprise if ``rule`` makes it eligible."""
    worth = worth_of(benefit, rule, subject)
    if worth.shares or not worth.priced:
        return worth
    return replace(worth, shares=(Share(worth.low, worth.high),))


def worth_of(benefit: Benefit, rule: Rule, subject: Subject) -> Award:
    """What ``benefit`` is worth to an enterprise, or for a record, that meets ``rule``; not yet shared out."""
    return _worth(benefit, _Case(rule, subject))


@dataclass(frozen=True, slots=True)
class _Case:
    """What a formula is asked about: an enterprise under the item's rule, or a record under the rule's ``where``."""

    rule: Rule
    subject: Subject
    year: int | None = None

    @property
    def this_year(self) -> int | None:
        return self.subject.on.year if isinstance(self.subject, EnterpriseOn) else None


def _worth(benefit: Benefit, case: _Case) -> Award:
    match benefit:
        case Fixed(amount):
            return _exact(amount, f"定额 {format_money(amount)}")
        case Rate():
            return _rate(benefit, case)
        case Tiers():
            return _tiers(benefit, case)
        case Cases():
            return _cases(benefit, case)
        case Brackets():
            return _brackets(benefit, case)
        case Per():
            return _per(benefit, case)
        case Years(payments):
            parts = "，".join(f"第 {number} 年 {format_money(paid)}" for number, paid in enumerate(payments, start=1))
            return _exact(sum(payments), f"{parts}，合计 {format_money(sum(payments))}")
        case Range(low, high):
            return Award(low, high, True, (f"{format_money(low)} 至 {format_money(high)}，由主管部门裁量",))
        case Waived(what, amount):
            if amount is None:
                return Award(0, 0, False, unpriced=(f"免收{what}",))
            return _exact(amount, f"免收{what} {format_money(amount)}")
        case Support(kind, what, within):
            return Award(0, 0, False, unpriced=(f"{LABELS[kind]}：{what}" + (f"（{within}）" if within else ""),))
        case SetElsewhere(what, by):
            return Award(0, None, False, unpriced=(f"{what}：金额细则另定" + (f"（{by}）" if by else ""),))
        case ForEach(kind, part):
            return _for_each(kind, part, case)
        case Sum(parts):
            return _sum([_worth(part, case) for part in parts])
        case HighestOf(parts):
            return _highest([_worth(part, case) for part in parts])


def _exact(amount: int, step: str) -> Award:
    return Award(amount, amount, True, (step,))


@dataclass(frozen=True, slots=True)
class _Interval:
    """The numbers that a quantity may be; an end is ``None`` where nothing bounds it."""

    low: int | None
    high: int | None
    fact: Fact
    missing: tuple[FactRef, ...]

    @property
    def known(self) -> bool:
        return self.low is not None and self.low == self.high

    def show(self) -> str:
        if self.low is not None and self.known:
            return f"{self.fact.label} {self.fact.show(self.low)}"
        return f"{self.fact.label}（待补充）"


def _interval(quantity: Quantity, case: _Case) -> _Interval:
    fact = case.subject.fact(quantity.fact)
    reading = _read(quantity, case)
    if reading.known:
        number: Plain = reading.value
        return _Interval(number, number, fact, ())
    least: Plain = 0 if fact.low is None and fact.kind is Kind.COUNT else fact.low
    low, high = _implied(case.rule, quantity, least)
    return _Interval(low, high, fact, reading.missing)


def _read(quantity: Quantity, case: _Case) -> Reading:
    year = resolve_year(quantity.year, case.this_year) if case.this_year is not None else None
    return case.subject.read(quantity.fact, year)


def _implied(rule: Rule, quantity: Quantity, least: int | None) -> tuple[int | None, int | None]:
    """The bounds that an eligible one's quantity has by the rule: conditions on it that are all demanded."""
    lows, highs = [] if least is None else [least], []
    for condition in demanded_by(rule):
        if not isinstance(condition, Condition):
            continue
        if (condition.fact, condition.year) != (quantity.fact, quantity.year):
            continue
        values: tuple[Plain, ...] = condition.operands
        if condition.operator in (Operator.AT_LEAST, Operator.MORE_THAN, Operator.BETWEEN):
            lows.append(values[0])
        if condition.operator in (Operator.AT_MOST, Operator.LESS_THAN, Operator.BETWEEN):
            highs.append(values[-1])
    return max(lows, default=None), min(highs, default=None)


def demanded_by(rule: Rule) -> list[Condition | AnyRecord]:
    """The conditions that every eligible one meets."""
    match rule:
        case Condition() | AnyRecord():
            return [rule]
        case All(parts):
            return [condition for part in parts for condition in demanded_by(part)]
        case _:
            return []


def _rate(benefit: Rate, case: _Case) -> Award:
    basis = _interval(benefit.of, case)

    def paid(number: int) -> int:
        amount = _cut(max(number, 0) * benefit.rate)
        amount = max(amount, benefit.floor) if benefit.floor is not None else amount
        return min(amount, benefit.cap) if benefit.cap is not None else amount

    low, high = paid(basis.low or 0), benefit.cap if basis.high is None else paid(basis.high)
    if benefit.bound is Bound.AT_MOST:
        low = benefit.floor or 0
    if benefit.bound is Bound.AT_LEAST:
        high = benefit.cap
    step = f"{basis.show()} × {_BOUND_WORDS[benefit.bound]}{format_ratio(benefit.rate)}"
    if basis.low is not None and basis.known:
        step += f" = {format_money(_cut(basis.low * benefit.rate))}"
    for word, limit in (("最低", benefit.floor), ("最高", benefit.cap)):
        step += f"，{word} {format_money(limit)}" if limit is not None else ""
    return Award(low, high, True, (f"{step}，得 {_show(low, high)}",), missing=basis.missing)


_BOUND_WORDS = {Bound.EXACT: "", Bound.AT_MOST: "不超过 ", Bound.AT_LEAST: "不低于 "}


def _tiers(benefit: Tiers, case: _Case) -> Award:
    reached, missing = _steps_reached(benefit, case)
    combine: Callable[[Sequence[int]], int] = (
        sum if benefit.pay is Pay.EACH else lambda amounts: max(amounts, default=0)
    )
    amounts = [amount for _, amount in benefit.steps]
    low = combine([amount for amount, truth in zip(amounts, reached, strict=True) if truth is True])
    high = combine([amount for amount, truth in zip(amounts, reached, strict=True) if truth is not False])
    fact = case.subject.fact(benefit.on.fact)
    words = {True: "达到", False: "未达到", None: "待补充"}
    steps = tuple(
        f"{fact.label} {fact.show(threshold)} 档 {format_money(amount)}：{words[truth]}"
        for (threshold, amount), truth in zip(benefit.steps, reached, strict=True)
    )
    rule = "各档累加" if benefit.pay is Pay.EACH else "取最高一档"
    return Award(low, high, True, (*steps, f"{rule}，{_show(low, high)}"), missing=missing if low != high else ())


def _steps_reached(benefit: Tiers, case: _Case) -> tuple[list[Truth], tuple[FactRef, ...]]:
    if benefit.operator is Operator.FIRST_REACHES:
        if not isinstance(case.subject, EnterpriseOn):
            raise TypeError("records have no yearly figures")
        year = resolve_year(benefit.on.year, case.subject.on.year)
        assert year is not None
        findings = [first_reach(benefit.on.fact, threshold, year, case.subject) for threshold, _ in benefit.steps]
        missing = dict.fromkeys(ref for finding in findings for ref in finding.missing)
        return [finding.truth for finding in findings], tuple(missing)
    basis = _interval(benefit.on, case)
    inclusive = benefit.operator is Operator.AT_LEAST
    return [_passes(basis, threshold, inclusive) for threshold, _ in benefit.steps], basis.missing


def _passes(basis: _Interval, threshold: int, inclusive: bool) -> Truth:
    if basis.low is not None and (basis.low > threshold or (inclusive and basis.low == threshold)):
        return True
    if basis.high is None or basis.high > threshold or (inclusive and basis.high == threshold):
        return None
    return False


def _cases(benefit: Cases, case: _Case) -> Award:
    fact = case.subject.fact(benefit.on.fact)
    reading = _read(benefit.on, case)
    if reading.options is None:
        possible = _possible_cases(benefit, fact, case)
        spread = _hull(possible)
        return replace(spread, steps=(f"按{fact.label}分档（待补充）",), missing=reading.missing + spread.missing)
    worths = [_case(benefit, option, case) for option in sorted(reading.options, key=str)]
    if len(worths) > 1:
        spread = _hull(worths)
        return replace(spread, steps=(f"按{fact.label}分档（待补充）",), missing=reading.missing + spread.missing)
    return replace(worths[0], steps=(f"{fact.label}：{fact.show(reading.value)}", *worths[0].steps))


def _possible_cases(benefit: Cases, fact: Fact, case: _Case) -> list[Award]:
    """The awards of every value that is still possible for one that the rule accepts."""
    possible = set(fact.values)
    for part in demanded_by(case.rule):
        if isinstance(part, Condition) and part.fact == fact.name and part.operator in (Operator.IS, Operator.IN):
            possible &= {str(value) for value in part.operands}
    listed = [_worth(worth, case) for value, worth in benefit.values if not fact.values or value in possible]
    complete = bool(fact.values) and possible <= {value for value, _ in benefit.values}
    return listed if complete else [*listed, _exact(0, "不在所列情形之内")]


def _case(benefit: Cases, value: Plain, case: _Case) -> Award:
    for listed, part in benefit.values:
        if listed == value:
            return _worth(part, case)
    return _exact(0, "不在所列情形之内，没有金额")


def _brackets(benefit: Brackets, case: _Case) -> Award:
    basis = _interval(benefit.on, case)

    def paid(number: int) -> int:
        total, start = Fraction(0), 0
        for upper, rate in benefit.slices:
            end = number if upper is None else min(number, upper)
            total += max(end - start, 0) * rate
            start = end if upper is None else upper
        return min(_cut(total), benefit.cap) if benefit.cap is not None else _cut(total)

    unbounded = basis.high is None and benefit.slices[-1][0] is None
    top = benefit.slices[-1][0] or 0
    high = benefit.cap if unbounded else paid(top if basis.high is None else basis.high)
    low = paid(basis.low or 0)
    cap = f"，最高 {format_money(benefit.cap)}" if benefit.cap is not None else ""
    return Award(low, high, True, (f"{basis.show()} 分段计算{cap}，{_show(low, high)}",), missing=basis.missing)


def _per(benefit: Per, case: _Case) -> Award:
    count = _interval(benefit.of, case)

    def paid(number: int) -> int:
        return min(number * benefit.amount, benefit.cap) if benefit.cap is not None else number * benefit.amount

    high = benefit.cap if count.high is None else paid(count.high)
    low = paid(count.low or 0)
    cap = f"，最高 {format_money(benefit.cap)}" if benefit.cap is not None else ""
    step = f"{count.show()} × 每{benefit.unit} {format_money(benefit.amount)}{cap}，{_show(low, high)}"
    return Award(low, high, True, (step,), missing=count.missing)


def _for_each(kind: str, part: Benefit, case: _Case) -> Award:
    if not isinstance(case.subject, EnterpriseOn):
        raise TypeError("records have no records of their own")
    (asked,) = (condition for condition in wanted_records(case.rule) if condition.kind == kind)
    demanded = asked in demanded_by(case.rule)
    records = case.subject.records(kind)
    if records is None:
        return _unknown_records(asked, part, case.subject, demanded)
    shares: list[Award] = []
    label = case.subject.dictionary.records[kind].label
    for record in records:
        accepted = judge(asked.where, record)
        if accepted.truth is False:
            continue
        worth = _worth(part, _Case(asked.where, record))
        worth = replace(worth, missing=tuple(dict.fromkeys((*accepted.missing(), *worth.missing))))
        certain = accepted.truth is True or (demanded and len(records) == 1)
        shares.append(_as_share(worth, record, label, certain))
    if shares:
        return _sum(shares)
    return Award(0, 0, _worth_of_any(asked, part, case.subject).priced, (f"没有符合条件的{label}",))


def _as_share(worth: Award, record: RecordOf, label: str, certain: bool) -> Award:
    """``certain``: the record meets the rule, or has to, since an eligible enterprise has no other that could."""
    low = worth.low if certain else 0
    share = Share(low, worth.high, record.kind.name, record.number)
    steps = tuple(f"{label} {record.number + 1}：{step}" for step in worth.steps)
    return replace(worth, low=low, steps=steps, shares=(share,) if worth.priced else ())


def _unknown_records(asked: AnyRecord, part: Benefit, subject: EnterpriseOn, demanded: bool) -> Award:
    """At least as many as the rule demands, if it does, each worth what one that meets it is; their number is open."""
    kind = subject.dictionary.records[asked.kind]
    one = _worth_of_any(asked, part, subject)
    step = f"每个符合条件的{kind.label}：{_show(one.low, one.high)}" if one.priced else ""
    low = one.low * asked.at_least if demanded else 0
    return replace(
        one,
        low=low,
        high=None,
        steps=(step,) if step else (),
        missing=(FactRef(asked.kind),),
        shares=(Share(low, None, asked.kind),) if one.priced else (),
    )


def _worth_of_any(asked: AnyRecord, part: Benefit, subject: EnterpriseOn) -> Award:
    """What one record is worth of which nothing is known but that it meets the rule."""
    kind = subject.dictionary.records[asked.kind]
    return _worth(part, _Case(asked.where, RecordOf(Record(kind.name, {}), 0, kind)))


def _sum(worths: Sequence[Award]) -> Award:
    priced = [worth for worth in worths if worth.priced]
    highs = [worth.high for worth in priced]
    shares = tuple(share for worth in priced for share in (worth.shares or (Share(worth.low, worth.high),)))
    return Award(
        sum(worth.low for worth in priced),
        None if None in highs else sum(high for high in highs if high is not None),
        bool(priced),
        tuple(step for worth in worths for step in worth.steps),
        tuple(text for worth in worths for text in worth.unpriced),
        tuple(dict.fromkeys(ref for worth in worths for ref in worth.missing)),
        shares if any(worth.shares for worth in priced) else (),
    )


def _highest(worths: Sequence[Award]) -> Award:
    highs = [worth.high for worth in worths if worth.priced]
    total = _sum(worths)
    return replace(
        total,
        low=max((worth.low for worth in worths if worth.priced), default=0),
        high=None if None in highs else max((high for high in highs if high is not None), default=0),
        steps=(*total.steps, "取最高的一项"),
        shares=(),
    )


def _hull(worths: Sequence[Award]) -> Award:
    """The interval that contains all of them; one without a price brings no money."""
    highs = [worth.high for worth in worths if worth.priced]
    return Award(
        min((worth.low if worth.priced else 0 for worth in worths), default=0),
        None if None in highs else max((high for high in highs if high is not None), default=0),
        any(worth.priced for worth in worths),
        (),
        tuple(dict.fromkeys(text for worth in worths for text in worth.unpriced)),
        tuple(dict.fromkeys(ref for worth in worths for ref in worth.missing)),
    )


def _cut(amount: Fraction | int) -> int:
    """Whole 分: a fraction of a 分 is not paid."""
    return amount.numerator // amount.denominator


def _show(low: int, high: int | None) -> str:
    if low == high:
        return format_money(low)
    return f"{format_money(low)} 起" if high is None else f"{format_money(low)} 至 {format_money(high)}"
