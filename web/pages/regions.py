"""Places: what an enterprise there can have, be it from the place itself or from the levels above."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, abort, render_template

from enterprises import regions
from enterprises.regions import Region
from policies.dates import agenda, has_own_dates
from policies.library import Library
from recommender.prospects import in_region
from web.browse.agenda import by_month, year_ahead
from web.browse.canonical import canonical
from web.browse.prospects import amount_chart, count_chart, kinds_of
from web.checkup.cards import show_window
from web.pages import library, settings

pages = Blueprint("regions", __name__)

MOST_DAYS = 5
"""So many of the next days are listed; the calendar has them all."""


@pages.get("/regions")
def show_list() -> tuple[str, int, dict[str, str]]:
    """The province, its cities and their counties, each with how much it has."""
    loaded, on = library(), settings().day()
    page = render_template("regions.html", on=on, province=_place(loaded, regions.SHAANXI))
    return page, 200, canonical("regions.show_list")


@pages.get("/regions/<code>")
def show(code: str) -> tuple[str, int, dict[str, str]]:
    """One place."""
    loaded, on = library(), settings().day()
    if not _is_listed(code):
        abort(404)
    found, region = in_region(loaded, code, on), regions.region(code)
    kinds = kinds_of(found.open, on)
    milestones = agenda(found.items, on)
    page = render_template(
        "region.html",
        on=on,
        region=region,
        name=regions.full_name(code),
        above=_above(region),
        parts=regions.children(code),
        found=found,
        local=sum(item.document.region == code for item in found.open),
        kinds=kinds,
        later=kinds_of(found.not_yet, on),
        counts=count_chart(kinds),
        amounts=amount_chart(kinds),
        months=by_month(milestones[:MOST_DAYS], on),
        more_days=max(0, len(milestones) - MOST_DAYS),
        has_own_dates=any(has_own_dates(item) for item in found.items),
        chart=year_ahead(milestones, on),
        documents=[document for document in loaded.documents.values() if document.region == code],
        show_window=show_window,
    )
    return page, 200, canonical("regions.show", code=code)


def _is_listed(code: str) -> bool:
    """Whether there is a page: the library's documents are of Shaanxi, so that elsewhere there would be nothing."""
    return code[:2] == regions.SHAANXI[:2] and regions.is_region_code(code)


def _above(region: Region) -> list[Region]:
    """The places that a place lies in, from the province down."""
    return [regions.region(code) for code in reversed(list(_parents(region)))]


def _parents(region: Region) -> Iterator[str]:
    while region.parent is not None:
        yield region.parent
        region = regions.region(region.parent)


@dataclass(frozen=True)
class Place:
    """A place with its parts: how many items are open to enterprises there, and how many documents it has issued."""

    region: Region
    open: int
    documents: int
    parts: tuple[Place, ...]


def _place(loaded: Library, code: str) -> Place:
    return Place(
        region=regions.region(code),
        open=len(in_region(loaded, code, settings().day()).open),
        documents=sum(document.region == code for document in loaded.documents.values()),
        parts=tuple(_place(loaded, part.code) for part in regions.children(code)),
    )
