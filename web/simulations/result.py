"""A kept simulation's JSON as a page shows it: figures, charts and tables, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from web.charts import Bar, Bars, bars
from web.printed.simulation_words import CHANGE_HEADINGS, DIMENSIONS, GROUP_HEADINGS, could_add, money, spent

Plain = Mapping[str, Any]

MOST_BARS = 12
"""So many groups are drawn; the table has all."""

SHOWN = ("city", "county", "size", "section", "kind", "ownership")
"""The dimensions, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by row; the first of each row says what the row is."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom it reaches by one dimension: a chart of the largest groups, and all of them as a table."""

    chart: Bars
    table: Table


def figures(plain: Plain) -> tuple[tuple[str, str], ...]:
    """The figures that count."""
    cost = plain["result"]
    return (
        ("符合", f"{cost['eligible']:,} 户"),
        ("符合的金额", spent_of(cost)),
        ("待补充", f"{cost['undetermined']:,} 户"),
        ("待补充的最多再加", could_add_of(cost)),
    )


def spent_of(cost: Plain) -> str:
    """What the eligible may have in all."""
    return spent(_cost(cost))


def could_add_of(cost: Plain) -> str:
    """What the undetermined could add at most."""
    return could_add(_cost(cost))


def _cost(cost: Plain) -> Any:
    return SimpleNamespace(**cost)


def reaches(plain: Plain) -> tuple[Reach, ...]:
    """By each dimension in which there is more than one group with somebody in it."""
    return tuple(_reach(dimension, plain["groups"][dimension]) for dimension in SHOWN if plain["groups"][dimension])


def _reach(dimension: str, groups: Sequence[Plain]) -> Reach:
    reached = [group for group in groups if group["eligible"] or group["undetermined"]]
    ranked = sorted(reached, key=lambda group: (-group["eligible"], -group["undetermined"]))
    title = f"{DIMENSIONS[dimension]}：符合的户数"
    note = f"另有 {len(ranked) - MOST_BARS} 组，见下面的全表" if len(ranked) > MOST_BARS else ""
    drawn = [
        Bar(group["name"], group["eligible"], f"{group['eligible']:,} 户，待补充 {group['undetermined']:,} 户")
        for group in ranked[:MOST_BARS]
    ]
    rows = tuple(
        (
            group["name"],
            *(f"{group[field]:,}" for field in ("enterprises", "eligible", "undetermined")),
            *(spent_of(group), could_add_of(group)),
        )
        for group in reached
    )
    return Reach(
        bars(title, drawn, note, ("分组", "户数")), Table(f"{DIMENSIONS[dimension]}的全表", GROUP_HEADINGS, rows)
    )


def funnel(plain: Plain) -> Bars:
    """How many are left as one condition after the other is added, those who may meet it included."""
    rows = [
        Bar(
            step["words"],
            sum(step["left"].values()),
            f"符合 {_count(step, 'left')}，待补充 {step['left']['undetermined']:,} 户",
        )
        for step in plain["funnel"]
    ]
    note = "一条一条加上条件以后还剩的户数，待补充的也算在内"
    return bars("条件漏斗", rows, note, ("条件", "还剩"))


FUNNEL_HEADINGS = (
    "条件",
    "单看这一条：符合",
    "单看这一条：待补充",
    "加上以后还剩：符合",
    "加上以后还剩：待补充",
    "去掉这一条：符合",
)


def funnel_table(plain: Plain) -> Table:
    """The same in figures, and what would be without each."""
    rows = tuple(
        (
            step["words"],
            *(f"{step[part][verdict]:,}" for part in ("alone", "left") for verdict in ("eligible", "undetermined")),
            f"{step['without']['eligible']:,}",
        )
        for step in plain["funnel"]
    )
    return Table("逐条的户数", FUNNEL_HEADINGS, rows)


def _count(step: Plain, part: str) -> str:
    return f"{step[part]['eligible']:,} 户"


