"""Milestones as a calendar that phones and computers subscribe to (iCalendar, RFC 5545 and 7986).

The same milestones give the same bytes: moments come from the documents, never from the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from enterprises.calendar import SHANGHAI, format_day
from policies.dates import Milestone
from web.browse.agenda import NOTES

if TYPE_CHECKING:
    from icalendar import Alarm, Event

REMINDERS = (timedelta(days=7), timedelta(days=1))
"""How long before its day an event reminds of itself."""

AT = timedelta(hours=9)
"""When on the day of the reminder: an all-day event begins at midnight, when nobody wants to be woken."""

REFRESH = timedelta(days=1)
MOST_NAMED = 30
"""So many items of a document are named in its event."""


def to_ical(milestones: Iterable[Milestone], name: str, address_of: Callable[[Milestone], str]) -> bytes:
    """The milestones as all-day events. ``name``: what the calendar is called; addresses must be absolute."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//huiqi//calendar//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", "Asia/Shanghai")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "P1D")
    for milestone in milestones:
        calendar.add_component(_event(milestone, address_of(milestone)))
    return bytes(calendar.to_ical())


def uid_of(milestone: Milestone) -> str:
    """What an event is known by for good: a day that is moved by a new version moves the event, and adds none."""
    whose = milestone.items[0].id if milestone.own else milestone.document.id
    return f"{whose}/{milestone.occasion.value}@huiqi"


def _event(milestone: Milestone, address: str) -> Event:
    from icalendar import Event

    # When a version was stored is not known; that its number is higher tells calendars that it is newer.
    stamp = datetime.combine(milestone.document.published_on, time(), SHANGHAI).astimezone(UTC)
    event = Event()
    event.add("uid", uid_of(milestone))
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", max(item.version for item in milestone.items) - 1)
    event.add("dtstart", milestone.day)
    if milestone.day < date.max:  # else it lasts its one day without being told so
        event.add("dtend", milestone.day + timedelta(days=1))
    event.add("summary", f"{milestone.label}：{milestone.title}")
    event.add("description", "\n".join(_description(milestone)))
    event.add("categories", sorted({item.category.label for item in milestone.items}))
    event.add("url", address)
    event.add("transp", "TRANSPARENT")
    for before in REMINDERS:
        event.add_component(_alarm(milestone, before))
    return event


def _description(milestone: Milestone) -> list[str]:
    if milestone.own:
        (item,) = milestone.items
        return [
            item.summary,
            f"兑现方式：{item.delivery.label}",
            f"主管部门：{'、'.join(item.departments)}",
            f"依据：《{item.document.title}》{item.clause}",
        ]
    named = [f"· {item.title}" for item in milestone.items[:MOST_NAMED]]
    more = len(milestone.items) - len(named)
    rest = [f"……另有 {more} 个"] if more else []
    return [NOTES[milestone.occasion], f"涉及 {len(milestone.items)} 个事项：", *named, *rest]


def _alarm(milestone: Milestone, before: timedelta) -> Alarm:
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", AT - before)
    alarm.add("description", f"{format_day(milestone.day)}{milestone.label}：{milestone.title}")
    return alarm
