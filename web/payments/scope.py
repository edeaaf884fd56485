"""What of the money the visitor may see and do: by the region and the department of rounds, batches and entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import abort

from enterprises.regions import SHAANXI, full_name, is_region_code, nested, regions
from policies.items import Category, Delivery, Item
from recommender.payments.rounds import Round
from web.accounts.visitor import Duty
from web.pages import library, settings, stored, visitor

READERS = (Duty.OPERATOR, Duty.APPROVER, Duty.FINANCE, Duty.AUDITOR)
"""Who sees rounds, payments and the ledger."""


def sees(region: str, department: str) -> bool:
    """Whether the visitor may see something of a region (empty: nobody knows which, so that it is for who works for the
    whole province) and a department."""
    return any(has(duty, region, department) for duty in READERS)


def has(duty: Duty, region: str, department: str) -> bool:
    """Whether the visitor has a duty for it."""
    return visitor().may(duty, region if is_region_code(region) else SHAANXI, [department])


def seen_round(round_id: str) -> Round:
    """A round that the visitor may see; else the request ends: 404 where there is none, 403 where it is others'."""
    from recommender.payments.round_states import NoSuchRound
    from recommender.payments.rounds import load_round

    try:
        with stored().reading() as database:
            found = load_round(database, round_id, settings().seal)
    except NoSuchRound:
        abort(404)
    if not sees(found.region, found.department):
        abort(403)
    return found


def own_round(round_id: str, *duties: Duty) -> Round:
    """A round for which the visitor has one of these duties; else the request ends."""
    found = seen_round(round_id)
    if not any(visitor().may(duty, found.region, [found.department]) for duty in duties):
        abort(403)
    return found


@dataclass(frozen=True)
class Scope:
    """A region with all that lies in it, and a department, empty for all: what a post is for."""

    region: str
    department: str

    @property
    def value(self) -> str:
        """As an address names it."""
        return f"{self.region}/{self.department}"

    @property
    def label(self) -> str:
        return f"{full_name(self.region)}，{self.department or '所有部门'}"


def scopes(*duties: Duty) -> tuple[Scope, ...]:
    """For what the visitor has one of these duties."""
    return tuple(dict.fromkeys(Scope(post.region, post.department) for post in visitor().posts_of(*duties)))


def chosen_scope(named: str, *duties: Duty) -> Scope:
    """The scope that an address or a form names, else the visitor's first; a scope of others ends the request."""
    own = scopes(*duties)
    found = next((scope for scope in own if scope.value == named), None if named else own[0])
    if found is None:
        abort(403)
    return found


@dataclass(frozen=True)
class Offer:
    """An item of which the visitor can make a round, and the departments for which."""

    item: Item
    departments: tuple[str, ...]


def payable_items() -> Iterator[Offer]:
    """Supports in money without application, as far as the visitor's posts as an operator reach."""
    for item in library().published:
        if item.delivery is Delivery.NO_APPLICATION and item.category is Category.MONEY and _touches(item):
            yield Offer(item, tuple(_own_departments(item.departments)))


def places_of(item: Item) -> list[tuple[str, str]]:
    """Where the visitor can make a round of an item: codes and full names."""
    posts = visitor().posts_of(Duty.OPERATOR)
    return [
        (region.code, full_name(region.code))
        for region in regions()
        if nested(region.code, item.document.region) and any(nested(region.code, post.region) for post in posts)
    ]


def _touches(item: Item) -> bool:
    posts = visitor().posts_of(Duty.OPERATOR)
    return any(
        nested(item.document.region, post.region) is not False
        and (not post.department or post.department in item.departments)
        for post in posts
    )


def _own_departments(departments: Iterable[str]) -> Iterator[str]:
    posts = visitor().posts_of(Duty.OPERATOR)
    return (name for name in departments if any(post.department in ("", name) for post in posts))
