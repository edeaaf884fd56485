"""What cells mean: figures, days and words as people and spreadsheets write them, exactly or not at all."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from cn2an import an2cn  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from enterprises import industries, regions
from enterprises.dictionary import bundled
from enterprises.imports.cells import UNITS, Cell, Manner, parse_money, parse_ratio, read_code, reader, text_of
from enterprises.source_text import BadText
from tests.made_up_tables import code

DAY = date(2024, 6, 30)
FACTS = bundled().facts


def read(fact: str, cell: Cell, **manner: Any) -> Any:
    return reader(FACTS[fact], Manner(DAY, **manner), lambda value: value)(cell)


# ------------------------------------------------------------------ figures


@pytest.mark.parametrize(
    ("cell", "unit", "fen"),
    [
        ("1234.56", "万元", 1_234_560_000),
        ("１，２３４．５６", "万元", 1_234_560_000),
        ("1,234.56", "万元", 1_234_560_000),
        (" 12 ", "元", 1200),
        ("¥12.30", "元", 1230),
        ("100万元", None, 100_000_000),
        ("100万元", "亿元", 100_000_000),
        ("1.2亿", "元", 12_000_000_000),
        ("3千万元", None, 3_000_000_000),
        ("一千二百万元", None, 1_200_000_000),
        ("叁佰万元整", "元", 300_000_000),
        ("人民币壹仟贰佰元伍角整", None, 120_050),
        ("三百五十", "万元", 350_000_000),
        ("两百万元", None, 200_000_000),
        ("一点二五亿元", None, 12_500_000_000),
        ("0", None, 0),
        (0.1 + 0.2, "万元", 300_000),
        (1e12, "元", 10**14),
        (Decimal("0.30"), "万元", 300_000),
        (1234, "万元", 1_234_000_000),
    ],
    ids=repr,
)
def test_money_is_read_exactly(cell: Cell, unit: str | None, fen: int) -> None:
    assert read("revenue", cell, unit=unit) == fen


@pytest.mark.parametrize(
    ("cell", "unit", "words"),
    [
        ("100", None, "没有单位"),
        ("一百", None, "没有单位"),
        ("0.001", "元", "不足一分"),
        ("0.0000001", "万元", "不足一分"),
        ("-5", "万元", "负数"),
        ("－５", "万元", "负数"),
        ("(1,234)", "元", "负数"),
        ("1.2E+07", "元", "科学计数法"),
        ("12,34", "元", "不是金额"),
        ("约100", "万元", "不是金额"),
        ("一百二", "万元", "不是金额"),
        ("三五百万元", None, "不是金额"),
        ("#REF!", "元", "不是金额"),
        ("10²", "元", "不是金额"),
        ("1,000,001亿元", None, "合理范围"),
        (float("inf"), "元", "无穷大"),
        (["1"], "元", "列表"),
    ],
    ids=repr,
)
def test_what_is_no_certain_amount_is_refused_with_the_reason(cell: Cell, unit: str | None, words: str) -> None:
    found = read("revenue", cell, unit=unit)
    assert isinstance(found, BadText)
    assert words in found.message + found.remedy


@given(st.integers(0, 10**13), st.sampled_from(sorted(UNITS)))
def test_every_amount_is_read_back_in_every_unit_and_spelling(fen: int, unit: str) -> None:
    number = Decimal(fen) / UNITS[unit]
    grouped = f"{number:,f}"
    wide = grouped.translate({ord(narrow): ord(narrow) + 0xFEE0 for narrow in "0123456789.,"})
    for text in (f"{number:f}", grouped, wide, f"{grouped} {unit}"):
        assert parse_money(text, unit) == fen, text
    if len(number.normalize().as_tuple().digits) <= 15:
        assert read("total_assets", float(number), unit=unit) == fen


@given(st.integers(0, 10**9), st.sampled_from(["low", "up"]))
def test_every_whole_amount_is_read_back_from_chinese_numerals(yuan: int, mode: str) -> None:
    assert parse_money(f"{an2cn(yuan, mode)}元", None) == yuan * 100


@pytest.mark.parametrize(
    ("cell", "count"),
    [("120", 120), ("1,200人", 1200), ("一百二十人", 120), ("１２０", 120), (120.0, 120), ("120.0", 120), (7, 7)],
    ids=repr,
)
def test_counts_are_read(cell: Cell, count: int) -> None:
    assert read("employees", cell) == count


@pytest.mark.parametrize("cell", ["120.5", 120.5, "-1", "约三百", "十几", "1e3", "2000001", True], ids=repr)
def test_what_is_no_certain_count_is_refused(cell: Cell) -> None:
    assert isinstance(read("employees", cell), BadText)


@pytest.mark.parametrize(
    ("text", "unit", "ratio"),
    [
        ("1.5%", None, Fraction(3, 200)),
        ("3‰", None, Fraction(3, 1000)),
        ("1/3", None, Fraction(1, 3)),
        ("15", "%", Fraction(3, 20)),
    ],
    ids=repr,
)
def test_ratios_are_read_exactly(text: str, unit: str | None, ratio: Fraction) -> None:
    assert parse_ratio(text, unit) == ratio


def test_a_bare_ratio_without_a_unit_is_refused() -> None:
    with pytest.raises(BadText, match="unit"):
        parse_ratio("0.15", None)


# --------------------------------------------------------------------- days


@pytest.mark.parametrize(
    "cell",
    [
        "2023-04-29",
        "2023-4-29",
        "2023/4/29",
        "2023.4.29",
        "20230429",
        "2023年4月29日",
        "２０２３／４／２９",
        "2023-04-29 00:00:00",
        "2023-04-29T08:30:00",
        "45045",
        "45045.5",
        45045,
        45045.0,
        date(2023, 4, 29),
        datetime(2023, 4, 29, 23, 59),
    ],
    ids=repr,
)
def test_days_are_read_in_every_usual_order(cell: Cell) -> None:
    assert read("registered_on", cell) == date(2023, 4, 29)


@given(st.dates(date(1950, 1, 1), DAY))
def test_serial_numbers_of_excel_are_days(day: date) -> None:
    assert read("registered_on", float((day - date(1899, 12, 30)).days)) == day


@pytest.mark.parametrize("time", [" 19:00", "  9:00:01", "T19:00:00.5", " 00:00"])
def test_a_time_of_day_is_no_part_of_the_day(time: str) -> None:
    assert read("registered_on", f"2023-04-2{time}") == date(2023, 4, 2)
    assert read("registered_on", f"2023 年 4 月 21 日{time}") == date(2023, 4, 21)
    assert isinstance(read("registered_on", "2023-04-219:00"), BadText)


@pytest.mark.parametrize("order", ["月/日/年", "日.月.年", "年月日"])
def test_a_mapping_may_say_the_order(order: str) -> None:
    text = order.replace("年", "2023").replace("月", "04").replace("日", "05")
    assert read("registered_on", text, dates=(order,)) == date(2023, 4, 5)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("04/05/2023", "dates"),
        ("2023", "不是日期"),
        ("2023-02-30", "日历上没有"),
        ("20231301", "日历上没有"),
        ("1949-09-30", "合理范围"),
        ("2024-07-01", "还没有到"),
        (2023, "不是日期"),
        ("2023-4", "不是日期"),
    ],
    ids=repr,
)
def test_what_is_no_certain_day_is_refused(cell: Cell, words: str) -> None:
    found = read("registered_on", cell)
    assert isinstance(found, BadText)
    assert words in str(found)


@pytest.mark.parametrize("days", [-1, 0, 1])
def test_no_day_is_after_the_day_of_the_import(days: int) -> None:
    assert isinstance(read("registered_on", DAY + timedelta(days)), BadText) == (days > 0)


# -------------------------------------------------------------------- words


@pytest.mark.parametrize(
    "fact",
    ["revenue", "employees", "registered_on", "region", "entity_kind", "zones", "five_above"],
    ids=repr,
)
@pytest.mark.parametrize(
    "cell",
    [None, "", "  ", "　", "-", "—", "——", "/", "N/A", "不详", "未知", " 未 知 ", float("nan"), "待核"],
    ids=repr,
)
def test_nobody_knows_is_unknown_and_no_mistake(fact: str, cell: Cell) -> None:
    assert read(fact, cell, unit="元", unknown=frozenset({"待核"})) is None


@pytest.mark.parametrize(
    ("cell", "flag"),
    [
        ("是", True),
        ("Y", True),
        ("yes", True),
        ("1", True),
        (1.0, True),
        (True, True),
        ("√", True),
        ("有", True),
        ("否", False),
        ("N", False),
        ("0", False),
        (0, False),
        (False, False),
        ("无", False),
        ("没有", False),
    ],
    ids=repr,
)
def test_yes_and_no_in_all_their_spellings(cell: Cell, flag: bool) -> None:
    assert read("five_above", cell) is flag


def test_maybe_is_neither() -> None:
    assert isinstance(read("five_above", "可能"), BadText)
    assert isinstance(read("five_above", "2"), BadText)


@pytest.mark.parametrize(
    ("cell", "region"),
    [
        ("610602", "610602"),
        (610602.0, "610602"),
        ("610602003000", "610602"),
        ("宝塔区", "610602"),
        ("延安市宝塔区", "610602"),
        ("陕西省延安市宝塔区", "610602"),
        ("延安市", "610600"),
        ("６１０６０２", "610602"),
    ],
    ids=repr,
)
def test_regions_by_code_or_name(cell: Cell, region: str) -> None:
    assert read("region", cell) == region


@pytest.mark.parametrize("cell", ["619999", "61060", "火星", "6106020030"], ids=repr)
def test_unknown_regions_are_refused(cell: str) -> None:
    assert "行政区划" in str(read("region", cell))


@given(st.sampled_from(list(regions.regions())))
def test_every_full_name_of_a_region_is_understood(region: regions.Region) -> None:
    assert read("region", regions.full_name(region.code)) == region.code


@given(st.sampled_from(list(industries.industries())))
def test_every_name_of_an_industry_is_it_or_contains_it(industry: industries.Industry) -> None:
    assert industries.nested(industry.code, read("industry", industry.name))


def test_a_number_that_may_have_lost_its_zero_is_no_industry() -> None:
    assert "开头的 0" in str(read("industry", 111))
    assert read("industry", "111") == "111"
    assert read("industry", 1411) == "1411"
    assert isinstance(read("industry", "XX"), BadText)


def test_words_are_translated_before_anything_else() -> None:
    values: Mapping[str, str | None] = {"有限责任公司": "企业", "其他组织": None, "—": "其他"}
    assert read("entity_kind", "有限责任公司", translations=values) == "企业"
    assert read("entity_kind", " 有限 责任公司", translations=values) == "企业"
    assert read("entity_kind", "其他组织", translations=values) is None
    assert read("entity_kind", "—", translations=values) == "其他"
    assert "values" in str(read("entity_kind", "合伙企业", translations=values))
    assert read("five_above_status", '准"五上"') == "准“五上”"


def test_sets_are_all_of_their_options_or_nothing() -> None:
    assert read("zones", "秦创原、自由贸易试验区；县域园区") == {"秦创原", "自由贸易试验区", "县域园区"}
    assert read("zones", "秦创原+县域园区", separator="+") == {"秦创原", "县域园区"}
    assert read("zones", ["秦创原"]) == {"秦创原"}
    assert read("zones", "无") == frozenset()
    assert read("zones", "QCY、县域园区", translations={"QCY": "秦创原"}) == {"秦创原", "县域园区"}
    assert isinstance(read("zones", "秦创原、火星园区"), BadText)
    assert isinstance(read("zones", ["秦创原", "火星园区"]), BadText)


# ------------------------------------------------------------- credit codes


def test_credit_codes_are_tidied_and_checked() -> None:
    good = code(1)
    for spelling in (good, f" {good} ", good.lower(), f"{good[:8]}-{good[8:]}", f"{good[:2]} {good[2:]}"):
        assert read_code(spelling) == good
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    for cell, words in ((wrong, "校验码"), ("", "没有"), (None, "没有"), ("123", "18位"), (9.16e17, "文本格式")):
        with pytest.raises(BadText, match=words):
            read_code(cell)


@given(st.integers(0, 10**5 - 1), st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_no_single_wrong_character_passes(number: int, place: int, character: str) -> None:
    good = code(number)
    wrong = good[:place] + character + good[place + 1 :]
    if wrong != good:
        with pytest.raises(BadText):
            read_code(wrong)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_binary_fractions_become_what_a_spreadsheet_shows(number: float) -> None:
    text = text_of(number)
    assert "e" not in text.lower()
    assert float(text) == pytest.approx(number, rel=1e-14, abs=0)
    assert len(Decimal(text).normalize().as_tuple().digits) <= 15


def test_control_characters_and_endless_texts_are_refused() -> None:
    field = bundled().records["project"].fields["name"]
    name = reader(field, Manner(DAY), lambda value: value)
    assert isinstance(name("一\x00号"), BadText)
    assert name("长" * 1000) == "长" * 1000
    assert isinstance(name("长" * 1001), BadText)
