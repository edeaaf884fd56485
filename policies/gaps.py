"""What an item leaves open (细则缺失): details that an official can still find out, each said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from enterprises.dictionary import Dictionary, Fact, Source
from policies.benefits import Range, SetElsewhere, formulas, quantities
from policies.items import Delivery, Item
from policies.rules import Rule, conditions, record_conditions


class Kind(StrEnum):
    """What is missing."""

    CONFIRMATION = "confirmation"
    AMOUNT = "amount"
    DISCRETION = "discretion"
    TOLD = "told"
    MATERIALS = "materials"
    CONTACT = "contact"
    END = "end"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Kind.CONFIRMATION: "条文待确认",
    Kind.AMOUNT: "金额另定",
    Kind.DISCRETION: "金额有幅度",
    Kind.TOLD: "没有部门数据",
    Kind.MATERIALS: "没有材料和步骤",
    Kind.CONTACT: "没有联系方式",
    Kind.END: "没有截止日",
}

_BY_OFFICES = frozenset({Source.REGISTER, Source.TAX, Source.STATISTICS})


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing, and what follows from it."""

    kind: Kind
    sentence: str


def gaps(item: Item, dictionary: Dictionary) -> tuple[Gap, ...]:
    """Everything that an item leaves open, what weighs most first."""
    return tuple(_gaps(item, dictionary))


def _gaps(item: Item, dictionary: Dictionary) -> Iterator[Gap]:
    if item.needs_confirmation:
        yield Gap(Kind.CONFIRMATION, f"条文的理解还要主管部门确认：{item.reading}")
    for part in formulas(item.benefit):
        if isinstance(part, SetElsewhere):
            where = f"“{part.by}”" if part.by else "别的文件"
            yield Gap(Kind.AMOUNT, f"{part.what}由{where}规定，系统算不出来；找到细则后请补上")
        if isinstance(part, Range):
            yield Gap(Kind.DISCRETION, "金额只有幅度，由主管部门裁量；有核定办法的请补上")
    told = dict.fromkeys(fact.label for fact in _facts(item, dictionary) if _only_told(fact, dictionary))
    if told:
        more = "，免申即享没有可比对的数据" if item.delivery is Delivery.NO_APPLICATION else ""
        yield Gap(Kind.TOLD, f"“{'”“'.join(told)}”没有任何部门的数据，只能等企业自己填报{more}")
    if item.delivery in (Delivery.ON_APPLICATION, Delivery.INSTANT) and not item.materials and not item.steps:
        yield Gap(Kind.MATERIALS, "企业要来申报，却没有写材料和步骤")
    if item.contact is None:
        yield Gap(Kind.CONTACT, "没有写联系方式，企业不知道问谁")
    if item.window.closes is None:
        yield Gap(Kind.END, "没有截止日，不会自动到期；停止执行时要记得停用")


def _facts(item: Item, dictionary: Dictionary) -> Iterator[Fact]:
    """Every fact and every field of a record that the rule or the benefit looks at."""
    yield from _facts_of(item.rule, dictionary, None)
    for record, quantity in quantities(item.benefit):
        yield dictionary.fact(quantity.fact, record)


def _facts_of(rule: Rule, dictionary: Dictionary, record: str | None) -> Iterator[Fact]:
    for condition in conditions(rule):
        yield dictionary.fact(condition.fact, record)
    for inner in record_conditions(rule):
        yield from _facts_of(inner.where, dictionary, inner.kind)


def _only_told(fact: Fact, dictionary: Dictionary) -> bool:
    """Whether nobody but the enterprise itself says it; of a derived fact, whether that is so of any that it takes."""
    if fact.formula is not None:
        return any(_only_told(dictionary.facts[name], dictionary) for name in fact.formula.inputs)
    return bool(fact.sources) and not _BY_OFFICES.intersection(fact.sources)
