"""An item as officials read it: its sentences, its examples with what they come to now, and versions side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from enterprises.calendar import format_day, parse_day
from enterprises.dictionary import Dictionary
from enterprises.regions import full_name
from enterprises.source_text import Problem
from policies.benefit_wording import say_benefit
from policies.differences import aspects
from policies.items import Item
from recommender.examples import run
from recommender.publishing.wording import say_failure
from web.pages.items import Case, case_of, demands


@dataclass(frozen=True)
class Sentences:
    """What an item's rule and benefit mean, in Chinese."""

    demands: list[str]
    benefit: list[str]
    stacking: tuple[str, ...]


def sentences_of(item: Item, dictionary: Dictionary) -> Sentences:
    """The sentences of an item."""
    stacking = aspects(item, dictionary)["能不能同时享受"]
    return Sentences(demands(item.rule, dictionary), say_benefit(item.benefit, dictionary), stacking)


@dataclass(frozen=True)
class Ran:
    """An example, and what is wrong with it now; nothing where it holds. ``case``: ``None`` where it has a mistake."""

    name: str
    day: str
    case: Case | None
    wrong: tuple[str, ...]


def run_examples(item: Item, dictionary: Dictionary) -> tuple[Ran, ...]:
    """Every example of an item, run now."""
    return tuple(
        Ran(
            example.name or f"样例 {number}",
            format_day(example.on),
            _case(item, number - 1, dictionary),
            tuple(say_failure(message, dictionary) for message in run(item, example, dictionary)),
        )
        for number, example in enumerate(item.examples, start=1)
    )


def _case(item: Item, number: int, dictionary: Dictionary) -> Case | None:
    try:
        return case_of(item.examples[number], dictionary)
    except Problem:
        return None


@dataclass(frozen=True)
class Beside:
    """One aspect of two versions, side by side; of new ones the left is empty."""

    aspect: str
    left: tuple[str, ...]
    right: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return self.left != self.right


def side_by_side(before: Item | None, after: Item, dictionary: Dictionary) -> tuple[Beside, ...]:
    """Every aspect of two versions that either says anything of, with what their documents say."""
    left = {} if before is None else _all_of(before, dictionary)
    right = _all_of(after, dictionary)
    return tuple(
        Beside(aspect, left.get(aspect, ()), lines) for aspect, lines in right.items() if lines or left.get(aspect)
    )


def _all_of(item: Item, dictionary: Dictionary) -> dict[str, tuple[str, ...]]:
    found = aspects(item, dictionary)
    found["样例"] = tuple(f"{example.name or '（没有名称）'}，{format_day(example.on)}" for example in item.examples)
    return found | {f"文件：{label}": lines for label, lines in _document(item.document.source)}


_DOCUMENT = {
    "title": "名称",
    "number": "文号",
    "issuers": "发文机关",
    "level": "级别",
    "region": "地区",
    "published_on": "印发日期",
    "effective_from": "施行日期",
    "valid_until": "最后一天",
    "validity": "有效期的原文",
    "validity_reading": "有效期的理解",
    "pages": "页码",
    "summary": "摘要",
}


_LEVELS = {"province": "省级", "city": "市级", "county": "县（区）级"}


def _document_lines(name: str, value: Any) -> tuple[str, ...]:
    """A field of a document as people read it. It has been read before: it is in order."""
    match name, value:
        case "level", _:
            return (_LEVELS.get(str(value), str(value)),)
        case "region", _:
            return (full_name(str(value)),)
        case "pages", [first, last]:
            return (f"第 {first} 至 {last} 页",)
        case "published_on" | "effective_from" | "valid_until", _:
            return (format_day(parse_day(str(value))),)
        case _, list():
            return tuple(map(str, value))
    return (str(value),)


def _document(source: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, label in _DOCUMENT.items():
        value = source.get(name)
        yield label, () if value is None else _document_lines(name, value)
    yield "不作事项的条款", tuple(f"{each['clause']}：{each['what']}" for each in source.get("left_out") or ())
