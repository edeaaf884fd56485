"""A simulation in words and cells: the terminal and the page say the same."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from enterprises.amounts import YUAN, format_money
from policies.items import WindowState
from policies.wording import say

if TYPE_CHECKING:  # pages that show a kept simulation need no numpy for their words
    from recommender.simulation.contradictions import Contradiction
    from recommender.simulation.costs import Cost
    from recommender.simulation.curves import Curve, Point
    from recommender.simulation.overlaps import Said
    from recommender.simulation.reach import Overlap, Shift, Simulation

CAVEAT = (
    "结果按企业库快照逐户计算得出，供制定和评估政策参考。金额按每户单独享受计算，没有扣除与其他政策不能同时享受的部分；"
    "企业会不会申报、政策出台后会怎样变化，都不在内。"
)
DIMENSIONS = {
    **{"city": "按市", "county": "按县（区）", "section": "按行业门类", "division": "按行业大类"},
    **{"size": "按企业规模", "ownership": "按所有制", "kind": "按主体类型"},
}
GROUP_HEADINGS = ("分组", "企业总数", "符合（户）", "待补充（户）", "符合的金额", "待补充的最多再加")
FUNNEL_HEADINGS = ("条件", "单看这一条：符合", "单看这一条：待补充", "累计：符合", "累计：待补充", "去掉这一条：符合")
OVERLAP_HEADINGS = ("事项", "两项都符合（户）", "两项都可能（户）", "叠加规则怎么说")
CHANGE_HEADINGS = ("地区", "新增（户）", "减少（户）", "不变（户）", "改前金额", "改后金额")
CURVE_HEADINGS = ("门槛", "符合（户）", "待补充（户）", "符合的金额", "待补充的最多再加")
PRESENT = "（现在）"


def about(simulation: Simulation) -> list[str]:
    """What was looked at."""
    population, window = simulation.population, simulation.item.window.state(simulation.on)
    made_up = "（全部是虚构的示例企业，数字不代表实际）" if population.made_up else ""
    lines = [
        f"企业库快照 {population.rows:,} 户{made_up}，其中 {simulation.gone:,} 户已注销或被吊销执照，"
        f"对其余 {simulation.enterprises:,} 户逐户判断。"
    ]
    if window is not WindowState.OPEN:
        lines.append(f"这一天事项的状态是“{window.label}”，仿真不看受理时间。")
    return lines


def result(simulation: Simulation) -> list[tuple[str, str]]:
    """The figures that count."""
    cost = simulation.cost
    return [
        ("符合", f"{cost.eligible:,} 户"),
        ("符合的金额", spent(cost)),
        ("待补充", f"{cost.undetermined:,} 户"),
        ("待补充的最多再加", could_add(cost)),
    ]


def money(fen: int) -> str:
    """An amount as people read a large one: exact where that is short, else to the second place and marked with 约."""
    exact = format_money(fen)
    unit = next((unit for unit in (10**8 * YUAN, 10**4 * YUAN) if abs(fen) >= unit), None)
    if unit is None or not exact.endswith("元") or exact[-2] in "亿万":
        return exact
    return f"约{format_money(round(Fraction(fen, unit // 100)) * (unit // 100))}"


def spent(cost: Cost) -> str:
    """What the eligible may have in all."""
    if cost.unpriced == cost.eligible:
        return "没有金额" if cost.eligible else "—"
    amount = money(cost.low)
    if cost.high != cost.low:
        amount = f"{amount} 至 {money(cost.high)}"
    return amount + _left_open(cost.unbounded, cost.unpriced)


def could_add(cost: Cost) -> str:
    """What the undetermined could add at most."""
    if cost.could_unpriced == cost.undetermined:
        return "没有金额" if cost.undetermined else "—"
    return money(cost.could_add) + _left_open(cost.could_unbounded, cost.could_unpriced)


def _left_open(unbounded: int, unpriced: int) -> str:
    """What an amount does not hold; of those whom nothing bounds it holds the least."""
    return (f"起，{unbounded:,} 户没有上限" if unbounded else "") + (f"（{unpriced:,} 户没有定价）" if unpriced else "")


def remarks(simulation: Simulation) -> list[str]:
    """What somebody ought to look at."""
    dictionary, funnel, findings = simulation.dictionary, simulation.funnel, simulation.contradictions
    said = [contradiction(each, simulation) for each in findings.found]
    if not findings.complete:
        said.append("规则的满足方式太多，没有全部检查其中有没有自相矛盾的条件。")
    said += [f"全库没有一户满足，也没有一户可能满足：{say(rule, dictionary)}。" for rule in funnel.unmet]
    tightest = funnel.tightest
    if not simulation.cost.eligible and tightest is not None and len(funnel.steps) > 1 and tightest.without[0]:
        said.append(
            f"没有一户确定符合。限制最紧的条件是“{say(tightest.rule, dictionary)}”：去掉它，符合的有 "
            f"{tightest.without[0]:,} 户。"
        )
    if simulation.set_elsewhere:
        said.append("优惠内容里有金额由细则另定的部分，没有计入任何金额。")
    return said


def contradiction(each: Contradiction, simulation: Simulation) -> str:
    """A contradiction as a sentence."""
    label = "" if each.record is None else f"同一个{simulation.dictionary.records[each.record].label}里，"
    parts = "”与“".join(say(part, simulation.dictionary, each.record) for part in each.parts)
    what = f"{label}“{parts}”{'不可能同时满足' if len(each.parts) > 1 else '任何企业都不可能满足'}"
    return f"{what}，{'因此没有企业能符合' if each.whole else '规则里的这一支永远走不到'}。"


def groups(simulation: Simulation, dimension: str, *, most_first: bool = False) -> list[tuple[str, ...]]:
    """The groups of a dimension in which somebody is or may be eligible, by row."""
    from recommender.simulation.as_json import name_of

    found = [group for group in simulation.groups[dimension] if group.cost.eligible or group.cost.undetermined]
    if most_first:
        found.sort(key=lambda group: (-group.cost.eligible, -group.cost.undetermined))
    return [
        (
            name_of(dimension, group.key),
            f"{group.enterprises:,}",
            f"{group.cost.eligible:,}",
            f"{group.cost.undetermined:,}",
            spent(group.cost),
            could_add(group.cost),
        )
        for group in found
    ]


def funnel(simulation: Simulation) -> list[tuple[str, ...]]:
    """The conditions, by row."""
    return [
        (
            say(step.rule, simulation.dictionary),
            *(f"{number:,}" for number in (*step.alone, *step.left, step.without[0])),
        )
        for step in simulation.funnel.steps
    ]


def overlaps(simulation: Simulation) -> list[tuple[str, ...]]:
    """The items that overlap, those of the most enterprises first."""
    return [(each.item.title, f"{each.both:,}", f"{each.possibly:,}", stacking(each)) for each in simulation.overlaps]


def stacking(overlap: Overlap) -> str:
    """What the statements of both items say."""
    if not overlap.said:
        return "没有写明，按可以同时享受计"
    return "；".join(dict.fromkeys(_statement(said, overlap) for said in overlap.said))


def _statement(said: Said, overlap: Overlap) -> str:
    carrier = "对方条款" if said.carrier is overlap.item else "本项条款"
    return f"{said.statement.label}（{carrier}）"


def change(simulation: Simulation) -> list[tuple[str, ...]]:
    """The whole, then the regions in which something changed."""
    from recommender.simulation.as_json import name_of

    made = simulation.change
    if made is None:
        return []
    moved = [shift for shift in made.by_county if shift.gained or shift.lost or shift.before != shift.after]
    return [_shift("合计", made.total), *(_shift(name_of("county", shift.key), shift) for shift in moved)]


def _shift(name: str, shift: Shift) -> tuple[str, ...]:
    counts = (f"{number:,}" for number in (shift.gained, shift.lost, shift.kept))
    return name, *counts, spent(shift.before), spent(shift.after)


def point(simulation: Simulation, curve: Curve, at: Point) -> tuple[str, ...]:
    """A point of a curve, by cell."""
    shown = curve.lever.figure(simulation.dictionary).show(at.value)
    present = PRESENT if at.value == curve.lever.present else ""
    cost = at.cost
    return f"{shown}{present}", f"{cost.eligible:,}", f"{cost.undetermined:,}", spent(cost), could_add(cost)
