"""Policy items: the list with its filters, and everything about one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort, render_template, request

from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile, read_facts
from enterprises.readings import FactRef
from policies.benefit_wording import say_benefit
from policies.items import Category, Document, Example, Item, Status
from policies.library import Library
from policies.rules import All, Rule
from policies.stacking import Reach, Stacking, StackingOperator
from policies.wording import say
from recommender.explanation_json import show_amount
from recommender.match import Verdict
from recommender.missing import name_fact
from web.cards import show_window
from web.pages import library, settings

pages = Blueprint("items", __name__)


@pages.get("/items")
def show_list() -> str:
    """The published items, document by document, filtered by what the address asks for."""
    loaded, on = library(), settings().day()
    asked = {name: request.args.get(name, "").strip() for name in ("document", "category", "text", "open")}
    wanted = (item for item in loaded.published if _wanted(item, asked))
    found = [item for item in wanted if not asked["open"] or item.window.state(on).is_open]
    return render_template(
        "items.html",
        asked=asked,
        on=on,
        documents=loaded.documents.values(),
        categories=list(Category),
        groups=list(_by_document(found, loaded)),
        count=len(found),
        show_window=show_window,
    )


@pages.get("/items/<item_id>")
def show(item_id: str) -> str:
    """Everything about one item."""
    loaded, on = library(), settings().day()
    item = loaded.items.get(item_id)
    if item is None or item.status is not Status.PUBLISHED:
        abort(404)
    return render_template(
        "item.html",
        item=item,
        on=on,
        window=show_window(item.window, on),
        state=item.window.state(on),
        demands=_demands(item.rule, loaded.dictionary),
        benefit=say_benefit(item.benefit, loaded.dictionary),
        stacking=[_stacking(statement, loaded) for statement in item.stacking],
        examples=[_example(example, loaded.dictionary) for example in item.examples],
    )


def _wanted(item: Item, asked: dict[str, str]) -> bool:
    words = asked["text"].casefold().split()
    text = f"{item.title} {item.summary} {' '.join(item.departments)} {item.id}".casefold()
    return (
        asked["document"] in ("", item.document.id)
        and asked["category"] in ("", item.category.value)
        and all(word in text for word in words)
    )


def _by_document(found: Iterable[Item], loaded: Library) -> Iterator[tuple[Document, list[Item]]]:
    listed = list(found)
    for document in loaded.documents.values():
        if items := [item for item in listed if item.document.id == document.id]:
            yield document, items


def _demands(rule: Rule, dictionary: Dictionary) -> list[str]:
    """What a rule demands, a sentence each."""
    return [say(part, dictionary) for part in rule.parts] if isinstance(rule, All) else [say(rule, dictionary)]


_REACHES = {
    Reach.CLAUSE: "同一条款的其他支持",
    Reach.DOCUMENT: "同一文件的其他支持",
    Reach.LEVEL: "同级政府的其他支持",
    Reach.ALL: "所有其他支持",
}


def _stacking(statement: Stacking, loaded: Library) -> str:
    others = "、".join(f"“{loaded.items[name].title}”" for name in statement.items if name in loaded.items)
    period = ""
    if statement.operator is StackingOperator.ONCE:
        period = f"（每 {statement.every} 年一次）" if statement.every else "（终身一次）"
    with_what = _REACHES.get(statement.reach) or others
    note = f"。{statement.note}" if statement.note else ""
    return f"{statement.object.label}与{with_what}：{statement.operator.label}{period}{note}"


@dataclass(frozen=True)
class Case:
    """An example as people read it."""

    name: str
    facts: tuple[str, ...]
    on: date
    outcome: str


def _example(example: Example, dictionary: Dictionary) -> Case:
    expected = example.expect
    outcome = Verdict(expected.verdict).label
    if expected.amount is not None:
        outcome += f"，{show_amount(*expected.amount)}"
    if expected.missing:
        outcome += f"，还缺 {len(expected.missing)} 项信息"
    if expected.window is not None:
        outcome += f"，{expected.window.label}"
    return Case(example.name, tuple(_facts(read_facts(example.given, dictionary), dictionary)), example.on, outcome)


def _facts(profile: Profile, dictionary: Dictionary) -> Iterator[str]:
    """What a profile says, a sentence each."""
    for name, seen in profile.facts.items():
        yield f"{dictionary.facts[name].label}：{dictionary.facts[name].show(seen.value)}"
    for name, series in profile.series.items():
        for year, seen in sorted(series.years.items()):
            yield f"{name_fact(FactRef(name, year), dictionary)}：{dictionary.facts[name].show(seen.value)}"
        if series.before is not None:
            ref = FactRef(name, f"before_{series.before_year}")
            yield f"{name_fact(ref, dictionary)}：{dictionary.facts[name].show(series.before.value)}"
    for kind, records in profile.records.items():
        declared = dictionary.records[kind]
        if not records:
            yield f"没有{declared.label}"
        for record in records:
            told = "，".join(
                f"{declared.fields[name].label} {declared.fields[name].show(seen.value)}"
                for name, seen in record.fields.items()
            )
            yield f"{declared.label}：{told or '不详'}"
