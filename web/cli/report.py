"""What the command line prints: explanations and items as readable Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary, Fact
from enterprises.readings import Used
from policies.benefit_wording import say_benefit
from policies.items import Example, Item, Window, WindowState
from policies.rules import AnyRecord, Condition, Rule
from policies.stacking import Reach, Stacking
from policies.wording import MARKS, say
from recommender.combination import Combination
from recommender.evaluation import Evidence
from recommender.explanation import Explanation
from recommender.explanation_json import show_amount, show_award
from recommender.match import Match, Verdict
from recommender.missing import name_fact, name_missing, say_missing
from recommender.ranking.order import Ranked, Ranker
from recommender.ranking.wording import explain_position
from web.checkup.totals import Total, certain_total, possible_total
from web.rankers import stated_ranker

_SHOWN = 12
"""How many items of a group are listed unless all are asked for."""

_LEAST_WIDTH = 100
"""Columns; a narrower output (a pipe, a log) would cut the tables to pieces."""


def _console() -> Console:
    console = Console()
    return console if console.width >= _LEAST_WIDTH else Console(width=_LEAST_WIDTH)


def print_explanation(explanation: Explanation, show_all: bool, ranker: Ranker | None = None) -> None:
    """Three groups with totals, the next question, and with ``show_all`` everything else and all evidence.

    ``ranker`` orders the groups; by default the stated weights do.
    """
    console = _console()
    order = (ranker or stated_ranker()).order(explanation)
    dictionary = explanation.library.dictionary
    name = explanation.profile.name or "这家企业"
    console.print(f"[bold]{escape(name)}[/bold]，按 {format_day(explanation.on)} 判断")
    _print_ranked(console, "可以享受", order.eligible, dictionary, show_all)
    console.print(f"按目前信息可以享受：{_say(certain_total(explanation))}")
    _print_left_out(console, explanation.certain)
    _print_ranked(console, "还差信息（补充后才能确定）", order.undetermined, dictionary, show_all)
    console.print(f"补充信息后最多可达：{_say(possible_total(explanation))}")
    if explanation.questions:
        console.print(f"先补充这一项最有用：[bold]{escape(explanation.questions[0].text)}[/bold]")
    _print_ranked(console, "差一点", order.close, dictionary, show_all)
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
    console.print(f"\n排序依据：{order.basis.text}（{order.basis.code}）。排序只管先后，不影响能不能享受。")
    console.print("“有效期至”是政策文件的有效期，具体受理时间以通知为准。结果供参考，以主管部门认定为准。")


def _print_ranked(
    console: Console, title: str, ranked: Sequence[Ranked], dictionary: Dictionary, with_evidence: bool
) -> None:
    places = {one.item.id: explain_position(one) for one in ranked}
    _print_matches(console, title, [one.match for one in ranked], dictionary, with_evidence, places)


def _print_matches(
    console: Console,
    title: str,
    matches: Sequence[Match],
    dictionary: Dictionary,
    with_evidence: bool,
    places: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """A table of matches; ``places`` say why each stands where it stands, by item id."""
    console.print(f"\n[bold]{title}：{len(matches)} 项[/bold]")
    if not matches:
        return
    table = Table(show_lines=True, expand=True)
    for heading, ratio in (("事项", 4), ("金额或内容", 4), ("有效期至", 2), ("说明", 5)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for match in matches if with_evidence else matches[:_SHOWN]:
        gives = show_award(match.award) if match.award else ""
        title = f"{escape(match.item.title)}\n[dim]{match.item.id}[/dim]"
        remark = "\n".join(filter(None, (_remark(match, dictionary), places.get(match.item.id))))
        table.add_row(title, escape(gives), _deadline(match), escape(remark))
    console.print(table)
    if not with_evidence and len(matches) > _SHOWN:
        console.print(f"另有 {len(matches) - _SHOWN} 项，加 --all 全部列出")
    for match in matches if with_evidence else ():
        console.print(_evidence_tree(match, dictionary))


def _deadline(match: Match) -> str:
    """The last day: the document's, unless the item has days of its own."""
    closes = match.item.window.closes
    if closes is None:
        return "未载明" if match.window.is_open else match.window.label
    own = "受理至 " if match.item.window != match.item.document.validity else ""
    state = "" if match.window is WindowState.OPEN else f"（{match.window.label}）"
    return f"{own}{format_day(closes)}{state}"


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


def _say(total: Total) -> str:
    return f"[bold]{total.text}[/bold]" + (f"（{total.note}）" if total.note else "")


def _print_left_out(console: Console, combination: Combination) -> None:
    for dropped in combination.dropped:
        console.print(escape(f"  未计入 {dropped.claim.item.title}：{dropped.reason}"))


def _evidence_tree(match: Match, dictionary: Dictionary) -> Tree:
    document = match.item.document
    number = f"（{document.number}）" if document.number else ""
    source = f"依据《{document.title}》{number} {match.item.clause}，第 {match.item.page} 页"
    tree = Tree(f"[bold]{escape(match.item.title)}[/bold] {escape(source)}")
    _add_evidence(tree, match.evidence, match.item, dictionary, None)
    for step in match.award.steps if match.award else ():
        tree.add(escape(f"计算：{step}"))
    return tree


_COMBINED = {"All": "以下全部满足", "Any": "以下至少满足一项", "Not": "以下不满足", "Some": "以下满足规定的项数"}


