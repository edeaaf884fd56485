"""What a cell of somebody's table means: from what is written in it to a typed value of a fact.

Tables come from many hands: figures with thousands separators, in full width or in Chinese numerals, dates in every
order, dashes for what nobody knows. What is certain is read exactly; anything else is a ``BadText`` that says why.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, TypeVar

from cn2an import cn2an  # type: ignore[import-untyped]

from enterprises import credit_code, industries, regions
from enterprises.amounts import FEN_PER_WAN, YUAN
from enterprises.calendar import format_day
from enterprises.dictionary import Fact, Kind, Value
from enterprises.source_text import BadText, is_usable, suggest

Cell = str | int | float | bool | Decimal | date | list[Any] | None
"""What a file holds in one place. Text is ``str``; only a file that itself tells numbers from text gives numbers."""

T = TypeVar("T")

Read = Callable[[Cell], T | BadText | None]
"""What a cell says: a value, ``None`` where it says nothing, or what is wrong with it."""

LONGEST_TEXT = 1000
"""The most characters that a text of an enterprise may have."""

UNKNOWN_CELLS = frozenset(
    {
        *("", "-", "--", "---", "—", "——", "–", "/", "\\", "n/a", "na", "#n/a", "null", "none", "nan"),
        *("不详", "未知", "不清楚", "unknown"),
    }
)
"""Cells that say that nobody knows; a mapping may add to them. 无 is not among them: it says that there is none."""

UNITS = {"元": YUAN, "千元": 10**3 * YUAN, "万元": FEN_PER_WAN, "百万元": 10**6 * YUAN, "亿元": 10**8 * YUAN}
"""The units that a column of bare money figures can be in, in 分."""

ESCAPED_STARTS = frozenset("=+-@\t\r\n＝＋－＠'")
"""What the text of a CSV cell must not begin with, lest a spreadsheet take it for a formula; ``'`` is put before it."""

