"""The step of a campaign's form that says by which channels it is sent, and when it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from werkzeug.datastructures import MultiDict

from enterprises.calendar import SHANGHAI
from enterprises.source_text import BadText
from recommender.campaigns.content import MOST_A_WEEK, Content, Pace
from recommender.messages.schedule import Quiet
from web.subscription_form import read_days

Typed = MultiDict[str, str]

_MOMENT = "%Y-%m-%dT%H:%M"


def write_sending(content: Content) -> Iterable[tuple[str, str]]:
    pace, quiet = content.pace, content.pace.quiet
    return [
        *(("channels", name) for name in content.channels),
        ("weekends", "1" if quiet.weekends else ""),
        ("days", "\n".join(day.isoformat() for day in sorted(quiet.days))),
        ("first_hour", "" if quiet.first_hour is None else str(quiet.first_hour)),
        ("last_hour", "" if quiet.last_hour is None else str(quiet.last_hour)),
        ("weekly_cap", str(pace.weekly_cap)),
        ("not_before", pace.not_before.astimezone(SHANGHAI).strftime(_MOMENT) if pace.not_before else ""),
    ]


def read_sending(
    typed: Typed, offered: Sequence[str], before: Pace, mistakes: dict[str, str]
) -> tuple[tuple[str, ...], Pace]:
    """The channels, in the order in which they are offered, and the pace; what is wrong goes into ``mistakes``."""
    chosen = typed.getlist("channels")
    if not set(chosen) <= set(offered):
        mistakes["channels"] = "有一个渠道现在没有配置，请重新选"
    elif not chosen:
        mistakes["channels"] = "请至少选一个渠道"

    def read(name: str, parse: Callable[[str], object]) -> object:
        try:
            return parse(typed.get(name, "").strip())
        except BadText as error:
            mistakes[name] = str(error)
            return None

    days, not_before, cap = read("days", read_days), read("not_before", _moment), read("weekly_cap", _cap)
    first, last = read("first_hour", _hour), read("last_hour", _hour)
    if (first is None) != (last is None) and not {"first_hour", "last_hour"} & mistakes.keys():
        mistakes["first_hour"] = "开始和结束两个钟点要一起选，或者都不选"
    quiet = Quiet(
        weekends=bool(typed.get("weekends")),
        days=frozenset(days) if isinstance(days, tuple) else frozenset(),
        first_hour=first if isinstance(first, int) else None,
        last_hour=last if isinstance(last, int) else None,
    )
    pace = Pace(
        quiet,
        cap if isinstance(cap, int) else before.weekly_cap,
        not_before if isinstance(not_before, datetime) else None,
    )
    return tuple(each for each in offered if each in chosen), pace


def _hour(text: str) -> int | None:
    if not text:
        return None
    return _number(text, range(25), "请从列表里选一个钟点")


def _cap(text: str) -> int:
    return _number(text, range(1, MOST_A_WEEK + 1), f"请写 1 到 {MOST_A_WEEK} 的整数")


def _number(text: str, allowed: range, remedy: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 3 and int(text) in allowed:
        return int(text)
    raise BadText(f"“{text[:20]}”不行", remedy)


def _moment(text: str) -> datetime | None:
    """A moment in Asia/Shanghai as ``datetime-local`` writes it."""
    if not text:
        return None
    try:
        return datetime.strptime(text.replace(" ", "T")[:16], _MOMENT).replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadText(f"“{text[:30]}”不是日期和时间", "请写成 2024-06-30 09:30，或者留空") from None
