"""Questions, understood."""

from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.amounts import FEN_PER_WAN
from enterprises.credit_code import complete
from policies.items import Category
from recommender.search.codes import CodeKind
from recommender.search.query import AMOUNTS, ASIDE, EXPANSION, LONGEST, MISTAKEN, Query, understand
from recommender.search.vocabulary import Vocabulary

ON = date(2023, 6, 30)


def test_a_plain_question_is_its_words_and_what_they_mean(vocabulary: Vocabulary) -> None:
    query = understand("厂里要换一批新设备，能补多少钱", vocabulary, ON)
    assert query.terms["设备"] == 1.0
    assert query.terms["技术改造"] == EXPANSION
    assert "厂里" not in query.terms
    assert query.meaning == "厂里要换一批新设备,能补多少钱"
    assert query.wishes == (Category.MONEY,)
    assert query.notes == ()
    assert query.corrections == ()


def test_what_was_typed_in_traditional_characters_is_the_same_question(vocabulary: Vocabulary) -> None:
    one, other = (understand(text, vocabulary, ON) for text in ("廠裏要換一批新設備", "厂里要换一批新设备"))
    assert (one.plain, one.terms, one.meaning) == (other.plain, other.terms, other.meaning)


def test_amounts_times_and_places_count_less_than_the_matter(vocabulary: Vocabulary) -> None:
    query = understand("延安市宝塔区今年底前20万以上的贷款", vocabulary, ON)
    assert query.regions == ("610602",)
    assert [(hint.low, hint.high) for hint in query.amounts] == [(20 * FEN_PER_WAN, None)]
    assert [(hint.first, hint.last) for hint in query.dates] == [(None, date(2023, 12, 31))]
    assert all(weight < query.terms["贷款"] for term, weight in query.terms.items() if term != "贷款")


def test_an_amount_said_again_is_held_once(vocabulary: Vocabulary) -> None:
    query = understand("1元" * 67 + "50万" * 7 + "五十万", vocabulary, ON)
    assert [(hint.low, hint.high) for hint in query.amounts] == [(100, 100), (50 * FEN_PER_WAN, 50 * FEN_PER_WAN)]
    assert set(query.terms.values()) == {ASIDE}


@pytest.mark.parametrize("count", [AMOUNTS - 1, AMOUNTS, AMOUNTS + 1])
def test_only_so_many_amounts_are_held(count: int, vocabulary: Vocabulary) -> None:
    query = understand(",".join(f"{number}万" for number in range(1, count + 1)), vocabulary, ON)
    assert [hint.low for hint in query.amounts] == [
        number * FEN_PER_WAN for number in range(1, min(count, AMOUNTS) + 1)
    ]


@pytest.mark.parametrize("typed", ["jishugaizao", "jishu gaizao", "技术gaizao", "jsgz", "技数改造"])
def test_a_correction_adds_what_was_meant_and_says_so(typed: str, vocabulary: Vocabulary) -> None:
    query = understand(typed, vocabulary, ON)
    assert query.meaning == "技术改造"
    assert query.terms["技术改造"] > MISTAKEN
    (note,) = query.notes
    assert note.startswith(f"已按“技术改造”查找，您输入的是“{typed}”")


def test_what_was_typed_stands_beside_a_correction() -> None:
    vocabulary = Vocabulary.of(["术语 技 数", "技术改造"])
    query = understand("技数改造", vocabulary, ON)
    assert query.terms["技术改造"] == 0.9
    assert query.terms["数"] == MISTAKEN


def test_english_is_translated_as_far_as_it_is_known(vocabulary: Vocabulary) -> None:
    query = understand("Subsidy for new equipment", vocabulary, ON)
    assert query.meaning == "补贴 技术改造"
    assert {"补贴", "技术改造"} <= query.terms.keys()
    assert "for" not in query.terms
    assert query.notes == ("政策库是中文的，已按“补贴 技术改造”查找，您输入的是“subsidy new equipment”",)


