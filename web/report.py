"""What the command line prints: explanations and items as readable Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from enterprises.amounts import format_money
from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary
from enterprises.readings import Used
from policies.benefit_wording import say_benefit
from policies.items import Item, Window
from policies.rules import AnyRecord, Condition
from policies.wording import say
from recommender.combination import Combination
from recommender.evaluation import Evidence
from recommender.explanation import Explanation
from recommender.explanation_json import show_award
from recommender.match import Match, Verdict
from recommender.missing import name_missing, say_missing

_SHOWN = 12
"""How many items of a group are listed unless all are asked for."""

_LEAST_WIDTH = 100
"""Columns; a narrower output (a pipe, a log) would cut the tables to pieces."""

MARKS = {True: "✓", False: "✗", None: "？"}
"""How an answer is marked: true, false, unknown."""


def _console() -> Console:
    console = Console()
    return console if console.width >= _LEAST_WIDTH else Console(width=_LEAST_WIDTH)


def print_explanation(explanation: Explanation, show_all: bool) -> None:
    """Three groups with totals, the next question, and with ``show_all`` everything else and all evidence."""
    console = _console()
    dictionary = explanation.library.dictionary
    name = explanation.profile.name or "这家企业"
    console.print(f"[bold]{escape(name)}[/bold]，按 {format_day(explanation.on)} 判断")
    _print_matches(console, "可以享受", explanation.eligible, dictionary, show_all)
    _print_total(console, "可以享受的合计", explanation.certain)
    _print_left_out(console, explanation.certain)
    _print_matches(console, "还差信息（补充后才能确定）", explanation.undetermined, dictionary, show_all)
    _print_total(console, "补充信息后合计最多", explanation.possible)
    if explanation.questions:
        console.print(f"先补充这一项最有用：[bold]{escape(explanation.questions[0].text)}[/bold]\n")
    _print_matches(console, "差一点", explanation.close, dictionary, show_all)
    others = (
        ("不符合", explanation.ineligible),
        ("企业已注销或被吊销执照，不再提供", explanation.barred),
        ("尚未开始", explanation.not_yet),
        ("已过期，不再提供", explanation.expired),
    )
    for title, matches in others:
        if show_all:
            _print_matches(console, title, matches, dictionary, show_all)
        else:
            console.print(f"{title}：{len(matches)} 项")
    console.print("\n结果供参考，以主管部门认定为准。")


def _print_matches(
    console: Console, title: str, matches: Sequence[Match], dictionary: Dictionary, with_evidence: bool
) -> None:
    console.print(f"\n[bold]{title}：{len(matches)} 项[/bold]")
    if not matches:
        return
    table = Table(show_lines=True, expand=True)
    for heading, ratio in (("事项", 4), ("金额或内容", 4), ("最后一天", 2), ("说明", 5)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for match in matches if with_evidence else matches[:_SHOWN]:
        gives = show_award(match.award) if match.award else ""
        title = f"{escape(match.item.title)}\n[dim]{match.item.id}[/dim]"
        table.add_row(title, escape(gives), _deadline(match), escape(_remark(match, dictionary)))
    console.print(table)
    if not with_evidence and len(matches) > _SHOWN:
        console.print(f"另有 {len(matches) - _SHOWN} 项，加 --all 全部列出")
    for match in matches if with_evidence else ():
        console.print(_evidence_tree(match, dictionary))


def _deadline(match: Match) -> str:
    if match.window.is_open and match.item.window.closes is None:
        return "未载明"
    closes = match.item.window.closes
    return f"{format_day(closes)}（{match.window.label}）" if closes else match.window.label


def _remark(match: Match, dictionary: Dictionary) -> str:
    remarks = []
    if match.verdict is Verdict.UNDETERMINED:
        remarks.append(say_missing(match.missing, dictionary))
    if match.gap is not None:
        changes = "；".join(change.text for change in match.gap.changes)
        remarks.append(f"{changes}，{match.gap.then}")
    if match.unconfirmed:
        remarks.append("依据企业填报，须主管部门核实")
    if match.item.needs_confirmation:
        remarks.append("条文有歧义，以主管部门解释为准")
    return "\n".join(remarks)


def _print_total(console: Console, title: str, combination: Combination) -> None:
    open_end = combination.unbounded or any(kept.claim.share.high is None for kept in combination.kept)
    console.print(f"{title}：[bold]{format_money(combination.total)}{' 起' if open_end else ''}[/bold]")


def _print_left_out(console: Console, combination: Combination) -> None:
    for dropped in combination.dropped:
        console.print(escape(f"  未计入 {dropped.claim.item.title}：{dropped.reason}"))


def _evidence_tree(match: Match, dictionary: Dictionary) -> Tree:
    document = match.item.document
    number = f"（{document.number}）" if document.number else ""
    source = f"依据《{document.title}》{number} {match.item.clause}，第 {match.item.page} 页"
    tree = Tree(f"[bold]{escape(match.item.title)}[/bold] {escape(source)}")
    _add_evidence(tree, match.evidence, dictionary, None)
    for step in match.award.steps if match.award else ():
        tree.add(escape(f"计算：{step}"))
    return tree


_COMBINED = {"All": "以下全部满足", "Any": "以下至少满足一项", "Not": "以下不满足", "Some": "以下满足规定的项数"}


def _add_evidence(tree: Tree, evidence: Evidence, dictionary: Dictionary, record: str | None) -> None:
    rule = evidence.rule
    if isinstance(rule, Condition) or not evidence.parts:
        text = say(rule, dictionary, record)
    else:
        text = _COMBINED.get(type(rule).__name__) or say(rule, dictionary, record)
    inner = rule.kind if isinstance(rule, AnyRecord) else record
    branch = tree.add(f"{MARKS[evidence.truth]} {escape(text)}{_facts(evidence, dictionary)}")
    for part in evidence.parts:
        _add_evidence(branch, part, dictionary, inner)


def _facts(evidence: Evidence, dictionary: Dictionary) -> str:
    if evidence.finding is None:
        return ""
    known = [_known(used, dictionary) for used in evidence.finding.used]
    missing = [f"缺 {name_missing(evidence.finding.missing, dictionary)}"] if evidence.finding.missing else []
    return f" [dim]（{escape('；'.join([*known, *missing]))}）[/dim]" if known or missing else ""


def _known(used: Used, dictionary: Dictionary) -> str:
    fact, seen = dictionary.fact(used.ref.name, used.ref.record), used.observation
    return f"{fact.show(seen.value)}，{seen.source.label}"


def print_items(items: Iterable[Item]) -> None:
    """A table of items."""
    table = Table(expand=True)
    for title, ratio in (("编号", 4), ("事项", 5), ("类别", 2), ("兑现方式", 2), ("有效期", 3)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for item in items:
        table.add_row(item.id, escape(item.title), item.category.label, item.delivery.label, _show_window(item.window))
    _console().print(table)


def print_item(item: Item, dictionary: Dictionary) -> None:
    """Everything about one item."""
    console = _console()
    document = item.document
    rows = [
        ("编号", f"{item.id}，第 {item.version} 版"),
        ("内容", item.summary),
        ("谁可以享受", say(item.rule, dictionary)),
        ("可以得到", "\n".join(say_benefit(item.benefit, dictionary))),
        ("类别", item.category.label),
        ("兑现方式", item.delivery.label),
        ("有效期", _show_window(item.window)),
        ("依据", f"《{document.title}》{document.number or '（无文号）'} {item.clause}，第 {item.page} 页"),
        ("部门", "、".join(item.departments)),
        ("理解", item.reading or ""),
        ("材料", "、".join(item.materials)),
        ("步骤", "；".join(item.steps)),
        ("联系", item.contact or ""),
        ("样例", f"{len(item.examples)} 个"),
    ]
    console.print(f"[bold]{escape(item.title)}[/bold]")
    table = Table(show_header=False, expand=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(ratio=6, overflow="fold")
    for label, text in rows:
        if text:
            table.add_row(label, escape(text))
    console.print(table)


def _show_window(window: Window) -> str:
    closes = format_day(window.closes) if window.closes else "未载明截止日"
    return f"{format_day(window.opens)} 至 {closes}"
