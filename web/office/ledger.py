"""The ledger (台账): what was paid, came back and was recovered, with its sums; and one grant with all about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, render_template, request

from enterprises.calendar import format_day, format_moment, parse_day
from enterprises.regions import full_name, is_region_code
from enterprises.source_text import BadText
from web.accounts.visitor import Duty
from web.pages import library, settings, stored, visitor
from web.payments.amounts import yuan
from web.payments.scope import READERS, Scope, chosen_scope, has, scopes, sees

if TYPE_CHECKING:
    from sqlmodel import Session

    from recommender.grants.grants import Grant
    from recommender.payments.ledger import About, Entry, Key, Sum

pages = Blueprint("ledger", __name__, url_prefix="/office/ledger")

SHOWN, MOST_ROWS = 50, 100_000
"""Entries a page, and in a file."""

LABELS = {"since": "从哪一天", "until": "到哪一天"}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Asked:
    """What of the ledger is wanted: of a scope, on days, added up by something."""

    scope: Scope
    since: date | None
    until: date | None
    key: Key
    mistakes: dict[str, str]

    @property
    def department(self) -> str | None:
        return self.scope.department or None


@pages.get("")
def show() -> str | tuple[str, int]:
    """The sums, and the entries, the newest first."""
    from recommender.payments.ledger import Key, entries

    asked = _asked()
    with stored().reading() as database:
        found = entries(
            database,
            settings().seal,
            region=asked.scope.region,
            department=asked.department,
            before=_before(),
            limit=SHOWN + 1,
        )
        summed = [] if asked.mistakes else _sums(database, asked)
        names = _names(database, [entry.about.credit_code for entry in found])
    page = render_template(
        "office_ledger.html",
        entries=found[:SHOWN],
        older=found[SHOWN - 1].number if len(found) > SHOWN else None,
        sums=summed,
        asked=asked,
        keys=tuple((key.value, key.label) for key in Key),
        scopes=scopes(*READERS),
        typed={name: request.args.get(name, "") for name in LABELS},
        labels=LABELS,
        names=names,
        items=library().items,
        place=_place,
        yuan=yuan,
        day_of=format_day,
        trouble=None,
    )
    return (page, 422) if asked.mistakes else page


@pages.get("/ledger.xlsx")
def download() -> Response:
    """The entries and the sums as a workbook."""
    from recommender.payments.ledger import entries
    from web.payments.ledger_file import ledger_xlsx

    asked = _asked()
    if asked.mistakes:
        abort(400)
    with stored().reading() as database:
        found = entries(
            database, settings().seal, region=asked.scope.region, department=asked.department, limit=MOST_ROWS
        )
        names, summed = _names(database, [entry.about.credit_code for entry in found]), _sums(database, asked)
    wanted = [entry for entry in found if _is_within(entry, asked)]
    content = ledger_xlsx(wanted, summed, asked.key.label, lambda entry: _said(entry.about, names))
    answer = Response(content, mimetype=WORKBOOK)
    answer.headers["Content-Disposition"] = "attachment; filename=ledger.xlsx"
    return answer


@pages.get("/grants/<grant_id>")
def show_grant(grant_id: str) -> str:
    """One grant: its history, its entries, and what is demanded back of it."""
    return grant_page(*seen_grant(grant_id))


def seen_grant(grant_id: str) -> tuple[Grant, About]:
    """A grant that the visitor may see, and where it belongs; else the request ends."""
    from recommender.grants.grants import load_grant
    from recommender.grants.states import NoSuchGrant
    from recommender.payments.bookings import about_grant

    try:
        with stored().reading() as database:
            grant = load_grant(database, grant_id, settings().seal)
            about = about_grant(database, grant)
    except NoSuchGrant:
        abort(404)
    if not sees(about.region, about.department):
        abort(403)
    return grant, about


def grant_page(grant: Grant, about: About, refusal: str = "", mistakes: dict[str, str] | None = None) -> str:
    """The page of a grant, where something was refused with why and with what was typed."""
    from policies.tables import load_item
    from recommender.payments.ledger import LedgerKind, entries
    from recommender.payments.recovery import RecoveryState, recoveries
    from web.accounts.people import names_of

    seal = settings().seal
    with stored().reading() as database:
        booked = entries(database, seal, grant_id=grant.id, limit=SHOWN)
        demands = recoveries(database, seal, grant_id=grant.id)
        item = load_item(database, grant.item_id, grant.item_version, library().dictionary)
        firms = _names(database, [grant.credit_code])
        people = {event.actor for event in grant.history} | {one.made_by for one in demands}
        names = names_of(database, people | {entry.actor for entry in booked}, seal)
    return render_template(
        "office_grant.html",
        grant=grant,
        about=about,
        item=item,
        firm=firms.get(grant.credit_code) or grant.credit_code,
        entries=booked,
        paid=sum(entry.change for entry in booked),
        demands=demands,
        names=names,
        duties={duty.value for duty in Duty if has(duty, about.region, about.department)},
        account=visitor().account,
        Kind=LedgerKind,
        Demand=RecoveryState,
        place=_place,
        yuan=yuan,
        day_of=format_day,
        moment=format_moment,
        refusal=refusal,
        mistakes=mistakes or {},
        typed=request.form,
        done=request.args.get("done", ""),
    )


def _asked() -> Asked:
    from recommender.payments.ledger import Key

    days: dict[str, date | None] = {}
    mistakes = {}
    for name in LABELS:
        typed = request.args.get(name, "").strip()
        try:
            days[name] = parse_day(typed) if typed else None
        except BadText as error:
            mistakes[name] = str(error)
    since, until = days.get("since"), days.get("until")
    if since is not None and until is not None and since > until:
        mistakes["until"] = "最后一天早于第一天，请核对"
    key = next((each for each in Key if each == request.args.get("by")), Key.ITEM)
    return Asked(chosen_scope(request.args.get("scope", ""), *READERS), since, until, key, mistakes)


def _sums(database: Session, asked: Asked) -> list[tuple[str, Sum]]:
    from recommender.payments.ledger import sums

    found = sums(
        database,
        asked.key,
        region=asked.scope.region,
        department=asked.department,
        since=asked.since,
        until=asked.until,
    )
    titles = {item.id: item.title for item in library().items.values()}
    return [
        (full_name(one.key) if is_region_code(one.key) else titles.get(one.key, one.key or "不清楚"), one)
        for one in found
    ]


def _is_within(entry: Entry, asked: Asked) -> bool:
    return (asked.since or date.min) <= entry.day <= (asked.until or date.max)


def _names(database: Session, codes: list[str]) -> dict[str, str]:
    from enterprises.tables import list_enterprises

    return {each.credit_code: each.name for each in list_enterprises(database, list(set(codes))) if each.name}


def _said(about: About, names: dict[str, str]) -> tuple[str, str, str]:
    item = library().items.get(about.item_id)
    return names.get(about.credit_code, ""), about.item_id if item is None else item.title, _place(about.region)


def _place(code: str) -> str:
    return full_name(code) if is_region_code(code) else "地区不清楚"


def _before() -> int | None:
    typed = request.args.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= len("9" * 15) else None
