"""Naming what is missing, for people."""

from __future__ import annotations

from collections.abc import Iterable

from enterprises.dictionary import Dictionary
from enterprises.readings import FactRef


def name_missing(refs: Iterable[FactRef], dictionary: Dictionary) -> str:
    """The missing facts in Chinese, e.g. ``2022 年营业收入、投资项目 1 的固定资产投资``."""
    return "、".join(dict.fromkeys(name_fact(ref, dictionary) for ref in refs))


def say_missing(refs: Iterable[FactRef], dictionary: Dictionary) -> str:
    """What an undetermined answer waits for. Where no fact would settle it, a person has to."""
    names = name_missing(refs, dictionary)
    return f"还缺：{names}" if names else "所填数据算不出结果（如增长率的基数为零），须由主管部门认定"


def name_fact(ref: FactRef, dictionary: Dictionary) -> str:
    """One fact in Chinese, with its year or its record."""
    if ref.name in dictionary.records:
        return dictionary.records[ref.name].label
    label = dictionary.fact(ref.name, ref.record).label
    if ref.record is not None:
        number = f" {ref.number + 1}" if ref.number is not None else ""
        return f"{dictionary.records[ref.record].label}{number} 的{label}"
    if isinstance(ref.year, str):
        return f"{ref.year.removeprefix('before_')} 年以前{label}的最高值"
    return f"{ref.year} 年{label}" if ref.year is not None else label
