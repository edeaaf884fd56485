"""What examples come to as the item is now, beside what they say that must come out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from enterprises.amounts import format_money
from enterprises.calendar import parse_day
from enterprises.dictionary import Dictionary
from enterprises.profiles import read_facts
from enterprises.readings import EnterpriseOn
from enterprises.source_text import BadText, Problem, from_plain
from policies.items import Item
from recommender.awards import Award, award
from recommender.evaluation import Evidence, judge
from recommender.examples import run
from recommender.explanation_json import show_award
from recommender.match import Verdict
from recommender.missing import name_missing
from web.checkup.lines import Line, evidence_lines
from web.editing.checking import Checked, check
from web.editing.examples import EXAMPLES, amount_of, label_of
from web.editing.places import Plain, find, has, join
from web.editing.shapes import WHO
from web.editing.words import in_chinese

OK, DIFFERS, FAULTY, WAITING = "ok", "differs", "faulty", "waiting"

_STATES = {OK: "一致", DIFFERS: "不一致", FAULTY: "没有填对", WAITING: "等规则填好再算"}


@dataclass(frozen=True)
class Came:
    """What an example comes to: in words, by which evidence, and what it would have to expect for that."""

    words: str
    lines: tuple[Line, ...]
    steps: tuple[str, ...]
    expect: Plain


@dataclass(frozen=True)
class Outcome:
    """An example beside what it comes to. ``state``: one of the words above; ``wrong``: how the two differ, or what is
    wrong with the example; ``came``: ``None`` where it cannot be run."""

    place: str
    name: str
    on: str
    expected: str
    state: str
    wrong: tuple[str, ...] = ()
    came: Came | None = None

    @property
    def label(self) -> str:
        return _STATES[self.state]


def outcomes(content: Plain, checked: Checked, dictionary: Dictionary) -> tuple[Outcome, ...]:
    """Every example, run where the rule and the benefit can be read."""
    examples = find(content, EXAMPLES) if has(content, EXAMPLES) else []
    ready = None if checked.below(WHO, "/item/benefit") else checked.item
    return tuple(
        _outcome(join(EXAMPLES, number), example if isinstance(example, dict) else {}, checked, ready, dictionary)
        for number, example in enumerate(examples if isinstance(examples, list) else [])
    )


def _outcome(place: str, plain: Plain, checked: Checked, item: Item | None, dictionary: Dictionary) -> Outcome:
    number = int(place.rpartition("/")[2])
    name, on = _text(plain, "name") or f"样例 {number + 1}", _text(plain, "on")
    came = _came(plain, item, dictionary) if item is not None else None
    outcome = Outcome(place, name, on, _expected(plain), WAITING, came=came)
    troubles = checked.below(place)
    if troubles:
        wrong = (f"{each.name.rpartition('：')[2]}：{each.message}" for each in troubles)
        return replace(outcome, state=FAULTY, wrong=tuple(wrong))
    if item is None or came is None:
        return outcome
    labels = {each: label_of(each, dictionary) for each in (*dictionary.facts, *dictionary.records)}
    differing = tuple(_close_up(in_chinese(each, labels)) for each in run(item, item.examples[number], dictionary))
    return replace(outcome, state=DIFFERS if differing else OK, wrong=differing)


def _close_up(sentence: str) -> str:
    """Without the blanks that stood beside names."""
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", sentence)


def _text(plain: Plain, name: str) -> str:
    text = plain.get(name)
    return text if isinstance(text, str) else ""


def _came(plain: Plain, item: Item, dictionary: Dictionary) -> Came | None:
    """What comes out of what is given; ``None`` where that, or the day, cannot be read."""
    try:
        profile = read_facts(from_plain(plain.get("given"), ""), dictionary)
        subject = EnterpriseOn(profile, parse_day(_text(plain, "on")), dictionary)
    except (Problem, BadText):
        return None
    evidence = judge(item.rule, subject)
    verdict = Verdict.of(evidence.truth)
    worth = award(item.benefit, item.rule, subject) if verdict is not Verdict.INELIGIBLE else None
    return Came(
        words=_words(verdict, evidence, worth, dictionary),
        lines=evidence_lines(evidence, item, dictionary),
        steps=worth.steps if worth is not None and worth.priced else (),
        expect=_expect(verdict, evidence, worth),
    )


def _words(verdict: Verdict, evidence: Evidence, worth: Award | None, dictionary: Dictionary) -> str:
    missing = name_missing(evidence.missing(), dictionary)
    gives = show_award(worth) if worth is not None and worth.priced else ""
    gives = f"符合的话 {gives}" if gives and verdict is Verdict.UNDETERMINED else gives
    return "，".join([verdict.label, *([gives] if gives else []), *([f"还缺：{missing}"] if missing else [])])


def _expect(verdict: Verdict, evidence: Evidence, worth: Award | None) -> Plain:
    expect: dict[str, Plain] = {"verdict": verdict.value}
    if worth is not None and worth.priced:
        low, high = format_money(worth.low), None if worth.high is None else format_money(worth.high)
        expect["amount"] = low if worth.low == worth.high else [low, high]
    if verdict is Verdict.UNDETERMINED:
        expect["missing"] = list(dict.fromkeys(ref.name for ref in evidence.missing()))
    return expect


def _expected(plain: Plain) -> str:
    """What an example says that must come out, in words."""
    expect = plain.get("expect")
    if not isinstance(expect, dict):
        return "还没有填"
    verdict = _text(expect, "verdict")
    label = Verdict(verdict).label if verdict in list(Verdict) else "还没有填"
    low, high = amount_of({"expect": expect}, "/expect/amount")
    amount = f"{low} 至 {high}" if high else low
    return "，".join([label, *([amount] if amount else [])])


def outcome_of(content: Plain, place: str, dictionary: Dictionary) -> Plain:
    """What the example at a place would have to expect to be right as it is; ``None`` where it cannot be run."""
    found = outcomes(content, check(content, dictionary), dictionary)
    return next((each.came.expect for each in found if each.place == place and each.came is not None), None)
