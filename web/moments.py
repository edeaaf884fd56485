"""Moments as people read them."""

from __future__ import annotations

from datetime import datetime

from enterprises.calendar import SHANGHAI, format_day


def say_moment(moment: datetime) -> str:
    """A moment in Asia/Shanghai: 2024年6月30日 09:30."""
    local = moment.astimezone(SHANGHAI)
    return f"{format_day(local.date())} {local:%H:%M}"
