"""What is shown of a text that was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.plain_text import normalise
from recommender.search.snippets import CUT, Snippet, snippet
from recommender.search.tokens import tokens, words

CLAUSE = "民营工业企业的技术改造或新建项目，固定资产投资达到 100 万元的，按投资额 10% 奖励，每个项目最高 100 万元。"
LONG = "第一条　本办法适用于本市。" * 12 + CLAUSE + "其他事项由财政局解释。" * 12


def asked(text: str) -> dict[str, float]:
    return dict.fromkeys(tokens(normalise(text)), 1.0)


def hits(found: Snippet) -> list[str]:
    return [part.text for part in found.parts if part.hit]


def test_a_short_text_is_shown_whole() -> None:
    found = snippet(CLAUSE, asked("技术改造奖励"))
    assert found.text == CLAUSE
    assert hits(found) == ["技术改造", "奖励"]


def test_the_best_stretch_of_a_long_text_is_shown_by_clauses() -> None:
    found = snippet(LONG, asked("技术改造有什么奖励"), 70)
    assert found.text == f"{CUT}{CLAUSE}{CUT}"


def test_hits_are_marked_as_they_are_written() -> None:
    written = "對技術改造　給予獎勵，最高１００萬元"
    found = snippet(written, asked("技术改造奖励100"))
    assert found.text == written
    assert hits(found) == ["技術改造", "獎勵", "１００"]


def test_a_figure_is_no_hit_inside_another() -> None:
    assert hits(snippet("2025年5月25日5项", {"5": 1.0})) == ["5", "5"]


def test_without_a_hit_the_beginning_is_shown() -> None:
    found = snippet(LONG, asked("完全无关"), 30)
    assert LONG.startswith(found.text.removesuffix(CUT))
    assert hits(found) == []


def test_a_number_keeps_its_unit() -> None:
    text = "奖励" + "甲乙丙丁" * 5 + "5,000万元" * 30
    for width in range(10, 60):
        shown = snippet(text, {}, width).text.removesuffix(CUT)
        assert shown.endswith(("万元", "甲", "乙", "丙", "丁", "励"))


def test_nothing_of_nothing() -> None:
    assert snippet("", asked("贷款")).parts == ()


@pytest.mark.parametrize("width", [20, 40, 80])
@given(
    text=st.lists(
        st.sampled_from([*CLAUSE, "貸款", "1.5%", "iso9001", "😀", "。", "\n", "２０萬元", "奖励"]), max_size=150
    ),
    terms=st.lists(st.sampled_from(["贷款", "奖励", "技术改造", "100", "iso9001", "新"]), unique=True),
)
def test_a_snippet_is_a_stretch_of_the_text(text: list[str], terms: list[str], width: int) -> None:
    written = "".join(text)
    found = snippet(written, dict.fromkeys(terms, 1.0), width)
    shown = found.text
    assert shown.removeprefix(CUT).removesuffix(CUT) in written
    assert all(part.text for part in found.parts)
    assert all(any(term in normalise(part.text) for term in terms) for part in found.parts if part.hit)
    plain = normalise(shown.removeprefix(CUT).removesuffix(CUT))
    assert len(plain) <= width + 1
    if any(term in words(normalise(written)) and len(term) > 1 for term in terms):
        assert hits(found)


@given(st.text(), st.dictionaries(st.text(min_size=1), st.floats(0.1, 1), max_size=5), st.integers(1, 100))
def test_any_text_can_be_shown(text: str, terms: dict[str, float], width: int) -> None:
    assert snippet(text, terms, width).text.removeprefix(CUT).removesuffix(CUT).strip() in text
