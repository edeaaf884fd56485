"""Policy items: the list with its filters, and everything about one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Flask, abort, current_app, render_template, request

from enterprises import regions
from enterprises.dictionary import Dictionary, Fact, Value
from enterprises.profiles import Profile, read_facts
from enterprises.readings import FactRef
from policies.benefit_wording import say_benefit
from policies.items import Category, Document, Example, Item, Status, WindowState
from policies.library import Library
from policies.rules import All, Rule
from policies.stacking import Stacking
from policies.wording import say, say_flag
from recommender.explanation_json import show_amount
from recommender.match import Verdict
from recommender.missing import name_fact
from web.browse.alike import Alike
from web.checkup.cards import deadline_note, show_deadline
from web.pages import library, settings, stored

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
        show_deadline=show_deadline,
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
        deadline=show_deadline(item, on),
        deadline_note=deadline_note(item, on),
        state=item.window.state(on),
        demands=demands(item.rule, loaded.dictionary),
        benefit=say_benefit(item.benefit, loaded.dictionary),
        stacking=[say_stacking(statement, loaded) for statement in item.stacking],
        examples=[case_of(example, loaded.dictionary) for example in item.examples],
        alike=alike().of(item.id, loaded),
        place=regions.full_name(item.document.region),
    )


def alike() -> Alike:
    """What keeps which items of this application's library are alike."""
    made: Alike = current_app.extensions.setdefault("huiqi_alike", Alike())
    return made


def prepare(app: Flask) -> None:
    """Work out which items are alike ahead of the first question, where there is a library."""
    with app.app_context():
        loaded = stored().library()
        if loaded is not None:
            alike().prepare(loaded)


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


def demands(rule: Rule, dictionary: Dictionary) -> list[str]:
    """What a rule demands, a sentence each."""
    return [say(part, dictionary) for part in rule.parts] if isinstance(rule, All) else [say(rule, dictionary)]


def say_stacking(statement: Stacking, loaded: Library) -> str:
    """What a statement says, and of which other supports; whether two are of one type is for the authority to say."""
    others = "、".join(f"“{loaded.items[name].title}”" for name in statement.items if name in loaded.items)
    alike = "（限同类型，以主管部门认定为准）" if statement.alike else ""
    note = f"。{statement.note.rstrip('。')}" if statement.note else ""
    return f"与{others or statement.reach.label}{alike}：{statement.label}{note}"


@dataclass(frozen=True)
class Case:
    """An example as people read it."""

    name: str
    facts: tuple[str, ...]
    on: date
    outcome: str


def case_of(example: Example, dictionary: Dictionary) -> Case:
    """An example in words. Raises ``Problem`` where its facts have a mistake."""
    expected = example.expect
    outcome = Verdict(expected.verdict).label
    if expected.amount is not None:
        outcome += f"，{show_amount(*expected.amount)}"
    if expected.missing:
        outcome += f"，还缺 {len(expected.missing)} 项信息"
    if expected.window is WindowState.EXPIRED:
        outcome = expected.window.label  # Nothing is offered any more, whatever the rule says.
    elif expected.window is not None:
        outcome += f"，{expected.window.label}"
    return Case(example.name, tuple(_facts(read_facts(example.given, dictionary), dictionary)), example.on, outcome)


def _facts(profile: Profile, dictionary: Dictionary) -> Iterator[str]:
    """What a profile says, a sentence each."""
    for name, seen in profile.facts.items():
        yield _fact(dictionary.facts[name], seen.value)
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
            told = "，".join(_fact(declared.fields[name], seen.value) for name, seen in record.fields.items())
            yield f"{declared.label}（{told or '不详'}）"


def _fact(fact: Fact, value: Value) -> str:
    return say_flag(fact, value) if isinstance(value, bool) else f"{fact.label}：{fact.show(value)}"
