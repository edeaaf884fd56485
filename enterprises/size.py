"""Size classes by 《中小企业划型标准规定》 (工信部联企业〔2011〕300号).

Article 4 sets, for each of 16 categories of industry, the floors which a firm of a class reaches in every indicator
(`codes/sizes.csv`, money in 万元). A firm falls to the class of its weakest indicator; a firm exactly at a floor
(及以上) has reached it.

Article 3 lists the scope. Outside it, and so 未划型 here, are railway transport (53), which it excludes by name, and
what it does not name: finance (J), education (P), health (84), public administration (S), international organizations
(T). Of real estate it names only development (701) and property management (702). Its 其他未列明行业 ends in 等 and the
statistical rule made from it (国统字〔2017〕213号, note 2) reads that as including agencies (703) and other real estate
(709) but not letting of one's own (704).
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from itertools import product
from typing import Final

from enterprises.amounts import FEN_PER_WAN
from enterprises.codes import rows
from enterprises.industries import nested

Floors = tuple[int, int, int]
"""What 小型, 中型 and 大型 need in one indicator, in persons or in 分."""


class Size(StrEnum):
    """A firm's class; 未划型 is for industries outside the standard's scope."""

    LARGE = "大型"
    MEDIUM = "中型"
    SMALL = "小型"
    MICRO = "微型"
    UNCLASSED = "未划型"


_ASCENDING: Final = (Size.MICRO, Size.SMALL, Size.MEDIUM, Size.LARGE)

CATEGORIES: Final[dict[str | None, tuple[str, ...]]] = {
    "农、林、牧、渔业": ("A",),
    "工业": ("B", "C", "D"),
    "建筑业": ("E",),
    "批发业": ("51",),
    "零售业": ("52",),
    "交通运输业": ("54", "55", "56", "57", "58", "591"),  # 591 装卸搬运: the rest of division 59 is storage
    "仓储业": ("592", "593", "594", "595", "596", "599"),
    "邮政业": ("60",),
    "住宿业": ("61",),
    "餐饮业": ("62",),
    "信息传输业": ("63", "64"),  # 包括电信、互联网和相关服务
    "软件和信息技术服务业": ("65",),
    "房地产开发经营": ("701",),
    "物业管理": ("702",),
    "租赁和商务服务业": ("71", "72"),
    "其他未列明行业": ("M", "N", "O", "85", "R", "703", "709"),
    None: ("53", "J", "704", "P", "84", "S", "T"),
}
"""The standard's categories as codes of GB/T 4754-2017, each industry in exactly one; None is outside the scope.

Source: article 3 of the standard, written for GB/T 4754-2011, and its carrying over to the edition of 2017 in
《统计上大中小微型企业划分办法（2017）》 (国统字〔2017〕213号), note 2.
"""


def possible_sizes(
    industry: str | None, employees: int | None, revenue: int | None, assets: int | None
) -> frozenset[Size]:
    """The classes which a firm may be in, given what is known of it; one class when everything relevant is known.

    `industry` is a code of GB/T 4754-2017, `employees` a number of persons, `revenue` (of a year) and `assets` (in
    total) are in 分; None is unknown and leaves open every class that some value of it would give, as does a code
    too coarse to tell the category. Raises `UnknownCode` for a code of no industry, `ValueError` for a figure < 0.
    """
    known: dict[str, int | None] = {"employees": employees, "revenue": revenue, "assets": assets}
    for indicator, value in known.items():
        if value is not None and value < 0:
            raise ValueError(f"{indicator} is {value}, and cannot be negative")
    return frozenset(size for category in categories(industry) for size in _sizes(category, known))


@cache
def categories(industry: str | None) -> frozenset[str | None]:
    """The standard's categories which `industry` may fall in; all when it is None, as nothing is known then."""
    return frozenset(
        category
        for category, codes in CATEGORIES.items()
        if industry is None or any(nested(industry, code) is not False for code in codes)
    )


def indicators(industry: str | None) -> frozenset[str]:
    """Which of ``employees``, ``revenue`` and ``assets`` the class of a firm of this industry depends on."""
    floors = _floors()
    return frozenset(name for category in categories(industry) if category is not None for name in floors[category])


def floors(indicator: str) -> frozenset[int]:
    """Every floor of an indicator in any category: between two of them no class changes."""
    return frozenset(floor for table in _floors().values() for floor in table.get(indicator, ()))


def _sizes(category: str | None, known: dict[str, int | None]) -> Iterable[Size]:
    if category is None:
        return (Size.UNCLASSED,)
    ranks = (_ranks(known[indicator], floors) for indicator, floors in _floors()[category].items())
    return {_ASCENDING[min(combination)] for combination in product(*ranks)}


def _ranks(value: int | None, floors: Floors) -> Iterable[int]:
    """How many floors the value reaches: one answer when it is known, all of them when not."""
    return range(len(floors) + 1) if value is None else (sum(value >= floor for floor in floors),)


@cache
def _floors() -> dict[str, dict[str, Floors]]:
    """The floors by category and indicator."""
    table: dict[str, dict[str, Floors]] = {}
    for row in rows("sizes"):
        unit = 1 if row["indicator"] == "employees" else FEN_PER_WAN
        floors = int(row["small"]) * unit, int(row["medium"]) * unit, int(row["large"]) * unit
        table.setdefault(row["category"], {})[row["indicator"]] = floors
    return table
