"""Amounts as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.amounts import FEN_PER_WAN, format_money
from enterprises.plain_text import normalise
from recommender.search.amounts import MOST, amounts_in


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("20万", 20, 20),
        ("贰拾万元", 20, 20),
        ("二十万以上", 20, None),
        ("10到50万元", 10, 50),
        ("十万至五十万", 10, 50),
        ("10-50万", 10, 50),
        ("100万到一个亿", 100, 10_000),
        ("1个亿", 10_000, 10_000),
        ("半个亿", 5_000, 5_000),
        ("五十来万", 50, 60),
        ("20多万", 20, 30),
        ("150多万", 150, 160),
        ("十几万", 10, 20),
        ("几十万", 10, 100),
        ("上百万", 100, None),
        ("三五万", 3, 5),
        ("五六十万", 50, 60),
        ("三万五", 3.5, 3.5),
        ("1亿5000万", 15_000, 15_000),
        ("超过100万元", 100, None),
        ("不少于一百万", 100, None),
        ("不超过三百万", None, 300),
        ("20万以内", None, 20),
        ("最高补20万", None, 20),
        ("50万左右", 40, 60),
        ("8,000元", 0.8, 0.8),
        ("三百块钱", 0.03, 0.03),
        ("1.5亿", 15_000, 15_000),
        ("0多万", 0, 1),
        ("三到五百万", 300, 500),
        ("三到五十万", 30, 50),
        ("三到十万", 3, 10),
        ("八到二十万", 8, 20),
        ("3到5百万", 300, 500),
        ("20万不到", None, 20),
        ("20万不足", None, 20),
        ("50万到20万", 20, 50),
        ("10w", 10, 10),
        ("10w元", 10, 10),
        ("5w-10w", 5, 10),
        ("十五六万", 15, 16),
        ("一百二三十万", 120, 130),
        ("一百零五六万", 105, 106),
        ("百万", 100, 100),
        ("百万元以上", 100, None),
        ("千万元", 1_000, 1_000),
        ("千万以上", 1_000, None),
        ("百亿", 1_000_000, 1_000_000),
        ("百多万", 100, 200),
        ("两个多亿", 20_000, 30_000),
        ("两亿多", 20_000, 30_000),
        ("百八十万", 80, 180),
        ("千把万", 1_000, 2_000),
    ],
)
def test_an_amount_is_read_as_it_is_meant(text: str, low: float | None, high: float | None) -> None:
    (hint,) = amounts_in(text)
    assert (hint.low, hint.high) == tuple(None if wan is None else round(wan * FEN_PER_WAN) for wan in (low, high))
    assert hint.said == text[hint.start : hint.end]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "千万别",
        "万一",
        "一块儿",
        "多元化",
        "十四五",
        "500人以上",
        "10万吨",
        "5万人",
        "20万平方米",
        "2023-2025年",
        "3000",
        "100万美元",
        "3万户",
        "0万元",
        "五百强",
        "100万千瓦",
        "20万千瓦时",
        "10万公斤",
        "千万",
        "百十一万",
        "百千万工程",
        "10kw",
        "10wh",
        "5w1h",
    ],
)
def test_what_is_no_amount_of_money(text: str) -> None:
    assert amounts_in(text) == ()


def test_several_amounts_are_found_in_their_order() -> None:
    assert [hint.said for hint in amounts_in("20万500人,50万50万,五十万五十万,20万3.5%,1万2024年")] == [
        *("20万", "50万", "50万", "五十万", "五十万", "20万", "1万"),
    ]
    assert [hint.said for hint in amounts_in("补贴20万不到账的,补30万")] == ["20万", "30万"]
    assert [hint.said for hint in amounts_in("投资500万以上的,补助不超过 100 万元,另奖20万")] == [
        "500万以上",
        "不超过 100 万元",
        "20万",
    ]


@given(st.text(alphabet="零〇一二两三九壹玖十百千拾佰仟万亿点半几多来把个到元", max_size=16))
def test_any_run_of_characters_of_numbers_is_read_or_is_not(text: str) -> None:
    for said in (text, f"{text}万", f"{text}万元"):
        assert all(hint.low != 0 or hint.high for hint in amounts_in(said))


@pytest.mark.parametrize("said", ["百十一万", "百十二万", "十十一万", "二十十五万", "一十零万"])
def test_what_the_reader_of_numbers_stumbles_over_is_no_amount(said: str) -> None:
    assert amounts_in(said) == ()


@given(st.integers(1, 10**14))
def test_what_the_product_writes_is_read_back(fen: int) -> None:
    (hint,) = amounts_in(format_money(fen))
    assert hint.low == hint.high == fen


@given(
    st.text(
        alphabet=st.one_of(
            st.characters(), st.sampled_from("0123456789.,零一二两三十百千万亿元块多来到至-以上不超过半几")
        )
    )
)
def test_any_text_is_read(text: str) -> None:
    plain = normalise(text)
    end = 0
    for hint in amounts_in(plain):
        assert end <= hint.start < hint.end <= len(plain)
        assert hint.low is not None or hint.high is not None
        assert 0 <= (hint.low or 0) <= (hint.high or MOST) <= MOST
        end = hint.end
