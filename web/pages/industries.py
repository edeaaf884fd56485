"""Industries: what an enterprise of one can have, and what of it is meant for that industry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from enterprises import industries, regions
from enterprises.industries import Industry, UnknownCode
from policies.items import Item
from policies.library import Library
from recommender.prospects import Aim, in_industry
from web.browse.canonical import canonical
from web.browse.prospects import Kind, amount_chart, count_chart, kinds_of
from web.pages import library, settings

pages = Blueprint("industries", __name__)

PERMANENTLY = 301


@pages.get("/industries")
def show_list() -> tuple[str, int, dict[str, str]]:
    """The sections and their divisions, each with how many items name it."""
    loaded = library()
    sections = [_branch(loaded, each) for each in industries.industries() if each.level == "section"]
    page = render_template("industries.html", on=settings().day(), sections=sections)
    return page, 200, canonical("industries.show_list")


@pages.get("/industries/<code>")
def show(code: str) -> tuple[str, int, dict[str, str]] | Response:
    """One industry: a section, a division or a group; its other spelling leads here too."""
    loaded, on = library(), settings().day()
    try:
        industry = industries.industry(code.upper())
    except UnknownCode:
        abort(404)
    region = request.args.get("region", "").strip()
    if industry.code != code:
        return redirect(url_for("industries.show", code=industry.code, region=region or None), PERMANENTLY)
    wrong = bool(region) and not regions.is_region_code(region)
    place = None if wrong or not region else region
    groups = _groups(loaded, industry.code, place)
    every = [item for group in groups for item in group.items]
    kinds = kinds_of(every, on)
    page = render_template(
        "industry.html",
        on=on,
        industry=industry,
        above=_above(industry),
        parts=industries.children(industry.code),
        groups=groups,
        count=len(every),
        counts=count_chart(kinds),
        amounts=amount_chart(kinds),
        asked=region,
        place=regions.full_name(place) if place else "",
        mistake=f"没有地区“{region}”，这一项没有起作用。请从列表里选" if wrong else "",
        regions=[each for each in regions.regions() if each.code.startswith(regions.SHAANXI[:2])],
    )
    return page, 200, canonical("industries.show", code=industry.code, region=place or "")


@dataclass(frozen=True)
class Group:
    """The items that speak to an industry in one way. ``note`` says in which."""

    name: str
    title: str
    note: str
    items: tuple[Item, ...]
    kinds: tuple[Kind, ...]


_TITLES = {
    Aim.AT_IT: ("专门面向这个行业", "条文写明了这个行业，或它所在的大类。"),
    Aim.AT_A_PART: ("面向其中一部分", "条文只写了这个行业里的某些小类，看看您的企业在不在内。"),
    Aim.AT_OTHERS: ("主要面向别的行业", "条文写的是别的行业，但符合另一个条件也可以。"),
    Aim.AT_ALL: ("不限行业", "条文没有限定行业；其他条件仍要符合。"),
}


def _groups(loaded: Library, code: str, place: str | None) -> list[Group]:
    """Open items by how they speak to an industry; with a place, only those that may hold there."""
    on = settings().day()
    groups = []
    for aim, found in in_industry(loaded, code, on).aims.items():
        title, note = _TITLES[aim]
        items = tuple(
            item for item in found.open if place is None or regions.nested(place, item.document.region) is not False
        )
        if items or aim in (Aim.AT_IT, Aim.AT_ALL):
            groups.append(Group(aim.value, title, note, items, kinds_of(items, on)))
    return groups


def _above(industry: Industry) -> list[Industry]:
    """The industries that an industry is part of, from the section down."""
    return [industries.industry(code) for code in reversed(list(_parents(industry)))]


def _parents(industry: Industry) -> Iterator[str]:
    while industry.parent is not None:
        yield industry.parent
        industry = industries.industry(industry.parent)


@dataclass(frozen=True)
class Branch:
    """An industry in the list: how many items that are open or to come name it or a part of it."""

    industry: Industry
    named: int
    parts: tuple[Branch, ...]


def _branch(loaded: Library, industry: Industry) -> Branch:
    parts = industries.children(industry.code) if industry.level == "section" else ()
    return Branch(
        industry=industry,
        named=in_industry(loaded, industry.code, settings().day()).named,
        parts=tuple(_branch(loaded, part) for part in parts),
    )
