"""A mapping file to begin with, proposed from the header of somebody's table: an official corrects it, and need not
begin from nothing. What is not certain is marked, and a unit is never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enterprises.dictionary import Dictionary, Fact, Kind
from enterprises.imports.cells import UNITS, alike
from enterprises.imports.exports import quoted
from enterprises.imports.mapping import CREDIT_CODE, NAME
from enterprises.imports.sheets import Score, Sheet

_CODE_WEIGHT = 10

FILL_IN = "请填写"
"""What stands where a person has to write something before the mapping can be used."""

_CODE_NAMES = ("统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "纳税人识别号", CREDIT_CODE)
_NAME_NAMES = ("企业名称", "单位名称", "单位详细名称", "市场主体名称", "主体名称", "纳税人名称", "名称", "企业", NAME)
_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "region": ("行政区划", "行政区划代码", "区划代码", "登记机关行政区划", "所在县区", "县区", "区县", "注册地"),
    "industry": ("行业代码", "行业类别", "国民经济行业代码", "行业门类", "所属行业", "国民经济行业"),
    "entity_kind": ("企业类型", "市场主体类型", "经济户口类型"),
    "ownership": ("所有制类型", "经济类型", "登记注册类型"),
    "registered_on": ("成立日期", "注册日期", "登记日期", "设立日期", "注册时间", "成立时间", "开业时间"),
    "operating_status": ("登记状态", "企业状态", "经营状况", "市场主体状态"),
    "employees": ("从业人员", "从业人员数", "职工人数", "员工人数", "从业人员期末人数", "用工人数"),
    "total_assets": ("资产总计", "总资产"),
    "revenue": ("营业收入", "主营业务收入", "销售收入", "营收"),
    "rd_expense": ("研发费用", "研发投入", "研究开发费用", "研发经费"),
    "construction_output": ("建筑业产值", "总产值"),
    "five_above": ("是否五上企业", "五上企业", "是否规上"),
    "zones": ("园区", "所在开发区", "开发区"),
}
_BRACKETS = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
_YEAR = re.compile(r"((?:19|20)\d\d)(?:年度|年)?(以前|之前)?")
_NOISE = re.compile(r"[/、:：_\-\s\"]|是否|金额|最高")


@dataclass(frozen=True, slots=True)
class _Guess:
    """What a column seems to be."""

    target: str
    fact: Fact | None = field(default=None, compare=False)
    year: str | None = None
    is_before: bool = False
    unit: str | None = None


def header_score(dictionary: Dictionary) -> Score:
    """How many names of columns are recognised, the credit code above all."""
    known = _names(dictionary)

    def score(columns: Sequence[str]) -> int:
        # Distinct ones: the first row alone of a header of two has 营业收入 twice, both rows have it for two years.
        guesses = {_guess(name, known, dictionary) for name in columns} - {None}
        return sum(_CODE_WEIGHT if guess and guess.target == CREDIT_CODE else 1 for guess in guesses)

    return score


def propose(sheet: Sheet, dictionary: Dictionary) -> str:
    """A mapping file as text. Columns that are not recognised stand in comments."""
    known = _names(dictionary)
    lines = [
        f"# 由“{sheet.file}”的表头拟出，请逐行核对。指标的名称可用 huiqi facts 查看，写法见 docs/imports.md。",
        "source: declared  # 这份表从哪里来：register 登记、tax 税务、statistics 统计、declared 企业填报",
        "# observed_on: 2024-06-30  # 数据是哪一天的；有一列写着日期的，写 {column: 列名}",
        *([f"sheet: {quoted(sheet.name)}"] if sheet.name else []),
        "columns:",
    ]
    taken: set[tuple[str, str | None, bool]] = set()
    for name in dict.fromkeys(column for column in sheet.columns if column):
        guess = _guess(name, known, dictionary)
        key = (guess.target, guess.year, guess.is_before) if guess else None
        if guess is None or key is None:
            lines.append(f"  # {quoted(name)}:  # 没有认出")
        elif key in taken:
            lines.append(f"  # {quoted(name)}: {guess.target}  # 与前面的一列重复")
        else:
            taken.add(key)
            lines.append(f"  {quoted(name)}: {_target(guess)}")
    if not any(target == CREDIT_CODE for target, _, _ in taken):
        lines.append(f"  {FILL_IN}统一社会信用代码的列名: {CREDIT_CODE}")
    return "\n".join(lines) + "\n"


def _target(guess: _Guess) -> str:
    fact = guess.fact
    if fact is None or (not fact.yearly and fact.kind is not Kind.MONEY):
        return guess.target
    options = [f"fact: {fact.name}"]
    notes: list[str] = []
    inclusive = ""
    if fact.yearly:
        options.append(f"{'before' if guess.is_before else 'year'}: {guess.year or FILL_IN}")
        notes += [] if guess.year else ["哪一年的"]
        inclusive = f"  # 不含 {guess.year} 年；含的请改成下一年" if guess.is_before and guess.year else ""
    if fact.kind is Kind.MONEY:
        options.append(f"unit: {guess.unit or FILL_IN}")
        notes += [] if guess.unit else [f"单位：{'、'.join(UNITS)}；格子里都写着单位的，删去 unit"]
    note = f"  # {FILL_IN}{'，'.join(notes)}" if notes else ""
    return f"{{{', '.join(options)}}}{note or inclusive}"


def _names(dictionary: Dictionary) -> Mapping[str, str]:
    """What each usual name of a column means."""
    names = {alike(name): CREDIT_CODE for name in _CODE_NAMES} | {alike(name): NAME for name in _NAME_NAMES}
    for fact in dictionary.facts.values():
        if fact.formula is None:
            for name in (fact.name, fact.label, *_OTHER_NAMES.get(fact.name, ())):
                names.setdefault(_bare(name), fact.name)
    return names


def _guess(name: str, known: Mapping[str, str], dictionary: Dictionary) -> _Guess | None:
    words = alike(name)
    inside = " ".join(_BRACKETS.findall(words))
    outside = _BRACKETS.sub("", words)
    unit = next((unit for unit in sorted(UNITS, key=len, reverse=True) if unit in inside), None)
    year = _YEAR.search(outside)
    bare = _bare(_YEAR.sub("", outside))
    target = known.get(outside) or known.get(bare)
    if target is None:
        return None
    fact = dictionary.facts.get(target)
    if fact is not None and not fact.yearly and year is not None:
        return None
    return _Guess(target, fact, year[1] if year else None, bool(year and year[2]), unit)


def _bare(name: str) -> str:
    return _NOISE.sub("", alike(name))
