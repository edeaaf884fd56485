"""A kept simulation as an Excel file: every group, condition, overlap, county and point of every curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from web.printed.booklets import Booklet, Cell, Column, Kind, Line, Sheet, to_excel
from web.printed.simulation_words import CAVEAT, DIMENSIONS
from web.simulations.result import SHOWN, county_names, funnel_table, overlaps, remarks

Plain = Mapping[str, Any]

_COST = (
    *(Column("符合（户）", 12, Kind.COUNT), Column("待补充（户）", 12, Kind.COUNT)),
    *(Column("符合的金额：最少", 20, Kind.MONEY), Column("符合的金额：最多", 20, Kind.MONEY)),
    *(Column("没有上限（户）", 12, Kind.COUNT), Column("没有定价（户）", 12, Kind.COUNT)),
    Column("待补充的最多再加", 20, Kind.MONEY),
)


def simulation_workbook(plain: Plain) -> bytes:
    """The .xlsx file; equal simulations give equal bytes."""
    item, people = plain["item"], plain["population"]
    made_up = "（全部是虚构的示例企业，数字不代表实际）" if people["made_up"] else ""
    result = plain["result"]
    lines = (
        Line("事项", f"{item['title']}（{item['id']}，第 {item['version']} 版）"),
        Line("内容指纹", item["digest"]),
        Line("企业库快照", f"{people['rows']:,} 户{made_up}，其中 {people['gone']:,} 户已注销或被吊销执照，不计在内"),
        Line("符合", f"{result['eligible']:,} 户，金额最少", result["low"]),
        Line(
            "符合",
            f"{result['eligible']:,} 户，金额最多（没有上限的 {result['unbounded']:,} 户按最少计）",
            result["high"],
        ),
        Line("待补充", f"{result['undetermined']:,} 户，最多再加", result["could_add"]),
        *(Line("要注意的", remark) for remark in remarks(plain)),
        Line("重要提示", CAVEAT),
    )
    sheets = [_groups(dimension, plain["groups"][dimension]) for dimension in (*SHOWN, "division")]
    sheets += [_funnel(plain), _missing(plain), _overlaps(plain)]
    if plain["change"] is not None:
        sheets.append(_change(plain))
    sheets += [_curve(number, curve) for number, curve in enumerate(plain["curves"], start=1)]
    return to_excel(Booklet("政策效果仿真", item["title"], date.fromisoformat(plain["on"]), lines, tuple(sheets)))


def _cells(cost: Plain) -> tuple[Cell, ...]:
    counts = (cost["eligible"], cost["undetermined"])
    return (*counts, cost["low"], cost["high"], cost["unbounded"], cost["unpriced"], cost["could_add"])


def _groups(dimension: str, groups: Sequence[Plain]) -> Sheet:
    rows = tuple((group["key"] or "", group["name"], group["enterprises"], *_cells(group)) for group in groups)
    columns = (Column("代码", 12), Column("分组", 28), Column("企业总数", 12, Kind.COUNT), *_COST)
    return Sheet(DIMENSIONS[dimension], "没有写的分组里没有企业", columns, rows)


def _funnel(plain: Plain) -> Sheet:
    table = funnel_table(plain)
    columns = (Column(table.headings[0], 60), *(Column(heading, 14, Kind.COUNT) for heading in table.headings[1:]))
    rows = tuple(
        (
            step["words"],
            *(step[part][verdict] for part in ("alone", "left") for verdict in ("eligible", "undetermined")),
            step["without"]["eligible"],
        )
        for step in plain["funnel"]
    )
    return Sheet("条件漏斗", "逐个加上条件，还剩多少户", columns, rows)


def _missing(plain: Plain) -> Sheet:
    columns = (
        Column("缺的指标", 30),
        Column("缺这一项（户）", 16, Kind.COUNT),
        Column("只缺这一项（户）", 16, Kind.COUNT),
    )
    rows = tuple((each["label"], each["enterprises"], each["alone"]) for each in plain["missing"])
    return Sheet("缺的指标", "待补充的企业缺什么", columns, rows)


def _overlaps(plain: Plain) -> Sheet:
    words = {row[0]: row[3] for row in overlaps(plain).rows}
    columns = (
        *(Column("事项编号", 40), Column("事项", 50)),
        *(
            Column("两项都符合（户）", 16, Kind.COUNT),
            Column("两项都可能（户）", 16, Kind.COUNT),
            Column("叠加规则怎么说", 50),
        ),
    )
    rows = tuple(
        (each["id"], each["title"], each["both"], each["possibly"], words[each["title"]]) for each in plain["overlaps"]
    )
    return Sheet("重叠", "与现行事项的重叠", columns, rows)


def _change(plain: Plain) -> Sheet:
    found, names = plain["change"], county_names(plain)
    columns = (
        Column("地区", 28),
        *(Column(heading, 12, Kind.COUNT) for heading in ("新增（户）", "减少（户）", "不变（户）")),
        *(Column(heading, 20, Kind.MONEY) for heading in ("改前最少", "改前最多", "改后最少", "改后最多")),
    )
    rows = tuple(
        (
            *(name, each["gained"], each["lost"], each["kept"]),
            *(each[when][end] for when in ("before", "after") for end in ("low", "high")),
        )
        for name, each in (("合计", found), *((names.get(each["key"], "不清楚"), each) for each in found["by_county"]))
    )
    return Sheet("改动前后", f"与现行第 {found['from']['version']} 版相比", columns, rows)


def _curve(number: int, curve: Plain) -> Sheet:
    rows = tuple((point["words"], *_cells(point)) for point in curve["points"])
    return Sheet(f"门槛曲线{number}", f"{curve['words']}：门槛移动时", (Column("门槛", 20), *_COST), rows)
