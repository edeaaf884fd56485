"""The days that matter: month ends, leap days, windows of one day, and whose day it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from enterprises.dictionary import bundled
from policies.dates import Milestone, Occasion, agenda, has_own_dates, history, months, without_end
from policies.items import Item, Window
from policies.library import Library
from policies.rules import Condition, Operator
from tests.made_up_item import made_up_item

ANYBODY = Condition("entity_kind", Operator.IS, ("企业",))
ITEM = made_up_item(ANYBODY, "fixed: 1万元", bundled())
LEAP = date(2024, 2, 29)

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    opens = draw(days)
    length = draw(st.none() | st.integers(0, 800))
    return Window(opens, None if length is None else opens + timedelta(days=length))


def item(number: int, window: Window) -> Item:
    """An item with dates of its own, of a document that is valid for longer."""
    validity = Window(date(2019, 1, 1), date(2040, 1, 1))
    return replace(ITEM, id=f"d.{number}", document=replace(ITEM.document, validity=validity), window=window)


def bound(number: int, validity: Window, document: str = "d") -> Item:
    """An item that has its document's dates."""
    owner = replace(ITEM.document, id=document, validity=validity, published_on=validity.opens)
    return replace(ITEM, id=f"{document}.{number}", document=owner, window=validity)


def told(milestones: Sequence[Milestone]) -> list[tuple[date, Occasion]]:
    return [(each.day, each.occasion) for each in milestones]


@given(st.lists(windows(), max_size=12), days)
def test_every_day_from_the_first_on_is_in_the_agenda_and_nothing_before(found: list[Window], first: date) -> None:
    listed = agenda([item(number, window) for number, window in enumerate(found)], first)
    expected = [
        (day, occasion)
        for window in found
        for day, occasion in ((window.opens, Occasion.OPENS), (window.closes, Occasion.LAST_DAY))
        if day is not None and day >= first
    ]
    assert sorted(told(listed)) == sorted(expected)
    assert [each.day for each in listed] == sorted(each.day for each in listed)
    assert all(each.own for each in listed)


def test_a_leap_day_a_year_s_end_and_a_window_of_one_day() -> None:
    one = item(1, Window(LEAP, LEAP))
    assert told(agenda([one], LEAP)) == [(LEAP, Occasion.OPENS), (LEAP, Occasion.LAST_DAY)]
    assert told(agenda([one], date(2024, 3, 1))) == []
    eve = item(2, Window(date(2024, 12, 31), date(2024, 12, 31)))
    assert months(agenda([eve, one], LEAP)) == (date(2024, 2, 1), date(2024, 12, 1))


def test_items_that_share_their_document_s_dates_share_a_milestone() -> None:
    validity = Window(date(2024, 1, 1), date(2024, 6, 30))
    listed = agenda([bound(1, validity), bound(2, validity), bound(1, validity, "e")], date(2024, 6, 30))
    assert [(each.document.id, len(each.items), each.own) for each in listed] == [("d", 2, False), ("e", 1, False)]
    assert [each.label for each in listed] == ["政策有效期最后一天"] * 2
    assert not has_own_dates(bound(1, validity))


def test_what_names_no_end_is_said_and_not_dropped() -> None:
    endless = item(1, Window(date(2024, 1, 1), None))
    ended = item(2, Window(date(2024, 1, 1), date(2024, 2, 1)))
    assert without_end([endless, ended]) == (endless,)
    assert told(agenda([endless], date(2024, 1, 1))) == [(date(2024, 1, 1), Occasion.OPENS)]


def library(*items: Item) -> Library:
    return Library({each.document.id: each.document for each in items}, {each.id: each for each in items}, bundled())


def test_a_document_that_is_in_force_at_once_has_one_milestone_for_both() -> None:
    validity = Window(date(2024, 2, 29), date(2024, 12, 31))
    (issued, last, expired) = history(library(bound(1, validity)))
    assert (issued.occasion, issued.label) == (Occasion.ISSUED, "印发，当天起施行")
    assert (last.day, last.occasion) == (date(2024, 12, 31), Occasion.LAST_DAY)
    assert (expired.day, expired.occasion) == (date(2025, 1, 1), Occasion.EXPIRED)
    later = bound(1, validity)
    later = replace(later, document=replace(later.document, published_on=date(2024, 2, 1)))
    assert [each.label for each in history(library(later))][:2] == ["印发", "开始施行"]


def test_the_last_day_of_all_has_no_day_after_it() -> None:
    assert told(history(library(bound(1, Window(date(2024, 1, 1), date.max)))))[-1] == (date.max, Occasion.LAST_DAY)


@given(st.lists(windows(), min_size=1, max_size=8))
def test_history_has_all_of_the_agenda_and_what_ran_out(found: list[Window]) -> None:
    items = [item(number, window) for number, window in enumerate(found)]
    always = history(library(*items))
    assert set(told(agenda(items, date.min))) <= set(told(always))
    expired = [each.day - timedelta(days=1) for each in always if each.occasion is Occasion.EXPIRED and each.own]
    assert sorted(expired) == sorted(window.closes for window in found if window.closes is not None)
