"""What two versions of an item say differently, in words: for people who knew the older one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary
from policies.benefit_wording import say_benefit
from policies.items import Item, Status, Window
from policies.rules import All
from policies.stacking import Stacking
from policies.wording import say, say_reading


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect (as pages head it) of which ``gone`` is no longer said, and ``new`` is said now, a sentence each."""

    aspect: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def differences(before: Item, after: Item, dictionary: Dictionary) -> tuple[Difference, ...]:
    """Every aspect in which two versions of an item differ; none where they only differ in what nobody is shown."""
    return tuple(_compared(before, after, dictionary))


def aspects(item: Item, dictionary: Dictionary) -> dict[str, tuple[str, ...]]:
    """Everything that is compared, as an item says it, to be laid beside another version."""
    return {aspect: tuple(lines(item, dictionary)) for aspect, lines in _ASPECTS.items()}


def _compared(before: Item, after: Item, dictionary: Dictionary) -> Iterator[Difference]:
    for aspect, lines in _ASPECTS.items():
        old, new = lines(before, dictionary), lines(after, dictionary)
        if old != new:
            gone = tuple(line for line in old if line not in new)
            came = tuple(line for line in new if line not in old)
            # The same sentences in another order, or more often: then all of them are shown.
            yield Difference(aspect, *((gone, came) if gone or came else (tuple(old), tuple(new))))


def _demands(item: Item, dictionary: Dictionary) -> list[str]:
    parts = item.rule.parts if isinstance(item.rule, All) else (item.rule,)
    return [say(part, dictionary) for part in parts]


def _readings(item: Item, _dictionary: Dictionary) -> list[str]:
    return [say_reading(item.reading, item.needs_confirmation)] if item.reading else []


def _stacking(statement: Stacking) -> str:
    others = f"{len(statement.items)} 个所列事项" if statement.items else statement.reach.label
    return f"与{others}：{statement.label}" + (f"。{statement.note.rstrip('。')}" if statement.note else "")


def _window(window: Window) -> list[str]:
    last = f"{format_day(window.closes)} 止（当天也算）" if window.closes else "未载明截止日"
    return [f"{format_day(window.opens)} 起，{last}"]


_STATUSES = {Status.PUBLISHED: "发布", Status.RETIRED: "停用", Status.REVIEWED: "已审核", Status.DRAFT: "草稿"}

_ASPECTS: dict[str, Callable[[Item, Dictionary], list[str]]] = {
    "名称": lambda item, _: [item.title],
    "状态": lambda item, _: [_STATUSES[item.status]],
    "内容": lambda item, _: [item.summary],
    "谁可以享受": _demands,
    "可以得到什么": lambda item, dictionary: say_benefit(item.benefit, dictionary),
    "能不能同时享受": lambda item, _: [_stacking(statement) for statement in item.stacking],
    "条文怎么理解": _readings,
    "办理时间": lambda item, _: _window(item.window),
    "类别": lambda item, _: [item.category.label],
    "兑现方式": lambda item, _: [item.delivery.label],
    "主管部门": lambda item, _: list(item.departments),
    "材料": lambda item, _: list(item.materials),
    "步骤": lambda item, _: list(item.steps),
    "联系": lambda item, _: [item.contact] if item.contact else [],
    "条款": lambda item, _: [f"《{item.document.title}》{item.clause}，第 {item.page} 页"],
}
