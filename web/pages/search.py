"""Searching in everyday words: what was found, why, and how to narrow it down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, abort, current_app, render_template, request, url_for

from enterprises import regions
from enterprises.amounts import parse_money
from enterprises.source_text import BadText
from policies.items import Category, Delivery, Document
from policies.library import Library
from web.checkup.cards import show_deadline
from web.pages import library, settings, stored

if TYPE_CHECKING:
    from recommender.search.entries import Entry
    from recommender.search.filters import Filters
    from recommender.search.finder import Finder
    from recommender.search.search import Hit, Results

pages = Blueprint("search", __name__)

SHOWN = 10
"""Hits on a page."""

LAST_PAGE = 50
"""Nobody reads further; what is looked for is found by narrowing down."""

TRIED = ("厂里要换一批新设备，能补多少钱", "专精特新有什么奖励", "贷款利息太高怎么办", "押着的保证金能不能换成保函")
"""Questions to begin with."""

NARROWING = ("region", "category", "delivery", "open", "amount", "kind")


@pages.get("/search")
def show() -> str | tuple[str, int]:
    """What the library says to the question in the address, or the form alone where there is none."""
    loaded, on = library(), settings().day()
    asked = {name: request.args.get(name, "").strip() for name in ("text", *NARROWING)}
    mistakes: dict[str, str] = {}
    filters = _filters(asked, mistakes)
    narrowing = {name: asked[name] for name in NARROWING if asked[name] and name not in mistakes}
    page = request.args.get("page", 1, type=int)
    if not 1 <= page <= LAST_PAGE:
        abort(404)
    results, trouble = (None, "") if not asked["text"] else _find(loaded, asked["text"], filters, page)
    return render_template(
        "search.html",
        asked=asked,
        mistakes=mistakes,
        on=on,
        trouble=trouble,
        results=results,
        found=[] if results is None else [_found(hit, loaded) for hit in results.hits],
        facets=[] if results is None else list(_facets(results, asked)),
        chosen=[(_label(name, value), _with(asked, name, "")) for name, value in narrowing.items()],
        tried=TRIED,
        regions=[region for region in regions.regions() if region.code.startswith(regions.SHAANXI[:2])],
        page=page,
        earlier=_address(asked, page=page - 1) if page > 1 else None,
        later=_address(asked, page=page + 1) if results and results.total > page * SHOWN and page < LAST_PAGE else None,
    ), (503 if trouble else 200)


def prepare(app: Flask) -> None:
    """Prepare the index of ``app`` ahead of the first question, where there is a library to index."""
    with app.app_context():
        loaded = stored().library()
        if loaded is not None:
            finder().prepare(loaded)


def finder() -> Finder:
    """What keeps this application's search index; made at the first search, since loading it takes time."""
    from recommender.search.finder import Finder

    made: Finder = current_app.extensions.setdefault("huiqi_finder", Finder(settings().index))
    return made


def _find(loaded: Library, text: str, filters: Filters, page: int) -> tuple[Results | None, str]:
    from recommender.search.finder import NotReady

    try:
        return finder().find(loaded, text, filters, settings().day(), SHOWN, (page - 1) * SHOWN), ""
    except NotReady as error:
        return None, str(error)


def _filters(asked: Mapping[str, str], mistakes: dict[str, str]) -> Filters:
    """What the address narrows by; what cannot be read is said in ``mistakes`` and does not narrow."""
    from recommender.search.entries import Kind
    from recommender.search.filters import Filters

    region, category, delivery, kind = (asked[name] or None for name in ("region", "category", "delivery", "kind"))
    for name, known in (("category", Category), ("delivery", Delivery), ("kind", Kind)):
        if asked[name] and asked[name] not in list(known):
            mistakes[name] = f"没有“{asked[name]}”这一类，这一项没有起作用"
    if asked["open"] not in ("", "1"):
        mistakes["open"] = f"不知道“open={asked['open']}”是什么意思，这一项没有起作用"
    if region is not None and not regions.is_region_code(region):
        mistakes["region"] = f"没有地区“{region}”，这一项没有起作用。请从列表里选"
    amount = None
    if asked["amount"]:
        try:
            amount = parse_money(asked["amount"])
        except BadText as error:
            mistakes["amount"] = f"{error}。这一项没有起作用"
    return Filters(
        kind=None if kind is None or "kind" in mistakes else Kind(kind),
        region=None if "region" in mistakes else region,
        open=asked["open"] == "1",
        category=None if "category" in mistakes else category,
        delivery=None if "delivery" in mistakes else delivery,
        amount=amount,
    )


@dataclass(frozen=True)
class Found:
    """A hit as the page shows it."""

    hit: Hit
    address: str
    labels: tuple[str, ...]
    over: bool


def _found(hit: Hit, loaded: Library) -> Found:
    entry, on = hit.entry, settings().day()
    item = loaded.items.get(entry.id)
    if item is None:
        return Found(hit, _clause_address(entry, loaded.documents[entry.document]), (entry.kind.label,), over=False)
    labels = dict.fromkeys((item.category.label, item.delivery.label, regions.region(entry.region).name))
    address = url_for("items.show", item_id=item.id)
    return Found(hit, address, (*labels, show_deadline(item, on)), over=not item.window.state(on).is_open)


def _clause_address(entry: Entry, document: Document) -> str:
    """Where a clause that is no item stands on its document's page."""
    said = [(left.clause, left.what) for left in document.left_out]
    clause = (entry.clause, entry.summary)
    anchor = f"left-{said.index(clause) + 1}" if clause in said else None  # it may just have been changed
    return url_for("documents.show", document_id=document.id, _anchor=anchor)


@dataclass(frozen=True)
class Link:
    """One choice of a facet: how many it would leave, and where it leads."""

    label: str
    count: int
    address: str
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A way to narrow down."""

    label: str
    links: tuple[Link, ...]


_FACETS = {"kind": "找到的", "category": "类别", "delivery": "怎样拿到", "region": "哪里的政策"}


def _facets(results: Results, asked: Mapping[str, str]) -> Iterator[Facet]:
    """The facets that leave a choice."""
    for name, label in _FACETS.items():
        choices = results.facets[name]
        if name == "region" or (len(choices) < 2 and not asked[name]):
            continue
        yield Facet(
            label,
            tuple(
                Link(
                    _label(name, choice.value),
                    choice.count,
                    _with(asked, name, "" if asked[name] == choice.value else choice.value),
                    asked[name] == choice.value,
                )
                for choice in choices
            ),
        )


def _label(name: str, value: str) -> str:
    """A choice as people say it; what is no choice stays as it was typed."""
    from recommender.search.entries import Kind

    known: dict[str, type[Category] | type[Delivery] | type[Kind]] = {
        "category": Category,
        "delivery": Delivery,
        "kind": Kind,
    }
    if name in known and value in list(known[name]):
        return known[name](value).label
    if name == "region" and regions.is_region_code(value):
        return regions.full_name(value)
    return {"open": "现在有效的", "amount": f"最多可得 {value} 以上"}.get(name, value)


def _with(asked: Mapping[str, str], name: str, value: str) -> str:
    return _address({**asked, name: value})


def _address(asked: Mapping[str, str], page: int = 1) -> str:
    """Where a question leads."""
    wanted: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return url_for("search.show", **(wanted | {"page": page} if page > 1 else wanted))