def _add_evidence(tree: Tree, evidence: Evidence, item: Item, dictionary: Dictionary, record: str | None) -> None:
    rule = evidence.rule
    if isinstance(rule, Condition) or not evidence.parts:
        text = say(rule, dictionary, record)
    else:
        text = _COMBINED.get(type(rule).__name__) or say(rule, dictionary, record)
    inner = rule.kind if isinstance(rule, AnyRecord) else record
    branch = tree.add(f"{MARKS[evidence.truth]} {escape(text)}{_facts(evidence, dictionary)}{_cite(rule, item)}")
    for part in evidence.parts:
        _add_evidence(branch, part, item, dictionary, inner)


def _cite(rule: Rule, item: Item) -> str:
    """Where a condition stands, if that is another place than the item's."""
    cite = rule.cite if isinstance(rule, Condition) else None
    if cite is None or (cite.clause, cite.page) == (item.clause, item.page):
        return ""
    return f" [dim]{escape(f'{cite.clause}，第 {cite.page} 页')}[/dim]"


def _facts(evidence: Evidence, dictionary: Dictionary) -> str:
    if evidence.finding is None:
        return ""
    known = [_known(used, dictionary) for used in evidence.finding.used]
    missing = [f"缺 {name_missing(evidence.finding.missing, dictionary)}"] if evidence.finding.missing else []
    return f" [dim]（{escape('；'.join([*known, *missing]))}）[/dim]" if known or missing else ""


def _known(used: Used, dictionary: Dictionary) -> str:
    fact, seen = dictionary.fact(used.ref.name, used.ref.record), used.observation
    day = f"，{format_day(seen.observed_on)}" if seen.observed_on else ""
    return f"{name_fact(used.ref, dictionary)}：{fact.show(seen.value)}，{seen.source.label}{day}"


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
        ("能否同享", "\n".join(_stacking(statement) for statement in item.stacking)),
        ("类别", item.category.label),
        ("兑现方式", item.delivery.label),
        ("有效期", _show_window(item.window)),
        ("依据", f"《{document.title}》{document.number or '（无文号）'} {item.clause}，第 {item.page} 页"),
        ("部门", "、".join(item.departments)),
        ("理解", item.reading or ""),
        ("材料", "、".join(item.materials)),
        ("步骤", "；".join(item.steps)),
        ("联系", item.contact or ""),
        (
            "样例",
            "\n".join(_example(number, example, dictionary) for number, example in enumerate(item.examples, start=1)),
        ),
    ]
    console.print(f"[bold]{escape(item.title)}[/bold]")
    table = Table(show_header=False, expand=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(ratio=6, overflow="fold")
    for label, text in rows:
        if text:
            table.add_row(label, escape(text))
    console.print(table)


def _stacking(statement: Stacking) -> str:
    reach = "、".join(statement.items) if statement.reach is Reach.ITEMS else statement.reach.label
    alike = "同类型的" if statement.alike else ""
    note = f"。{statement.note}" if statement.note else ""
    return f"{statement.label}：对{alike}{reach}{note}"


def _example(number: int, example: Example, dictionary: Dictionary) -> str:
    expected = example.expect
    parts = [
        Verdict(expected.verdict).label,
        *([show_amount(*expected.amount)] if expected.amount is not None else []),
        *([f"缺 {'、'.join(_label(name, dictionary) for name in expected.missing)}"] if expected.missing else []),
        *([expected.window.label] if expected.window is not None else []),
    ]
    return f"{example.name or number}（{format_day(example.on)}）：{'，'.join(parts)}"


def _label(name: str, dictionary: Dictionary) -> str:
    """What a fact, a record kind, or a field that some kinds have is called."""
    fields = (kind.fields[name] for kind in dictionary.records.values() if name in kind.fields)
    return (dictionary.facts.get(name) or dictionary.records.get(name) or next(fields)).label


def print_facts(dictionary: Dictionary, word: str) -> int:
    """The facts, and the fields of each kind of record, whose name or label has ``word`` in it; how many there are."""
    console = _console()
    told = [fact for fact in dictionary.facts.values() if fact.formula is None]
    derived = [fact for fact in dictionary.facts.values() if fact.formula is not None]
    groups = [("指标", _about(told, word)), ("由系统按公式计算，不用填报", _about(derived, word))]
    for kind in dictionary.records.values():
        whole = word in kind.name or word in kind.label
        fields = list(kind.fields.values())
        groups.append((f"明细 {kind.name}（{kind.label}）：{kind.question}", fields if whole else _about(fields, word)))
    for title, facts in groups:
        if facts:
            _print_fact_table(console, title, facts)
    return sum(len(facts) for _, facts in groups)


def _about(facts: Iterable[Fact], word: str) -> list[Fact]:
    return [fact for fact in facts if word in fact.name or word in fact.label]


def _print_fact_table(console: Console, title: str, facts: Iterable[Fact]) -> None:
    console.print(f"\n[bold]{escape(title)}[/bold]")
    table = Table(expand=True)
    table.add_column("名称", no_wrap=True)  # it is copied from here
    for heading, ratio in (("含义", 4), ("类型（单位）", 3), ("选项或公式", 5), ("怎样问", 5)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    for fact in facts:
        kind = fact.kind.label + (f"（{fact.unit}）" if fact.unit else "") + ("，分年份" if fact.yearly else "")
        choices = "、".join(fact.values)
        if fact.formula is not None:
            choices = f"{fact.formula.name}：{'、'.join(fact.formula.inputs)}"
        cells = (fact.name, fact.label, kind, choices, fact.question or "")
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)


def _show_window(window: Window) -> str:
    if window.closes is None:
        return f"{format_day(window.opens)} 起，未载明截止日"
    return f"{format_day(window.opens)} 至 {format_day(window.closes)}"
