"""Stacking (叠加规则): what policies say about receiving several supports at once, in typed statements.

``recommender.combination`` computes what may be had together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from enterprises.source_text import BadText, Entry, parse_flag


class StackingOperator(StrEnum):
    """What a statement does with the supports that it covers."""

    HIGHEST = "highest"
    SUM = "sum"
    CHOOSE_ONE = "choose_one"
    DIFFERENCE = "difference"
    NET = "net"
    ONCE = "once"

    @property
    def label(self) -> str:
        return _OPERATOR_LABELS[self]


class StackingObject(StrEnum):
    """For the same what: two supports for different projects are not a repetition where the object is the project."""

    ENTERPRISE = "enterprise"
    PROJECT = "project"
    PRODUCT = "product"
    CONTRACT = "contract"
    AWARD = "award"
    PERSON = "person"

    @property
    def label(self) -> str:
        return _OBJECT_LABELS[self]


class Reach(StrEnum):
    """Which supports a statement sets beside its carrier's, narrowest first. ``level`` is the level of government."""

    ITEMS = "items"
    CLAUSE = "clause"
    DOCUMENT = "document"
    LEVEL = "level"
    OTHER_LEVELS = "other_levels"
    OTHER_DOCUMENTS = "other_documents"
    ALL = "all"

    @property
    def label(self) -> str:
        return _REACH_LABELS[self]


_OPERATOR_LABELS = {
    StackingOperator.HIGHEST: "就高不重复",
    StackingOperator.SUM: "可以叠加",
    StackingOperator.CHOOSE_ONE: "只能择一",
    StackingOperator.DIFFERENCE: "只补差额",
    StackingOperator.NET: "扣除已获资金",
    StackingOperator.ONCE: "期内只享受一次",
}
_OBJECT_LABELS = {
    StackingObject.ENTERPRISE: "同一企业",
    StackingObject.PROJECT: "同一项目",
    StackingObject.PRODUCT: "同一产品",
    StackingObject.CONTRACT: "同一合同",
    StackingObject.AWARD: "同一奖项（认定）",
    StackingObject.PERSON: "同一人",
}
_REACH_LABELS = {
    Reach.ITEMS: "所列事项",
    Reach.CLAUSE: "同一条款的其他支持",
    Reach.DOCUMENT: "同一文件的其他支持",
    Reach.LEVEL: "同级政府的其他支持",
    Reach.OTHER_LEVELS: "其他各级政府的支持",
    Reach.OTHER_DOCUMENTS: "其他文件的支持",
    Reach.ALL: "所有其他支持",
}


@dataclass(frozen=True, slots=True)
class Stacking:
    """One statement. ``items``: the ids where ``reach`` is ``items``; ``every``: years for ``once``, ``None``: ever.

    ``alike``: it speaks only of supports of the same type (同类型奖励); which are is for the authority to say, except
    that items of different categories are not.
    """

    operator: StackingOperator
    object: StackingObject
    reach: Reach
    items: tuple[str, ...] = ()
    every: int | None = None
    note: str = ""
    alike: bool = False

    @property
    def label(self) -> str:
        """What it says, in Chinese: e.g. 同一项目就高不重复, 同一奖项（认定）3 年内只享受一次."""
        what = self.operator.label
        if self.operator is StackingOperator.ONCE:
            what = "只享受一次" if self.every is None else f" {self.every} 年内只享受一次"
        return f"{self.object.label}{what}"


_EVERY = re.compile(r"(\d{1,2})年", re.ASCII)


def read_stacking(entry: Entry) -> Stacking:
    """The statement in an entry. Raises ``Problem`` at the first mistake."""
    fields = entry.fields(("operator", "object"), ("reach", "items", "every", "note", "alike"))
    operator = StackingOperator(fields["operator"].one_of(list(StackingOperator)))
    if ("reach" in fields) == ("items" in fields):
        entry.fail("reach 与 items 要写其中之一", "请写 reach: document，或 items: [事项编号, …]")
    if ("every" in fields) != (operator is StackingOperator.ONCE):
        entry.fail("every 与 once 要一起写", "请写 {operator: once, every: 3年}；终身一次写 every: ever")
    if "items" in fields and not fields["items"].items():
        fields["items"].fail("列表是空的", "请至少写一个事项编号")
    plain_reaches = [reach for reach in Reach if reach is not Reach.ITEMS]
    return Stacking(
        operator,
        StackingObject(fields["object"].one_of(list(StackingObject))),
        Reach(fields["reach"].one_of(plain_reaches)) if "reach" in fields else Reach.ITEMS,
        tuple(item.text() for item in fields["items"].items()) if "items" in fields else (),
        fields["every"].read(_parse_every) if "every" in fields else None,
        fields["note"].text() if "note" in fields else "",
        "alike" in fields and fields["alike"].read(parse_flag),
    )


def _parse_every(text: str) -> int | None:
    if text == "ever":
        return None
    match = _EVERY.fullmatch(text)
    if match is None or int(match[1]) < 1:
        raise BadText(f"“{text}”不是周期", "请写 3年 或 ever")
    return int(match[1])
