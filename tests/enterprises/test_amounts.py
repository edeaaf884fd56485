from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.amounts import format_money, format_ratio, parse_count, parse_money, parse_ratio
from enterprises.source_text import BadText


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1元", 100),
        ("0.01元", 1),
        ("0元", 0),
        ("-3.5元", -350),
        ("8,000,000元", 800_000_000),
        ("100万元", 100_000_000),
        ("1.5千元", 150_000),
        ("2百万元", 200_000_000),
        ("10亿元", 10**11),
        ("1800万", 1_800_000_000),
        ("1.2亿", 12_000_000_000),
        ("1.2 亿", 12_000_000_000),
        ("0.00000001亿元", 100),
        ("0.123456789万元", None),
        ("１００万元", 100_000_000),  # full-width digits
        ("８，０００．５元", 800_050),
        (" 100 万元 ", 100_000_000),
        ("\u3000100\u3000万元", 100_000_000),
    ],
)
def test_money(text: str, fen: int | None) -> None:
    if fen is None:
        with pytest.raises(BadText, match="不足一分"):
            parse_money(text)
    else:
        assert parse_money(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "100",
            "万元",
            "一百万元",
            "1,00元",
            "1.元",
            ".5元",
            "1e3元",
            "100千",
            "100百万",
            "100万亿",
            "100美元",
            "--1元",
            "1元2元",
            "٣元",
        ),
        *("10²元", "①元", "½元", "9" * 5000 + "元", "0." + "1" * 5000 + "元", "+1元", "nan元", "100\n万 元"),
    ],
)
def test_no_money(text: str) -> None:
    with pytest.raises(BadText):
        parse_money(text)


@given(st.integers(-(10**18), 10**18))
def test_money_survives_being_written(fen: int) -> None:
    assert parse_money(format_money(fen)) == fen


@given(st.integers(0, 10**16), st.sampled_from(["元", "千元", "万元", "百万元", "亿元"]))
def test_money_is_exact_to_the_fen(number: int, unit: str) -> None:
    """Twenty-odd digits, of which a binary float would keep sixteen."""
    factor = {"元": 1, "千元": 10**3, "万元": 10**4, "百万元": 10**6, "亿元": 10**8}[unit]
    fen = parse_money(f"{number}.01{unit}")
    assert type(fen) is int
    assert fen == (number * 100 + 1) * factor


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0元"),
        (1, "0.01元"),
        (-1, "-0.01元"),
        (999_999, "9999.99元"),
        (10**6, "1万元"),
        (10**6 + 1, "10000.01元"),
        (10**6 + 100, "1.0001万元"),
        (10**10, "1亿元"),
        (95 * 10**9, "9.5亿元"),
        (10**10 - 1, "99999999.99元"),
        (-(10**10), "-1亿元"),
    ],
)
def test_money_is_written_short_and_exact(fen: int, text: str) -> None:
    assert format_money(fen) == text


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("1.5%", Fraction(3, 200)),
        ("3‰", Fraction(3, 1000)),
        ("100％", Fraction(1)),
        ("-5%", Fraction(-1, 20)),
        ("0%", Fraction()),
    ],
)
def test_ratio(text: str, ratio: Fraction) -> None:
    assert parse_ratio(text) == ratio


@pytest.mark.parametrize("text", ["", "0.2", "%", "二成", "5%%", "5 个百分点", "9" * 5000 + "%"])
def test_no_ratio(text: str) -> None:
    with pytest.raises(BadText):
        parse_ratio(text)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_ratio_survives_being_written(number: int, places: int) -> None:
    ratio = Fraction(number, 10**places)
    assert parse_ratio(format_ratio(ratio)) == ratio


def test_a_ratio_without_end_says_so() -> None:
    assert format_ratio(Fraction(1, 3)) == "约33.33%"


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("1,234", 1234), ("20人", 20), ("２０ 人", 20)])
def test_count(text: str, count: int) -> None:
    assert parse_count(text, "人") == count


@pytest.mark.parametrize("text", ["", "-1", "1.5", "20户", "20万元", "二十", "3²", "9" * 5000])
def test_no_count(text: str) -> None:
    with pytest.raises(BadText):
        parse_count(text, "人")


@given(st.text() | st.from_regex(r"[0-9.,-]+(元|万元|%|人)?", fullmatch=True))
def test_whatever_is_written_it_is_an_amount_or_bad_text(text: str) -> None:
    for parse in (parse_money, parse_ratio, parse_count):
        try:
            parse(text)
        except BadText as error:
            assert error.message
            assert error.remedy
