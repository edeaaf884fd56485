"""Labelled questions: what owners, accountants and clerks ask in their own words, and the items that answer them.

A file is a list ``questions:``. The bundled ones are split by a hash of the question's id: whoever improves search
looks at ``tuning.yaml`` alone, and ``test.yaml`` says afterwards what that was worth.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from enterprises import regions
from enterprises.source_text import Entry, Problem, Problems, parse_flag, read_file, suggest
from policies.library import Library

FOLDER = Path(str(files("recommender") / "quality" / "questions"))
"""The questions on the bundled library."""

ASKED_ON = date(2023, 6, 30)
"""The day as of which the bundled questions are answered: all items of the bundled library are open on it."""

EXACT, RELATED = 2, 1
"""Grades: the item is what was asked for; or it is something else that a clerk would name too."""


class Asker(StrEnum):
    """Who asks."""

    OWNER = "owner"
    ACCOUNTANT = "accountant"
    CLERK = "clerk"


class Style(StrEnum):
    """How it is asked: by telling what is the matter, as a plain question, or as words typed into a phone."""

    SITUATION = "situation"
    QUESTION = "question"
    KEYWORDS = "keywords"


class Split(StrEnum):
    """Which file a bundled question belongs to."""

    TUNING = "tuning"
    TEST = "test"

    @property
    def path(self) -> Path:
        return FOLDER / f"{self}.yaml"


@dataclass(frozen=True, slots=True)
class Question:
    """One question and all its right items.

    ``items`` gives the grade of each right item; it is empty where the library has nothing, and whatever search is then
    sure of is over-claimed. ``region`` is where the asker says to be, in ``ask``. ``noisy``: typing errors, pinyin,
    traditional characters.
    """

    id: str
    ask: str
    asker: Asker
    style: Style
    items: Mapping[str, int]
    region: str | None = None
    noisy: bool = False

    @property
    def exact(self) -> frozenset[str]:
        """The items that are what was asked for."""
        return frozenset(item for item, grade in self.items.items() if grade == EXACT)


def split_of(question_id: str) -> Split:
    """Where a bundled question with this id belongs: about half each, whatever is added later."""
    first_byte = hashlib.sha256(f"{_SALT} {question_id}".encode()).digest()[0]
    return Split.TUNING if first_byte < 128 else Split.TEST


# Of those tried, the one under which most items are asked for in both files; nothing had been measured by then.
_SALT = "10679"


def load_questions(where: Path, library: Library) -> tuple[Question, ...]:
    """The questions in a file, or in all ``.yaml`` files of a folder, in their order.

    Raises ``Problems`` with a question's first mistake each: an item that the library does not have, an empty question,
    an id that another one has.
    """
    found: list[Problem] = []
    questions: dict[str, Question] = {}
    for path in _paths(where):
        for entry in _listed(path, found):
            try:
                question = _read_question(entry, library)
                if question.id in questions:
                    entry.mapping()["id"].fail(f"编号“{question.id}”已有别的问题用了", "请换一个编号，或删去重复的")
                questions[question.id] = question
            except Problem as problem:
                found.append(problem)
    if found:
        raise Problems(found)
    return tuple(questions.values())


def _paths(where: Path) -> list[Path]:
    """The files to read. Raises ``Problems`` where there are none: measuring with no question is always a slip."""
    if not where.is_dir():
        return [where]
    paths = sorted(where.glob("*.yaml"))
    if not paths:
        remedy = "请给出问题集的文件，或者它们所在的文件夹"
        raise Problems([Problem(str(where), None, "", "这个文件夹里没有问题集（.yaml 文件）", remedy)])
    return paths


def _listed(path: Path, found: list[Problem]) -> list[Entry]:
    """The questions of a file, not yet read; what keeps it from being one goes to ``found``."""
    try:
        listed = read_file(path).fields(("questions",))["questions"]
        if not listed.items():
            listed.fail("一个问题也没有", "请至少写一个问题，或者删去这个文件")
        return listed.items()
    except Problem as problem:
        found.append(problem)
        return []


def _read_question(entry: Entry, library: Library) -> Question:
    fields = entry.fields(("id", "ask", "who", "style", "items"), ("region", "noisy"))
    return Question(
        id=fields["id"].text(),
        ask=fields["ask"].text(),
        asker=Asker(fields["who"].one_of(list(Asker))),
        style=Style(fields["style"].one_of(list(Style))),
        items=_read_items(fields["items"], library),
        region=_read_region(fields["region"]) if "region" in fields else None,
        noisy="noisy" in fields and fields["noisy"].read(parse_flag),
    )


def _read_items(entry: Entry, library: Library) -> Mapping[str, int]:
    if entry.is_null:
        entry.fail("没有写哪些事项答得上", "库里没有能回答的事项时写 items: {}")
    for item, grade in entry.mapping().items():
        if item not in library.items:
            grade.fail(f"没有事项“{item}”", suggest(item, library.items, "全部事项可用 huiqi library list 查看"))
    return {item: grade.number(RELATED, EXACT) for item, grade in entry.mapping().items()}


def _read_region(entry: Entry) -> str:
    code = entry.text()
    if not regions.is_region_code(code):
        entry.fail(f"“{code}”不是行政区划代码", "请写 6 位数字代码，例如 610600")
    return code
