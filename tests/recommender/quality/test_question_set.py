"""The labelled questions: what the bundled ones must be to measure anything, and what is said about a wrong file."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises import regions
from enterprises.source_text import Problems
from policies.items import Category
from policies.library import bundled_library
from recommender.quality.question_set import (
    ASKED_ON,
    EXACT,
    FOLDER,
    RELATED,
    Asker,
    Question,
    Split,
    Style,
    load_questions,
    split_of,
)

LIBRARY = bundled_library()
QUESTIONS = load_questions(FOLDER, LIBRARY)
TUNING, TEST = (load_questions(split.path, LIBRARY) for split in (Split.TUNING, Split.TEST))
ITEM = "yanan-2023-private-economy.15"

NEVER_ASKED: dict[str, str] = {}
"""Published items that nobody asks for, each with the reason why not. There are none so far."""

ASKED_ABOUT_MONEY = (Category.MONEY, Category.RELIEF, Category.FINANCING)


def _bare(text: str) -> str:
    """``text`` without punctuation and blanks."""
    return re.sub(r"[\W_]", "", text).lower()


def _share(questions: tuple[Question, ...], chosen: list[Question]) -> float:
    return len(chosen) / len(questions)


def test_the_two_files_are_all_of_it_and_share_no_question() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"test.yaml", "tuning.yaml"}
    assert {question.id for question in TUNING}.isdisjoint(question.id for question in TEST)
    assert {question.id for question in QUESTIONS} == {question.id for question in (*TUNING, *TEST)}
    assert len(QUESTIONS) >= 190


@pytest.mark.parametrize("split", list(Split))
def test_each_question_lies_where_the_hash_of_its_id_puts_it(split: Split) -> None:
    astray = [question.id for question in load_questions(split.path, LIBRARY) if split_of(question.id) is not split]
    assert astray == []


def test_the_two_files_are_about_half_each() -> None:
    assert 0.45 <= len(TUNING) / len(QUESTIONS) <= 0.55


@pytest.mark.parametrize("questions", [TUNING, TEST], ids=["tuning", "test"])
def test_both_files_ask_for_items_of_every_document(questions: tuple[Question, ...]) -> None:
    asked_for = {item.partition(".")[0] for question in questions for item in question.exact}
    assert asked_for == {item.document.id for item in LIBRARY.published}


@pytest.mark.parametrize("questions", [TUNING, TEST], ids=["tuning", "test"])
def test_both_files_are_asked_by_all_in_all_ways(questions: tuple[Question, ...]) -> None:
    styles = Counter(question.style for question in questions)
    assert styles[Style.SITUATION] > styles[Style.QUESTION] > styles[Style.KEYWORDS]
    assert styles[Style.SITUATION] / len(questions) >= 0.40
    assert styles[Style.KEYWORDS] / len(questions) >= 0.12
    assert {question.asker for question in questions} == set(Asker)
    assert 0.08 <= _share(questions, [question for question in questions if question.noisy]) <= 0.16
    assert 0.03 <= _share(questions, [question for question in questions if not question.items]) <= 0.08


def test_every_published_item_is_what_somebody_asks_for() -> None:
    asked_for = {item for question in QUESTIONS for item in question.exact}
    published = {item.id for item in LIBRARY.published}
    assert published - asked_for == NEVER_ASKED.keys()
    assert {item for question in QUESTIONS for item in question.items} <= published


def test_all_that_brings_money_is_asked_for_in_both_files() -> None:
    money = {item.id for item in LIBRARY.published if item.category in ASKED_ABOUT_MONEY}
    for questions in (TUNING, TEST):
        assert money - {item for question in questions for item in question.exact} == set()


def test_no_question_has_the_words_of_a_title() -> None:
    titles = [_bare(item.title) for item in LIBRARY.items.values()]
    assert [question.ask for question in QUESTIONS if any(title in _bare(question.ask) for title in titles)] == []


def test_nothing_is_asked_twice() -> None:
    assert [ask for ask, times in Counter(_bare(question.ask) for question in QUESTIONS).items() if times > 1] == []


def test_who_says_where_is_answered_with_what_applies_there() -> None:
    elsewhere = [
        (question.id, item)
        for question in QUESTIONS
        if question.region is not None
        for item in question.items
        if not regions.nested(question.region, LIBRARY.items[item].document.region)
    ]
    assert elsewhere == []


def test_every_right_item_is_open_on_the_day_of_asking() -> None:
    assert [item.id for item in LIBRARY.published if not item.window.state(ASKED_ON).is_open] == []


def test_what_answers_at_all_has_an_item_that_answers_exactly() -> None:
    assert [question.id for question in QUESTIONS if question.items and not question.exact] == []


@given(st.text(max_size=12))
def test_whatever_is_added_is_split_about_evenly(topic: str) -> None:
    """Within six standard deviations of 400 fair throws, which are 60."""
    tuning = sum(split_of(f"{topic}-{number}") is Split.TUNING for number in range(400))
    assert 140 <= tuning <= 260


def _file(folder: Path, *questions: str, name: str = "asked.yaml") -> Path:
    path = folder / name
    path.write_text("questions:\n" + "".join(questions), encoding="utf-8")
    return path


def _question(**changes: str) -> str:
    fields = {"id": "equipment-1", "ask": "换设备补多少", "who": "owner", "style": "question"}
    lines = [f"{name}: {value}" for name, value in ({**fields, "items": f"{{{ITEM}: 2}}"} | changes).items()]
    return "  - " + "\n    ".join(lines) + "\n"


def _said(where: Path) -> str:
    """What is said about a wrong file, with its folder left out."""
    with pytest.raises(Problems) as raised:
        load_questions(where, LIBRARY)
    return str(raised.value).replace(f"{where if where.is_dir() else where.parent}/", "")


def test_a_question_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    path = _file(tmp_path, _question(region='"610602"', noisy="true", items=f"{{{ITEM}: 2, {ITEM}b: 1}}"))
    assert load_questions(path, LIBRARY) == (
        Question(
            "equipment-1",
            "换设备补多少",
            Asker.OWNER,
            Style.QUESTION,
            {ITEM: EXACT, f"{ITEM}b": RELATED},
            region="610602",
            noisy=True,
        ),
    )


def test_the_files_of_a_folder_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    _file(tmp_path, _question(id="later"), name="b.yaml")
    _file(tmp_path, _question(id="sooner"), _question(id="soon"), name="a.yaml")
    assert [question.id for question in load_questions(tmp_path, LIBRARY)] == ["sooner", "soon", "later"]


def test_a_question_may_have_no_right_item(tmp_path: Path) -> None:
    (question,) = load_questions(_file(tmp_path, _question(items="{}")), LIBRARY)
    assert question.items == {}
    assert question.exact == frozenset()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"items": "{yanan-2023-privat-economy.15: 2}"},
            "asked.yaml:6 questions[0].items.yanan-2023-privat-economy.15："
            "没有事项“yanan-2023-privat-economy.15”。是否想写“yanan-2023-private-economy.15”？",
        ),
        (
            {"items": "{彩票: 2}"},
            "asked.yaml:6 questions[0].items.彩票：没有事项“彩票”。全部事项可用 huiqi library list 查看",
        ),
        ({"ask": '"  "'}, "asked.yaml:3 questions[0].ask：这里是空的。请写上内容"),
        ({"ask": ""}, "asked.yaml:3 questions[0].ask：这里是空的。请写上内容"),
        (
            {"items": ""},
            "asked.yaml:6 questions[0].items：没有写哪些事项答得上。库里没有能回答的事项时写 items: {}",
        ),
        (
            {"who": "boss"},
            "asked.yaml:4 questions[0].who：不认识的取值“boss”。可以写：owner、accountant、clerk",
        ),
        (
            {"style": "situations"},
            "asked.yaml:5 questions[0].style：不认识的取值“situations”。是否想写“situation”？",
        ),
        (
            {"region": '"619999"'},
            "asked.yaml:7 questions[0].region：“619999”不是行政区划代码。请写 6 位数字代码，例如 610600",
        ),
        ({"noisy": "maybe"}, "asked.yaml:7 questions[0].noisy：“maybe”不是“是”或“否”。请写 是 或 否"),
        ({"regoin": '"610600"'}, "asked.yaml:7 questions[0].regoin：不认识的字段“regoin”。是否想写“region”？"),
    ],
    ids=[
        *("item-nearly-right", "item-like-none", "blank-ask", "no-ask", "no-items", "asker", "style", "region"),
        *("noisy", "field"),
    ],
)
def test_what_is_wrong_with_a_question_is_said_with_its_place(
    changes: dict[str, str], said: str, tmp_path: Path
) -> None:
    assert _said(_file(tmp_path, _question(**changes))) == said


@pytest.mark.parametrize("grade", ["0", "3", "两分"])
def test_a_grade_is_1_or_2(grade: str, tmp_path: Path) -> None:
    said = f"asked.yaml:6 questions[0].items.{ITEM}：“{grade}”不是整数，或超出范围。请写 1 到 2 之间的整数，只用数字"
    assert _said(_file(tmp_path, _question(items=f"{{{ITEM}: {grade}}}"))) == said


def test_an_id_belongs_to_one_question_in_all_files(tmp_path: Path) -> None:
    _file(tmp_path, _question(), name="a.yaml")
    _file(tmp_path, _question(id="other"), _question(), name="b.yaml")
    assert _said(tmp_path) == (
        "b.yaml:7 questions[1].id：编号“equipment-1”已有别的问题用了。请换一个编号，或删去重复的"
    )


def test_every_wrong_question_is_named_in_one_go(tmp_path: Path) -> None:
    _file(tmp_path, _question(ask=""), _question(id="two", who="nobody"), name="a.yaml")
    (tmp_path / "b.yaml").write_text("questions:\n\t- id: x\n", encoding="utf-8")
    assert [line.partition("：")[0] for line in _said(tmp_path).splitlines()] == [
        "a.yaml:3 questions[0].ask",
        "a.yaml:9 questions[1].who",
        "b.yaml:2",
    ]


def test_a_file_without_a_question_is_a_slip(tmp_path: Path) -> None:
    path = tmp_path / "asked.yaml"
    path.write_text("questions: []\n", encoding="utf-8")
    assert _said(path) == "asked.yaml:1 questions：一个问题也没有。请至少写一个问题，或者删去这个文件"


def test_a_folder_without_a_file_is_a_slip(tmp_path: Path) -> None:
    with pytest.raises(Problems) as raised:
        load_questions(tmp_path, LIBRARY)
    remedy = "请给出问题集的文件，或者它们所在的文件夹"
    assert str(raised.value) == f"{tmp_path}：这个文件夹里没有问题集（.yaml 文件）。{remedy}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert _said(tmp_path / "none.yaml") == (
        "none.yaml：文件读不出来（No such file or directory）。请核对文件名与读取权限"
    )
