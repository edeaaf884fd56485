"""Benefits in plain Chinese, for enterprises and officials to read."""

from __future__ import annotations

from enterprises.amounts import format_money, format_ratio
from enterprises.dictionary import Dictionary
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
from policies.rules import Operator, RelativeYear
from policies.wording import YEARS

_BOUNDS = {Bound.EXACT: "的 ", Bound.AT_MOST: "不超过 ", Bound.AT_LEAST: "不低于 "}
_REACHED = {
    Operator.AT_LEAST: "达到 {}",
    Operator.MORE_THAN: "超过 {}",
    Operator.FIRST_REACHES: "首次达到 {}",
}


def say_benefit(benefit: Benefit, dictionary: Dictionary, record: str | None = None) -> list[str]:
    """What a benefit gives, a sentence a line; ``record``: the record kind whose fields its names are."""
    match benefit:
        case Fixed(amount):
            return [f"定额 {format_money(amount)}"]
        case Rate():
            return [_rate(benefit, dictionary, record)]
        case Tiers():
            return _tiers(benefit, dictionary, record)
        case Cases(on, values):
            fact = dictionary.fact(on.fact, record)
            return [
                f"{fact.label}为{fact.show(value)}：{'；'.join(say_benefit(part, dictionary, record))}"
                for value, part in values
            ]
        case Brackets():
            return _brackets(benefit, dictionary, record)
        case Per(unit, amount, of, cap):
            return [f"按{_basis(of, dictionary, record)}，每{unit} {format_money(amount)}{_limit('最高', cap)}"]
        case Years(payments):
            return [f"第 {number} 年 {format_money(paid)}" for number, paid in enumerate(payments, start=1)] + [
                f"合计 {format_money(sum(payments))}"
            ]
        case Range(low, high):
            return [f"{format_money(low)} 至 {format_money(high)}，由主管部门裁量"]
        case Waived(what, amount):
            return [f"免收{what}" + (f" {format_money(amount)}" if amount is not None else "")]
        case Support(kind, what, within):
            return [f"{LABELS[kind]}：{what}" + (f"（{within}）" if within else "")]
        case SetElsewhere(what, by):
            return [f"{what}：金额细则另定" + (f"（{by}）" if by else "")]
        case ForEach(kind, part):
            each = f"每个符合条件的{dictionary.records[kind].label}："
            return [each + line for line in say_benefit(part, dictionary, kind)]
        case Sum(parts):
            return [line for part in parts for line in say_benefit(part, dictionary, record)]
        case HighestOf(parts):
            listed = (line for part in parts for line in say_benefit(part, dictionary, record))
            return ["以下只取金额最高的一项", *listed]


def _rate(benefit: Rate, dictionary: Dictionary, record: str | None) -> str:
    share = f"{_basis(benefit.of, dictionary, record)}{_BOUNDS[benefit.bound]}{format_ratio(benefit.rate)}"
    return f"按{share} 给予{_limit('最低', benefit.floor)}{_limit('最高', benefit.cap)}"


def _tiers(benefit: Tiers, dictionary: Dictionary, record: str | None) -> list[str]:
    fact = dictionary.fact(benefit.on.fact, record)
    basis = _basis(benefit.on, dictionary, record)
    lines = [
        f"{basis}{_REACHED[benefit.operator].format(fact.show(threshold))}：{format_money(amount)}"
        for threshold, amount in benefit.steps
    ]
    if len(lines) == 1:
        return lines
    return [*lines, "达到几档，各档金额相加" if benefit.pay is Pay.EACH else "达到多档的，只取最高一档"]


def _brackets(benefit: Brackets, dictionary: Dictionary, record: str | None) -> list[str]:
    fact = dictionary.fact(benefit.on.fact, record)
    basis, lower = _basis(benefit.on, dictionary, record), ""
    lines = [f"按{basis}分段计算，各段金额相加{_limit('合计最高', benefit.cap)}"]
    for upper, rate in benefit.slices:
        if upper is None:
            lines.append(f"超过 {lower} 的部分：{format_ratio(rate)}" if lower else f"全部：{format_ratio(rate)}")
            continue
        end = fact.show(upper)
        lines.append(f"{f'超过 {lower} 至 {end}' if lower else f'不超过 {end}'} 的部分：{format_ratio(rate)}")
        lower = end
    return lines


def _basis(quantity: Quantity, dictionary: Dictionary, record: str | None) -> str:
    year = YEARS[quantity.year] if isinstance(quantity.year, RelativeYear) else ""
    when = year or (f"{quantity.year} 年" if quantity.year is not None else "")
    return f"{when}{dictionary.fact(quantity.fact, record).label}"


def _limit(word: str, amount: int | None) -> str:
    return f"，{word} {format_money(amount)}" if amount is not None else ""
