"""Cultivation as a booklet: the watch list, and the five lists of the "345" work mechanism."""

from __future__ import annotations

from collections.abc import Sequence

from enterprises import regions
from enterprises.amounts import format_money
from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary
from enterprises.readings import FactRef
from recommender.awards import Award
from recommender.cultivation import (
    ABSENT,
    Assessment,
    Cultivation,
    Entry,
    FiveList,
    Matter,
    NearItem,
    Offer,
    Path,
    Scale,
    Standing,
    State,
    Watched,
)
from recommender.explanation_json import show_award
from recommender.match import Verdict
from recommender.missing import name_missing
from recommender.package import Sums
from recommender.shortlist import Shortlist
from web.printed.booklets import Booklet, Cell, Column, Kind, Line, Sheet, join, made_by, versions
from web.printed.package_sheets import (
    AT_MOST,
    BRIEFLY,
    LISTED,
    UNKNOWN,
    UNLIMITED,
    amounts,
    listed,
    say_source,
    total_lines,
    unplaced_sheet,
)

_NEAR_NOTE = (
    "距所在行业的入统标准不超过 20%（含），没有入库或不知道是否入库；从最近的排起。"
    "统计部门列为准“五上”、营业收入不在此列的，见底数状态清单"
)
_REACHED_NOTE = "营业收入已达到所在行业的入统标准，没有入库或不知道是否入库"
_UNKNOWN_NOTE = "缺营业收入或行业不够具体，判断不了；可能接近标准、缺得少的排在前面"
_FLOORS = "按上一年度营业收入和所在行业的统计标准；建筑业、房地产开发按资质或项目，不按营业收入判断"
_PATHS = (
    "条文没有规定标准，这里按数据判断：个转企是打算转为企业、或营业收入达到入统标准的个体工商户；"
    "小升规是没有入库，被列为准“五上”或营业收入达到标准 80% 的；规壮大是已入库、营业收入接近政策更高一档的；"
    "专精特新是持有专精特新中小企业或“小巨人”称号的。不知道的不列"
)
_THRESHOLDS_NOTE = "距政策事项的门槛或下一档不超过 20%（含）；从最近的排起；金额是该事项单独的金额"


def cultivation_booklet(cultivation: Cultivation) -> Booklet:
    """The lists of a region."""
    library, dictionary = cultivation.library, cultivation.library.dictionary
    region = regions.full_name(cultivation.region)
    return Booklet(
        title="企业梯度培育清单",
        subtitle=f"{region}　{cultivation.half.label}",
        day=cultivation.on,
        lines=(
            Line("地区", f"{region}（{cultivation.region}）"),
            Line("所属半年度", f"{cultivation.half.label}（{cultivation.half.days}）"),
            Line("按哪一天判断", format_day(cultivation.on)),
            Line("企业", _judged(cultivation)),
            *total_lines(_sum_of(cultivation.assessment)),
            Line("怎样看“最多可达”", AT_MOST),
            Line("入统标准", _FLOORS),
            Line("培育路径", _PATHS),
            Line("清单依据", "企业梯度培育“345”工作机制的五张清单；其附件没有公开，各清单的栏目按系统所有的数据设置"),
            *(Line(f"{name.label}里没有的", absent) for name, absent in ABSENT.items()),
            *made_by(library),
        ),
        sheets=(
            _watch("准“五上”", _NEAR_NOTE, cultivation.near),
            _watch("达标未确认入库", _REACHED_NOTE, cultivation.reached),
            _unknown(cultivation.unknown, dictionary),
            _thresholds(cultivation.thresholds, dictionary),
            _state(cultivation.state, dictionary),
            *(_offers(name, offers, dictionary) for name, offers in cultivation.offers.items()),
            _matters(cultivation.matters),
            _assessment(cultivation.assessment),
            unplaced_sheet(cultivation.unplaced),
            versions(library.published),
        ),
    )


def _judged(cultivation: Cultivation) -> str:
    judged = sum(row.sums.enterprises for row in cultivation.assessment)
    parts = [
        f"判断了 {judged:,} 家",
        f"已注销或被吊销执照的 {cultivation.gone:,} 家不在其中" if cultivation.gone else "",
        f"所在地区不够具体的 {cultivation.unplaced.count:,} 家另列一表" if cultivation.unplaced.count else "",
    ]
    return "；".join(part for part in parts if part)


def _sum_of(rows: Sequence[Assessment]) -> Sums:
    return Sums(
        enterprises=sum(row.sums.enterprises for row in rows),
        made_up=sum(row.sums.made_up for row in rows),
        certain=sum(row.sums.certain for row in rows),
        confirmed=sum(row.sums.confirmed for row in rows),
        possible=sum(row.sums.possible for row in rows),
        unbounded=sum(row.sums.unbounded for row in rows),
    )


# -------------------------------------------------------------------------------- the watch lists

