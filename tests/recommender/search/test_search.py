"""What is found, in which order, and what is said of it."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.encoder.encoder import load_encoder
from recommender.search.entries import Entry
from recommender.search.filters import Filters
from recommender.search.index import Index
from recommender.search.query import understand
from recommender.search.search import UNSURE, Results, search
from tests.made_up_entries import ON, entry

ENCODER = load_encoder("builtin")
WAN = 10_000 * 100
ENTRIES = [
    entry("equipment", "技术改造奖励", "工业企业更新设备的，按投资额的 10% 奖励，最高 100 万元", region="610600"),
    entry("title", "专精特新认定奖励", "首次认定的奖励 20 万元"),
    entry("text", "中小企业服务", "为专精特新企业提供培训"),
    entry("loan", "贷款贴息", "小微企业贷款利息由财政补贴一半", category="financing"),
    entry("xian", "西安贷款担保", "为企业贷款提供担保", region="610100", category="financing"),
    entry("over", "贷款风险补偿", "银行贷款的损失由基金补偿", closes=date(2023, 12, 31), number="陕政发〔2023〕5号"),
]
INDEX = Index.build(ENTRIES, ENCODER)


NO_FILTERS = Filters()


def find(text: str, filters: Filters = NO_FILTERS, index: Index = INDEX, limit: int = 10, offset: int = 0) -> Results:
    return search(index, understand(text, index.vocabulary, ON), filters, ON, ENCODER, limit, offset)


def ids(results: Results) -> list[str]:
    return [hit.entry.id for hit in results.hits]


def reasons(results: Results, name: str) -> tuple[str, ...]:
    return next(hit.reasons for hit in results.hits if hit.entry.id == name)


def test_a_word_in_the_title_counts_more_than_one_in_the_text() -> None:
    assert ids(find("专精特新"))[:2] == ["title", "text"]
    assert "标题有“专精特新”" in reasons(find("专精特新"), "title")
    assert "内容有“专精特新”" in reasons(find("专精特新"), "text")


def test_what_holds_where_the_question_says_comes_first_and_what_does_not_says_so() -> None:
    found = find("西安 贷款")
    assert ids(found)[0] == "xian"
    assert "适用于西安市" in reasons(found, "xian")
    assert "适用于西安市" in reasons(found, "loan")
    assert "只适用于延安市，不适用于西安市" in reasons(find("西安 设备 奖励"), "equipment")
    assert "只适用于陕西省的延安市" in reasons(find("陕西 设备 奖励"), "equipment")


def test_where_nothing_holds_in_the_place_of_the_question_it_is_said() -> None:
    only = Index.build(ENTRIES[:1], ENCODER)
    assert any("没有找到适用于西安市的政策" in note for note in find("西安 设备 奖励", index=only).notes)
    assert not any("没有找到适用于" in note for note in find("延安 设备 奖励", index=only).notes)


def test_an_amount_of_the_question_is_recognised() -> None:
    assert any("20万" in reason for reason in reasons(find("奖励20万的是什么"), "title"))


@pytest.mark.parametrize("text", ["over", "陕政发〔2023〕5号", "陕政发[2023]5号"])
def test_a_number_finds_what_bears_it(text: str) -> None:
    named = [*ENTRIES[:-1], entry("shaanxi-a.1", "贷款风险补偿", number="陕政发〔2023〕5号")]
    index = Index.build(named, ENCODER)
    found = find("shaanxi-a.1" if text == "over" else text, index=index)
    assert ids(found)[0] == "shaanxi-a.1"
    assert any("编号就是" in reason for reason in found.hits[0].reasons)
    assert found.sure


def test_found_not_found_and_not_sure() -> None:
    assert find("专精特新").sure
    nothing = find("彩票")
    assert (nothing.hits, nothing.sure) == ((), False)
    vague = find("我家孩子明年要在城里上小学，户口不在这边，想问问企业老板能不能帮忙")
    assert not vague.sure
    assert (UNSURE in vague.notes) is bool(vague.hits)


def test_what_is_gone_is_not_found() -> None:
    there = np.array([each.id != "title" for each in ENTRIES])
    query = understand("专精特新", INDEX.vocabulary, ON)
    assert ids(search(INDEX, query, Filters(), ON, ENCODER, there=there)) == ["text"]


def test_without_an_encoder_words_count_alone() -> None:
    query = understand("专精特新", INDEX.vocabulary, ON)
    results = search(INDEX, query, Filters(), ON, None)
    assert ids(results)[0] == "title"
    assert [hit.score for hit in results.hits] == [hit.words for hit in results.hits]
    assert {hit.meaning for hit in results.hits} == {0}


@given(st.sampled_from(["贷款 奖励 企业", "专精特新", "补贴"]), st.integers(1, 4))
def test_pages_are_the_whole_in_parts(text: str, size: int) -> None:
    whole = find(text, limit=100)
    pages = [hit for start in range(0, whole.total, size) for hit in find(text, limit=size, offset=start).hits]
    assert pages == list(whole.hits)
    assert len(whole.hits) == whole.total


@given(st.lists(st.sampled_from(ENTRIES), unique=True, min_size=1), st.sampled_from(["贷款", "奖励 企业", "换设备"]))
def test_every_hit_passes_the_filters_and_counts_in_the_facets(entries: list[Entry], text: str) -> None:
    index = Index.build(entries, ENCODER)
    filters = Filters(category="financing", open=True)
    found = find(text, filters, index, limit=100)
    assert all(hit.entry.category == "financing" and hit.entry.closes is None for hit in found.hits)
    assert sum(choice.count for choice in found.facets["category"] if choice.value == "financing") == found.total