def missing(plain: Plain) -> Bars:
    """Which facts are missing of the undetermined, what would settle most first."""
    rows = [
        Bar(each["label"], each["alone"], f"只缺这一项 {each['alone']:,} 户，缺这一项的共 {each['enterprises']:,} 户")
        for each in plain["missing"][:MOST_BARS]
    ]
    return bars("补上哪一项，能定下来的最多", rows, "待补充的企业里，只差这一项就能判断的户数", ("缺的指标", "户数"))


def remarks(plain: Plain) -> tuple[str, ...]:
    """What somebody ought to look at: contradictions, conditions that nobody meets, money set elsewhere."""
    said = []
    for each in plain["contradictions"]["found"]:
        together = "不可能同时满足" if len(each["words"]) > 1 else "任何企业都不可能满足"
        outcome = "因此没有企业能符合" if each["whole"] else "规则里的这一支永远走不到"
        said.append(f"“{'”与“'.join(each['words'])}”{together}，{outcome}。")
    if not plain["contradictions"]["complete"]:
        said.append("规则的满足方式太多，没有全部检查其中有没有自相矛盾的条件。")
    said += [f"全库没有一户满足，也没有一户可能满足：{each['words']}。" for each in plain["unmet"]]
    if plain["result"]["set_elsewhere"]:
        said.append("优惠内容里有金额由细则另定的部分，没有计入任何金额。")
    return tuple(said)


OVERLAP_HEADINGS = ("事项", "两项都符合（户）", "两项都可能（户）", "叠加规则怎么说")


def overlaps(plain: Plain) -> Table:
    """The items that overlap, those of the most enterprises first."""
    rows = tuple(
        (each["title"], f"{each['both']:,}", f"{each['possibly']:,}", _said(each)) for each in plain["overlaps"]
    )
    return Table(f"与现行事项的重叠：{len(rows)} 项", OVERLAP_HEADINGS, rows)


def _said(overlap: Plain) -> str:
    if not overlap["said"]:
        return "没有写明，按可以同时享受计"
    carriers = {True: "对方条款", False: "本项条款"}
    said = (f"{each['words']}（{carriers[each['by'] == overlap['id']]}）" for each in overlap["said"])
    return "；".join(dict.fromkeys(said))


def change(plain: Plain, names: Mapping[str | None, str]) -> Table | None:
    """Who gains and who loses against the published version: the whole, then the counties where something changes."""
    found = plain["change"]
    if found is None:
        return None
    moved = [each for each in found["by_county"] if each["gained"] or each["lost"] or each["before"] != each["after"]]
    rows = (_shift("合计", found), *(_shift(names.get(each["key"], "不清楚"), each) for each in moved))
    return Table(f"与现行第 {found['from']['version']} 版相比", CHANGE_HEADINGS, rows)


def change_words(plain: Plain) -> str:
    """The same in a sentence."""
    found = plain["change"]
    before, after = found["before"]["low"], found["after"]["low"]
    more = "不变" if before == after else f"{'增加' if after > before else '减少'} {money(abs(after - before))}"
    counts = f"新增符合 {found['gained']:,} 户，不再符合 {found['lost']:,} 户，不变 {found['kept']:,} 户"
    return f"{counts}；金额（按最少计）{more}。"


def _shift(name: str, shift: Plain) -> tuple[str, ...]:
    counts = (f"{shift[field]:,}" for field in ("gained", "lost", "kept"))
    return name, *counts, spent_of(shift["before"]), spent_of(shift["after"])


def county_names(plain: Plain) -> dict[str | None, str]:
    """By region code, as the groups name them."""
    return {group["key"]: group["name"] for group in (*plain["groups"]["city"], *plain["groups"]["county"])}


CURVE_HEADINGS = ("门槛", "符合（户）", "待补充（户）", "符合的金额", "待补充的最多再加")


def curve_table(curve: Plain) -> Table:
    """Every point of a curve."""
    rows = tuple(
        (
            point["words"] + ("（现在）" if point["value"] == curve["present"] else ""),
            *(f"{point['eligible']:,}", f"{point['undetermined']:,}", spent_of(point), could_add_of(point)),
        )
        for point in curve["points"]
    )
    return Table("曲线上的每一点", CURVE_HEADINGS, rows)