@pytest.mark.parametrize("typed", ["hello world", "'; DROP TABLE items;--", "SELECT * FROM users WHERE 1=1"])
def test_what_is_foreign_and_unknown_is_said_to_be(typed: str, vocabulary: Vocabulary) -> None:
    query = understand(typed, vocabulary, ON)
    assert query.notes == ("政策库是中文的，没有认出这些外文词，请用中文提问",)
    assert query.corrections == ()


@pytest.mark.parametrize("typed", ["", "  \n", "\u200b"])
def test_an_empty_question_is_told_what_to_ask(typed: str, vocabulary: Vocabulary) -> None:
    query = understand(typed, vocabulary, ON)
    assert query.terms == {}
    assert query.meaning == ""
    assert len(query.notes) == 1


@pytest.mark.parametrize("typed", ["😀😀", "？？？", "——"])
def test_a_question_without_words_is_told_to_use_some(typed: str, vocabulary: Vocabulary) -> None:
    query = understand(typed, vocabulary, ON)
    assert query.terms == {}
    assert query.notes == ("没有看到文字。请用几个字说明要找什么，例如：换新设备能补多少钱",)


@pytest.mark.parametrize(
    ("length", "cut"), [(LONGEST - 1, False), (LONGEST, False), (LONGEST + 1, True), (10_000, True)]
)
def test_a_long_question_is_cut_and_says_so(length: int, cut: bool, vocabulary: Vocabulary) -> None:
    query = understand("贷款" * (length // 2) + "贷" * (length % 2), vocabulary, ON)
    assert len(query.text) == min(length, LONGEST)
    assert ("问题较长，只按前 200 个字查找" in query.notes) == cut


def test_a_credit_code_is_not_searched_for(vocabulary: Vocabulary) -> None:
    code = complete("91610131MA6TXXXX1")
    query = understand(f"{code} 能贷款吗", vocabulary, ON)
    assert set(query.terms) == {"贷款"}
    assert code.lower() not in query.meaning
    assert query.notes == (f"看到统一社会信用代码 {code}。代码不用来查政策：要看一家企业能享受什么，请用“企业体检”",)


def test_a_wrong_credit_code_is_said_to_be_wrong(vocabulary: Vocabulary) -> None:
    code = complete("91610131MA6TXXXX1")
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    (note,) = understand(wrong, vocabulary, ON).notes
    assert "校验码不符" in note


def test_an_industry_is_searched_for_by_name(vocabulary: Vocabulary) -> None:
    query = understand("C3511 补贴", vocabulary, ON)
    assert [(code.kind, code.code) for code in query.codes] == [(CodeKind.INDUSTRY, "3511")]
    assert "专用设备" in query.terms
    assert query.meaning.endswith("制造 补贴")


def test_a_region_may_be_named_by_its_code(vocabulary: Vocabulary) -> None:
    assert understand("610602 和 西安", vocabulary, ON).regions == ("610100", "610602")


def test_a_question_mended_is_not_mended_again(vocabulary: Vocabulary) -> None:
    for typed in ("专经特新奖厉", "jishugaizao butie", "代款没有抵压"):
        once = understand(typed, vocabulary, ON)
        again = understand(once.meaning, vocabulary, ON)
        assert once.corrections
        assert again.corrections == ()
        assert again.meaning == once.meaning


@given(
    st.text(
        alphabet=st.one_of(
            st.characters(), st.sampled_from("技术数改造专精经特新补贴贷款20万元年月西安 abcjishu,.😀設備")
        )
    )
)
def test_any_text_is_understood(text: str) -> None:
    _check(understand(text, _policies(), ON))


@given(st.text(alphabet="'\";-=()%_*\\ selctdropunia01", max_size=300))
def test_anything_that_looks_like_code_is_understood(text: str) -> None:
    _check(understand(text, _policies(), ON))


def _check(query: Query) -> None:
    assert len(query.text) <= LONGEST
    assert all(term and 0 < weight <= 1 for term, weight in query.terms.items())
    groups = (query.amounts, query.dates, query.places, query.codes, query.corrections, query.translations)
    for group in groups:
        assert all(0 <= each.start < each.end <= len(query.plain) for each in group)
    if not query.plain:
        assert query.notes


@cache
def _policies() -> Vocabulary:
    return Vocabulary.of([])
