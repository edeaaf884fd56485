"""What an appeal is about: an item, or one part of its rule, with how it was answered and from which values.

Part of a rule is named by its path through the evidence: the number of each part from 0, joined by dots, such as
``2.1``; a word before a number (``all.2.any.1``) says what is found there, and has to be right.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from enterprises.calendar import format_day
from enterprises.dictionary import Dictionary
from enterprises.profiles import Profile
from enterprises.readings import EnterpriseOn, Used
from policies.items import Item
from policies.rules import All, Any, AnyRecord, Condition, Not, Some
from policies.wording import say
from recommender.evaluation import Evidence, judge
from recommender.logic import Truth
from recommender.missing import name_fact, name_missing

LONGEST_PATH = 100
"""Characters of a path; rules are nested a few levels deep."""

_WORDS = {All: "all", Any: "any", Not: "not", Some: "some", AnyRecord: "any_record", Condition: "condition"}
_ANSWERS: dict[Truth, str] = {True: "符合", False: "不符合", None: "待补充"}
_MOST_NUMBER = 3  # digits


@dataclass(frozen=True, slots=True)
class Judged:
    """How something was answered on a day: in a word, from these values, and what was missing."""

    answer: str
    on: date
    values: tuple[str, ...] = ()
    missing: str = ""

    def write(self) -> str:
        """As JSON."""
        plain = {"answer": self.answer, "on": self.on.isoformat(), "values": self.values, "missing": self.missing}
        return json.dumps(plain, ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Judged:
        """What ``write`` wrote."""
        plain = json.loads(text)
        return cls(plain["answer"], date.fromisoformat(plain["on"]), tuple(plain["values"]), plain["missing"])


@dataclass(frozen=True, slots=True)
class Subject:
    """``path`` and ``text`` are empty where it is the item as a whole; ``place``: where it stands in the paper.

    ``truth``: the answer; ``gone``: a part was asked for that the item does not have, or no longer.
    """

    item: Item
    path: str
    text: str
    place: str
    truth: Truth
    judged: Judged
    gone: bool = False

    @property
    def digest(self) -> str:
        """Of all that is shown of it but the day: it differs when the rule, the values or the answer do."""
        judged = self.judged
        said = [self.item.id, self.item.digest, self.path, self.text, judged.answer, *judged.values, judged.missing]
        return hashlib.sha256("\0".join(said).encode()).hexdigest()


def subject(item: Item, path: str, profile: Profile, on: date, dictionary: Dictionary) -> Subject:
    """The part of an item that ``path`` names, as it is judged for an enterprise on a day; else the item as a whole."""
    evidence = judge(item.rule, EnterpriseOn(profile, on, dictionary))
    found = _find(evidence, path)
    if found is None or not found.path:
        judged = Judged(_ANSWERS[evidence.truth], on, (), name_missing(evidence.missing(), dictionary))
        return Subject(item, "", "", _place(item, evidence), evidence.truth, judged, gone=found is None)
    part = found.evidence
    return Subject(
        item,
        found.path,
        _say(found, dictionary),
        _place(item, part),
        part.truth,
        Judged(
            _ANSWERS[part.truth],
            on,
            tuple(dict.fromkeys(_say_value(used, dictionary) for used in part.used())),
            name_missing(part.missing(), dictionary),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A part of the evidence with its path in numbers; ``record``: the kind of records that it is asked of."""

    evidence: Evidence
    path: str
    record: str | None


def _find(evidence: Evidence, path: str) -> _Found | None:
    """The part at a path; ``None`` where there is none, or the path is none."""
    if len(path) > LONGEST_PATH:
        return None
    numbers: list[str] = []
    record: str | None = None
    for step in path.split(".") if path else ():
        if step in _WORDS.values():
            if step != _WORDS[type(evidence.rule)]:
                return None
            continue
        if not _is_number(step) or int(step) >= len(evidence.parts):
            return None
        if isinstance(evidence.rule, AnyRecord):
            record = evidence.rule.kind
        evidence = evidence.parts[int(step)]
        numbers.append(step)
    return _Found(evidence, ".".join(numbers), record)


def _is_number(step: str) -> bool:
    """As we write them: no sign, no leading zero, no digits of other scripts."""
    return step.isascii() and step.isdigit() and len(step) <= _MOST_NUMBER and step == str(int(step))


def _say(found: _Found, dictionary: Dictionary) -> str:
    which = ""
    if found.record is not None and found.evidence.record is not None:
        which = f"{dictionary.records[found.record].label} {found.evidence.record + 1}："
    return which + say(found.evidence.rule, dictionary, found.record)


def _place(item: Item, evidence: Evidence) -> str:
    cite = evidence.rule.cite if isinstance(evidence.rule, Condition) else None
    return f"{cite.clause}，第 {cite.page} 页" if cite else f"{item.clause}，第 {item.page} 页"


def _say_value(used: Used, dictionary: Dictionary) -> str:
    """A value with its source and day, e.g. ``2022 年营业收入：1200 万元（税务，2023年3月1日）``."""
    fact, seen = dictionary.fact(used.ref.name, used.ref.record), used.observation
    day = f"，{format_day(seen.observed_on)}" if seen.observed_on else ""
    return f"{name_fact(used.ref, dictionary)}：{fact.show(seen.value)}（{seen.source.label}{day}）"
