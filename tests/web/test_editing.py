"""The editor's core: content to forms and back, moves, what is wrong and where."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enterprises.source_text import Problem, from_plain
from policies.items import Item, read_document, read_item
from policies.library import bundled_library
from policies.rule_text import fitting_operators, read_rule, write_rule
from policies.rules import Operator, Rule
from policies.wording import say
from tests import strategies
from tests.web.editor_forms import DICTIONARY, places_of, sent
from web.editing import conditions, facts, giving, moves, rules, ways
from web.editing.checking import check
from web.editing.editing import Editing, NoContent, act, part_of, received
from web.editing.examples import EXAMPLES
from web.editing.outcomes import DIFFERS, FAULTY, OK, WAITING, outcomes
from web.editing.places import NoSuchPlace, Plain, find, join, put, steps, take
from web.editing.shapes import WHO
from web.editing.versions import differing
from web.editing.words import name_of

ITEMS = bundled_library().items
RENOVATION = "yanan-2023-private-economy.15"


def content_of(item: Item) -> Plain:
    return from_plain({"item": dict(item.source), "document": dict(item.document.source)}, "").plain()


def content_with(**parts: Plain) -> Plain:
    content = content_of(ITEMS[RENOVATION])
    return {**content, "item": {**content["item"], **parts}}


def read(content: Plain) -> Item:
    return read_item(from_plain(content["item"], ""), read_document(from_plain(content["document"], "")), DICTIONARY)


def carried(content: Plain, **more: str) -> dict[str, tuple[str, ...]]:
    """What a page sends beside its inputs."""
    return {"content": (json.dumps(content, ensure_ascii=False),), **{name: (value,) for name, value in more.items()}}


# ------------------------------------------------------------------ identity


@pytest.mark.parametrize("document", sorted(bundled_library().documents))
def test_a_form_that_nobody_changes_changes_nothing(document: str) -> None:
    for item in ITEMS.values():
        if item.document.id == document:
            content = content_of(item)
            editing = received({**carried(content), **sent(content)}, DICTIONARY)
            assert editing.content == content, item.id
            assert read(editing.content).digest == item.digest


@settings(max_examples=25, deadline=None)
@given(strategies.rules(DICTIONARY))
def test_any_rule_comes_back_from_its_form(rule: Rule) -> None:
    content = content_with(who=from_plain(write_rule(rule, DICTIONARY), "").plain())
    again = received({**carried(content), **sent(content)}, DICTIONARY).content
    assert again == content
    assert read_rule(from_plain(again["item"]["who"], ""), DICTIONARY) == rule
    row = rules.rows(content, WHO, DICTIONARY, "", {})
    assert row.readable
    assert row.says == say(rule, DICTIONARY)


@settings(max_examples=30, deadline=None)
@given(strategies.rules(DICTIONARY))
def test_a_rule_is_the_same_when_each_of_its_conditions_is_written_anew(rule: Rule) -> None:
    """Not because the form left it alone: what the inputs show is all that there is to a condition."""
    plain = from_plain(write_rule(rule, DICTIONARY), "").plain()
    for row in _conditions(rules.rows(content_with(who=plain), WHO, DICTIONARY, "", {})):
        written = conditions.read(find(content_with(who=plain), row.place))
        assert written is not None
        assert conditions.write(written) == find(content_with(who=plain), row.place)


def _conditions(row: rules.Row) -> list[rules.Row]:
    return ([row] if row.shape == "condition" else []) + [each for part in row.parts for each in _conditions(part)]


# --------------------------------------------------------- whatever is pressed

VERBS = [
    *moves.MOVES,
    *giving.MOVES,
    *("add-example", "remove-example", "tell", "add-record", "drop-record", "no-records", "forget-records"),
    *("open", "close", "pick", "pick-other", "part", "ask-taking", "take", "nonsense"),
    *("add-statement", "remove-statement", "leave-out", "keep-in"),
]
WORDS = [
    *("all", "any", "not", "some", "record:project", "record:nothing", "region", "revenue", "ownership", "zones"),
    *("kind", "registered_on", "employees", *ways.KINDS, "examples", "who", "x", ""),
]
TYPED = [
    "",
    "10亿元",
    "10",
    "610600",
    "民营",
    "2024-01-01",
    "2024-13-01",
    "30%",
    "\x0b",
    "C",
    "13 农副食品加工业",
    "是",
    "国家级",
    "以上",
]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_whatever_is_typed_and_pressed_leaves_what_reads_or_has_its_mistakes_named(data: st.DataObject) -> None:
    start = data.draw(
        st.sampled_from([RENOVATION, "yanan-2023-private-economy.14b", "xian-2023-construction-market.9"])
    )
    editing = Editing(data.draw(st.sampled_from([content_of(ITEMS[start]), {"item": {}, "document": {}}])))
    for _ in range(data.draw(st.integers(1, 6))):
        form = sent(editing.content)
        names = sorted(form)
        if names:
            for name in data.draw(st.lists(st.sampled_from(names), max_size=3)):
                form[name] = [data.draw(st.sampled_from(TYPED)) for _ in form[name]]
        pages = {**carried(editing.content, opened=editing.opened, part=editing.part), **form}
        places = [name.rpartition(":")[0] for name in names] + _all_places(editing.content)
        press = "|".join(
            (data.draw(st.sampled_from(VERBS)), data.draw(st.sampled_from(places)), data.draw(st.sampled_from(WORDS)))
        )
        editing = act(received(pages, DICTIONARY), press, pages, DICTIONARY)
    checked = check(editing.content, DICTIONARY)
    try:
        read(editing.content)
    except Problem:
        assert checked.troubles
    known = set(_all_places(editing.content))
    for trouble in checked.troubles:
        assert trouble.place in known or trouble.place.rpartition("/")[0] in known
        assert trouble.message
    outcomes(editing.content, checked, DICTIONARY)
    sent(editing.content)


def _all_places(content: Plain, place: str = "") -> list[str]:
    below = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [place, *(each for name, value in below for each in _all_places(value, join(place, name)))]


@settings(max_examples=25, deadline=None)
@given(
    st.recursive(
        st.none() | st.sampled_from([each for each in TYPED if each != "\x0b"]),
        lambda some: (
            st.lists(some, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "who",
                        "all",
                        "any",
                        "not",
                        "some",
                        "of",
                        "where",
                        "any_record",
                        "benefit",
                        "tiers",
                        "cases",
                        "values",
                        "on",
                        "rate",
                        "examples",
                        "given",
                        "expect",
                        "amount",
                        "stacking",
                        "items",
                        "region",
                        "within",
                        "revenue",
                        "at_least",
                        "cite",
                        "page",
                        "pages",
                        "window",
                        "id",
                        "x y",
                    ]
                ),
                some,
                max_size=3,
            )
        ),
        max_leaves=8,
    )
)
def test_content_of_any_shape_has_a_form(plain: Plain) -> None:
    for content in (
        {"item": {"who": plain, "benefit": plain}, "document": {}},
        {"item": plain, "document": plain},
        content_with(examples=plain, stacking=plain),
        content_with(who=plain),
        content_with(benefit=plain),
    ):
        if isinstance(content["item"], dict) and isinstance(content["document"], dict):
            checked = check(content, DICTIONARY)
            outcomes(content, checked, DICTIONARY)
            assert received({**carried(content), **sent(content)}, DICTIONARY).content == content


# -------------------------------------------------------------------- moves

REGION, OWNERSHIP = {"region": {"within": "610600"}}, {"ownership": {"is": "民营"}}
REVENUE = {"revenue": {"first_reaches": "10亿元"}}


def moved(who: Plain, move: str, place: str, what: str = "") -> Plain:
    return moves.MOVES[move](content_with(who=who), place, what, DICTIONARY)[0]["item"]["who"]


def test_fields_of_the_document_are_not_taken_for_those_of_the_item() -> None:
    assert name_of("/item/title", {}, DICTIONARY) == "名称"
    assert name_of("/document/title", {}, DICTIONARY) == "文件的标题"
    assert name_of("/document/published_on", {}, DICTIONARY) == "印发日期"


def test_parts_are_added_wrapped_moved_and_removed() -> None:
    assert moved({}, "add", WHO, "region") == {"all": [{"region": {"within": ""}}]}
    assert moved(REGION, "add", WHO, "ownership") == {"all": [REGION, {"ownership": {"is": ""}}]}
    assert moved({"not": {}}, "add", f"{WHO}/not", "zones") == {"not": {"any": [{"zones": {"has": ""}}]}}
    both = {"all": [REGION, OWNERSHIP]}
    assert moved(both, "down", f"{WHO}/all/0") == {"all": [OWNERSHIP, REGION]}
    assert moved(both, "up", f"{WHO}/all/0") == both
    assert moved(both, "remove", f"{WHO}/all/0") == {"all": [OWNERSHIP]}
    assert moved(both, "wrap", f"{WHO}/all/1", "not") == {"all": [REGION, {"not": OWNERSHIP}]}
    nested = {"all": [{"any": [REGION]}, OWNERSHIP]}
    assert moved(nested, "into", f"{WHO}/all/1") == {"all": [{"any": [REGION, OWNERSHIP]}]}
    assert moved(nested, "out", f"{WHO}/all/0/any/0") == {"all": [REGION, OWNERSHIP]}
    assert moved(nested, "unwrap", f"{WHO}/all/0") == both
    assert moved({"all": [{"not": OWNERSHIP}]}, "remove", f"{WHO}/all/0/not") == {"all": []}


@settings(max_examples=25, deadline=None)
@given(strategies.rules(DICTIONARY, most=4), st.data())
def test_wrapping_and_unwrapping_is_no_change(rule: Rule, data: st.DataObject) -> None:
    content = content_with(who=from_plain(write_rule(rule, DICTIONARY), "").plain())
    place = data.draw(st.sampled_from(places_of(rules.rows(content, WHO, DICTIONARY, "", {}))))
    joint = data.draw(st.sampled_from(["all", "any", "some", "not"]))
    wrapped, at = moves.wrap(content, place, joint, DICTIONARY)
    assert moves.unwrap(wrapped, at, "", DICTIONARY)[0] == content


def test_another_fact_keeps_what_fits_it() -> None:
    cited = {"revenue": {"more_than": "5亿元", "year": "2022"}, "cite": {"clause": "三", "page": "1525"}}
    kept = {"rd_expense": {"more_than": "5亿元", "year": "2022"}, "cite": {"clause": "三", "page": "1525"}}
    assert moved(cited, "choose", WHO, "rd_expense") == kept
    assert moved(cited, "choose", WHO, "total_assets")["total_assets"] == {"more_than": "5亿元"}
    assert moved(cited, "choose", WHO, "ownership")["ownership"] == {"is": ""}


# ---------------------------------------------------------------- conditions


def test_what_is_ticked_says_with_which_operator() -> None:
    def tick(*options: str, was: Plain) -> Plain:
        form = {f"{WHO}:fact": ["1"], f"{WHO}:values": ["1"], f"{WHO}:value": list(options)}
        return conditions.typed(was, WHO, form, DICTIONARY, None)

    assert tick("民营", "国有", was=OWNERSHIP) == {"ownership": {"in": ["民营", "国有"]}}
    assert tick("民营", was={"ownership": {"in": ["民营", "国有"]}}) == {"ownership": {"in": ["民营"]}}
    assert tick("秦创原", "自由贸易试验区", was={"zones": {"has": ""}}) == {
        "zones": {"has_any": ["秦创原", "自由贸易试验区"]}
    }
    assert tick(was=OWNERSHIP) == {"ownership": {"is": ""}}


@pytest.mark.parametrize(
    ("typed", "code"),
    [("13 农副食品加工业", "13"), ("农副食品加工业", "13"), ("c13", "13"), ("C 制造业", "C"), ("糖", "糖")],
)
def test_industries_are_picked_by_name(typed: str, code: str) -> None:
    form = {f"{WHO}:fact": ["1"], f"{WHO}:values": ["1"], f"{WHO}:value": [typed]}
    assert conditions.typed({"industry": {"within": ""}}, WHO, form, DICTIONARY, None) == {"industry": {"within": code}}


def test_only_operators_that_fit_are_offered() -> None:
    for fact in DICTIONARY.facts.values():
        offered = facts.offered_operators(fact)
        assert set(offered) <= set(fitting_operators(fact))
        if fitting_operators(fact):
            assert facts.first_operator(fact) in fitting_operators(fact)
    assert Operator.FIRST_REACHES not in facts.offered_operators(DICTIONARY.facts["total_assets"])
    assert Operator.FIRST_REACHES in facts.offered_operators(DICTIONARY.facts["revenue"])


@pytest.mark.parametrize(
    ("search", "name"),
    [("营收", "revenue"), ("民营", "ownership"), ("技术改造", "project"), ("专精特新", "recognition")],
)
def test_a_fact_is_found_by_what_people_call_it(search: str, name: str) -> None:
    found = [each.name for heading in facts.headings(DICTIONARY, None, search) for each in heading.offered]
    assert name in found


def test_every_fact_that_can_be_asked_for_is_offered_once() -> None:
    found = [each.name for heading in facts.headings(DICTIONARY, None) for each in heading.offered]
    askable = {name for name, fact in DICTIONARY.facts.items() if fitting_operators(fact)}
    assert sorted(found) == sorted({*askable, *DICTIONARY.records})


# ------------------------------------------------------------------ mistakes


def test_every_mistake_is_found_at_its_row() -> None:
    who = {"all": [{"region": {"within": ""}}, {"revenue": {"at_least": "十亿"}}, {"any": []}, REGION]}
    content = content_with(who=who, title="", benefit={"rate": "10", "of": "revenue"})
    checked = check(content, DICTIONARY)
    assert [each.place for each in checked.troubles] == [
        "/item/title",
        f"{WHO}/all/0/region/within",
        f"{WHO}/all/1/revenue/at_least",
        f"{WHO}/all/2/any",
        "/item/benefit/rate",
    ]
    root = rules.rows(content, WHO, DICTIONARY, "", checked.at)
    assert [bool(part.troubles) for part in root.parts] == [True, True, True, False]
    assert not root.troubles
    assert {part_of(each.place) for each in checked.troubles} == {"texts", "who", "benefit"}
    assert all(not re.search("[a-z]{4}", each.message) for each in checked.troubles)


def test_examples_are_run_while_texts_are_still_missing() -> None:
    content = content_with(title="", summary="")
    ran = outcomes(content, check(content, DICTIONARY), DICTIONARY)
    assert {each.state for each in ran} == {OK}
    broken = put(content, "/item/benefit/cap", "1万元")
    assert DIFFERS in {each.state for each in outcomes(broken, check(broken, DICTIONARY), DICTIONARY)}
    faulty = put(content, f"{EXAMPLES}/0/given/region", "没有这个地方")
    states = [each.state for each in outcomes(faulty, check(faulty, DICTIONARY), DICTIONARY)]
    assert states[0] == FAULTY
    assert set(states[1:]) == {OK}
    unread = content_with(who={})
    assert {each.state for each in outcomes(unread, check(unread, DICTIONARY), DICTIONARY)} == {WAITING}


def test_a_page_that_is_none_of_ours_is_refused() -> None:
    for text in ("", "[]", "{", '{"item": 1, "document": {}}', "[" * 10_000):
        with pytest.raises(NoContent):
            received({"content": (text,)}, DICTIONARY)


def test_the_identity_of_a_draft_is_not_for_typing() -> None:
    content = content_of(ITEMS[RENOVATION])
    forged = {"/item/id:text": ("other.1",), "/document/id:text": ("other",), "/item/version:text": ("9",)}
    assert received({**carried(content), **forged}, DICTIONARY).content == content


# -------------------------------------------------------------------- places


@given(st.lists(st.sampled_from(["a", "b/c", "~", "国家级", "0"]), min_size=1, max_size=4))
def test_places_lead_where_they_say(path: list[str]) -> None:
    place = join("", *path)
    assert steps(place) == path
    content: Plain = {}
    for number in range(1, len(path)):
        content = put(content, join("", *path[:number]), {})
    assert find(put(content, place, "x"), place) == "x"
    assert take(put(content, place, "x"), place) == (content if len(path) > 1 else {})
    with pytest.raises(NoSuchPlace):
        find(content, join(place, "further"))


def test_two_versions_are_set_side_by_side() -> None:
    mine = content_with(title="我的", contact="12345")
    theirs = content_with(title="他们的")
    told = {(each.name, each.mine, each.theirs) for each in differing(mine, theirs)}
    assert told == {("名称", "我的", "他们的"), ("联系", "12345", "")}
