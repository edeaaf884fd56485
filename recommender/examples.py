"""Running the examples that items carry: each is a test of its item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from enterprises.amounts import format_money
from enterprises.dictionary import Dictionary
from enterprises.profiles import read_facts
from enterprises.readings import EnterpriseOn
from enterprises.source_text import Problem
from policies.items import Example, Item
from policies.library import Library
from recommender.awards import Award, award
from recommender.evaluation import Evidence, judge
from recommender.match import Verdict


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that did not come to what it says: what was expected and what came."""

    item: str
    file: str
    line: int | None
    example: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.item} 样例“{self.example}”：{self.message}"


def failures(library: Library) -> Iterator[Failure]:
    """Every example of the library that fails, with why."""
    for item in library.items.values():
        for number, example in enumerate(item.examples, start=1):
            for message in run(item, example, library.dictionary):
                name = example.name or str(number)
                yield Failure(item.id, example.given.file, example.given.line, name, message)


def run(item: Item, example: Example, dictionary: Dictionary) -> Iterator[str]:
    """What is wrong with one example; nothing where it holds."""
    try:
        subject = EnterpriseOn(read_facts(example.given, dictionary), example.on, dictionary)
    except Problem as problem:
        yield f"given 有误：{problem.field} {problem.message}。{problem.remedy}"
        return
    evidence = judge(item.rule, subject)
    verdict = Verdict.of(evidence.truth)
    if verdict != example.expect.verdict:
        yield f"应为 {example.expect.verdict}，得到 {verdict}"
        return
    yield from _amount(example, award(item.benefit, item.rule, subject), verdict)
    yield from _missing(example, evidence)
    state = item.window.state(example.on)
    if example.expect.window not in (None, state):
        yield f"受理状态应为 {example.expect.window}，得到 {state}"


def _amount(example: Example, worth: Award, verdict: Verdict) -> Iterator[str]:
    if example.expect.amount is None:
        return
    if verdict is Verdict.INELIGIBLE or not worth.priced:
        yield "写了 amount，却没有金额可得"
        return
    if (worth.low, worth.high) != example.expect.amount:
        low, high = example.expect.amount
        shown = "不封顶" if worth.high is None else format_money(worth.high)
        yield f"金额应为 {format_money(low)} 至 {format_money(high)}，得到 {format_money(worth.low)} 至 {shown}"


def _missing(example: Example, evidence: Evidence) -> Iterator[str]:
    if example.expect.missing is None:
        return
    found = {ref.name for ref in evidence.missing()}
    if found != set(example.expect.missing):
        yield f"缺少的指标应为 {'、'.join(example.expect.missing)}，得到 {'、'.join(sorted(found))}"
