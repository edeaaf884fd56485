"""Credit codes and names of sample enterprises, for whole columns at once.

Nobody can take one for a real enterprise: every organisation code begins with ``CODE_PREFIX`` and every name with
``NAME_PREFIX``, as those of the samples that are written by hand.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from enterprises import credit_code
from enterprises.regions import region
from enterprises.sample_population.figures import groups
from enterprises.samples import CODE_PREFIX, NAME_PREFIX

Ints = npt.NDArray[np.int64]

AUTHORITIES = {"企业": "91", "个体工商户": "92", "家庭农场": "92", "农民专业合作社": "93", "其他": "99"}
"""The first two characters of a credit code by kind of entity (GB 32100-2015)."""

_BASE = len(credit_code.ALPHABET)
_RESERVED = _BASE**2  # 00…: the samples that are written by hand
CAPACITY = _BASE**4 - _RESERVED
"""How many sample enterprises may share an authority and a region."""

_STRIDE = 271_829  # has no factor in common with CAPACITY, so that all numbers come before one comes again
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
_LETTERS = np.frombuffer(credit_code.ALPHABET.encode(), np.uint8)
_LETTER_VALUES = np.array([int(letter, 36) for letter in credit_code.ALPHABET])  # as GB 11714 counts them: A is 10
_BODY_CHECKS = np.frombuffer(b"0X987654321", np.uint8)  # by the sum modulo 11


def credit_codes(authority: npt.NDArray[np.str_], place: npt.NDArray[np.str_], number: Ints) -> pa.StringArray:
    """The code of each enterprise: no two are equal that differ in authority, place or number (below ``CAPACITY``)."""
    rows = len(number)
    mixed = _RESERVED + number * _STRIDE % CAPACITY
    digits = [mixed // _BASE**power % _BASE for power in (3, 2, 1, 0)]
    text = np.empty((rows, 18), np.uint8)
    text[:, 0:2] = authority.astype("S2").view(np.uint8).reshape(rows, 2)
    text[:, 2:8] = place.astype("S6").view(np.uint8).reshape(rows, 6)
    text[:, 8:12] = np.frombuffer(CODE_PREFIX.encode(), np.uint8)
    total = np.full(rows, sum(w * int(x, 36) for w, x in zip(_BODY_WEIGHTS, CODE_PREFIX, strict=False)))
    for column, (weight, digit) in enumerate(zip(_BODY_WEIGHTS[4:], digits, strict=True), start=12):
        text[:, column] = _LETTERS[digit]
        total += weight * _LETTER_VALUES[digit]
    text[:, 16] = _BODY_CHECKS[total % 11]
    values = np.zeros(256, np.int64)
    values[_LETTERS] = np.arange(_BASE)
    weights = np.array([pow(3, position, _BASE) for position in range(17)])
    text[:, 17] = _LETTERS[-(values[text[:, :17]] @ weights) % _BASE]
    return _fixed_width(text)


def _fixed_width(text: npt.NDArray[np.uint8]) -> pa.StringArray:
    rows, width = text.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(text)))


# -------------------------------------------------------------------- names

_FIRST = "华宏鑫盛泰恒瑞康信德源隆丰永兴安嘉博天新东金秦长延渭汉圣黄红轩枣福祥顺广正中百万立"
_SECOND = "达通发源和成利益美旺业荣诚远航宇洋峰川原岭河水禾谷田林木石玉泉星辰光明阳春秋雅颂"
_FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_CALLED = tuple(
    f"{before}{family}{after}" for family in _FAMILIES for before, after in (("老", ""), ("", "记"), ("小", ""))
)
_BRANDS = tuple(first + second for first in _FIRST for second in _SECOND)
_WORDS = (*_BRANDS, *_CALLED)

_FORMS = (
    "有限公司",
    "有限责任公司",
    "股份有限公司",
    "（集团）有限公司",
    "",
    "专业合作社",
    "农民专业合作社",
    "家庭农场",
    "代表处",
)
_COMPANY_FORMS = np.array([0] * 86 + [1] * 10 + [2] * 3 + [3])
_COOPERATIVE_FORMS = np.array([5, 5, 6])


def names(
    place: npt.NDArray[np.str_], kind: npt.NDArray[np.str_], group: Ints, random: np.random.Generator
) -> pa.StringArray:
    """A name for each: where it is, a word of its own, its trade and its legal form.

    ``group``: the number of its industry in ``groups``.
    """
    rows = len(place)
    is_shop, is_cooperative = kind == "个体工商户", kind == "农民专业合作社"
    places, of_place = np.unique(place, return_inverse=True)
    by_city = (random.random(rows) < _BY_CITY) & ~is_shop
    short = [_short(code) for code in places] + [_short(code[:4] + "00") for code in places]
    words = random.integers(0, len(_WORDS), rows)
    words = np.where(is_shop, words, words % len(_BRANDS))
    trades, starts, counts = _trades()
    sort = is_shop.astype(int)
    trade = starts[group, sort] + random.integers(0, 1 << 30, rows) % counts[group, sort]
    form = _COMPANY_FORMS[random.integers(0, len(_COMPANY_FORMS), rows)]
    form[is_shop] = _FORMS.index("")
    form[is_cooperative] = _COOPERATIVE_FORMS[random.integers(0, len(_COOPERATIVE_FORMS), int(is_cooperative.sum()))]
    form[kind == "家庭农场"] = _FORMS.index("家庭农场")
    form[kind == "其他"] = _FORMS.index("代表处")
    pieces = (
        pa.array(short).take(pa.array(of_place + by_city * len(places))),
        pa.array(_WORDS).take(pa.array(words)),
        pa.array(trades).take(pa.array(trade)),
        pa.array(_FORMS).take(pa.array(form)),
    )
    return pc.binary_join_element_wise(pa.scalar(NAME_PREFIX), *pieces, "")


_BY_CITY = 0.4  # of companies bear the city's name


def _short(code: str) -> str:
    name = region(code).name
    return name if len(name) == 2 else name[:-1]


@cache
def _trades() -> tuple[list[str], Ints, Ints]:
    """All trades, and where those of companies and of shops of each group start, and how many they are."""
    trades: list[str] = []
    starts, counts = [], []
    for group in groups():
        for words in (group.company, group.shop):
            starts.append(len(trades))
            counts.append(len(words))
            trades += words
    return trades, np.array(starts).reshape(-1, 2), np.array(counts).reshape(-1, 2)
