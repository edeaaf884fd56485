"""An explanation can be stored and computed again to the same bytes, and says so where it cannot."""

import json
from datetime import date
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from enterprises.dictionary import bundled
from enterprises.profiles import read_profile
from enterprises.samples import samples
from enterprises.source_text import Problem, from_plain
from policies.items import Item
from policies.library import bundled_library
from recommender.explanation import explain
from recommender.explanation_json import Irreproducible, recompute, to_plain, to_text
from recommender.match import Verdict

SAMPLE_DAY = date(2024, 6, 30)


def bundled_item(item_id: str, version: int) -> Item:
    item = bundled_library().items[item_id]
    if item.version != version:
        raise LookupError(item_id)
    return item


@pytest.mark.parametrize("profile", samples(), ids=lambda profile: profile.name or "")
def test_every_sample_is_recomputed_to_the_same_bytes(profile) -> None:  # type: ignore[no-untyped-def]
    text = to_text(explain(bundled_library(), profile, SAMPLE_DAY))
    assert recompute(text, bundled_item, bundled()).encode() == text.encode()


def test_the_published_schema_describes_every_sample() -> None:
    schema = json.loads((files("recommender") / "schema" / "explanation.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for profile in samples():
        errors = list(validator.iter_errors(to_plain(explain(bundled_library(), profile, SAMPLE_DAY))))
        assert not errors, errors[0]


def test_a_changed_item_cannot_stand_in_for_the_old_one() -> None:
    text = to_text(explain(bundled_library(), samples()[0], SAMPLE_DAY))
    stored = json.loads(text)
    stored["items"][0]["digest"] = "0" * 64
    with pytest.raises(Irreproducible, match="内容与当时不同"):
        recompute(json.dumps(stored), bundled_item, bundled())
    stored["items"][0]["version"] = 999
    with pytest.raises(Irreproducible, match="没有事项"):
        recompute(json.dumps(stored), bundled_item, bundled())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', "not json"])
def test_what_is_no_explanation_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        recompute(text, bundled_item, bundled())


def test_the_groups_share_out_all_items() -> None:
    for profile in samples():
        answer = explain(bundled_library(), profile, SAMPLE_DAY)
        offered = (answer.eligible, answer.undetermined, answer.close, answer.ineligible)
        others = (answer.barred, answer.not_yet, answer.expired)
        listed = [match.item.id for group in (*offered, *others) for match in group]
        assert sorted(listed) == sorted(item.id for item in bundled_library().published)


def test_nothing_is_known_of_an_empty_profile() -> None:
    profile = read_profile(from_plain({"facts": {}}, "test"), bundled())
    answer = explain(bundled_library(), profile, SAMPLE_DAY)
    assert not answer.eligible
    assert not [match for match in answer.matches if match.verdict is Verdict.INELIGIBLE]
    assert answer.certain.total == 0
    assert answer.questions


def test_an_enterprise_by_its_own_word_is_eligible_but_unconfirmed() -> None:
    facts = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "34"}
    project = {"kind": "技术改造", "fixed_asset_investment": "800万元"}
    declared = read_profile(from_plain({"facts": {**facts, "project": [project]}}, "test"), bundled())
    registered = {name: {"value": value, "source": "register"} for name, value in facts.items()}
    confirmed_project = {name: {"value": value, "source": "register"} for name, value in project.items()}
    confirmed = read_profile(from_plain({"facts": {**registered, "project": [confirmed_project]}}, "test"), bundled())
    item = "yanan-2023-private-economy.15"
    for profile, unconfirmed in ((declared, True), (confirmed, False)):
        (found,) = (m for m in explain(bundled_library(), profile, SAMPLE_DAY).eligible if m.item.id == item)
        assert found.unconfirmed is unconfirmed


@pytest.mark.parametrize(("status", "gone"), [("存续", False), ("歇业", False), ("注销", True), ("吊销未注销", True)])
def test_nothing_is_offered_to_an_enterprise_that_is_gone(status: str, gone: bool) -> None:
    facts = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "34"}
    facts["operating_status"] = status
    project = {"kind": "技术改造", "fixed_asset_investment": "800万元"}
    profile = read_profile(from_plain({"facts": {**facts, "project": [project]}}, "test"), bundled())
    answer = explain(bundled_library(), profile, SAMPLE_DAY)
    item = "yanan-2023-private-economy.15"
    assert (item in [match.item.id for match in answer.eligible]) is not gone
    assert (item in [match.item.id for match in answer.barred]) is gone
    assert (answer.certain.total == 0) is gone
    asks_for_it = [m.item.id for m in answer.matches if m.offered]
    assert not gone or all("operating_status" in str(bundled_library().items[each].source) for each in asks_for_it)


@pytest.mark.parametrize(
    ("received", "total"),
    [
        ([], "80万元"),
        ([{"item": "yanan-2023-private-economy.15", "object": "一号线", "amount": "80万元"}], "0元"),
        ([{"item": "yanan-2023-private-economy.15", "object": "二号线", "amount": "80万元"}], "80万元"),
        ([{"item": "yanan-2023-private-economy.31", "object": "一号线", "amount": "5万元"}], "80万元"),
    ],
    ids=["nothing", "this project", "another project", "another item"],
)
def test_what_was_paid_for_a_project_is_not_paid_again(received: list[dict[str, str]], total: str) -> None:
    facts = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "34", "received": received}
    project = {"name": "一号线", "kind": "技术改造", "fixed_asset_investment": "800万元"}
    profile = read_profile(from_plain({"facts": {**facts, "project": [project]}}, "test"), bundled())
    answer = to_plain(explain(bundled_library(), profile, SAMPLE_DAY))
    possible = [kept["item"] for kept in answer["possible"]["kept"]]
    assert answer["certain"]["total"] == total
    assert ("yanan-2023-private-economy.15" in possible) is (total != "0元")


@pytest.mark.parametrize(("paid_on", "total"), [("2024-03-01", "0元"), ("2023-12-31", "10万元")])
def test_what_was_paid_this_year_is_not_paid_again_this_year(paid_on: str, total: str) -> None:
    facts = {"region": "610602", "entity_kind": "企业", "ownership": "民营", "industry": "51"}
    revenue = {"before": "8亿元", "2022": "9亿元", "2023": "10亿元"}
    received = [{"item": "yanan-2023-private-economy.33", "amount": "10万元", "paid_on": paid_on}]
    plain = {"facts": {**facts, "revenue": revenue, "received": received, "project": []}}
    answer = to_plain(explain(bundled_library(), read_profile(from_plain(plain, "test"), bundled()), SAMPLE_DAY))
    assert answer["certain"]["total"] == total
