"""The layers that officials sort enterprises into, and whether an enterprise belongs to each: yes, no, or not known.

The "345" mechanism of graded cultivation works along four paths: 个转企, 小升规, 规壮大 and 专精特新
(延安市大力服务民营经济高质量发展三年行动方案, 三（十）31); beside them stand those about to enter the statistical
register (准“五上”), those in it and those that have left it (32). 规壮大, "fast-growing", is defined nowhere, so it is
no tier here; nor is 创新型中小企业, the first step of 工信部企业〔2022〕63号, which the dictionary does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from enterprises.dictionary import Dictionary, Value
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn, FactRef, Reading, RecordOf
from enterprises.scale import possible_floors

NEAR = Fraction(4, 5)
"""What part of the floor of its industry an enterprise's revenue must reach to be about to enter the register: within
20 % of it. The papers name such enterprises and set no figure; offices that keep lists of them use this one."""


class Tier(StrEnum):
    """A layer, as officials call it, in the order of the paths."""

    BECOMING_ENTERPRISE = "个转企培育对象"
    NEARLY_FIVE_ABOVE = "准“五上”企业"
    FIVE_ABOVE = "“五上”企业"
    LEFT_FIVE_ABOVE = "退库企业"
    TECHNOLOGY_SME = "科技型中小企业"
    HIGH_TECHNOLOGY = "高新技术企业"
    CITY_SPECIALISED = "市级专精特新中小企业"
    SPECIALISED = "省级专精特新中小企业"
    LITTLE_GIANT = "专精特新“小巨人”企业"

    @property
    def definition(self) -> str:
        """Who belongs to it, in Chinese, with the source where a paper says it."""
        return _DEFINITIONS[self]


_DEFINITIONS: Mapping[Tier, str] = {
    Tier.BECOMING_ENTERPRISE: "个体工商户，打算转为企业，或者上年营业收入已达到本行业规模（限额）以上标准",
    Tier.NEARLY_FIVE_ABOVE: "不在“五上”企业库，被列为准“五上”，或者上年营业收入达到本行业规模（限额）以上标准的 80%",
    Tier.FIVE_ABOVE: "已纳入统计部门“五上”企业库（一套表统计调查制度）",
    Tier.LEFT_FIVE_ABOVE: "曾在“五上”企业库，现已退库",
    Tier.TECHNOLOGY_SME: "入库登记编号有效（国科发政〔2017〕115号）",
    Tier.HIGH_TECHNOLOGY: "资格在有效期内（国科发火〔2016〕32号）",
    Tier.CITY_SPECIALISED: "市级认定，在有效期内",
    Tier.SPECIALISED: "省级认定，在有效期内（工信部企业〔2022〕63号）；“小巨人”企业当然属于",
    Tier.LITTLE_GIANT: "工业和信息化部认定，在有效期内（工信部企业〔2022〕63号）",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether an enterprise belongs to a tier: ``None`` where that is not known, and then what would settle it."""

    tier: Tier
    answer: bool | None
    reason: str
    missing: tuple[FactRef, ...] = ()


class RegisterChange(StrEnum):
    """What happened to an enterprise in the five-above register between two days."""

    ENTERED = "新入库"
    LEFT = "退库"
    NONE = "未变"
    UNKNOWN = "不清楚"


def standings(profile: Profile, on: date, dictionary: Dictionary) -> tuple[Standing, ...]:
    """Where an enterprise stands on a day, tier by tier. Figures are those of the last full year before the day."""
    subject = EnterpriseOn(profile, on, dictionary)
    found = ((tier, judge(subject)) for tier, judge in _JUDGES.items())
    return tuple(Standing(tier, one.answer, one.said, one.missing) for tier, one in found)


def register_change(before: Profile | None, after: Profile | None, dictionary: Dictionary) -> RegisterChange:
    """Whether an enterprise has entered or left the register, by what was known of it on two days.

    Where it was not known on one of them whether it was there, neither is known to have happened; save that the
    register itself calls it newly in or out on the second day alone.
    """
    was, now = (_is_in_register(profile, dictionary) for profile in (before, after))
    if was is not None and now is not None:
        return _CHANGES[was, now]
    status = after.facts.get("five_above_status") if after is not None else None
    if status is not None and now is not None and status.value in ("新入库", "退库"):
        return RegisterChange(str(status.value))
    return RegisterChange.UNKNOWN


