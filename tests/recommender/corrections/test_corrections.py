"""Two versions of an item compared: with the readable evaluator, in the database, and with what was paid meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import Source, bundled
from enterprises.population import Population, PopulationWriter, table_of
from enterprises.profiles import Observation, Profile
from enterprises.readings import EnterpriseOn
from enterprises.snapshots import refresh
from policies.benefits import Fixed
from policies.items import Item
from policies.publication import publish_item
from recommender.campaigns.tables import CampaignItemRow, CampaignRow, DeliveryRow, PushRow
from recommender.corrections.comparing import compare
from recommender.corrections.consequences import consequences
from recommender.corrections.corrections import (
    ask,
    corrections_of,
    counts,
    load_correction,
    misjudged,
    store,
)
from recommender.corrections.judged import Answer, Misjudged, Wrong
from recommender.corrections.making import make
from recommender.grants.tables import GrantRow
from recommender.match import Verdict, match
from recommender.tables import store_explanation
from tests.recommender.channels.made_up import NOW
from tests.recommender.messages.made_up import CODES, DAY, know, made_up_library
from tests.recommender.messages.made_up import store as store_library

ITEM = "made-up-2024.1"
COUNTS = (None, 5, 10, 15, 20, 30)
SOME = CODES[: len(COUNTS)]


def versions(folder: Path, old: int, new: int) -> tuple[Item, Item]:
    """An item for those with at least so many employees, and its corrected version."""
    before = made_up_library(folder, [old]).items[ITEM]
    after = made_up_library(folder, [new], version=2).items[ITEM]
    return before, after


def profile(code: str, employees: int | None) -> Profile:
    facts = {} if employees is None else {"employees": Observation(employees, Source.STATISTICS)}
    return replace(Profile(facts=facts), credit_code=code, name="甲公司")


def population_of(folder: Path, employees: tuple[int | None, ...]) -> Population:
    profiles = [profile(code, each) for code, each in zip(CODES, employees, strict=False)]
    with PopulationWriter(folder, made_up=True) as writer:
        writer.write(table_of(profiles, bundled()))
    return Population.open(folder, bundled())


def test_who_is_told_apart_by_the_threshold_was_misjudged(tmp_path: Path) -> None:
    before, after = versions(tmp_path, 20, 10)
    found = {
        each.credit_code: each for each in compare(before, after, population_of(tmp_path / "p", COUNTS), DAY, bundled())
    }
    assert set(found) == {SOME[2], SOME[3]}  # 10 and 15: the last one below does not, nor does the unknown
    one = found[SOME[2]]
    assert (one.before.verdict, one.after.verdict, one.wrong) == (
        Verdict.INELIGIBLE,
        Verdict.ELIGIBLE,
        Wrong.INELIGIBLE,
    )
    assert one.after.low == one.after.high == 10_0000_00
    assert one.before == Answer(Verdict.INELIGIBLE)
    other_way = list(compare(after, before, population_of(tmp_path / "q", COUNTS), DAY, bundled()))
    assert {each.wrong for each in other_way} == {Wrong.ELIGIBLE}


def test_another_amount_is_a_wrong_of_its_own(tmp_path: Path) -> None:
    before, _ = versions(tmp_path, 10, 10)
    after = replace(before, benefit=Fixed(7_00))
    found = list(compare(before, after, population_of(tmp_path / "p", COUNTS), DAY, bundled()))
    assert {each.credit_code for each in found} == {
        SOME[0],
        *SOME[2:],
    }  # who may be eligible was told an amount as well
    assert {each.wrong for each in found} == {Wrong.AMOUNT}
    assert {(each.before.low, each.after.low) for each in found} == {(10_0000_00, 7_00)}


def test_a_version_that_is_not_open_says_nothing_to_anybody(tmp_path: Path) -> None:
    before = made_up_library(tmp_path, [10], {1: DAY - timedelta(days=1)}).items[ITEM]
    after = made_up_library(tmp_path, [10], {1: DAY}, version=2).items[ITEM]
    found = list(compare(before, after, population_of(tmp_path / "p", COUNTS), DAY, bundled()))
    assert {each.wrong for each in found} == {Wrong.INELIGIBLE}
    assert len(found) == 5
    assert list(compare(before, before, population_of(tmp_path / "q", COUNTS), DAY, bundled())) == []


def test_the_same_rule_misjudges_nobody(tmp_path: Path) -> None:
    before, after = versions(tmp_path, 10, 10)
    assert list(compare(before, after, population_of(tmp_path / "p", COUNTS), DAY, bundled())) == []


@settings(max_examples=30)
@given(st.lists(st.none() | st.integers(0, 40), min_size=1, max_size=7), st.integers(1, 40), st.integers(1, 40))
def test_it_is_what_the_readable_evaluator_says(
    tmp_path_factory: pytest.TempPathFactory, employees: list[int | None], old: int, new: int
) -> None:
    folder = tmp_path_factory.mktemp("compared")
    before, after = versions(folder, old, new)
    population = population_of(folder / "p", tuple(employees))
    found = {
        each.credit_code: (each.before.verdict, each.after.verdict)
        for each in compare(before, after, population, DAY, bundled())
    }
    expected = {}
    for code, each in zip(CODES, employees, strict=False):
        subject = EnterpriseOn(profile(code, each), DAY, bundled())
        said = match(before, subject).verdict, match(after, subject).verdict
        if said[0] is not said[1]:
            expected[code] = said
    assert found == expected


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def published(engine: Engine, folder: Path, old: int, new: int) -> None:
    before, after = versions(folder, old, new)
    store_library(engine, made_up_library(folder / "stored", [old]))
    assert before.version == 1
    with writing(engine) as session:
        publish_item(session, after, DAY)


def asked(engine: Engine, revision: int, rows: int, on: date = DAY) -> str:
    with writing(engine) as session:
        return ask(session, ITEM, (1, 2), on, (revision, rows), "somebody", NOW)


def test_a_comparison_is_asked_for_once_made_once_and_read_by_place(engine: Engine, tmp_path: Path) -> None:
    published(engine, tmp_path, 20, 10)
    for code, employees in zip(SOME, COUNTS, strict=True):
        know(engine, employees, [code])
    snapshot = refresh(engine, tmp_path / "snapshots", bundled())
    assert snapshot is not None
    correction = asked(engine, snapshot.revision, snapshot.population.rows)
    assert asked(engine, snapshot.revision, snapshot.population.rows) == correction
    assert asked(engine, snapshot.revision, 6, DAY + timedelta(days=1)) != correction
    found = make(engine, correction, tmp_path / "snapshots", bundled(), lambda _rows: None)
    with writing(engine) as session:
        store(session, correction, found, NOW)
        store(session, correction, found, NOW)
    with reading(engine) as session:
        loaded = load_correction(session, correction)
        assert loaded is not None
        assert (loaded.made_at, loaded.old_version, loaded.new_version) == (NOW, 1, 2)
        assert counts(session, correction)[Wrong.INELIGIBLE] == 2
        listed = misjudged(session, correction)
        assert [each.misjudged for each in listed] == sorted(found, key=lambda each: each.credit_code)
        assert listed[0].name == "甲公司"
        second = misjudged(session, correction, after=listed[0].misjudged.credit_code)
        assert [each.misjudged.credit_code for each in second] == [listed[1].misjudged.credit_code]
        assert misjudged(session, correction, wrong=Wrong.ELIGIBLE) == ()
        assert misjudged(session, correction, ["6199"]) == ()
        assert counts(session, correction, ["6199"])[Wrong.INELIGIBLE] == 0
        assert len(corrections_of(session, ITEM, 2)) == 2
        assert corrections_of(session, ITEM, 3) == ()


def test_what_was_told_granted_and_paid_by_the_old_version(engine: Engine, tmp_path: Path) -> None:
    published(engine, tmp_path, 20, 10)
    correction_id = asked(engine, 1, 6)
    one: dict[str, Any] = {
        "region": "610600",
        "department": "",
        "content": "{}",
        "state": "running",
        "revision": 1,
        "secret": "x",
    }
    who: dict[str, Any] = {"made_by": "a", "made_at": NOW, "changed_by": "a", "changed_at": NOW}
    with writing(engine) as session:
        for number, version in ((7, 1), (8, 2)):
            session.add(CampaignRow(id=number, title="推送", **one, **who))
            session.flush()
            session.add(CampaignItemRow(campaign_id=number, number=1, item_id=ITEM, version=version, digest="d"))
            session.flush()
        for code, number, state in ((SOME[2], 7, "sent"), (SOME[3], 7, "due"), (SOME[4], 8, "sent")):
            key: dict[str, Any] = {"campaign_id": number, "credit_code": code}
            sent = NOW if state == "sent" else None
            session.add(DeliveryRow(id=f"{code}", channel="inbox", state=state, due_at=NOW, sent_at=sent, **key))
            session.add(PushRow(item=1, kind="eligible", **key))
    with reading(engine) as session:
        correction = load_correction(session, correction_id)
        assert correction is not None
        found = consequences(session, correction, SOME)
    assert found[SOME[2]].pushed == NOW
    assert found[SOME[3]].none  # not sent
    assert found[SOME[4]].none  # told by the corrected version
    assert set(found) == set(SOME)


def test_what_was_granted_and_paid_by_the_old_version_adds_up(engine: Engine, tmp_path: Path) -> None:
    published(engine, tmp_path, 20, 10)
    correction_id = asked(engine, 1, 6)
    with writing(engine) as session:
        explanation = store_explanation(
            session, "{}", as_of=DAY, engine_version="1", created_at=NOW, credit_code=SOME[2]
        )
        for number, (state, version) in enumerate((("paid", 1), ("offered", 1), ("returned", 1), ("paid", 2))):
            session.add(
                GrantRow(
                    id=f"{number:032}",
                    item_id=ITEM,
                    item_version=version,
                    credit_code=SOME[2],
                    occasion=f"{number}",
                    amount=1_000_01,
                    due=1_000_01,
                    steps="[]",
                    explanation_id=explanation,
                    state=state,
                    consent="active",
                    confirm_by=DAY,
                    paid_on=DAY,
                    events=1,
                    created_at=NOW + timedelta(seconds=number),
                )
            )
    with reading(engine) as session:
        correction = load_correction(session, correction_id)
        assert correction is not None
        found = consequences(session, correction, SOME)[SOME[2]]
    assert [grant.state.value for grant in found.grants] == ["paid", "offered", "returned"]
    assert found.paid == 1_000_01


def test_kinds_of_wrong() -> None:
    for verdict, kind in ((Verdict.ELIGIBLE, Wrong.ELIGIBLE), (Verdict.UNDETERMINED, Wrong.UNDETERMINED)):
        assert Misjudged("x", Answer(verdict), Answer(Verdict.INELIGIBLE)).wrong is kind
    assert all(kind.label for kind in Wrong)