_SCALE = (
    Column("营业收入年度", 10),
    Column("营业收入", 20, Kind.MONEY),
    Column("收入来源", 12),
    Column("入统标准", 20, Kind.MONEY),
    Column("还差", 18, Kind.MONEY),
    Column("还差占标准", 10, Kind.SHARE),
    Column("入库情况", 18),
)


def _scale(found: Scale) -> tuple[Cell, ...]:
    floors: Cell = found.floors[0] if len(found.floors) == 1 else None
    if len(found.floors) > 1:
        floors = "、".join(format_money(floor) for floor in found.floors) + "，看具体行业"
    return (
        f"{found.year} 年",
        UNKNOWN if found.revenue is None else found.revenue,
        found.source.label if found.source else None,
        floors,
        found.short,
        found.closeness,
        say_register(found),
    )


def say_register(found: Scale) -> str:
    """What is known of an enterprise's place in the statistical registers."""
    if found.contradiction:
        return f"两处说法不一（入统状态：{found.status}），须核实"
    known = {True: "已入库", False: "未入库", None: UNKNOWN}[found.registered]
    return f"{known}（{found.status}）" if found.status else known


def _watch(title: str, note: str, shortlist: Shortlist[Watched]) -> Sheet:
    columns = (
        *LISTED,
        *_SCALE,
        Column("入库后新增可享受的事项", 50),
        Column("新增金额下限", 18, Kind.MONEY),
        Column("新增金额上限", 18, Kind.MONEY),
        Column("入库后还须补充信息才能确定的事项", 40),
        Column("入库后不再符合的事项", 40),
    )
    rows = ((*listed(row.who), *_scale(row.scale), *_entry(row.entry)) for row in shortlist.rows)
    return Sheet(title, note, columns, tuple(rows), shortlist.left_out)


def _entry(entry: Entry) -> tuple[Cell, ...]:
    priced = any(gained.worth.priced for gained in entry.gained)
    return (
        join(f"{gained.item.title}：{show_award(gained.worth)}" for gained in entry.gained) or "无",
        entry.low if priced else None,
        (UNLIMITED if entry.high is None else entry.high) if priced else None,
        join(item.title for item in entry.opened) or None,
        join(item.title for item in entry.lost) or None,
    )


def _unknown(shortlist: Shortlist[State], dictionary: Dictionary) -> Sheet:
    columns = (*LISTED, *_SCALE, Column("还缺什么", 36), Column("有没有可能接近或达到标准", 14))
    rows = (
        (
            *listed(row.who),
            *_scale(row.scale),
            _missing(row.missing, dictionary),
            "有可能" if row.scale.maybe_near else "不会",
        )
        for row in shortlist.rows
    )
    return Sheet("无法判断", _UNKNOWN_NOTE, columns, tuple(rows), shortlist.left_out)


def _missing(refs: Sequence[FactRef], dictionary: Dictionary) -> str:
    """What is missing; of an industry that is known too coarsely, a finer one."""
    return name_missing(refs, dictionary).replace("行业", "具体行业") or "所掌握的信息判断不了"


def _thresholds(shortlist: Shortlist[NearItem], dictionary: Dictionary) -> Sheet:
    columns = (
        *BRIEFLY,
        Column("事项", 40),
        Column("差什么", 40),
        Column("还差占门槛", 10, Kind.SHARE),
        Column("达到后金额下限", 20, Kind.MONEY),
        Column("达到后金额上限", 20, Kind.MONEY),
        Column("现在的金额", 20),
        Column("另外还要补充", 30),
        Column("最后一日", 16, Kind.DAY),
        Column("依据", 40),
        Column("事项编号", 36, printed=False),
    )
    rows = ((*listed(row.who), *_near(row, dictionary)) for row in shortlist.rows)
    return Sheet("临近政策门槛", _THRESHOLDS_NOTE, columns, tuple(rows), shortlist.left_out)


def _near(row: NearItem, dictionary: Dictionary) -> tuple[Cell, ...]:
    found, item = row.threshold, row.threshold.item
    return (
        item.title,
        "；".join(change.text for change in found.changes),
        found.lacking,
        *amounts(found.worth),
        "现在不符合" if found.before is None else show_award(found.before),
        name_missing(found.still_unknown, dictionary) or None,
        item.window.closes,
        say_source(item),
        item.id,
    )


# --------------------------------------------------------------------------------- the five lists


def _state(shortlist: Shortlist[State], dictionary: Dictionary) -> Sheet:
    columns = (
        *LISTED,
        Column("状态", 22),
        *_SCALE,
        Column("培育路径", 18),
        Column("资质认定", 36),
        Column("提示", 36),
    )
    rows = (
        (
            *listed(row.who),
            row.scale.standing.label,
            *_scale(row.scale),
            "、".join(path.label for path in row.paths) or None,
            UNKNOWN if row.titles is None else "、".join(row.titles) or "无",
            _hint(row, dictionary),
        )
        for row in shortlist.rows
    )
    note = "每家企业的入统状态、培育路径和资质；条文没有规定各路径的标准，按说明页所写判断"
    return Sheet(_numbered(FiveList.STATE), note, columns, tuple(rows), shortlist.left_out)


