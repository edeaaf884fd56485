"""The form of a subscription: what was typed, read into a subscription, a mistake beside each field that has one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from werkzeug.datastructures import MultiDict

from enterprises import regions
from enterprises.calendar import parse_day
from enterprises.sealing import Seal
from enterprises.source_text import BadText
from policies.items import Category
from recommender.messages.addresses import check_address, open_addresses, seal_addresses
from recommender.messages.schedule import LAST_OF_MONTH, WEEKDAYS, Frequency, Quiet, Schedule
from recommender.messages.subscription import Channel, Subscription, Topic
from web.cli.sources import find_region
from web.commands import WrongInput

MOST_REGIONS = 10
MOST_DAYS = 120
LONGEST_QUIET = timedelta(days=366)
"""Who wants to hear nothing for longer would rather end the subscription."""

_PARTS = re.compile(r"[\s,，、;；]+")
_RANGE = re.compile(r"\s*(?:至|到|~|～|—)\s*")

Typed = MultiDict[str, str]


@dataclass(frozen=True)
class Form:
    """What was typed; ``wanted`` is what it comes to, only to be kept where nothing is in ``mistakes`` (by field)."""

    typed: Typed
    wanted: Subscription
    mistakes: Mapping[str, str] = field(default_factory=dict)


def write_form(subscription: Subscription, on: date) -> Typed:
    """A subscription as the form shows it. Quiet days that are over are left out, and addresses, which are sealed."""
    quiet, schedule = subscription.quiet, subscription.schedule
    until = quiet.until if quiet.until is not None and quiet.until >= on else None
    return MultiDict(
        [
            *(("topics", each.value) for each in subscription.topics),
            *(("categories", each.value) for each in subscription.categories),
            *(("channels", each.value) for each in subscription.channels),
            ("regions", "、".join(map(regions.full_name, subscription.regions))),
            ("frequency", schedule.frequency.value),
            ("weekday", str(schedule.weekday)),
            ("month_day", str(schedule.month_day)),
            ("weekends", "1" if quiet.weekends else ""),
            ("days", "\n".join(_written(sorted(day for day in quiet.days if day >= on)))),
            ("until", until.isoformat() if until else ""),
            ("first_hour", "" if quiet.first_hour is None else str(quiet.first_hour)),
            ("last_hour", "" if quiet.last_hour is None else str(quiet.last_hour)),
            ("plain", "1" if subscription.plain else ""),
        ]
    )


def read_form(typed: Typed, before: Subscription, offered: Collection[Channel], seal: Seal, on: date) -> Form:
    """What was typed on the day ``on``, over what stood ``before``; only channels in ``offered`` can be chosen."""
    mistakes: dict[str, str] = {}

    def read(name: str, parse: Callable[[str], object]) -> object:
        try:
            return parse(typed.get(name, ""))
        except BadText as error:
            mistakes[name] = str(error)
            return None

    schedule = Schedule(
        _choice(typed.get("frequency", ""), {each.value: each for each in Frequency}, "frequency", mistakes)
        or before.schedule.frequency,
        _number(typed.get("weekday", ""), range(len(WEEKDAYS)), "weekday", mistakes),
        _number(typed.get("month_day", ""), range(1, LAST_OF_MONTH + 1), "month_day", mistakes),
    )
    days, until, elsewhere = read("days", read_days), read("until", lambda text: _until(text, on)), None
    elsewhere = read("regions", _regions)
    quiet = Quiet(
        weekends=bool(typed.get("weekends")),
        days=frozenset(days) if isinstance(days, tuple) else frozenset(),
        until=until if isinstance(until, date) else None,
        **_hours(typed, before.quiet, offered, mistakes),
    )
    channels, addresses = _channels(typed, before, offered, seal, mistakes)
    wanted = replace(
        before,
        topics=frozenset(each for each in Topic if each.value in typed.getlist("topics")),
        categories=_some(frozenset(each for each in Category if each.value in typed.getlist("categories"))),
        regions=elsewhere if isinstance(elsewhere, tuple) else (),
        schedule=schedule,
        quiet=quiet,
        channels=channels,
        addresses=addresses,
        plain=bool(typed.get("plain")),
    )
    return Form(typed, wanted, mistakes)


def read_days(text: str) -> tuple[date, ...]:
    """Days and spans of days (``2024-10-01 至 2024-10-07``), one after the other. Raises ``BadText``."""
    found: list[date] = []
    for part in filter(None, _PARTS.split(_RANGE.sub("至", text.strip()))):
        first, _, last = part.partition("至")
        begin = parse_day(first)
        end = parse_day(last) if last else begin
        if not 0 <= (end - begin).days <= MOST_DAYS:
            raise BadText(f"“{part}”前后颠倒，或者太长", f"请先写早的一天，一段最多 {MOST_DAYS} 天")
        found += [begin + timedelta(days=more) for more in range((end - begin).days + 1)]
    if len(set(found)) > MOST_DAYS:
        raise BadText(
            f"一共写了 {len(set(found))} 天", f"最多 {MOST_DAYS} 天；想很久不被打扰，请填“到哪一天为止都不打扰”"
        )
    return tuple(sorted(set(found)))


def _written(days: list[date]) -> list[str]:
    """Days as ``read_days`` reads them, those that follow each other as spans."""
    spans: list[list[date]] = []
    for day in days:
        if spans and spans[-1][-1] + timedelta(days=1) == day:
            spans[-1].append(day)
        else:
            spans.append([day])
    return [f"{span[0]} 至 {span[-1]}" if len(span) > 1 else str(span[0]) for span in spans]


def _until(text: str, on: date) -> date | None:
    if not text.strip():
        return None
    day = parse_day(text)
    if day < on:
        raise BadText("这一天已经过去", "请写今天或以后的日子，或者留空")
    if day > on + LONGEST_QUIET:
        raise BadText("太远了", "最多一年；不想再收，可以取消上面的勾选")
    return day


def _regions(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for part in filter(None, _PARTS.split(text.strip())):
        try:
            found.append(find_region(part))
        except WrongInput as error:
            raise BadText(error.message.rstrip("。"), "地区之间用顿号隔开") from None
    if len(set(found)) > MOST_REGIONS:
        raise BadText(f"写了 {len(set(found))} 个地区", f"最多 {MOST_REGIONS} 个")
    return tuple(dict.fromkeys(found))


def _some(kinds: frozenset[Category]) -> frozenset[Category]:
    """All kinds are no limit: one that is added to the library later is wanted, too."""
    return frozenset() if len(kinds) == len(Category) else kinds


def _choice(text: str, options: Mapping[str, Frequency], name: str, mistakes: dict[str, str]) -> Frequency | None:
    if text not in options:
        mistakes[name] = "请选一项"
    return options.get(text)


def _number(text: str, allowed: range, name: str, mistakes: dict[str, str]) -> int:
    if text.isascii() and text.isdigit() and len(text) < 3 and int(text) in allowed:
        return int(text)
    mistakes[name] = "请从列表里选一项"
    return allowed[0]


def _hours(
    typed: Typed, before: Quiet, offered: Collection[Channel], mistakes: dict[str, str]
) -> dict[str, int | None]:
    """Quiet hours are only asked for where something may ring; else they stay as they are."""
    if set(offered) <= {Channel.INBOX}:
        return {"first_hour": before.first_hour, "last_hour": before.last_hour}
    first, last = typed.get("first_hour", ""), typed.get("last_hour", "")
    if not first and not last:
        return {"first_hour": None, "last_hour": None}
    if not first or not last:
        mistakes["first_hour" if not first else "last_hour"] = "开始和结束两个钟点要一起选，或者都不选"
        return {"first_hour": None, "last_hour": None}
    hours = range(24)
    return {
        "first_hour": _number(first, hours, "first_hour", mistakes),
        "last_hour": _number(last, hours, "last_hour", mistakes),
    }


def _channels(
    typed: Typed, before: Subscription, offered: Collection[Channel], seal: Seal, mistakes: dict[str, str]
) -> tuple[frozenset[Channel], str]:
    """The channels chosen, the inbox always among them, and their addresses; an empty field keeps the address."""
    chosen = frozenset(each for each in offered if each.value in typed.getlist("channels")) | {Channel.INBOX}
    known = open_addresses(before.addresses, seal)
    addresses: dict[Channel, str] = {}
    changed = False
    for each in sorted(chosen):
        if not each.address_label:
            continue
        name = f"address.{each.value}"
        given = typed.get(name, "").strip()
        try:
            if given:
                addresses[each] = check_address(each, given)
            elif each in known:
                addresses[each] = known[each]
            else:
                mistakes[name] = f"要通过{each.label}收，请填写{each.address_label}"
        except BadText as error:
            mistakes[name] = str(error)
        changed = changed or addresses.get(each) != known.get(each)
    if not changed and addresses.keys() == known.keys():
        return chosen, before.addresses
    return chosen, seal_addresses(addresses, seal)
