"""Policy packages as booklets: the sheets of an enterprise's and of a region's, and the pages that are printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from enterprises import industries, regions
from enterprises.amounts import format_money
from enterprises.calendar import format_day
from policies.items import Item
from recommender.awards import Award
from recommender.explanation import Explanation
from recommender.match import Match, Verdict
from recommender.package import Entitled, Package, Reach, RegionPackage, Sums, is_made_up
from recommender.shortlist import Listed, Shortlist
from web.checkup.cards import Card, cards
from web.checkup.totals import certain_total, possible_total
from web.printed.booklets import Booklet, Cell, Column, Kind, Line, Sheet, join, made_by, render, versions

UNLIMITED = "不封顶或取决于未填的信息"
UNKNOWN = "不详"
AT_MOST = "凡是缺信息的，都按补充后符合、按最高金额计；信息缺得多时远高于实际，不能当作预算"
MADE_UP = "这是虚构的示例企业，不是真实数据"
NOT_STATED = "政策库未载明，请咨询主管部门"


# ---------------------------------------------------------------------------------- one enterprise


def enterprise_booklet(package: Package) -> Booklet:
    """The package of one enterprise."""
    explanation = package.explanation
    return Booklet(
        title="惠企政策包",
        subtitle=f"{name_of(explanation)}　{package.half.label}",
        day=explanation.on,
        lines=(*_who(package), *_totals(explanation), *made_by(explanation.library)),
        sheets=(
            _items("可以享受", "按目前信息符合条件、正在施行的事项", "为什么符合", explanation.eligible, package),
            _items("补充信息后可能享受", "还缺信息，补充后才能确定", "还缺什么", explanation.undetermined, package),
            _items("差一点", "现在不符合，作小的改变就能符合", "差什么，能得到什么", explanation.close, package),
            _items("即将开始", "尚未开始，开始以前不受理", "说明", package.upcoming, package),
            _questions(explanation),
            versions(match.item for match in explanation.matches),
        ),
    )


def package_page(package: Package) -> str:
    """The package of one enterprise as HTML for printing."""
    explanation = package.explanation
    groups = {
        name: cards(matches, explanation)
        for name, matches in (
            ("eligible", explanation.eligible),
            ("undetermined", explanation.undetermined),
            ("close", explanation.close),
            ("upcoming", package.upcoming),
        )
    }
    return render(
        "package.html",
        package=package,
        explanation=explanation,
        name=name_of(explanation),
        lines=_who(package),
        made_by=made_by(explanation.library),
        certain=certain_total(explanation),
        possible=possible_total(explanation),
        groups=groups,
        not_stated=_not_stated,
        say_source=say_source,
        questions=explanation.questions[:_MOST_QUESTIONS],
    )


def _not_stated(item: Item) -> str:
    """What the library does not say of how to apply."""
    parts = (("申报材料", item.materials), ("办理步骤", item.steps), ("联系方式", item.contact))
    return f"{'、'.join(label for label, told in parts if not told)}：{NOT_STATED}"


_MOST_QUESTIONS = 5
"""So many questions are printed; the Excel file has them all."""


def name_of(explanation: Explanation) -> str:
    return explanation.profile.name or explanation.profile.credit_code or "这家企业"


def _who(package: Package) -> tuple[Line, ...]:
    explanation = package.explanation
    gone = any(match.barred for match in explanation.matches)
    return (
        Line("企业", name_of(explanation)),
        Line("统一社会信用代码", explanation.profile.credit_code or UNKNOWN),
        Line("所属半年度", f"{package.half.label}（{package.half.days}）"),
        Line("按哪一天判断", format_day(explanation.on)),
        *([Line("注意", "企业已注销或被吊销执照，各项政策不再提供")] if gone else []),
        *([Line("注意", MADE_UP)] if is_made_up(explanation.profile) else []),
    )


def _totals(explanation: Explanation) -> tuple[Line, ...]:
    certain, possible = certain_total(explanation), possible_total(explanation)
    return (
        Line("按目前信息可以享受", _with_note(certain.text, certain.note), explanation.certain.total),
        Line("补充信息后最多可达", _with_note(possible.text, possible.note), explanation.possible.total),
        Line("合计怎么算", "只计奖补资金和税费减免，已按各项政策能否同时享受取最优的一种组合；其他支持不计金额"),
    )


def _with_note(text: str, note: str) -> str:
    return f"{text}（{note}）" if note else text


def _items(title: str, note: str, why: str, matches: Sequence[Match], package: Package) -> Sheet:
    columns = (
        Column("事项", 36),
        Column("类别", 10),
        Column("金额下限", 18, Kind.MONEY),
        Column("金额上限", 18, Kind.MONEY),
        Column("不计金额的内容", 28),
        Column(why, 44),
        Column("注意", 40),
        Column("到什么时候", 32),
        Column("开始日期", 16, Kind.DAY),
        Column("最后一日", 16, Kind.DAY),
        *_SOURCE,
    )
    explanation = package.explanation
    rows = (
        (
            card.item.title,
            card.item.category.label,
            *amounts(card.match.award),
            "；".join(card.match.award.unpriced) if card.match.award else None,
            _why(card, explanation),
            _notice(card, package),
            card.deadline,
            card.item.window.opens,
            card.item.window.closes,
            *_source(card.item),
        )
        for card in cards(matches, explanation)
    )
    return Sheet(title, note, columns, tuple(rows))


def amounts(award: Award | None) -> tuple[Cell, Cell]:
    """The lower and the upper end of an award; empty where it has no price."""
    if award is None or not award.priced:
        return None, None
    return award.low, UNLIMITED if award.high is None else award.high


def _why(card: Card, explanation: Explanation) -> str:
    """What decides, and for what is undetermined the questions whose answers would settle it."""
    match = card.match
    if match.verdict is Verdict.INELIGIBLE:
        return card.gap
    asked = {question.ref: question.text for question in explanation.questions}
    return join([card.reason, *(f"请回答：{asked[ref]}" for ref in match.missing if ref in asked)])


def _notice(card: Card, package: Package) -> str:
    ends, is_eligible = package.ends_within(card.item), card.match.verdict is Verdict.ELIGIBLE
    return join(
        [
            "本半年度内到期" if ends else "",
            "依据企业填报，须主管部门核实" if card.match.unconfirmed else "",
            *(f"没有计入合计：{reason}" for reason in card.not_counted),
            f"还可以更多：{card.gap}" if card.gap and is_eligible and not card.not_counted else "",
            card.reading,
        ]
    )


_SOURCE = (
    Column("兑现方式", 10),
    Column("主管部门", 28),
    Column("依据", 48),
    Column("申报材料", 36, printed=False),
    Column("办理步骤", 36, printed=False),
    Column("联系方式", 32, printed=False),
    Column("事项编号", 36, printed=False),
    Column("版本", 8, Kind.COUNT, printed=False),
)


def _source(item: Item) -> tuple[Cell, ...]:
    return (
        item.delivery.label,
        "、".join(item.departments),
        say_source(item),
        "\n".join(item.materials) or NOT_STATED,
        "\n".join(item.steps) or NOT_STATED,
        item.contact or NOT_STATED,
        item.id,
        item.version,
    )


def say_source(item: Item) -> str:
    """Where an item stands: document, number, clause, page."""
    number = f"（{item.document.number}）" if item.document.number else ""
    return f"《{item.document.title}》{number}，{item.clause}，第 {item.page} 页"


def _questions(explanation: Explanation) -> Sheet:
    columns = (
        Column("先补充哪一项", 24),
        Column("问题", 56),
        Column("答了就能确定的事项数", 14, Kind.COUNT),
        Column("涉及的事项数", 14, Kind.COUNT),
        Column("涉及的金额", 18, Kind.MONEY),
    )
    rows = ((asked.label, asked.text, asked.settles, asked.helps, asked.money) for asked in explanation.questions)
    return Sheet("补充哪些信息", "按用处从大到小；金额由缺几项信息的事项平均分摊", columns, tuple(rows))


# ---------------------------------------------------------------------------------------- a region


def region_booklet(package: RegionPackage) -> Booklet:
    """The package of a region."""
    library = package.library
    named = f"最多列 {package.most:,} 家"
    most = f"金额从多到少，{named}"
    return Booklet(
        title="惠企政策包",
        subtitle=f"{regions.full_name(package.region)}　{package.half.label}",
        day=package.on,
        lines=(
            Line("地区", f"{regions.full_name(package.region)}（{package.region}）"),
            Line("所属半年度", f"{package.half.label}（{package.half.days}）"),
            Line("按哪一天判断", format_day(package.on)),
            Line("企业", f"判断了 {package.sums.enterprises:,} 家{_not_judged(package)}"),
            *total_lines(package.sums),
            Line("合计怎么算", "逐户取能同时享受的最优组合再相加，只计奖补资金和税费减免；与各户政策包的数字一致"),
            Line("怎样看“最多可达”", AT_MOST),
            *made_by(library),
        ),
        sheets=(
            _reaches("事项", "正在施行、适用于本地区或有本地区企业涉及的事项", package.items),
            _entitled("可以享受的企业", f"至少符合一项的企业，按{most}", package.eligible, _CAN_HAVE),
            _entitled(
                "补充信息后可能享受的企业",
                f"至少有一项待补充的企业，按可能增加的{most}",
                package.undetermined,
                _MAY_HAVE,
            ),
            _entitled("差一点的企业", f"至少有一项差一点的企业，按项数多少，{named}", package.close, _NEARLY),
            _reaches(
                "即将开始的事项",
                "尚未开始，开始以前不受理；户数按目前信息判断，不计金额",
                package.upcoming,
                begun=False,
            ),
            unplaced_sheet(package.unplaced),
            versions(library.published),
        ),
    )


def total_lines(sums: Sums) -> tuple[Line, ...]:
    """The totals of many enterprises in words."""
    confirmed = f"其中已核实 {format_money(sums.confirmed)}，其余依据企业填报，须主管部门核实"
    if sums.confirmed == sums.certain:
        confirmed = "依据的信息都已核实" if sums.certain else ""
    unbounded = f"另有 {sums.unbounded:,} 家的部分事项金额取决于未填的信息" if sums.unbounded else ""
    made_up = f"其中 {sums.made_up:,} 家是虚构的示例企业，不是真实数据"
    return (
        *([Line("注意", made_up)] if sums.made_up else []),
        Line("按目前信息可以享受", _with_note(format_money(sums.certain), confirmed), sums.certain),
        Line("补充信息后最多可达", _with_note(format_money(sums.possible), unbounded), sums.possible),
    )


def _not_judged(package: RegionPackage) -> str:
    parts = [
        f"已注销或被吊销执照的 {package.gone:,} 家不在其中" if package.gone else "",
        f"所在地区不够具体的 {package.unplaced.count:,} 家另列一表" if package.unplaced.count else "",
        f"其他地区的 {package.elsewhere:,} 家不计" if package.elsewhere else "",
    ]
    told = "；".join(part for part in parts if part)
    return f"（{told}）" if told else ""


def _reaches(title: str, note: str, reaches: Iterable[Reach], begun: bool = True) -> Sheet:
    columns = (
        Column("事项", 36),
        Column("类别", 10),
        Column("可以享受（家）", 12, Kind.COUNT),
        Column("待补充（家）", 12, Kind.COUNT),
        Column("差一点（家）", 12, Kind.COUNT),
        Column("计入“可以享受”的金额", 20, Kind.MONEY),
        Column("计入“最多可达”的金额", 20, Kind.MONEY),
        Column("金额没有上限（家）", 12, Kind.COUNT),
        Column("开始日期", 16, Kind.DAY, printed=not begun),
        Column("最后一日", 16, Kind.DAY),
        *_SOURCE,
    )
    rows = (
        (
            *(reach.item.title, reach.item.category.label),
            *(reach.eligible, reach.undetermined, reach.close),
            *((reach.certain, reach.possible, reach.unbounded) if reach.counted else (None, None, None)),
            *(reach.item.window.opens, reach.item.window.closes),
            *_source(reach.item),
        )
        for reach in reaches
    )
    return Sheet(title, note, columns, tuple(rows))


LISTED = (
    Column("企业", 34),
    Column("统一社会信用代码", 22),
    Column("地区", 20),
    Column("行业", 22),
    Column("主体类型", 12, printed=False),
    Column("规模", 10, printed=False),
)
"""How a list names an enterprise."""

BRIEFLY = (*LISTED[:2], *(replace(column, printed=False) for column in LISTED[2:]))
"""The same where many rows are printed of each."""

_TELLING = 3
"""More classes of size than these left open say nothing."""


def listed(who: Listed) -> tuple[Cell, ...]:
    return (
        who.name or UNKNOWN,
        who.credit_code or UNKNOWN,
        UNKNOWN if who.region is None else regions.full_name(who.region),
        UNKNOWN if who.industry is None else f"{who.industry} {industries.industry(who.industry).name}",
        who.entity_kind or UNKNOWN,
        "或".join(who.size) if len(who.size) <= _TELLING else UNKNOWN,
    )


_CAN_HAVE, _MAY_HAVE, _NEARLY = "可以享受的事项", "待补充的事项", "差一点的事项"


def _entitled(title: str, note: str, shortlist: Shortlist[Entitled], about: str) -> Sheet:
    """``about``: the column of items that is printed; the Excel file has them all."""
    columns = (
        *LISTED,
        Column("按目前信息可以享受", 20, Kind.MONEY),
        Column("其中已核实", 20, Kind.MONEY, printed=False),
        Column("补充信息后最多可达", 20, Kind.MONEY),
        Column("金额说明", 18),
        *(Column(heading, 54, printed=heading == about) for heading in (_CAN_HAVE, _MAY_HAVE, _NEARLY)),
        Column("先问哪一项", 40, printed=about == _MAY_HAVE),
    )
    rows = (
        (
            *listed(row.who),
            *(row.certain, row.confirmed, row.possible),
            "部分事项金额取决于未填的信息" if row.unbounded else None,
            _titles(row.eligible),
            _titles(row.undetermined),
            join(f"{item.title}：{gap}" for item, gap in row.close),
            row.question,
        )
        for row in shortlist.rows
    )
    return Sheet(title, note, columns, tuple(rows), shortlist.left_out)


def _titles(items: Sequence[Item]) -> str:
    return "\n".join(item.title for item in items)


def unplaced_sheet(shortlist: Shortlist[Listed]) -> Sheet:
    """Those of whom it is not known whether they are in the region."""
    note = "只知道上级地区或不知道地区，没有判断；补上县（区）以后再生成"
    return Sheet("地区不够具体的企业", note, LISTED, tuple(map(listed, shortlist.rows)), shortlist.left_out)