_CHANGES = {
    (False, True): RegisterChange.ENTERED,
    (True, False): RegisterChange.LEFT,
    (True, True): RegisterChange.NONE,
    (False, False): RegisterChange.NONE,
}


def _is_in_register(profile: Profile | None, dictionary: Dictionary) -> bool | None:
    if profile is None:
        return None
    # Neither of the two facts depends on the day.
    return _five_above(EnterpriseOn(profile, date.max, dictionary)).answer


# ----------------------------------------------------------------- findings


@dataclass(frozen=True, slots=True)
class _Finding:
    """An answer to a part of the question: what was found, and what is missing where that leaves it open."""

    answer: bool | None
    said: str
    missing: tuple[FactRef, ...] = ()


def _all(*findings: _Finding) -> _Finding:
    """Kleene's "and": one "no" settles it, and is all that needs to be said."""
    return _joined(findings, settles=False)


def _any(*findings: _Finding) -> _Finding:
    """Kleene's "or": one "yes" settles it."""
    return _joined(findings, settles=True)


def _joined(findings: Iterable[_Finding], settles: bool) -> _Finding:
    found = tuple(findings)
    settled = next((each for each in found if each.answer is settles), None)
    if settled is not None:
        return settled
    still_open = tuple(each for each in found if each.answer is None)
    if still_open:
        missing = dict.fromkeys(ref for each in still_open for ref in each.missing)
        return _Finding(None, _listed(still_open), tuple(missing))
    return _Finding(not settles, _listed(found))


def _listed(findings: Iterable[_Finding]) -> str:
    return "；".join(dict.fromkeys(each.said for each in findings))


def _not(finding: _Finding) -> _Finding:
    return _Finding(None if finding.answer is None else not finding.answer, finding.said, finding.missing)


def _is_one_of(subject: EnterpriseOn | RecordOf, name: str, *values: Value) -> _Finding:
    """Whether a fact is known to be one of some values."""
    reading = subject.read(name)
    fact = subject.fact(name)
    if not reading.known:
        return _unknown(fact.label, reading)
    return _Finding(reading.value in values, f"{fact.label}：{fact.show(reading.value)}")


def _unknown(label: str, reading: Reading) -> _Finding:
    return _Finding(None, f"不清楚{label}", reading.missing)


# -------------------------------------------------------------------- tiers


def _five_above(subject: EnterpriseOn) -> _Finding:
    """Two facts say it, of which one is enough; where they contradict each other nobody knows."""
    both = (FactRef("five_above_status"), FactRef("five_above"))
    status = _is_one_of(subject, "five_above_status", "新入库", "在库")
    listed = _is_one_of(subject, "five_above", True)
    known = [finding for finding in (status, listed) if finding.answer is not None]
    if not known:
        return _Finding(None, "不清楚是否在“五上”企业库", both)
    if len({finding.answer for finding in known}) > 1:
        return _Finding(None, f"{status.said}，{listed.said}，两处不一致", both)
    return known[0]


def _left_five_above(subject: EnterpriseOn) -> _Finding:
    return _all(_is_one_of(subject, "five_above_status", "退库"), _exists(subject))


def _nearly_five_above(subject: EnterpriseOn) -> _Finding:
    listed = _is_one_of(subject, "five_above_status", "准“五上”")
    return _all(_not(_five_above(subject)), _exists(subject), _any(listed, _reaches(subject, NEAR)))


def _becoming_enterprise(subject: EnterpriseOn) -> _Finding:
    wants = subject.read("matters")
    if wants.known:
        intends = isinstance(wants.value, frozenset) and "个体工商户转企业" in wants.value
        intent = _Finding(intends, "打算办理个体工商户转企业" if intends else "没有提出要转为企业")
    else:
        intent = _unknown("是否打算转为企业", wants)
    return _all(
        _is_one_of(subject, "entity_kind", "个体工商户"), _exists(subject), _any(_reaches(subject, Fraction(1)), intent)
    )


