"""Looking deeds up in the audit log: by day, actor, deed and what they are about, and only those of some places.

A deed is of a place where it is about an enterprise there, about one of the things named for that place, or where its
detail names a region there. What cannot be placed so is only found by who may see the log of all places.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, false, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from enterprises.audit import AuditRow
from enterprises.calendar import SHANGHAI
from enterprises.regions import region
from enterprises.tables import EnterpriseRow


@dataclass(frozen=True)
class Place:
    """A region with all that lies in it; ``department``: of that only, empty for all; ``things``: ids of items that are
    of this place and department."""

    region: str
    department: str = ""
    things: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which deeds: on days in Asia/Shanghai, both included; by whom; what; about what. Empty: whatever.

    ``places``: of these only; ``None`` for the whole log.
    """

    since: date | None = None
    until: date | None = None
    actor: str = ""
    action: str = ""
    about: str = ""
    places: tuple[Place, ...] | None = None


def find(session: Session, wanted: Wanted, before: int | None, limit: int) -> tuple[AuditRow, ...]:
    """The deeds that are wanted, the newest first; ``before``: those with a lower number."""
    query = _query(wanted)
    if before is not None:
        query = query.where(col(AuditRow.number) < before)
    return tuple(session.exec(query.limit(limit)))


def each(session: Session, wanted: Wanted, limit: int) -> Iterator[AuditRow]:
    """The deeds that are wanted, the newest first, as they come."""
    yield from session.exec(_query(wanted).limit(limit).execution_options(yield_per=1000))


def last_of(session: Session, action: str) -> AuditRow | None:
    """The last deed of a kind, of whatever place."""
    return session.exec(select(AuditRow).where(AuditRow.action == action).order_by(_newest()).limit(1)).one_or_none()


def _query(wanted: Wanted) -> SelectOfScalar[AuditRow]:
    query = select(AuditRow).order_by(_newest())
    if wanted.since is not None:
        query = query.where(col(AuditRow.moment) >= _begins(wanted.since))
    if wanted.until is not None:
        query = query.where(col(AuditRow.moment) < _begins(wanted.until) + timedelta(days=1))
    for column, asked in (
        (col(AuditRow.actor), wanted.actor),
        (col(AuditRow.action), wanted.action),
        (col(AuditRow.about), wanted.about),
    ):
        if asked:
            query = query.where(column == asked)
    if wanted.places is not None:
        query = query.where(or_(false(), *(_of(place) for place in wanted.places)))
    return query


def _newest() -> ColumnElement[int]:
    return col(AuditRow.number).desc()


def _of(place: Place) -> ColumnElement[bool]:
    within = _prefix(place.region)
    # The detail is JSON without blanks (``enterprises.audit.note``): within a text, quotes would be escaped.
    said = _says("region", within, whole=len(within) == len(place.region))
    if place.department:
        said = and_(said, _says("department", place.department))
    about = col(AuditRow.about)
    found = [said, about.in_(place.things)] if place.things else [said]
    if not place.department:
        found.append(about.in_(select(EnterpriseRow.credit_code).where(col(EnterpriseRow.region).startswith(within))))
    return or_(*found)


def _says(key: str, value: str, whole: bool = True) -> ColumnElement[bool]:
    """Whether the detail has a key with a text that is, or begins with, ``value``."""
    written = json.dumps({key: value}, ensure_ascii=False, separators=(",", ":"))[1:-1]
    return col(AuditRow.detail).contains(written if whole else written[:-1], autoescape=True)


def _prefix(code: str) -> str:
    """What the codes of all that lies in a region begin with."""
    return {"province": code[:2], "city": code[:4], "county": code}[region(code).level]


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