def _hint(row: State, dictionary: Dictionary) -> str:
    return join(
        [
            "营业收入低于入统标准，注意退库风险" if row.scale.below_in_register else "",
            f"还缺：{_missing(row.missing, dictionary)}" if row.scale.standing is Standing.UNKNOWN else "",
        ]
    )


def _numbered(name: FiveList) -> str:
    return f"{list(FiveList).index(name) + 1} {name.label}"


_OFFER_NOTES = {
    FiveList.SUPPORT: "可以享受和待补充的奖补资金、税费减免、融资支持；金额是该事项单独的金额，合计见说明",
    FiveList.SERVICES: "可以享受的服务类事项",
    FiveList.ENVIRONMENT: "可以享受的权利保障和办事提速类事项",
}


def _offers(name: FiveList, shortlist: Shortlist[Offer], dictionary: Dictionary) -> Sheet:
    columns = (
        *BRIEFLY,
        Column("事项", 40),
        Column("类别", 10),
        Column("结果", 10),
        Column("金额下限", 18, Kind.MONEY),
        Column("金额上限", 18, Kind.MONEY),
        Column("内容", 32),
        Column("还缺什么", 36),
        Column("兑现方式", 10),
        Column("最后一日", 16, Kind.DAY),
        Column("主管部门", 30),
        Column("依据", 40),
        Column("事项编号", 36, printed=False),
    )
    rows = ((*listed(row.who), *_offer(row, dictionary)) for row in shortlist.rows)
    return Sheet(_numbered(name), _OFFER_NOTES[name], columns, tuple(rows), shortlist.left_out)


def _offer(row: Offer, dictionary: Dictionary) -> tuple[Cell, ...]:
    item = row.item
    return (
        item.title,
        item.category.label,
        f"{row.verdict.label}{'，须核实' if row.unconfirmed else ''}",
        *amounts(row.award),
        _unpriced(row.award),
        name_missing(row.missing, dictionary) if row.verdict is Verdict.UNDETERMINED else None,
        item.delivery.label,
        item.window.closes,
        "、".join(item.departments),
        say_source(item),
        item.id,
    )


def _unpriced(award: Award | None) -> str | None:
    return "；".join(award.unpriced) if award is not None and award.unpriced else None


def _matters(shortlist: Shortlist[Matter]) -> Sheet:
    columns = (
        *BRIEFLY,
        Column("逾期未付的账款（笔）", 12, Kind.COUNT),
        Column("不知是否逾期的账款（笔）", 12, Kind.COUNT),
        Column("将接受的行政检查（次）", 12, Kind.COUNT),
    )
    rows = ((*listed(row.who), row.overdue, row.overdue_unknown, row.inspections) for row in shortlist.rows)
    note = "环境保障清单的附表：画像里记有被拖欠账款或行政检查的企业；没有记的不等于没有"
    return Sheet("4 附 账款和检查", note, columns, tuple(rows), shortlist.left_out)


def _assessment(rows: Sequence[Assessment]) -> Sheet:
    columns = (
        Column("地区", 24),
        Column("企业（家）", 10, Kind.COUNT),
        *(Column(f"{standing.label}（家）", 12, Kind.COUNT) for standing in Standing),
        *(Column(f"{path.label}（家）", 10, Kind.COUNT) for path in Path),
        Column("临近政策门槛（家）", 10, Kind.COUNT),
        Column("可以享受资金类政策（家）", 12, Kind.COUNT),
        Column("按目前信息可以享受", 20, Kind.MONEY),
        Column("其中已核实", 20, Kind.MONEY),
        Column("补充信息后最多可达", 20, Kind.MONEY),
        Column("画像记录的本半年已领资金", 20, Kind.MONEY),
        Column("领取记录不全（家）", 10, Kind.COUNT),
        Column("不知道领过什么（家）", 10, Kind.COUNT),
    )
    note = "各县（市、区）的户数和金额；目标、服务次数、兑现率等系统没有的不作推算"
    return Sheet(_numbered(FiveList.ASSESSMENT), note, columns, tuple(map(_assessed, rows)))


def _assessed(row: Assessment) -> tuple[Cell, ...]:
    return (
        regions.full_name(row.region),
        row.sums.enterprises,
        *row.standings.values(),
        *row.paths.values(),
        row.near_items,
        row.supported,
        row.sums.certain,
        row.sums.confirmed,
        row.sums.possible,
        row.received,
        row.undated,
        row.unrecorded,
    )
