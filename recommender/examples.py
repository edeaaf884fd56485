"""Running the examples that items carry: each is a test of its item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from enterprises.dictionary import Dictionary
from enterprises.profiles import read_facts
from enterprises.readings import EnterpriseOn
from enterprises.source_text import Problem
from policies.items import Example, Item
from policies.library import Library
from policies.rules import AnyRecord, Condition, Not
from policies.wording import say
from recommender.awards import Award, award
from recommender.evaluation import Evidence, judge
from recommender.explanation_json import show_amount
from recommender.match import Verdict
from recommender.missing import name_missing


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
        decisive = "；".join(dict.fromkeys(_decisive(evidence, dictionary, None)))
        yield f"应为 {example.expect.verdict}，得到 {verdict}" + (f"（{decisive}）" if decisive else "")
        return
    yield from _amount(example, award(item.benefit, item.rule, subject), verdict)
    yield from _missing(example, evidence)
    state = item.window.state(example.on)
    if example.expect.window not in (None, state):
        yield f"受理状态应为 {example.expect.window}，得到 {state}"


_ANSWERS = {False: "不满足", None: "定不了"}


def _decisive(evidence: Evidence, dictionary: Dictionary, record: str | None) -> Iterator[str]:
    """The conditions that a verdict other than "eligible" comes from, as the rule says them."""
    if evidence.truth is True:
        return
    rule = evidence.rule
    inner = rule.kind if isinstance(rule, AnyRecord) else record
    decisive = [part for part in evidence.parts if part.truth is evidence.truth]
    if isinstance(rule, (Condition, Not)) or not decisive:
        missing = name_missing(evidence.missing(), dictionary)
        yield f"{_ANSWERS[evidence.truth]}：{say(rule, dictionary, record)}" + (f"，缺 {missing}" if missing else "")
        return
    for part in decisive:
        yield from _decisive(part, dictionary, inner)


def _amount(example: Example, worth: Award, verdict: Verdict) -> Iterator[str]:
    if example.expect.amount is None:
        return
    if verdict is Verdict.INELIGIBLE or not worth.priced:
        yield "写了 amount，却没有金额可得"
        return
    if (worth.low, worth.high) != example.expect.amount:
        yield f"金额应为 {show_amount(*example.expect.amount)}，得到 {show_amount(worth.low, worth.high)}"


def _missing(example: Example, evidence: Evidence) -> Iterator[str]:
    if example.expect.missing is None:
        return
    found = {ref.name for ref in evidence.missing()}
    if found != set(example.expect.missing):
        yield f"缺少的指标应为 {'、'.join(example.expect.missing)}，得到 {'、'.join(sorted(found))}"
