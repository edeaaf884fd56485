"""The calendar: what is in it and what is not, how it narrows, and the feed that phones subscribe to."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from enterprises.dictionary import bundled
from policies.dates import agenda
from policies.items import Item, Window
from policies.library import bundled_library
from policies.rules import Condition, Operator
from tests.made_up_item import made_up_item
from tests.web.browsing import DAY, RENOVATION, check_page, client_of, library_of, soup_of, with_windows
from web.browse.agenda import year_from
from web.browse.ical import to_ical, uid_of

LEAP = date(2024, 2, 29)
ITEM = made_up_item(Condition("entity_kind", Operator.IS, ("企业",)), "fixed: 1万元", bundled())


# ------------------------------------------------------------------- the page


def test_the_agenda_tells_a_deadline_from_how_long_a_document_is_valid() -> None:
    closes = DAY + timedelta(days=40)
    client = client_of(with_windows({RENOVATION: Window(DAY + timedelta(days=3), closes)}))
    soup = soup_of(client.get("/calendar?region=610602"))
    check_page(soup)
    told = [entry.text for entry in soup.select(".timeline > li")]
    own = [text for text in told if "民营工业企业技改" in text and "涉及" not in text]
    assert [("开始受理" in text, "受理最后一天" in text) for text in own] == [(True, False), (False, True)]
    assert "还有 40 天" in own[1]
    (document,) = [text for text in told if "涉及 27 个事项" in text]
    assert "三年行动方案" in document
    assert "不是申报截止日" in document
    assert "1 个写明了受理截止日" in soup.select_one("[role=status]").text  # type: ignore[union-attr]


def test_months_are_in_order_and_what_is_over_is_counted_and_not_listed() -> None:
    soup = soup_of(client_of().get("/calendar"))
    headings = [heading.text.split(" ")[0] for heading in soup.select("section > h2")]
    assert headings.index("2025年12月") < headings.index("2026年4月")
    assert "另有 44 个已经到期" in soup.text
    assert "优化营商环境" not in " ".join(entry.text for entry in soup.select(".timeline > li"))
    later = soup_of(client_of(on=date(2030, 1, 1)).get("/calendar?document=yanan-2023-private-economy"))
    assert "都已经到期" in later.select_one(".empty").text  # type: ignore[union-attr]


def test_what_names_no_end_is_listed_as_such() -> None:
    soup = soup_of(client_of().get("/calendar?document=tongchuan-2023-fangguanfu"))
    (endless,) = [part for part in soup.select("section") if "没有写明截止日的" in part.text]
    assert len(endless.select("li a")) == 25
    assert "都没有写明开始或截止的日子" in soup.text


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("region=610600", 53),  # of the province and of 延安
        ("region=610602", 53),  # and the same in its county
        ("region=610100", 37),
        ("category=money", 12),
        ("delivery=on-application&region=610602", None),
        ("document=yanan-2023-private-economy", 28),
    ],
)
def test_filters_narrow_the_page_and_the_feed_alike(asked: str, count: int | None) -> None:
    client = client_of()
    soup = soup_of(client.get(f"/calendar?{asked}"))
    said = soup.select_one("[role=status]").text  # type: ignore[union-attr]
    if count is not None:
        assert f"共 {count} 个事项" in said
    feed, webcal = (str(soup.select(selector)[0]["href"]) for selector in ("a[download]", "a[href^=webcal]"))
    assert sorted(feed.partition("?")[2].split("&")) == sorted(asked.split("&"))
    assert webcal == feed.replace("http://", "webcal://")
    listed = {time["datetime"] for time in soup.select(".timeline time")}
    assert {day.isoformat() for day in days_of(client.get(feed).data)} == listed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("region=999999", "没有地区"),
        ("category=gold", "这一类"),
        ("delivery=x", "兑现方式"),
        ("document=x", "没有文件"),
    ],
)
def test_a_wrong_choice_is_said_and_does_not_narrow(wrong: str, said: str) -> None:
    client = client_of()
    soup = soup_of(client.get(f"/calendar?{wrong}"))
    assert said in soup.select_one(".wrong .mistake").text  # type: ignore[union-attr]
    assert "共 100 个事项" in soup.text
    refused = client.get(f"/calendar.ics?{wrong}")
    assert (refused.status_code, refused.mimetype) == (400, "text/plain")
    assert said in refused.text


def test_what_is_typed_into_the_address_is_not_taken_for_markup() -> None:
    assert "<b>x" not in client_of().get("/calendar?document=<b>x").text


def test_the_last_day_is_in_the_calendar_and_urgent_and_the_next_day_it_is_not() -> None:
    library = with_windows({RENOVATION: Window(DAY, DAY)})
    soup = soup_of(client_of(library, DAY).get("/calendar"))
    assert [tag.text for tag in soup.select(".tag.urgent")] == ["受理最后一天"]
    assert "就是今天" in soup.text
    next_day = soup_of(client_of(library, DAY + timedelta(days=1)).get("/calendar"))
    assert not next_day.select(".tag.urgent")


def test_the_chart_has_the_same_days_as_the_list() -> None:
    soup = soup_of(client_of(on=date(2025, 6, 30)).get("/calendar"))
    rows = [row.select_one("th").text for row in soup.select("figure tbody tr")]  # type: ignore[union-attr]
    assert rows == ["2025年12月31日", "2026年4月29日"]
    assert soup_of(client_of().get("/calendar")).select("figure") == []  # nothing happens within a year


def test_a_year_ahead_of_a_leap_day() -> None:
    assert year_from(LEAP) == date(2025, 2, 28)
    assert year_from(date(2023, 2, 28)) == LEAP - timedelta(days=1)


# ------------------------------------------------------------------- the feed


def events_of(feed: bytes) -> list[Any]:
    return list(Calendar.from_ical(feed).walk("VEVENT"))


def days_of(feed: bytes) -> list[date]:
    return [event["dtstart"].dt for event in events_of(feed)]


spans = st.tuples(st.dates(date(2019, 1, 2), date(2032, 12, 31)), st.none() | st.integers(0, 1000))


def dated(number: int, opens: date, closes: date | None) -> Item:
    document = replace(ITEM.document, validity=Window(date(2019, 1, 1), date(2040, 1, 1)))
    title = "奖励，最高 1 万元；见\n第 2 条"
    return replace(ITEM, id=f"d.{number}", title=title, document=document, window=Window(opens, closes))


@given(st.lists(spans, max_size=10), st.dates(date(2019, 1, 1), date(2032, 12, 31)))
def test_any_windows_come_back_as_the_same_days(found: list[tuple[date, int | None]], on: date) -> None:
    items = [
        dated(number, opens, None if length is None else opens + timedelta(days=length))
        for number, (opens, length) in enumerate(found)
    ]
    milestones = agenda(items, on)
    events = events_of(to_ical(milestones, "惠企日历", lambda _: "https://h.example/items/1"))
    assert [event["dtstart"].dt for event in events] == [each.day for each in milestones]
    assert all(event["dtend"].dt - event["dtstart"].dt == timedelta(days=1) for event in events)
    assert [str(event["summary"]) for event in events] == [f"{each.label}：{each.title}" for each in milestones]
    assert len({str(event["uid"]) for event in events}) == len(events)


def test_a_window_of_one_leap_day_is_two_events_on_it() -> None:
    assert days_of(to_ical(agenda([dated(1, LEAP, LEAP)], LEAP), "历", lambda _: "https://h.example")) == [LEAP, LEAP]


def test_the_last_day_of_all_needs_no_day_after_it() -> None:
    body = to_ical(agenda([dated(1, date.max, date.max)], LEAP), "历", lambda _: "https://h.example")
    assert days_of(body) == [date.max, date.max]


def test_a_moved_day_moves_its_event() -> None:
    before, after = dated(1, LEAP, LEAP), replace(dated(1, LEAP, LEAP + timedelta(days=9)), version=2)
    (_, old), (_, new) = (agenda([item], LEAP) for item in (before, after))
    assert old.day != new.day
    assert uid_of(old) == uid_of(new)
    sequences = [
        int(events_of(to_ical([each], "历", lambda _: "https://h.example"))[0]["sequence"]) for each in (old, new)
    ]
    assert sequences == [0, 1]


def test_the_feed_is_what_calendars_expect() -> None:
    client = client_of()
    answer = client.get("/calendar.ics?region=610602")
    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert str(Calendar.from_ical(answer.data)["x-wr-calname"]) == "惠企日历·陕西省延安市宝塔区"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:P1D" in answer.data
    (event,) = [event for event in events_of(answer.data) if "三年行动方案" in str(event["summary"])]
    assert b"DTSTART;VALUE=DATE:20260429" in answer.data
    assert b"DTEND;VALUE=DATE:20260430" in answer.data
    assert str(event["url"]) == "http://localhost/documents/yanan-2023-private-economy"
    assert "不是申报截止日" in str(event["description"])
    assert sorted(alarm["trigger"].dt for alarm in event.walk("VALARM")) == [
        timedelta(hours=9) - timedelta(days=7),
        timedelta(hours=9) - timedelta(days=1),
    ]
    assert max(len(line) for line in answer.data.split(b"\r\n")) <= 75


def test_the_feed_is_the_same_bytes_until_something_changes() -> None:
    first, second = client_of().get("/calendar.ics"), client_of(on=DAY + timedelta(days=1)).get("/calendar.ics")
    assert first.data == second.data
    client = client_of()
    tag = client.get("/calendar.ics").headers["ETag"]
    again = client.get("/calendar.ics", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    zipped = client.get("/calendar.ics", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    assert client.get("/calendar.ics", headers={"If-None-Match": zipped}).status_code == 304
    moved = client_of(with_windows({RENOVATION: Window(DAY, DAY)})).get("/calendar.ics", headers={"If-None-Match": tag})
    assert moved.status_code == 200


def test_what_is_over_is_not_in_the_feed() -> None:
    assert all(day >= DAY for day in days_of(client_of().get("/calendar.ics").data))
    assert days_of(client_of(on=date(2030, 1, 1)).get("/calendar.ics").data) == []


@pytest.mark.parametrize(
    "on", [date(2023, 1, 13), date(2023, 12, 31), date(2024, 1, 1), LEAP, date(2026, 4, 29)], ids=str
)
def test_page_and_feed_agree_on_any_day(on: date) -> None:
    client = client_of(library_of(bundled_library().published), on)
    soup = soup_of(client.get("/calendar"))
    listed = [time["datetime"] for time in soup.select(".timeline time")]
    assert listed == [day.isoformat() for day in days_of(client.get("/calendar.ics").data)]
