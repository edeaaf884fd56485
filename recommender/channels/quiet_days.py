"""The quiet calendar in the database: read, and changed by an office. Each change is in the audit log.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, text
from sqlmodel import Session, col, select

from enterprises.audit import note
from recommender.channels.quiet import Calendar, Named, Special
from recommender.channels.tables import QuietTimeRow, SpecialDayRow

CHANGED = "quiet-days.changed"
"""What is noted in the audit log."""

_WRITERS = 0x68756981
"""The lock of those who change the calendar on PostgreSQL: any number that no other program takes."""


class ChangedMeanwhile(ValueError):
    """Somebody else changed the calendar since it was read; the message says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The calendar as it is kept; ``days`` with their names, ``revision`` 0 where nobody changed what is usual."""

    calendar: Calendar
    days: Mapping[date, Named]
    revision: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None


def load_calendar(session: Session) -> Calendar:
    """The calendar of the installation."""
    return load(session).calendar


def load(session: Session) -> Kept:
    """The calendar of the installation, with names, and who changed it last."""
    rows = session.exec(select(SpecialDayRow).order_by(col(SpecialDayRow.day)))
    days = {row.day: Named(Special(row.kind), row.name) for row in rows}
    special = {day: named.kind for day, named in days.items()}
    kept = session.get(QuietTimeRow, 1, populate_existing=True)
    if kept is None:
        return Kept(Calendar(special), days)
    calendar = Calendar(special, kept.first_hour, kept.last_hour, kept.weekends, kept.weekly_cap)
    return Kept(calendar, days, kept.revision, kept.changed_by, kept.changed_at)


def save(
    session: Session, revision: int, calendar: Calendar, days: Mapping[date, Named], actor: str, moment: datetime
) -> None:
    """Keep a calendar as it was made of that of ``revision``; its special days are those of ``days``.

    The caller commits. Raises ``ChangedMeanwhile``.
    """
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
    row = session.get(QuietTimeRow, 1, populate_existing=True)
    if (row.revision if row else 0) != revision:
        raise ChangedMeanwhile("刚才有人先改了，您的修改没有保存。请对照现在的内容再改一次")
    session.merge(
        QuietTimeRow(
            id=1,
            first_hour=calendar.first_hour,
            last_hour=calendar.last_hour,
            weekends=calendar.weekends,
            weekly_cap=calendar.weekly_cap,
            revision=revision + 1,
            changed_by=actor,
            changed_at=moment,
        )
    )
    session.execute(delete(SpecialDayRow))
    session.add_all([SpecialDayRow(day=day, kind=named.kind.value, name=named.name) for day, named in days.items()])
    session.flush()
    note(
        session,
        actor=actor,
        action=CHANGED,
        about="quiet-days",
        moment=moment,
        detail={"revision": revision + 1, "days": len(days), "weekly_cap": calendar.weekly_cap},
    )
