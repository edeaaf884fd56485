"""Many rules at once for one enterprise: the evidence of every rule that is not false, the same as ``judge`` gives.

Rules ask the same things over and over, and most fail on where an enterprise is and what it does. So a book lists what
its rules *demand*: every part of an ``all`` at the top, for a rule is false exactly if one of its demands is. Each
distinct demand is asked at most once, what most rules demand first, and where it is false, all rules that make it are
struck out. Evidence is put together only for those that are left.

What is found out about an enterprise is forgotten with it: nothing is kept from one to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from enterprises import industries, regions
from enterprises.readings import EnterpriseOn
from policies.rules import All, Any, AnyRecord, Condition, Not, Operator, Rule, Some
from recommender.evaluation import Evidence, Subject, check, judge_by_parts

_RuleSet = int
"""A set of rules by number, as the bits of an integer: thousands are struck out in one operation."""


class Rulebook:
    """Rules by name, made ready to be judged together. It never changes; threads may share it."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        shared: dict[Rule, Rule] = {}
        self._rules = [(name, _share(rule, shared)) for name, rule in rules.items()]
        makers: dict[Rule, _RuleSet] = {}
        for number, (_, rule) in enumerate(self._rules):
            for each in _demands(rule):
                demand = shared.setdefault(each, each)
                makers[demand] = makers.get(demand, 0) | 1 << number
        self._demands = sorted(makers.items(), key=_turn)

    def judge_all(self, subject: EnterpriseOn) -> list[tuple[str, Evidence]]:
        """The rules that are true or unknown, by name and in the book's order, each with its evidence."""
        answers = _Answers(subject)
        left = (1 << len(self._rules)) - 1
        for demand, makers in self._demands:
            if left & makers and answers.refute(demand):
                left &= ~makers
        return [(name, answers.judge(rule, subject)) for name, rule in self._numbered(left)]

    def _numbered(self, numbers: _RuleSet) -> Iterator[tuple[str, Rule]]:
        while numbers:
            lowest = numbers & -numbers
            numbers ^= lowest
            yield self._rules[lowest.bit_length() - 1]


class _Answers:
    """The answers of one enterprise so far, by the identity of rules and parts: a book holds equal ones only once."""

    def __init__(self, subject: EnterpriseOn) -> None:
        self._subject = subject
        self._evidence: dict[int, Evidence] = {}

    def refute(self, demand: Rule) -> bool:
        """Whether a demand is false. A false condition gets no evidence, since nobody will ask for it."""
        if not isinstance(demand, Condition):
            return self.judge(demand, self._subject).truth is False
        finding = check(demand, self._subject)
        if finding.truth is False:
            return True
        self._evidence[id(demand)] = Evidence(demand, finding.truth, finding=finding)
        return False

    def judge(self, rule: Rule, subject: Subject) -> Evidence:
        """The evidence of one of the book's rules, or of a part of one."""
        evidence = self._evidence.get(id(rule))
        if evidence is None:
            evidence = self._evidence[id(rule)] = judge_by_parts(rule, subject, self.judge)
        return evidence


def _share(rule: Rule, shared: dict[Rule, Rule]) -> Rule:
    """``rule`` with its parts replaced by the equal ones that are in ``shared``, where it is put itself."""
    match rule:
        case All(parts) | Any(parts) | Some(_, parts):
            rule = replace(rule, parts=tuple(_share(part, shared) for part in parts))
        case Not(part):
            rule = Not(_share(part, shared))
        case Condition() | AnyRecord():
            pass
    return shared.setdefault(rule, rule)


def _turn(demanded: tuple[Rule, _RuleSet]) -> tuple[int, bool]:
    """When to ask for a demand: first what most rules demand, and a condition before what takes longer to decide."""
    demand, makers = demanded
    return -makers.bit_count(), not isinstance(demand, Condition)


def _demands(rule: Rule) -> Iterator[Rule]:
    """What must not be false lest the rule be: its parts, if it needs all of them, and the wider codes they imply."""
    if isinstance(rule, All):
        for part in rule.parts:
            yield from _demands(part)
        return
    if isinstance(rule, Condition) and rule.operator is Operator.WITHIN and rule.fact in _PARENT:
        yield from _wider(rule)
    yield rule


_PARENT: Mapping[str, Callable[[str], str | None]] = {
    "region": lambda code: regions.region(code).parent,
    "industry": lambda code: industries.industry(code).parent,
}
"""The facts whose codes nest, and the code one level up. One question about 延安市 answers for all of its counties."""


def _wider(narrow: Condition) -> Iterator[Condition]:
    """The condition on wider and wider codes: who is surely outside 延安市 is surely outside 宝塔区."""
    parent = _PARENT[narrow.fact]
    codes = narrow.operands
    while (wider := tuple(sorted({parent(str(code)) or str(code) for code in codes}))) != codes:
        yield Condition(narrow.fact, Operator.WITHIN, wider)
        codes = wider
