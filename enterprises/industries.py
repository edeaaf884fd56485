"""Industries by GB/T 4754-2017: section (C), division (13), group (131) and class (1311).

The table holds the 20 sections, 97 divisions and 473 groups. A four-digit class is accepted when its group exists and
carries the group's name: policies and registers speak of classes too seldom to keep 1380 names for them. Codes are
canonical without the section's letter in front of digits; every function here also takes the other usual spelling,
C13 or C1311.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from enterprises.codes import UnknownCode, rows

__all__ = [
    "INDUSTRIAL_SECTIONS",
    "Industry",
    "Level",
    "UnknownCode",
    "canonical",
    "children",
    "full_name",
    "industries",
    "industry",
    "is_industry_code",
    "nested",
]

Level = Literal["section", "division", "group", "class"]

INDUSTRIAL_SECTIONS: Final = ("B", "C", "D")
"""What policy and statistics call 工业: mining, manufacturing, and supply of power, heat, gas and water."""

_LEVELS: Final[tuple[Level, ...]] = ("section", "division", "group", "class")
_FORM = re.compile(r"(?P<section>[A-T]?)(?P<digits>(?:[0-9]{2,4})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry under its canonical code; a class bears the name of its group."""

    code: str
    name: str

    @property
    def level(self) -> Level:
        return _LEVELS[len(_lineage(self.code)) - 1]

    @property
    def parent(self) -> str | None:
        """Code of the industry one level up; None for a section."""
        return (None, *_lineage(self.code))[-2]


def industry(code: str) -> Industry:
    """The industry with this code, in either spelling; raises `UnknownCode` where there is none."""
    code = canonical(code)
    return _table().get(code) or Industry(code, _table()[code[:3]].name)


def canonical(code: str) -> str:
    """`code` without the section's letter in front of its digits: C1311 becomes 1311, C stays C.

    Raises `UnknownCode` when there is no such industry, or it is not of the section written in front of it.
    """
    form = _FORM.fullmatch(code)
    if form is None or not code:
        raise UnknownCode(f"no industry has the code {code!r} (GB/T 4754-2017)")
    section, digits = form["section"], form["digits"]
    if not digits:
        return section
    if digits[:3] not in _table():
        raise UnknownCode(f"no industry has the code {code!r} (GB/T 4754-2017)")
    if section and section != _section(digits):
        raise UnknownCode(f"no industry has the code {code!r}: {digits} is of section {_section(digits)}")
    return digits


def is_industry_code(code: str) -> bool:
    """Whether `canonical` accepts `code`."""
    try:
        canonical(code)
    except UnknownCode:
        return False
    return True


def nested(code: str, ancestor: str) -> bool | None:
    """Whether `code` is of, or equals, the industry `ancestor`.

    None when `code` is the coarser of the two and contains `ancestor`: a firm known only to be in manufacturing (C)
    may or may not be in food processing (13). Raises `UnknownCode` for a code of no industry.
    """
    code, ancestor = canonical(code), canonical(ancestor)
    if ancestor in _lineage(code):
        return True
    return None if code in _lineage(ancestor) else False


def industries() -> Iterable[Industry]:
    """Every section, division and group, each before what it contains."""
    return _table().values()


def children(code: str) -> tuple[Industry, ...]:
    """The industries of the table one level below `code`; raises `UnknownCode` for a code of no industry."""
    parent = canonical(code)
    return tuple(each for each in industries() if each.parent == parent)


def full_name(code: str) -> str:
    """The names from the section down: 制造业/农副食品加工业/谷物磨制. Raises `UnknownCode` for no industry."""
    names = [industry(each).name for each in _lineage(canonical(code))]
    return "/".join(dict.fromkeys(names))  # 其他采矿业 is a division and its only group: say it once


@cache
def _table() -> dict[str, Industry]:
    return {row["code"]: Industry(row["code"], row["name"]) for row in rows("industries")}


@cache
def _sections() -> dict[str, str]:
    """Section of each code of the table: its digits do not tell it."""
    return {row["code"]: row["section"] for row in rows("industries")}


def _section(digits: str) -> str:
    return _sections()[digits[:2]]


def _lineage(code: str) -> tuple[str, ...]:
    """Codes from the section down to `code` itself, which is canonical."""
    if code.isalpha():
        return (code,)
    return (_section(code), *(code[:length] for length in range(2, len(code) + 1)))
