"""Times as people say them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.plain_text import normalise
from recommender.search.dates import dates_in

ON = date(2024, 1, 31)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024年", "2024-01-01", "2024-12-31"),
        ("二〇二三年度", "2023-01-01", "2023-12-31"),
        ("23年", "2023-01-01", "2023-12-31"),
        ("去年", "2023-01-01", "2023-12-31"),
        ("明年上半年", "2025-01-01", "2025-06-30"),
        ("下半年", "2024-07-01", "2024-12-31"),
        ("第三季度", "2024-07-01", "2024-09-30"),
        ("2023年2月", "2023-02-01", "2023-02-28"),
        ("2024年2月", "2024-02-01", "2024-02-29"),
        ("十二月", "2024-12-01", "2024-12-31"),
        ("本月", "2024-01-01", "2024-01-31"),
        ("上个月", "2023-12-01", "2023-12-31"),
        ("下个月", "2024-02-01", "2024-02-29"),
        ("今年底前", None, "2024-12-31"),
        ("年底前", None, "2024-12-31"),
        ("6月底前", None, "2024-06-30"),
        ("12月31日前", None, "2024-12-31"),
        ("2024-06-30之前", None, "2024-06-30"),
        ("2024年3月1日起", "2024-03-01", None),
        ("5月4号", "2024-05-04", "2024-05-04"),
        ("月底前", None, "2024-01-31"),
        ("月末", "2024-01-21", "2024-01-31"),
        ("2024年底", "2024-12-01", "2024-12-31"),
        ("20240630", "2024-06-30", "2024-06-30"),
        ("20240630前", None, "2024-06-30"),
        ("十一月十五日", "2024-11-15", "2024-11-15"),
        ("二〇二三年三月三十一日前", None, "2023-03-31"),
        ("六月二十号", "2024-06-20", "2024-06-20"),
        ("2023", "2023-01-01", "2023-12-31"),
        ("今年终于", "2024-01-01", "2024-12-31"),
        ("2023年终", "2023-12-01", "2023-12-31"),
        ("今年末", "2024-12-01", "2024-12-31"),
        ("2024家电补贴", "2024-01-01", "2024-12-31"),
        ("2023上半年", "2023-01-01", "2023-06-30"),
        ("2000年", "2000-01-01", "2000-12-31"),
        ("23年上半年", "2023-01-01", "2023-06-30"),
        ("23年的第三季度", "2023-07-01", "2023-09-30"),
        ("23年底前", None, "2023-12-31"),
        ("23年起", "2023-01-01", None),
    ],
)
def test_a_time_is_seen_from_the_day(text: str, first: str | None, last: str | None) -> None:
    (hint,) = dates_in(text, ON)
    assert (hint.first and hint.first.isoformat(), hint.last and hint.last.isoformat()) == (first, last)
    assert hint.said == text.removesuffix("终于").removesuffix("家电补贴")


@pytest.mark.parametrize(
    "text",
    [
        *("", "2月30日", "100年", "五年内", "近三年", "上海", "之前", "13月", "1500月"),
        *("到底能补多少钱", "彻底", "底层技术", "底", "每月底", "两个月底"),
        *("干了20年的老厂", "25年的店", "20年老厂", "近20年", "经营25年", "20年以上", "20年前", "20年内"),
        *("2000平米", "2000家", "2000吨", "2000千瓦", "2015家", "2020 平方米", "2024元", "2024万", "2023人"),
        *("20241340", "202406301", "20240230", "2000年代", "一二三四"),
    ],
)
def test_what_is_no_time(text: str) -> None:
    assert dates_in(text, ON) == ()


@given(
    st.text(
        alphabet=st.one_of(
            st.characters(), st.sampled_from("0123456789年月日号底前后起上下半今明去本第季度-/.一二三十〇")
        )
    ),
    st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)),
)
def test_any_text_is_read(text: str, on: date) -> None:
    plain = normalise(text)
    for hint in dates_in(plain, on):
        assert hint.said == plain[hint.start : hint.end]
        assert hint.first is not None or hint.last is not None
        assert (hint.first or date.min) <= (hint.last or date.max)
