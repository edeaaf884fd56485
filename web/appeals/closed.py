"""The days on which offices are closed, by which the deadlines of appeals count."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlmodel import Session


def holidays(database: Session) -> frozenset[date]:
    """The holidays that offices entered in the quiet calendar."""
    from recommender.channels.quiet_days import load_calendar

    return load_calendar(database).holidays
