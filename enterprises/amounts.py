"""Amounts as people write them: money in exact 分, ratios as exact fractions.

Money is an ``int`` number of 分 (100 分 = 1 元) everywhere in the project; ratios are ``fractions.Fraction``. Binary
floating point is never used for either.
"""

from __future__ import annotations

import re
from fractions import Fraction

from enterprises.source_text import BadText

YUAN = 100
"""One 元, in 分."""

FEN_PER_WAN = 10**4 * YUAN
"""One 万元, in 分."""

_UNITS = {
    **{"元": YUAN, "千元": 10**3 * YUAN, "万元": FEN_PER_WAN, "百万元": 10**6 * YUAN, "亿元": 10**8 * YUAN},
    **{"万": FEN_PER_WAN, "亿": 10**8 * YUAN},
}
_RATIO_UNITS = {"%": 100, "‰": 1000}
_WHOLE = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,20})"
_NUMBER = rf"(?P<number>-?{_WHOLE}(?:\.\d{{1,20}})?)"
_MONEY = re.compile(rf"{_NUMBER}\s*(?P<unit>千元|百万元|万元?|亿元?|元)", re.ASCII)
_RATIO = re.compile(rf"{_NUMBER}\s*(?P<unit>[%‰])", re.ASCII)
_COUNT = re.compile(rf"(?P<number>{_WHOLE})\s*(?P<unit>\D*)", re.ASCII)
_HALF_WIDTH = {**{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}, 0x3000: 0x20}


def parse_money(text: str) -> int:
    """The 分 in ``text``, e.g. ``100万元`` or ``8,000,000元``; a unit is required (save for 0) and nothing is rounded.

    ``100万`` and ``1.2亿`` are 100万元 and 1.2亿元. Raises ``BadText``.
    """
    match = _MONEY.fullmatch(_normal(text))
    if _normal(text) == "0":
        return 0
    if match is None:
        raise BadText(f"“{text}”不是金额", "请写数字和单位（元、千元、万元、百万元、亿元），例如 100万元")
    fen = _exact(match["number"]) * _UNITS[match["unit"]]
    if fen.denominator != 1:
        raise BadText(f"“{text}”不足一分", "金额最多精确到分")
    return fen.numerator


def format_money(fen: int) -> str:
    """``fen`` as people write it, exactly: 亿元 or 万元 where that is short, else 元. ``parse_money`` reads it back."""
    for unit in ("亿元", "万元"):
        number = _decimal(Fraction(fen, _UNITS[unit]))
        if abs(fen) >= _UNITS[unit] and len(number.partition(".")[2]) <= 4:
            return number + unit
    return _decimal(Fraction(fen, YUAN)) + "元"


def parse_ratio(text: str) -> Fraction:
    """The exact fraction in ``text``, e.g. ``1.5%`` or ``3‰``."""
    match = _RATIO.fullmatch(_normal(text))
    if match is None:
        raise BadText(f"“{text}”不是比例", "请写百分数，例如 1.5%")
    return _exact(match["number"]) / _RATIO_UNITS[match["unit"]]


def format_ratio(ratio: Fraction) -> str:
    """``ratio`` as a percentage: exact where its decimals end, else to two places and marked with 约."""
    percent = ratio * 100
    if _ends(percent):
        return _decimal(percent) + "%"
    return f"约{_decimal(Fraction(round(percent * 100), 100))}%"


def parse_count(text: str, unit: str | None = None) -> int:
    """The whole number in ``text``; its own unit may follow, another one is an error."""
    match = _COUNT.fullmatch(_normal(text))
    if match is None or match["unit"] not in ("", unit or ""):
        raise BadText(f"“{text}”不是整数", "请写阿拉伯数字" + (f"，单位是{unit}" if unit else ""))
    return int(match["number"].replace(",", ""))


def _normal(text: str) -> str:
    """Full-width digits and signs as half-width ones, outer blanks gone. Not NFKC, which reads 10² as 102."""
    return text.translate(_HALF_WIDTH).strip()


def _exact(number: str) -> Fraction:
    return Fraction(number.replace(",", ""))


def _ends(number: Fraction) -> bool:
    denominator = number.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _decimal(number: Fraction) -> str:
    """An exact decimal text of ``number``, whose decimals must end."""
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    digits = str(abs(number * 10**places).numerator).rjust(places + 1, "0")
    whole, decimals = (digits[:-places], digits[-places:]) if places else (digits, "")
    return ("-" if number < 0 else "") + whole + (f".{decimals}" if decimals else "")
