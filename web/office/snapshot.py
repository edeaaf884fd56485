"""The snapshot (企业库快照) that officials' work rests on: which counts, how old it is, and making a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from werkzeug import Response as Answer

from enterprises.calendar import format_moment
from web import errands
from web.accounts.visitor import Duty
from web.pages import settings, stored, visitor
from web.simulations.subjects import snapshot

pages = Blueprint("office_snapshot", __name__, url_prefix="/office/snapshot")

DUTIES = (Duty.EDITOR, Duty.REVIEWER, Duty.OPERATOR, Duty.APPROVER, Duty.FINANCE)
"""Whose work rests on snapshots."""

ASKED = "snapshot.asked"

REFRESH = "3"
"""Seconds after which the page of what is under way asks again."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The snapshot that counts. ``behind``: so many enterprises have changed or are new since."""

    rows: int
    revision: int
    made_up: bool
    made_at: datetime
    behind: int


@pages.get("")
def show() -> str | Response:
    """What counts, and what is under way."""
    return _page()


@pages.post("")
def refresh() -> Answer | tuple[Response, int]:
    """Make a new one, beside the pages."""
    from enterprises.audit import note
    from enterprises.errands import Underway, begin

    try:
        with stored().writing() as database:
            attempt = begin(database, errands.SNAPSHOT, visitor().account or "", settings().now())
            note(
                database,
                actor=visitor().account or "",
                action=ASKED,
                about=errands.SNAPSHOT,
                moment=settings().now(),
            )
    except Underway as refusal:
        return _page(str(refusal)), 409
    errands.send(settings(), errands.SNAPSHOT, attempt)
    return redirect(url_for("office_snapshot.show"), 303)


def _page(refusal: str = "") -> Response:
    from enterprises.errands import errand

    with stored().reading() as database:
        under_way = errand(database, errands.SNAPSHOT, settings().now())
    response = make_response(
        render_template(
            "office_snapshot.html", newest=_newest(), errand=under_way, refusal=refusal, moment=format_moment
        )
    )
    if under_way is not None and under_way.running:
        response.headers["Refresh"] = REFRESH
    return response


def _newest() -> Newest | None:
    from sqlmodel import col, func, select

    from enterprises.tables import EnterpriseRow

    found = snapshot()
    if found is None:
        return None
    with stored().reading() as database:
        changed = select(func.count()).where(col(EnterpriseRow.revision) > found.revision)
        behind = database.exec(changed).one()
    made_at = datetime.fromtimestamp((found.population.folder / "population.json").stat().st_mtime, UTC)
    return Newest(found.population.rows, found.revision, found.population.made_up, made_at, behind)
