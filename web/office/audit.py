"""The log of deeds, for auditors and administrators: looking up, checking that it is whole, and taking it along."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as Answer

from enterprises.calendar import SHANGHAI, format_moment, parse_day
from enterprises.deeds import all_labels
from enterprises.regions import region
from enterprises.source_text import BadText
from web.accounts.visitor import Duty, Post
from web.office.audit_words import WORKERS, in_words
from web.pages import library, settings, stored, visitor

if TYPE_CHECKING:
    from sqlmodel import Session

    from enterprises.audit import AuditRow
    from enterprises.audit_search import Place, Wanted

pages = Blueprint("audit_log", __name__, url_prefix="/office/audit")

DUTIES = (Duty.AUDITOR, Duty.ADMINISTRATOR)

SHOWN, MOST_ROWS = 50, 100_000
"""Deeds a page, and in a file."""

VERIFIED = "audit.verified"

LABELS = {"since": "从哪一天", "until": "到哪一天", "actor": "谁", "action": "做了什么", "about": "关于"}


@pages.get("")
def show() -> str | tuple[str, int]:
    """The deeds that were asked for, the newest first."""
    return _page()


@pages.get("/deeds.csv")
def download() -> Response | str | tuple[str, int]:
    """The same deeds as a table."""
    from enterprises.audit_search import each

    wanted, mistakes = _wanted()
    if mistakes:
        return _page()

    def lines() -> Iterator[str]:
        with stored().reading() as database:
            yield "\ufeff" + _row("条号", "时间", "谁", "做了什么", "关于", "名称", "说明", "账户", "操作代码", "摘要")
            for part in _parts(each(database, wanted, MOST_ROWS)):
                for row, line in zip(part, in_words(database, part), strict=True):
                    moment = row.moment.astimezone(SHANGHAI).isoformat(sep=" ", timespec="seconds")
                    said = (line.who, line.what, line.about, line.whom, line.detail, row.actor, row.action, row.digest)
                    yield _row(str(row.number), moment, *said)

    answer = Response(stream_with_context(lines()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=deeds.csv"
    return answer


@pages.post("/verify")
def verify() -> Answer:
    """Follow the chain of digests through the whole log, and note what came of it."""
    from enterprises.audit import note
    from enterprises.audit import verify as follow

    with stored().reading() as database:
        verdict = follow(database)
    with stored().writing() as database:
        note(
            database,
            actor=visitor().account or "",
            action=VERIFIED,
            about="audit",
            moment=settings().now(),
            detail={"rows": verdict.rows, "digest": verdict.digest, "wrong": verdict.wrong, "why": verdict.why},
        )
    return redirect(url_for("audit_log.show", _anchor="whole"), 303)


def _page() -> str | tuple[str, int]:
    from enterprises.audit_search import find

    wanted, mistakes = _wanted()
    with stored().reading() as database:
        found = () if mistakes else find(database, wanted, _before(), SHOWN + 1)
        lines = in_words(database, found[:SHOWN])
        last, actors = _last_check(database), _actors(database)
    typed = {name: request.args.get(name, "").strip() for name in LABELS}
    page = render_template(
        "audit.html",
        lines=lines,
        older=found[SHOWN - 1].number if len(found) > SHOWN else None,
        typed=typed,
        asked={name: value for name, value in typed.items() if value},
        mistakes=mistakes,
        labels=LABELS,
        actions=sorted(all_labels().items()),
        actors=actors,
        last=last,
        everything=wanted.places is None,
        most=MOST_ROWS,
    )
    return (page, 422) if mistakes else page


def _wanted() -> tuple[Wanted, dict[str, str]]:
    from enterprises.audit_search import Wanted

    days, mistakes = {}, {}
    for name in ("since", "until"):
        typed = request.args.get(name, "").strip()
        try:
            days[name] = parse_day(typed) if typed else None
        except BadText as error:
            mistakes[name] = str(error)
    since, until = days.get("since"), days.get("until")
    if since is not None and until is not None and since > until:
        mistakes["until"] = "最后一天早于第一天，请核对"
    words = {name: request.args.get(name, "").strip()[:128] for name in ("actor", "action", "about")}
    return Wanted(since, until, **words, places=_places()), mistakes


def _places() -> tuple[Place, ...] | None:
    """Which deeds the visitor may see; ``None``: all, for who has a post for a whole province and all departments."""
    from enterprises.audit_search import Place

    posts = visitor().posts_of(*DUTIES)
    if any(region(post.region).level == "province" and not post.department for post in posts):
        return None
    return tuple(Place(post.region, post.department, _items_of(post)) for post in posts)


def _items_of(post: Post) -> tuple[str, ...]:
    items = library().items.values()
    return tuple(item.id for item in items if post.covers(item.document.region, item.departments))


def _before() -> int | None:
    typed = request.args.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else None


@dataclass(frozen=True)
class Check:
    """The last time that somebody checked the log."""

    when: str
    who: str
    rows: int
    digest: str
    why: str


def _last_check(database: Session) -> Check | None:
    from enterprises.audit import detail_of
    from enterprises.audit_search import last_of
    from web.accounts.people import names_of

    row = last_of(database, VERIFIED)
    if row is None:
        return None
    detail: Mapping[str, str | int | bool | None] = detail_of(row)
    who = names_of(database, [row.actor], settings().seal).get(row.actor, row.actor)
    rows, digest = detail.get("rows"), str(detail.get("digest"))
    why = str(detail.get("why") or "")
    return Check(format_moment(row.moment), who, rows if isinstance(rows, int) else 0, digest, why)


def _actors(database: Session) -> list[tuple[str, str]]:
    """Who may be chosen: the officials of the visitor's places and departments, and what works by itself."""
    from web.accounts.officials import officials

    people = [
        (official.account, official.name)
        for official in officials(database, settings().seal)
        if any(_is_within(post) for post in official.posts)
    ]
    return people + list(WORKERS.items())


def _is_within(post: Post) -> bool:
    departments = [post.department] if post.department else []
    return any(own.covers(post.region, departments) for own in visitor().posts_of(*DUTIES))


def _parts(rows: Iterator[AuditRow], size: int = 500) -> Iterator[tuple[AuditRow, ...]]:
    while part := tuple(islice(rows, size)):
        yield part


def _row(*cells: str) -> str:
    from enterprises.imports.rejects import escaped

    line = io.StringIO()
    csv.writer(line).writerow([escaped(cell) for cell in cells])
    return line.getvalue()
