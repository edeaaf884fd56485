"""The workbook's sheets: which column is which place of an item or a document, and the rows of what has a figure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from enterprises.dictionary import Dictionary
from policies.benefit_wording import say_benefit
from policies.items import Item
from policies.rules import All
from policies.wording import say

DOCUMENTS, ITEMS, FIGURES = "文件", "事项", "条件和金额"
"""The sheets that are read."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: where its text stands in the plain content. ``lines``: a list, one element a line."""

    heading: str
    path: Path
    lines: bool = False
    flag: bool = False

    def show(self, plain: Mapping[str, Any]) -> str:
        """The cell's text; empty where nothing is said."""
        value = _get(plain, self.path)
        if self.flag:
            return "是" if value in ("是", "true", "有") else "否"
        if self.lines:
            return "\n".join(map(str, value or ()))
        return "" if value is None else str(value)

    def put(self, plain: dict[str, Any], text: str) -> None:
        """Have the content say what somebody wrote into the cell."""
        if self.lines:
            value: Any = [line.strip() for line in text.splitlines() if line.strip()]
        elif self.flag:
            value = {"是": "true", "否": None}.get(text.strip(), text)
        else:
            value = text.strip() or None
        _set(plain, self.path, value)


DOCUMENT_COLUMNS = (
    Column("名称", ("title",)),
    Column("文号", ("number",)),
    Column("发文机关", ("issuers",), lines=True),
    Column("级别", ("level",)),
    Column("地区", ("region",)),
    Column("印发日期", ("published_on",)),
    Column("施行日期", ("effective_from",)),
    Column("最后一天", ("valid_until",)),
    Column("有效期的原文", ("validity",)),
    Column("有效期的理解", ("validity_reading",)),
    Column("起始页", ("pages", 0)),
    Column("终止页", ("pages", 1)),
    Column("摘要", ("summary",)),
)

ITEM_COLUMNS = (
    Column("名称", ("title",)),
    Column("类别", ("category",)),
    Column("兑现方式", ("delivery",)),
    Column("条款", ("clause",)),
    Column("页码", ("page",)),
    Column("主管部门", ("departments",), lines=True),
    Column("摘要", ("summary",)),
    Column("受理开始", ("window", "opens")),
    Column("受理最后一天", ("window", "closes")),
    Column("条文怎么理解", ("reading",)),
    Column("要主管部门确认", ("needs_confirmation",), flag=True),
    Column("材料", ("materials",), lines=True),
    Column("步骤", ("steps",), lines=True),
    Column("联系", ("contact",)),
)

_STRUCTURE = frozenset({"of", "on", "for_each", "pay", "operator", "object", "reach", "alike", "id"})
"""Names under which no figure stands but how the formula is built: that is changed in the editor."""

_KEYED = frozenset({"first_reaches", "at_least", "more_than", "rates"})
"""Mappings of a benefit whose names are thresholds."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One threshold, amount, code or text inside a rule, a benefit, a statement or an example.

    ``is_name``: the threshold is the name of an entry, such as a tier's. ``meaning``: what it belongs to, in Chinese.
    """

    path: Path
    is_name: bool
    value: str
    meaning: str

    @property
    def locator(self) -> str:
        """Where it stands, as the workbook keeps it."""
        return json.dumps([*self.path, "#"] if self.is_name else list(self.path), ensure_ascii=False)


def figures(item: Item, dictionary: Dictionary) -> Iterator[Figure]:
    """Every figure of an item, in the order of its file."""
    parts = item.rule.parts if isinstance(item.rule, All) else (item.rule,)
    said = [say(part, dictionary) for part in parts]
    benefit = "；".join(say_benefit(item.benefit, dictionary))
    for name, meaning in (("who", "；".join(said)), ("benefit", benefit), ("stacking", "叠加规则")):
        for figure in _walk(item.source.get(name), (name,), meaning):
            yield _narrowed(figure, said)
    for number, example in enumerate(item.source["examples"]):
        yield from _walk(example, ("examples", number), f"样例“{example.get('name') or number + 1}”")


def _narrowed(figure: Figure, said: list[str]) -> Figure:
    """A condition's figure with that condition's own sentence."""
    match figure.path:
        case ("who", "all", int(number), *_) if number < len(said):
            return Figure(figure.path, figure.is_name, figure.value, said[number])
    return figure


def _walk(plain: Any, path: Path, meaning: str) -> Iterator[Figure]:
    if isinstance(plain, dict):
        for name, value in plain.items():
            if path[0] == "benefit" and path[-1] in _KEYED:
                yield Figure((*path, name), True, name, meaning)
            if name not in _STRUCTURE or (isinstance(value, (dict, list)) and path[0] == "examples"):
                yield from _walk(value, (*path, name), meaning)
    elif isinstance(plain, list):
        for number, value in enumerate(plain):
            yield from _walk(value, (*path, number), meaning)
    elif isinstance(plain, str):
        yield Figure(path, False, plain, meaning)


def put_figures(plain: dict[str, Any], changes: Mapping[str, str]) -> None:
    """Put other figures in the place of those at these locators; names of entries last, so that the paths hold."""
    for locator, text in sorted(changes.items(), key=lambda each: each[0].endswith('"#"]')):
        path = json.loads(locator)
        if path[-1] == "#":
            _rename(plain, tuple(path[:-1]), text.strip())
        else:
            _set(plain, tuple(path), text.strip() or None)


def _rename(plain: dict[str, Any], path: Path, name: str) -> None:
    holder = _get(plain, path[:-1])
    entries = [(name if key == path[-1] else key, value) for key, value in holder.items()]
    holder.clear()
    for key, value in entries:
        holder[key if key not in holder else f"{key} "] = value


def _get(plain: Any, path: Path) -> Any:
    for step in path:
        try:
            plain = plain[step]
        except (KeyError, IndexError, TypeError):
            return None
    return plain


def _set(plain: Any, path: Path, value: Any) -> None:
    """Put a value; nothing takes the entry away, and what holds nothing any more with it."""
    head, *rest = path
    if rest:
        inner = _get(plain, (head,))
        if inner is None:
            inner = plain[head] = {}
        _set(inner, tuple(rest), value)
        if inner == {}:
            del plain[head]
    elif value in (None, []) and isinstance(plain, dict):
        plain.pop(head, None)
    else:
        plain[head] = value


def copied(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A content of one's own, to be changed."""
    found: dict[str, Any] = deepcopy(dict(plain))
    return found