_WRITTEN_UNITS = {
    **UNITS,
    **{"圆": YUAN, "万": FEN_PER_WAN, "百万": 10**6 * YUAN, "千万": 10**7 * YUAN},
    **{"千万元": 10**7 * YUAN, "亿": 10**8 * YUAN, "十亿元": 10**9 * YUAN, "百亿元": 10**10 * YUAN},
}
_HALF_WIDTH = {**{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}, 0x3000: 0x20, 0xA0: 0x20, 0xFEFF: None}
_ALIKE = {**_HALF_WIDTH, **dict.fromkeys(map(ord, '“”„「」『』＂"'), '"'), **dict.fromkeys(map(ord, "‘’`"), "'")}
_BLANKS = re.compile(r"\s+")
_WHOLE = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,20})"
_NUMBER = re.compile(rf"(?P<number>[-−]?{_WHOLE}(?:\.\d{{1,20}})?)(?P<unit>\D*)", re.ASCII)
_PLAIN = re.compile(r"\d{1,18}(?:\.\d{1,6})?", re.ASCII)
_ACCOUNTING = re.compile(r"\(([\d,.]+)\)(\D*)", re.ASCII)
_SCIENTIFIC = re.compile(r"[-+]?[\d.]+[eE][-+]?\d+", re.ASCII)
_CURRENCY = re.compile(r"^(?:人民币|RMB|CNY|[¥￥])|[整正]$")
_NUMERALS = "零一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_NUMERAL_SPELLINGS = str.maketrans("〇两", "零二")
_CHINESE = re.compile(rf"(?P<whole>[{_NUMERALS}]+?)(?:点(?P<decimals>[零一二三四五六七八九]+)(?P<scale>[百千万亿]*))?")
_CHINESE_MONEY = re.compile(
    rf"(?:(?P<yuan>{_CHINESE.pattern})[元圆]?)?(?:(?P<jiao>[{_NUMERALS}])角)?(?:(?P<fen>[{_NUMERALS}])分)?"
)
_DIGITS = {digit: str(number) for number, digit in enumerate("零一二三四五六七八九")}
_DAY = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))",
    re.ASCII,
)
_TIME = re.compile(r"(?:T|\s+|(?<=日))\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_FIRST_DAY_OF_EXCEL = date(1899, 12, 30)  # Excel counts a 29 February 1900 that never was
_FLAGS = {
    **dict.fromkeys(("是", "有", "y", "yes", "true", "t", "1", "√", "✓", "✔"), True),
    **dict.fromkeys(("否", "无", "没有", "n", "no", "false", "f", "0", "×", "✗", "✘"), False),
}
_CODE_LENGTHS = (9, 12)  # townships and villages: the county's six digits come first


@dataclass(frozen=True, slots=True)
class Manner:
    """How the cells of one column are to be read.

    ``unit``: of bare figures. ``dates``: orders such as 月/日/年, besides those that are clear by themselves.
    ``translations``: what stands in the table to what the dictionary calls it, ``None`` for unknown. ``separator``:
    between the options of a set. ``unknown``: further words for what is not known. ``escaped``: whether a leading
    ``'`` protects a text from spreadsheets, as in CSV. ``day``: no date may be after it.
    """

    day: date
    unit: str | None = None
    dates: tuple[str, ...] = ()
    translations: Mapping[str, str | None] = field(default_factory=dict)
    separator: str | None = None
    unknown: frozenset[str] = frozenset()
    escaped: bool = False


def reader(fact: Fact, manner: Manner, make: Callable[[Value], T], remembered: int = 8192) -> Read[T]:
    """What reads the cells of a column of ``fact`` and gives what ``make`` makes of the value.

    Equal texts are read once; so many different ones are ``remembered``.
    """
    parse = _parser(fact, manner)
    translations = {alike(text): meaning for text, meaning in manner.translations.items()}
    unknown = UNKNOWN_CELLS | {alike(word).lower() for word in manner.unknown}

    quick = fact.kind in (Kind.MONEY, Kind.COUNT) and not translations and not unknown - UNKNOWN_CELLS

    def understand(text: str, is_number: bool) -> T | BadText | None:
        try:
            if quick and _PLAIN.fullmatch(text):
                return make(plausible(fact, parse(text), text, manner.day))
            text = plain_text(text, manner.escaped)
            key = alike(text)
            if key in translations:
                meaning = translations[key]
                return None if meaning is None else make(parse(meaning))
            if key.lower() in unknown:
                return None
            if is_number and fact.kind is Kind.INDUSTRY:
                _check_leading_zero(text)
            return make(plausible(fact, parse(text), text, manner.day))
        except BadText as error:
            return error

    remember = lru_cache(remembered)(understand)

    def read(cell: Cell) -> T | BadText | None:
        if type(cell) is str:
            return remember(cell, False)
        try:
            if isinstance(cell, list) and fact.kind is Kind.SET:
                return make(frozenset(_option(fact, text_of(each), _option_finder(fact)) for each in cell))
            text = text_of(cell)
        except BadText as error:
            return error
        return remember(text, isinstance(cell, (int, float, Decimal)))

    return read


def read_code(cell: Cell, *, escaped: bool = False) -> str:
    """The unified social credit code in a cell. Raises ``BadText``."""
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        raise BadText(
            f"“{text_of(cell)}”是数字，不是文本，表格软件会丢掉它的末几位", "请把这一列设为文本格式，重新填写代码"
        )
    text = credit_code.compact(plain_text(text_of(cell), escaped))
    if not text:
        raise BadText("没有统一社会信用代码", "请补上营业执照上的统一社会信用代码")
    try:
        return credit_code.check(text)
    except credit_code.InvalidCreditCode as error:
        raise BadText(str(error), "请核对营业执照上的统一社会信用代码") from None


def text_of(cell: Cell) -> str:
    """A cell as text. A binary fraction becomes the decimal of 15 digits that a spreadsheet shows: 0.1 + 0.2 is 0.3."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case bool():
            return "是" if cell else "否"
        case int():
            return str(cell)
        case float() if math.isnan(cell):
            return ""
        case float() if math.isinf(cell):
            raise BadText("这里是无穷大", "请核对数字")
        case float():
            return f"{Decimal(f'{cell:.15g}'):f}"
        case Decimal():
            return f"{cell.normalize():f}" if cell.is_finite() else ""
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
    raise BadText("这里是列表，不是一个值", "请每格只写一个值")


def plain_text(text: str, escaped: bool = False) -> str:
    """``text`` without blanks around it, and without the ``'`` that ``escaped`` text may begin with.

    Raises ``BadText`` for control characters and for what is longer than ``LONGEST_TEXT``.
    """
    if escaped and text[:1] == "'" and text[1:2] in ESCAPED_STARTS:
        text = text[1:]
    text = text.strip(" \t\r\n\u3000\u00a0\ufeff")
    if not is_usable(text):
        raise BadText("文字里有看不见的控制字符", "请删去，必要时重新输入")
    if len(text) > LONGEST_TEXT:
        raise BadText(f"文字有 {len(text)} 个字符，过长", f"请缩短到 {LONGEST_TEXT} 个字符以内")
    return text


def alike(text: str) -> str:
    """``text`` so that spellings of the same word agree: in half width, with one kind of quote, without blanks."""
    return _BLANKS.sub("", text.translate(_ALIKE))


def plausible(fact: Fact, value: Value, text: str, day: date) -> Value:
    """``value`` itself where an enterprise can have it on ``day``. Raises ``BadText``."""
    low: Any = fact.low
    high: Any = fact.high
    comparable: Any = value
    if isinstance(value, date) and value > day:
        raise BadText(f"“{text}”晚于 {format_day(day)}，还没有到", "请核对日期")
    if low is not None and comparable < low:
        word = (
            "是负数"
            if fact.kind.is_number and comparable < 0 <= low
            else f"小于“{fact.label}”的合理范围（{fact.show(low)}）"
        )
        raise BadText(f"“{text}”{word}", "请核对数字与单位，或日期")
    if high is not None and comparable > high:
        raise BadText(f"“{text}”大于“{fact.label}”的合理范围（{fact.show(high)}）", "请核对数字与单位，或日期")
    return value


# ------------------------------------------------------------------- values


def parse_money(text: str, unit: str | None) -> int:
    """The 分 in ``text``; a unit that it bears itself goes before the column's ``unit``. Raises ``BadText``."""
    compact = text if _PLAIN.fullmatch(text) else _CURRENCY.sub("", _CURRENCY.sub("", _compact(text)))
    if accounting := _ACCOUNTING.fullmatch(compact):
        compact = f"-{accounting[1]}{accounting[2]}"
    number = _NUMBER.fullmatch(compact)
    if number is not None and number["unit"] in _WRITTEN_UNITS:
        return _fen(text, number["number"], _WRITTEN_UNITS[number["unit"]])
    if number is not None and number["unit"] == "":
        if unit is None and _exact(number["number"]) != 0:
            raise BadText(f"“{text}”没有单位", "请在映射文件里为这一列写 unit（元、千元、万元、百万元、亿元）")
        return _fen(text, number["number"], UNITS[unit or "元"])
    return _parse_chinese_money(text, compact, unit)


def parse_count(text: str, unit: str | None) -> int:
    """The whole number in ``text``; the fact's own ``unit`` may follow. Raises ``BadText``."""
    if _PLAIN.fullmatch(text) and "." not in text:
        return int(text)
    compact = _compact(text)
    number = _NUMBER.fullmatch(compact)
    if number is not None and number["unit"] in ("", unit):
        exact = _exact(number["number"])
    else:
        exact = _chinese(compact.removesuffix(unit or ""), text, "整数")
    if exact.denominator != 1:
        raise BadText(f"“{text}”不是整数", "请写整数")
    if exact < 0:
        raise BadText(f"“{text}”是负数", "请核对数字")
    return exact.numerator


def parse_ratio(text: str, unit: str | None) -> Fraction:
    """The exact fraction in ``text``: 1.5%, 3‰, 1/3, or a bare figure in the column's ``unit``. Raises ``BadText``."""
    compact = _compact(text)
    if re.fullmatch(r"-?\d{1,20}/[1-9]\d{0,19}", compact, re.ASCII):
        return Fraction(compact)
    number = _NUMBER.fullmatch(compact)
    parts = {"%": 100, "‰": 1000}.get(number["unit"] or unit or "") if number else None
    if number is None or parts is None:
        raise BadText(f"“{text}”不是比例", "请写百分数，例如 1.5%；只有数字的，在映射文件里写 unit: '%'")
    return _exact(number["number"]) / parts


def parse_day(text: str, orders: Collection[str] = ()) -> date:
    """The day in ``text``: 2023-4-29, 2023/4/29, 20230429, 2023年4月29日, a serial number of Excel, or by ``orders``.

    A time of day is left out. Raises ``BadText``.
    """
    compact = text.translate(_HALF_WIDTH).strip()
    for order in orders:
        if match := day_pattern(order).fullmatch(compact):
            return _day(text, int(match["year"]), int(match["month"]), int(match["day"]))
    if match := _DAY.fullmatch(_BLANKS.sub("", _TIME.sub("", compact))):
        return _day(text, *(int(part) for part in match.groups() if part is not None))
    if match := _SERIAL.fullmatch(compact):
        return _FIRST_DAY_OF_EXCEL + timedelta(days=int(match[1]))
    raise BadText(f"“{text}”不是日期", "请写成 2024-06-30；年月日的次序不同的，在映射文件里写 dates，例如 [月/日/年]")


@cache
def day_pattern(order: str) -> re.Pattern[str]:
    """What finds year, month and day in the order of 年, 月 and 日 in ``order``. Raises ``BadText``."""
    if sorted(part for part in order if part in "年月日") != sorted("年月日"):
        raise BadText(f"“{order}”不是日期的写法", "请用 年、月、日 三个字表示次序，例如 月/日/年")
    pattern = re.escape(order).replace("年", r"(?P<year>\d{4})")
    return re.compile(pattern.replace("月", r"(?P<month>\d{1,2})").replace("日", r"(?P<day>\d{1,2})"), re.ASCII)


def parse_flag(text: str) -> bool:
    """The yes or no in ``text``. Raises ``BadText``."""
    flag = _FLAGS.get(alike(text).lower())
    if flag is None:
        raise BadText(f"“{text}”不是“是”或“否”", "请写 是 或 否，或在映射文件里用 values 说明它是什么意思")
    return flag


def parse_region(text: str) -> str:
    """The code of the region in ``text``: a code of GB/T 2260 (a township's too), or a name. Raises ``BadText``."""
    key = alike(text)
    code = key[:6] if len(key) in _CODE_LENGTHS and key.isdecimal() and key.isascii() else key
    if regions.is_region_code(code):
        return code
    named = _regions_by_name().get(key, ())
    if len(named) == 1:
        return named[0]
    if named:
        raise BadText(f"叫“{text}”的地方不止一处", f"请写代码：{'、'.join(named)}")
    raise BadText(f"“{text}”不是行政区划的代码或名称", "请写 6 位数字代码（GB/T 2260），例如 610602，或全称")


def parse_industry(text: str) -> str:
    """The code of the industry in ``text``: a code of GB/T 4754-2017, or a name. Raises ``BadText``."""
    key = alike(text)
    try:
        return industries.canonical(key.upper())
    except LookupError:
        named = _industries_by_name()
        if key in named:
            return named[key]
    near = difflib.get_close_matches(key, named, n=1)
    hint = f"是否想写“{near[0]}”？" if near else "请写国民经济行业分类（GB/T 4754-2017）的代码或名称"
    raise BadText(f"“{text}”不是行业的代码或名称", hint)


def parse_options(fact: Fact, text: str, manner: Manner) -> frozenset[str]:
    """The options of a set, between separators; 无 is none of them. Raises ``BadText`` where one is not an option."""
    option = _option_finder(fact)
    whole = option.get(alike(text))
    if whole is not None:
        return frozenset((whole,))
    if text == "无":
        return frozenset()
    parts = text.split(manner.separator) if manner.separator else re.split(r"[、,，;；|\n]", text)
    translations = {alike(key): meaning for key, meaning in manner.translations.items()}
    return frozenset(_option(fact, translations.get(alike(part)) or part, option) for part in parts if part.strip())


def _parser(fact: Fact, manner: Manner) -> Callable[[str], Value]:
    """What reads a text of this kind of fact."""
    option = _option_finder(fact)
    parsers: Mapping[Kind, Callable[[str], Value]] = {
        Kind.MONEY: lambda text: parse_money(text, manner.unit),
        Kind.COUNT: lambda text: parse_count(text, fact.unit),
        Kind.RATIO: lambda text: parse_ratio(text, manner.unit),
        Kind.DATE: lambda text: parse_day(text, manner.dates),
        Kind.ENUM: lambda text: _option(fact, text, option),
        Kind.SET: lambda text: parse_options(fact, text, manner),
        Kind.FLAG: parse_flag,
        Kind.REGION: parse_region,
        Kind.INDUSTRY: parse_industry,
        Kind.TEXT: str,
    }
    return parsers[fact.kind]


def _option_finder(fact: Fact) -> Mapping[str, str]:
    return {alike(option): option for option in fact.values}


def _option(fact: Fact, text: str, finder: Mapping[str, str]) -> str:
    found = finder.get(alike(text))
    if found is None:
        raise BadText(
            f"“{text}”不是“{fact.label}”的选项",
            f"{suggest(text, fact.values)}；也可在映射文件里用 values 说明它是哪一个",
        )
    return found


def _check_leading_zero(text: str) -> None:
    """A cell that holds a number has lost the zero that the codes of farming, mining and so on begin with."""
    if industries.is_industry_code(f"0{text}"):
        raise BadText(f"“{text}”是数字，不是文本，可能丢了开头的 0", f"请把这一列设为文本格式，写成 0{text} 或 {text}")


def _compact(text: str) -> str:
    return _BLANKS.sub("", text.translate(_HALF_WIDTH))


def _exact(number: str) -> Fraction:
    return Fraction(number.replace(",", "").replace("−", "-"))


def _fen(text: str, number: str, unit: int) -> int:
    """So many units, in whole 分; in integers, which is many times faster than fractions."""
    whole, _, decimals = number.replace(",", "").replace("−", "-").partition(".")
    scale: int = 10 ** len(decimals)
    fen, rest = divmod(int(whole + decimals) * unit, scale)
    if rest:
        raise BadText(f"“{text}”不足一分", "金额最多精确到分")
    return fen


def _whole_fen(text: str, fen: Fraction) -> int:
    if fen.denominator != 1:
        raise BadText(f"“{text}”不足一分", "金额最多精确到分")
    return fen.numerator


def _parse_chinese_money(text: str, compact: str, unit: str | None) -> int:
    if _SCIENTIFIC.fullmatch(compact):
        raise BadText(f"“{text}”是科学计数法，末几位可能已经丢失", "请把这一列设为数字格式，显示全部位数，再另存")
    compact = compact.translate(_NUMERAL_SPELLINGS)
    match = _CHINESE_MONEY.fullmatch(compact)
    if match is None or not compact:
        raise BadText(f"“{text}”不是金额", "请写数字，例如 100万元")
    says_unit = compact[-1] in "元圆角分" or (match["yuan"] or "").endswith(("万", "亿"))
    if not says_unit and unit is None:
        raise BadText(f"“{text}”没有单位", "请在映射文件里为这一列写 unit（元、千元、万元、百万元、亿元）")
    each = YUAN if says_unit else UNITS[unit or "元"]
    fen = _chinese(match["yuan"], text, "金额") * each if match["yuan"] else Fraction(0)
    small = [(match["jiao"], YUAN // 10), (match["fen"], 1)]
    return _whole_fen(text, fen + sum(_chinese(digit, text, "金额") * worth for digit, worth in small if digit))


def _chinese(numeral: str, text: str, wanted: str) -> Fraction:
    """The number that a Chinese numeral says. 一百二 is refused, which may be 102 or 120."""
    match = _CHINESE.fullmatch(numeral.translate(_NUMERAL_SPELLINGS))
    refusal = BadText(f"“{text}”不是{wanted}", "请写阿拉伯数字")
    if match is None:
        raise refusal
    try:
        whole = Fraction(cn2an(match["whole"], "strict"))
        scale = cn2an(f"一{match['scale']}", "strict") if match["scale"] else 1
    except ValueError:
        raise refusal from None
    decimals = "".join(_DIGITS[digit] for digit in match["decimals"] or "")
    return (whole + (Fraction(int(decimals), 10 ** len(decimals)) if decimals else 0)) * scale


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise BadText(f"“{text}”这一天日历上没有", "请核对年月日") from None


@cache
def _regions_by_name() -> Mapping[str, tuple[str, ...]]:
    """Codes by every usual name: 陕西省延安市宝塔区, 延安市宝塔区, 宝塔区."""
    named: dict[str, tuple[str, ...]] = {}
    for each in regions.regions():
        full, province = regions.full_name(each.code), regions.full_name(each.code[:2] + "0000")
        for name in {full, full.removeprefix(province), each.name} - {""}:
            named[name] = (*named.get(name, ()), each.code)
    return named


@cache
def _industries_by_name() -> Mapping[str, str]:
    """Codes by name; of those that share a name, the coarsest, which contains the others."""
    named: dict[str, str] = {}
    for each in industries.industries():
        named.setdefault(alike(each.name), each.code)
    return named
