"""The calendar of deadlines: an agenda by month, and the same as a feed that a phone's calendar subscribes to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, render_template, request, url_for

from enterprises import regions
from policies.dates import agenda, has_own_dates, without_end
from policies.items import Category, Delivery, Document, Item, WindowState
from policies.library import Library
from web.browse.agenda import address_of, by_month, year_ahead
from web.browse.canonical import canonical
from web.browse.ical import to_ical
from web.pages import library, settings

pages = Blueprint("calendar", __name__)

NARROWING = ("region", "category", "delivery", "document")


@pages.get("/calendar")
def show() -> tuple[str, int, dict[str, str]]:
    """What opens and what ends from the day on, month by month, and what has no end that anybody has said."""
    loaded, on = library(), settings().day()
    narrowed = _narrowed(loaded, on)
    milestones = agenda(narrowed.items, on)
    address = url_for("calendar.feed", _external=True, **narrowed.chosen)
    page = render_template(
        "calendar.html",
        on=on,
        narrowed=narrowed,
        months=by_month(milestones, on),
        chart=year_ahead(milestones, on),
        endless=_by_document(without_end(narrowed.items)),
        counts=_counts(narrowed.items),
        feed=address,
        webcal=f"webcal:{address.partition(':')[2]}",
        regions=[region for region in regions.regions() if region.code.startswith(regions.SHAANXI[:2])],
        categories=list(Category),
        deliveries=list(Delivery),
        documents=loaded.documents.values(),
    )
    return page, 200, canonical("calendar.show", **narrowed.chosen)


@pages.get("/calendar.ics")
def feed() -> Response:
    """The same as a feed. Where the address narrows by what there is not, it is refused: nobody would see a note."""
    loaded, on = library(), settings().day()
    narrowed = _narrowed(loaded, on)
    if narrowed.mistakes:
        return Response("\n".join(narrowed.mistakes.values()), 400, mimetype="text/plain")
    body = to_ical(agenda(narrowed.items, on), narrowed.name, lambda milestone: address_of(milestone, external=True))
    response = Response(body, mimetype="text/calendar")
    response.headers["Content-Disposition"] = "inline; filename=huiqi.ics"
    response.add_etag()
    response.make_conditional(request)
    return response


@dataclass(frozen=True)
class Narrowed:
    """The items that the address asks for, of those that are not over; ``mistakes``: what could not be read of it."""

    asked: dict[str, str]
    mistakes: dict[str, str]
    items: tuple[Item, ...]
    over: int
    name: str

    @property
    def chosen(self) -> dict[str, str]:
        """What narrows: what was asked for, but for mistakes."""
        return {name: value for name, value in self.asked.items() if value and name not in self.mistakes}


def _narrowed(loaded: Library, on: date) -> Narrowed:
    asked = {name: request.args.get(name, "").strip() for name in NARROWING}
    mistakes = {name: words for name, value in asked.items() if value and (words := _mistake(name, value, loaded))}
    chosen = {name: value for name, value in asked.items() if value and name not in mistakes}
    wanted = [item for item in loaded.published if _wanted(item, chosen)]
    items = tuple(item for item in wanted if item.window.state(on) is not WindowState.EXPIRED)
    said = [_label(name, value, loaded) for name, value in chosen.items()]
    return Narrowed(asked, mistakes, items, len(wanted) - len(items), "·".join(["惠企日历", *said]))


def _mistake(name: str, value: str, loaded: Library) -> str:
    """What is wrong with a choice; empty where nothing is."""
    match name:
        case "region":
            wrong = "" if regions.is_region_code(value) else f"没有地区“{value}”"
        case "category":
            wrong = "" if value in list(Category) else f"没有“{value}”这一类"
        case "delivery":
            wrong = "" if value in list(Delivery) else f"没有“{value}”这种兑现方式"
        case _:
            wrong = "" if value in loaded.documents else f"没有文件“{value}”"
    return f"{wrong}，这一项没有起作用。请从列表里选" if wrong else ""


def _wanted(item: Item, chosen: dict[str, str]) -> bool:
    """Whether an item is asked for. Who is only known to be in a city may be in any of its counties."""
    region = chosen.get("region")
    return (
        (region is None or regions.nested(region, item.document.region) is not False)
        and chosen.get("category") in (None, item.category.value)
        and chosen.get("delivery") in (None, item.delivery.value)
        and chosen.get("document") in (None, item.document.id)
    )


def _label(name: str, value: str, loaded: Library) -> str:
    match name:
        case "region":
            return regions.full_name(value)
        case "category":
            return Category(value).label
        case "delivery":
            return Delivery(value).label
        case _:
            return f"《{loaded.documents[value].title}》"


@dataclass(frozen=True)
class Counts:
    """How many items have dates of their own, how many only their document's last day, and how many no end at all."""

    own: int
    bound: int
    endless: int


def _counts(items: tuple[Item, ...]) -> Counts:
    endless = len(without_end(items))
    own = sum(has_own_dates(item) and item.window.closes is not None for item in items)
    return Counts(own, len(items) - own - endless, endless)


def _by_document(items: tuple[Item, ...]) -> list[tuple[Document, list[Item]]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.document.id, []).append(item)
    return [(theirs[0].document, theirs) for theirs in groups.values()]
