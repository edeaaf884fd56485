"""Templates of messages (消息模板): written once by an official, read by each enterprise with its own figures.

A template is plain text with fields in braces, such as ``{企业名称}``, in four parts: a title, an opening, what is said
of each item, and a closing. A field stands for a value and nothing else: there are no expressions, and what is put in
is never read again, so that nothing in a template or a value is ever run.

Of each item a line is added that nobody can leave out: whether it is known to be met, and by what that is limited.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from enum import StrEnum

from enterprises.calendar import format_day
from recommender.explanation_json import show_amount
from recommender.match import Verdict
from recommender.messages.layout import BULLET


class Part(StrEnum):
    """A part of a template."""

    TITLE = "title"
    OPENING = "opening"
    EACH = "each"
    CLOSING = "closing"

    @property
    def label(self) -> str:
        return {"title": "标题", "opening": "开头", "each": "每个事项怎么说", "closing": "结尾"}[self]

    @property
    def longest(self) -> int:
        """Characters that may be typed."""
        return {"title": 60, "opening": 300, "each": 300, "closing": 300}[self]


@dataclass(frozen=True, slots=True)
class Told:
    """One item of which a message tells. Amounts in 分 as in ``recommender.runs``: ``None`` where there is no price.

    ``missing``: what an undetermined answer waits for, or what a near miss lacks, in Chinese; empty where nobody asked.
    """

    title: str
    document: str
    departments: tuple[str, ...]
    delivery: str
    closes: date | None
    verdict: Verdict
    amount_low: int | None
    amount_high: int | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Addressed:
    """What a message is made of besides its template: whose it is, and of what it tells, in that order."""

    name: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field, and what it stands for."""

    name: str
    meaning: str


def _amount(told: Told) -> str:
    if told.amount_low is None:
        return "按政策规定" if told.verdict is Verdict.INELIGIBLE else "不直接给资金"
    amount = show_amount(told.amount_low, told.amount_high)
    return amount if told.verdict is Verdict.ELIGIBLE or amount == "金额待定" else f"符合的话{amount}"


def _last_day(closes: date | None) -> str:
    return format_day(closes) if closes else "没有规定截止日期"


OF_ENTERPRISE: dict[str, tuple[str, Callable[[Addressed], str]]] = {
    "企业名称": ("企业登记的名称", lambda one: one.name or "贵企业"),
    "事项数": ("这条消息说到几个事项，例如 3", lambda one: str(len(one.told))),
    "最早截止": (
        "几个事项中最早的截止日期，例如 2023年12月31日",
        lambda one: _last_day(min((told.closes for told in one.told if told.closes), default=None)),
    ),
}
OF_ITEM: dict[str, tuple[str, Callable[[Told], str]]] = {
    "事项": ("事项的名称", lambda told: told.title),
    "金额": ("这家企业的金额，例如 10万元 至 50万元；还不确定符合的写“符合的话”", _amount),
    "截止日期": ("最后一天，例如 2023年12月31日", lambda told: _last_day(told.closes)),
    "办理方式": ("免申即享、即申即享、申报或服务", lambda told: told.delivery),
    "符合情况": ("符合、待补充或不符合", lambda told: told.verdict.label),
    "政策文件": ("依据的文件，例如 《……若干措施》", lambda told: f"《{told.document}》"),
    "主管部门": ("办理的部门", lambda told: "、".join(told.departments)),
}

FIELDS: Mapping[Part, tuple[Field, ...]] = {
    part: tuple(
        Field(name, meaning)
        for name, (meaning, _) in {**OF_ENTERPRISE, **(OF_ITEM if part is Part.EACH else {})}.items()
    )
    for part in Part
}
"""The fields that each part may have."""


@dataclass(frozen=True, slots=True)
class Template:
    """The four parts as they were typed; opening and closing may be empty."""

    title: str
    opening: str
    each: str
    closing: str

    def part(self, part: Part) -> str:
        return str(getattr(self, part.value))

    def to_text(self) -> str:
        """Canonical JSON, as it is kept with a campaign."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> Template:
        """What ``to_text`` wrote. Raises ``ValueError``."""
        plain = json.loads(text)
        if not isinstance(plain, dict) or plain.keys() != {field.name for field in fields(cls)}:
            raise ValueError("not a template")
        return cls(**{name: str(value) for name, value in plain.items()})


USUAL = Template(
    title="{企业名称}：有 {事项数} 项惠企政策请您看看",
    opening="{企业名称}：\n按现在掌握的信息，下面的事项可能用得上。",
    each="{事项}：{金额}\n{办理方式}，最后一天：{截止日期}，主管部门：{主管部门}",
    closing="点开事项可以看到判断的依据。信息有出入，请在页面上更正。",
)
"""What a new campaign begins with."""


TOKEN = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}\n]*)\}|(?P<stray>[{}｛｝])")
"""What is not plain text: a brace that was doubled, a field, a brace without its other half or of full width."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as an enterprise reads it: plain text."""

    title: str
    lines: tuple[str, ...]


def render(template: Template, addressed: Addressed) -> Rendered:
    """The message of a template that has no mistakes. Raises ``ValueError`` for a field that there is not.

    The first line said of an item is its heading, what follows stands under it, the line on its certainty last.
    """
    about = {name: _one_line(value(addressed)) for name, (_, value) in OF_ENTERPRISE.items()}
    lines = [*_lines(template.opening, about)]
    for told in addressed.told:
        of_item = {name: _one_line(value(told)) for name, (_, value) in OF_ITEM.items()}
        heading, *more = _lines(template.each, about | of_item)
        lines += [heading, *(f"{BULLET}{line}" for line in (*more, certainty(told)))]
    return Rendered(" ".join(_lines(template.title, about)), (*lines, *_lines(template.closing, about)))


def certainty(told: Told) -> str:
    """Which part of what is said of an item is certain, in a sentence."""
    match told.verdict:
        case Verdict.ELIGIBLE:
            return "按已掌握的信息，条件都符合；最终以主管部门认定为准。"
        case Verdict.UNDETERMINED:
            return f"还不确定是否符合：{told.missing or '有信息还不知道，点开事项可以看到缺哪几项'}。"
        case _:
            return f"现在还不符合，差得不多：{told.missing or '点开事项可以看到差什么'}。"


def _lines(text: str, values: Mapping[str, str]) -> Iterable[str]:
    return [line for line in map(str.rstrip, _fill(text, values).split("\n")) if line]


def _fill(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0][0]
        if name.strip() not in values:
            raise ValueError(f"a template has no field {name.strip()!r} here")
        return values[name.strip()]

    return TOKEN.sub(value, text.replace("\r\n", "\n"))


def _one_line(value: str) -> str:
    """A value cannot begin a line of its own, whatever a register holds."""
    return " ".join(value.split())
