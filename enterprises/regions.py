"""Administrative divisions by GB/T 2260 (six digits: two each for province, city and county).

The table holds every province-level unit, and every city and county of Shaanxi. A code of another province's city
or county is accepted by its form alone and carries the province's name: matching needs to know that it lies outside
Shaanxi, not what it is called.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from enterprises.codes import UnknownCode, rows

__all__ = [
    "SHAANXI",
    "Level",
    "Region",
    "UnknownCode",
    "children",
    "full_name",
    "is_region_code",
    "nested",
    "region",
    "regions",
]

Level = Literal["province", "city", "county"]

SHAANXI = "610000"

# A county needs a city: 00 in the middle pair is only well formed when the last pair is 00 too.
_FORM = re.compile(r"[1-9][0-9](?:0000|(?!00)[0-9]{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Region:
    """One division; `name` is its own name (宝塔区), or its province's where the table has no finer one."""

    code: str
    name: str

    @property
    def level(self) -> Level:
        return _level(self.code)

    @property
    def parent(self) -> str | None:
        """Code of the division one level up; None for a province."""
        return (None, *_lineage(self.code))[-2]


def region(code: str) -> Region:
    """The division with this code; raises `UnknownCode` where there is none."""
    if not is_region_code(code):
        raise UnknownCode(f"no region has the code {code!r} (GB/T 2260)")
    return _table().get(code) or Region(code, _table()[_province(code)].name)


def is_region_code(code: str) -> bool:
    """Whether `code` is in the table or, outside Shaanxi, is well formed and of a known province."""
    if code in _table():
        return True
    return _FORM.fullmatch(code) is not None and _province(code) in _table().keys() - {SHAANXI}


def nested(code: str, ancestor: str) -> bool | None:
    """Whether `code` lies in, or equals, `ancestor`.

    None when `code` is the coarser of the two and contains `ancestor`: a firm known only to be in 延安市 may or may
    not be in 宝塔区. Raises `UnknownCode` for a code of no region.
    """
    lineage, wanted = _lineage(region(code).code), _lineage(region(ancestor).code)
    if ancestor in lineage:
        return True
    return None if code in wanted else False


def regions() -> Iterable[Region]:
    """Every division in the table, in the order of codes."""
    return _table().values()


def children(code: str) -> tuple[Region, ...]:
    """The divisions of the table one level below `code`; raises `UnknownCode` for a code of no region."""
    parent = region(code).code
    return tuple(each for each in regions() if each.parent == parent)


def full_name(code: str) -> str:
    """The names from the province down: 陕西省延安市宝塔区. Raises `UnknownCode` for a code of no region."""
    names = [region(each).name for each in _lineage(region(code).code)]
    return "".join(dict.fromkeys(names))  # outside Shaanxi every level bears the province's name: say it once


@cache
def _table() -> dict[str, Region]:
    return {row["code"]: Region(row["code"], row["name"]) for row in rows("regions")}


def _level(code: str) -> Level:
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"


def _lineage(code: str) -> tuple[str, ...]:
    """Codes from the province down to `code` itself."""
    return tuple(dict.fromkeys((_province(code), code[:4] + "00", code)))


def _province(code: str) -> str:
    return code[:2] + "0000"
