"""Charts: what is drawn, what stands in the table beside it, and that both say the same."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from enterprises.amounts import format_money
from web.charts import LINE, Bar, Bars, Event, Mark, Timeline, bars, broken, timeline

START, END = date(2024, 2, 29), date(2025, 2, 28)

labels = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=60)
figures = st.none() | st.integers(0, 10**20)


def drawn(chart: Bars | Timeline) -> BeautifulSoup:
    app = Flask("web.app")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    kind = "bars" if isinstance(chart, Bars) else "timeline"
    with app.test_request_context():
        text = render_template_string(
            f"{{% import '_charts.html' as charts %}}{{{{ charts.{kind}(chart) }}}}", chart=chart
        )
    return BeautifulSoup(text, "html.parser")


def table(soup: BeautifulSoup) -> list[list[str]]:
    return [[cell.text for cell in row.select("th, td")] for row in soup.select("tbody tr")]


@given(st.lists(st.tuples(labels, figures), min_size=1, max_size=8))
def test_bars_and_their_table_say_the_same(rows: list[tuple[str, int | None]]) -> None:
    given_ = [Bar(label, value, "没有" if value is None else format_money(value)) for label, value in rows]
    soup = drawn(bars("金额", given_))
    assert table(soup) == [[row.label, row.text] for row in given_]
    assert [text.text for text in soup.select("svg text.figure")] == [row.text for row in given_]
    said = ["".join(part.text for part in text.select("tspan")) for text in soup.select("svg text:not(.figure)")]
    assert said == [row.label for row in given_]
    assert all(row.label in soup.select_one("desc").text for row in given_)  # type: ignore[union-attr]
    assert len(soup.select("rect.bar")) == sum(bool(value) for _, value in rows)


@given(st.lists(st.integers(0, 10**20), min_size=1, max_size=8))
def test_longer_bars_are_longer_and_none_is_too_long(values: list[int]) -> None:
    chart = bars("数", [Bar(str(value), value, str(value)) for value in values])
    lengths = [float(row.length) for row in chart.rows]
    assert all(0 <= length <= 60 for length in lengths)
    assert all((length == 0) == (value == 0) for length, value in zip(lengths, values, strict=True))
    pairs = sorted(zip(values, lengths, strict=True))
    assert [length for _, length in pairs] == sorted(lengths)
    if max(values):
        assert max(lengths) == 60


def test_one_bar_no_bar_and_all_zero() -> None:
    assert [row.length for row in bars("一", [Bar("甲", 7, "7")]).rows] == ["60"]
    assert [row.length for row in bars("零", [Bar("甲", 0, "0"), Bar("乙", 0, "0")]).rows] == ["0", "0"]
    empty = drawn(bars("无", []))
    assert empty.select_one(".empty") is not None
    assert empty.svg is None
    with pytest.raises(ValueError, match="below zero"):
        bars("负", [Bar("甲", -1, "-1")])


def test_a_chart_needs_no_style_and_has_a_name() -> None:
    for chart in (
        bars("甲", [Bar("类", 1, "1")]),
        timeline("乙", START, END, [Event("事", START, "开始", Mark.BEGINS), Event("完", END, "截止")]),
    ):
        soup = drawn(chart)
        assert not soup.select("[style], style, script")
        svg = soup.select_one('svg[role="img"]')
        assert svg is not None
        assert [each["id"] for each in svg.select("title, desc")] == str(svg["aria-labelledby"]).split()
        assert soup.select_one("figure.chart > details > table") is not None
    assert bars("甲", []).name != bars("乙", []).name


@given(labels, st.integers(1, 30))
def test_labels_are_broken_without_losing_anything(label: str, width: int) -> None:
    lines = broken(label, width)
    assert "".join(lines) == label
    assert all(1 <= len(line) <= width for line in lines)


def test_half_width_signs_count_half() -> None:
    assert broken("a" * 2 * LINE) == ("a" * 2 * LINE,)
    assert broken("a" * 2 * LINE + "b") == ("a" * 2 * LINE, "b")
    assert broken("") == ("",)


@given(st.lists(st.tuples(st.integers(0, 365), st.integers(0, 500)), min_size=1, max_size=10))
def test_events_stand_on_the_axis_in_the_order_of_days(spans: list[tuple[int, int]]) -> None:
    events = [
        Event(
            f"事{number}", START + timedelta(days=offset), "说明", Mark.LASTS, START + timedelta(days=offset + length)
        )
        for number, (offset, length) in enumerate(spans)
    ]
    chart = timeline("日子", START, END, events)
    assert [row.event.day for row in chart.rows] == sorted(event.day for event in events)
    for row in chart.rows:
        assert 2 <= float(row.left) <= float(row.left) + float(row.width) <= 98.01
    soup = drawn(chart)
    assert sorted(table(soup)) == sorted([event.when, event.label, event.text] for event in events)
    assert "▬ 持续" in soup.select_one(".key").text  # type: ignore[union-attr]


def test_the_ends_of_the_axis_are_on_it_and_the_days_beyond_are_not() -> None:
    first, last = timeline("两头", START, END, [Event("始", START, ""), Event("终", END, "")]).rows
    assert (first.left, last.left) == ("2", "98")
    for day in (START - timedelta(days=1), END + timedelta(days=1)):
        with pytest.raises(ValueError, match="not on the axis"):
            timeline("外", START, END, [Event("外", day, "")])
    with pytest.raises(ValueError, match="two days"):
        timeline("短", START, START, [])


def test_months_are_marked_and_the_year_is_said_where_it_changes() -> None:
    ticks = timeline("轴", date(2024, 7, 1), date(2025, 7, 1), [Event("事", date(2024, 8, 1), "")]).ticks
    assert len(ticks) == 13
    assert [tick.label for tick in ticks if tick.label] == ["2024年7月", "12月", "2025年5月"]
    assert ticks[0].left == "2"
