"""Amounts of money in questions, as people say them: 20万, 二十万以上, 10到50万元, 1个亿, 五十来万, 10w."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from cn2an import cn2an  # type: ignore[import-untyped]

from enterprises.amounts import YUAN

MOST: Final = 10**18
"""What is more than this many 分 is no amount of money that anybody means."""


@dataclass(frozen=True, slots=True)
class AmountHint:
    """An amount that a text names: from ``low`` to ``high`` in 分, ``None`` where it is open.

    ``start`` and ``end``: its place in the text.
    """

    said: str
    low: int | None
    high: int | None
    start: int
    end: int


_SCALES = {"": 1, "百": 10**2, "千": 10**3, "万": 10**4, "w": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7}
_SCALES |= {"亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12}
_DIGITS = "一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d{1,15})(?:\.\d{1,6})?"
    rf"|[零〇{_DIGITS}十百千拾佰仟]{{1,12}}(?:点[零〇{_DIGITS}]{{1,4}})?|半"
)
_SCALE = r"万亿|[十百千]?[万亿]|千|百|w(?![a-z\d])"
_REST = rf"[多余来]|(?:(?<=亿)(?:{_NUMBER})[十百千]?万|(?:{_NUMBER})[千百]?)(?![\d.%万亿十百千w])"
_UNIT = "元|块钱|块|圆"


def _pattern(which: int) -> str:
    """A quantity, its parts in groups of which the names end in ``which``."""
    return (
        rf"(?P<number{which}>{_NUMBER})\s?(?:个(?=[多来]))?(?P<more{which}>[多来余几把])?个?\s?"
        rf"(?:(?P<scale{which}>{_SCALE})(?P<then{which}>{_REST})?)?(?P<unit{which}>{_UNIT})?"
    )


_VAGUE = rf"(?P<vague>[上近数几好])(?P<tens>[十百千]?[万亿])(?:{_UNIT})?"
_COUNTED = r"[多余来]?[人吨亩户家台件次字头只辆度股份名平米㎡瓦克斤]|千[瓦克米]|公[里斤顷]|立方|个|岁|年"
_NOT_MONEY = rf"(?!\s?(?:{_COUNTED}|美|港|欧|日元|分之))"
_AMOUNT = re.compile(rf"(?<![\d.a-z])(?:{_VAGUE}|(?:{_pattern(0)}\s?(?:到|至|[-~—–―〜])\s?)?{_pattern(1)}){_NOT_MONEY}")
_BEFORE = re.compile(
    r"(?:(?P<high>不超过|不超|不高于|不多于|不大于|低于|少于|小于|不到|不足|不满|最多|最高|至多|顶多|上限|≤|<=?)"
    r"|(?P<low>超过|高于|大于|多于|不低于|不少于|不小于|至少|最少|起码|≥|>=?))(?:是|为|能|可以|补|给|贷|拿|领)?\s?$"
)
_AFTER = re.compile(
    r"\s?(?:(?P<low>以上|及以上|往上|起步|打底|起)|(?P<high>以下|及以下|以内|之内|内|封顶|不[到足满](?![位账帐款手达货期]))|(?P<about>左右|上下))"
)
_PAIR = re.compile(rf"(|.*[零〇十百千拾佰仟])([{_DIGITS}])([{_DIGITS}])([十百千]?)")
_TENS = re.compile(rf"[{_DIGITS}]([十百千]+)")
_ROUGH = {"百八十": (80, 180), "千八百": (800, 1800)}
"""What is as often said of something less as of something more."""
_ABOUT = Fraction(1, 5)
"""How far 左右 may be off."""


def amounts_in(text: str) -> tuple[AmountHint, ...]:
    """The amounts of money named in a normalised text, in their order. A number without 万, 亿 or 元 is none."""
    return tuple(_hints(text))


def _hints(text: str) -> Iterator[AmountHint]:
    place = 0
    while (match := _AMOUNT.search(text, place)) is not None:
        worth = _vague(match) if match["vague"] else _worth(match)
        before, after = _BEFORE.search(text, max(0, match.start() - 8), match.start()), _AFTER.match(text, match.end())
        if worth is None or not 0 < worth[1] <= MOST or (match[0] == "千万" and not before and not after):
            place = match.end("number0") if match["number0"] else match.end()
            continue
        low, high = _bounded(*worth, match["vague"] == "上", before, after)
        start = match.start() - (len(before[0]) if before else 0)
        end = after.end() if after else match.end()
        yield AmountHint(text[start:end], low, high, start, end)
        place = end


def _bounded(
    low: int, high: int, at_least: bool, before: re.Match[str] | None, after: re.Match[str] | None
) -> tuple[int | None, int | None]:
    if (before and before["low"]) or (after and after["low"]) or at_least:
        return low, None
    if (before and before["high"]) or (after and after["high"]):
        return None, high
    if after and after["about"]:
        return int(low * (1 - _ABOUT)), int(high * (1 + _ABOUT))
    return low, high


def _vague(match: re.Match[str]) -> tuple[int, int]:
    """Of 几十万 or 上百万: from one to ten of them."""
    least = _SCALES[match["tens"]] * YUAN
    return least, least * 10


def _worth(match: re.Match[str]) -> tuple[int, int] | None:
    """The least and the most that a quantity, or two of them with 到 between, comes to; ``None`` for no money."""
    high = _quantity(match, "1", match["scale1"], match["unit1"])
    if high is None or match["number0"] is None:
        return high
    if match["scale0"] or match["unit0"]:
        low = _quantity(match, "0", match["scale0"], match["unit0"] or match["unit1"])
        return (min(low[0], high[0]), max(low[1], high[1])) if low is not None else None
    tens = _TENS.fullmatch(match["number1"]) if match["number0"] in _DIGITS else None
    for tail in (tens[1], "") if tens else ("",):  # 三到五百万 begins at 三百万, but 八到二十万 at 八万
        low = _quantity(match, "0", match["scale1"], match["unit1"], tail)
        if low is not None and low[0] <= high[1]:
            return low[0], high[1]
    return None


def _quantity(
    match: re.Match[str], which: str, scale: str | None, unit: str | None, tail: str = ""
) -> tuple[int, int] | None:
    """``tail`` is what the number leaves unsaid: 百 for the 三 in 三到五百万."""
    number, then = match[f"number{which}"] + tail, match[f"then{which}"] or ""
    if not unit and (not scale or scale[-1] not in "万亿w"):
        return None
    if number == "一" and unit == "块":
        return None  # together
    times = _SCALES[scale or ""] * YUAN
    if number in _ROUGH:
        return _ROUGH[number][0] * times, _ROUGH[number][1] * times
    pair = _PAIR.fullmatch(number)
    if pair and not then:
        first, second = (_number(pair[1] + digit + pair[4]) for digit in pair.groups()[1:3])
        return (int(first * times), int(second * times)) if first and second and first < second else None
    exact = _number(number)
    if exact is None:
        return None
    low = exact * times + _rest(then, times)
    more = match[f"more{which}"] or (then if then in tuple("多余来") else "")
    return int(low), int(low + _step(exact) * times if more else low)


def _rest(then: str, times: int) -> Fraction:
    """What 5 adds in 3万5, and 5000万 in 1亿5000万."""
    match = re.fullmatch(rf"({_NUMBER})([十百千]?万|千|百)?", then)
    number = _number(match[1]) if match else None
    if match is None or number is None:
        return Fraction(0)
    if match[2]:
        return number * _SCALES[match[2]] * YUAN
    return number * times / 10 if number < 10 else number * YUAN


def _step(number: Fraction) -> int:
    """What 多 adds at most: 20多 is less than 30, 150多 less than 160."""
    step = 1
    while number and number.denominator == 1 and number % (step * 10) == 0:
        step *= 10
    return step


def _number(text: str) -> Fraction | None:
    if text == "半":
        return Fraction(1, 2)
    if text[0].isascii():
        return Fraction(text.replace(",", ""))
    try:
        return Fraction(str(cn2an(f"一{text}" if text in tuple("百千佰仟") else text, "smart")))
    except (ValueError, LookupError):  # characters of numbers that make none: 五百千, 百十一
        return None