def _exists(subject: EnterpriseOn) -> _Finding:
    """Like an offer, a place on a list is withheld from those who are known to be gone, not where nobody has said."""
    reading = subject.read("operating_status")
    gone = reading.known and reading.value in ("注销", "吊销未注销")
    return _Finding(not gone, f"经营状态：{reading.value}" if reading.known else "没有已注销或被吊销的记录")


def _reaches(subject: EnterpriseOn, part: Fraction) -> _Finding:
    """Whether the revenue of the last full year reaches a part of the floor of the industry, where it has one."""
    year = subject.on.year - 1
    industry, revenue = subject.read("industry"), subject.read("revenue", year)
    code = str(industry.value) if industry.known else None
    figure = revenue.value if revenue.known else None
    assert figure is None or isinstance(figure, int)
    floors = possible_floors(code)
    answers = {_reaches_floor(floor, figure, part) for floor in floors}
    if len(answers) == 1 and None not in answers:
        (answer,) = answers
        if figure is None:
            return _Finding(answer, "所在行业不按营业收入入库")
        standard = "标准" if part == 1 else f"标准的 {part * 100}%"
        return _Finding(answer, f"{_say_revenue(subject, year, figure)}，{'达到' if answer else '没有达到'}{standard}")
    coarse = (FactRef("industry"),) if len(floors) > 1 else ()
    names = [*(["行业小类"] if coarse else []), *([f"{year} 年营业收入"] if revenue.missing else [])]
    return _Finding(None, f"不清楚{'、'.join(names)}", (*coarse, *revenue.missing))


def _reaches_floor(floor: int | None, revenue: int | None, part: Fraction) -> bool | None:
    """``floor``: in 分; ``None`` or negative for an industry that is not counted by revenue, or not at all."""
    if floor is None or floor < 0:
        return False
    return None if revenue is None else revenue >= floor * part


def _say_revenue(subject: EnterpriseOn, year: int, revenue: int) -> str:
    return f"{year} 年营业收入 {subject.fact('revenue').show(revenue)}"


def _recognised(title: str, *levels: str) -> Callable[[EnterpriseOn], _Finding]:
    """Whether one of the recognitions is of a title (and of one of ``levels``, where any are named) and in force."""

    def judge(subject: EnterpriseOn) -> _Finding:
        records = subject.records("recognition")
        if records is None:
            return _Finding(None, "不清楚有哪些资质认定", (FactRef("recognition"),))
        if not records:
            return _Finding(False, "没有这项认定")
        found = _any(*(_is_in_force(record, title, levels) for record in records))
        return found if found.answer is not False else _Finding(False, "没有这项认定，或已失效")

    return judge


def _is_in_force(record: RecordOf, title: str, levels: tuple[str, ...]) -> _Finding:
    asked = [_is_one_of(record, "title", title), _is_one_of(record, "in_force", True)]
    found = _all(*asked, *([_is_one_of(record, "level", *levels)] if levels else []))
    return _Finding(True, f"已认定{title}") if found.answer is True else found


_is_little_giant = _recognised("专精特新“小巨人”企业")
_is_specialised = _recognised("专精特新中小企业", "省级", "国家级")

_JUDGES: Mapping[Tier, Callable[[EnterpriseOn], _Finding]] = {
    Tier.BECOMING_ENTERPRISE: _becoming_enterprise,
    Tier.NEARLY_FIVE_ABOVE: _nearly_five_above,
    Tier.FIVE_ABOVE: _five_above,
    Tier.LEFT_FIVE_ABOVE: _left_five_above,
    Tier.TECHNOLOGY_SME: _recognised("科技型中小企业"),
    Tier.HIGH_TECHNOLOGY: _recognised("高新技术企业"),
    Tier.CITY_SPECIALISED: _recognised("专精特新中小企业", "市级"),
    Tier.SPECIALISED: lambda subject: _any(_is_little_giant(subject), _is_specialised(subject)),
    Tier.LITTLE_GIANT: _is_little_giant,
}
