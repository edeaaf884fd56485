"""What an enterprise is told of its own affairs: grants that wait for it, payments sent back, answered appeals."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from enterprises.database import writing
from enterprises.profiles import Profile
from policies.library import Library
from recommender.appeals.tables import AppealEventRow, AppealRow
from recommender.explanation import explain
from recommender.explanation_json import to_text
from recommender.grants.tables import GrantRow
from recommender.messages.schedule import Quiet
from recommender.messages.services import appeals, grants
from recommender.messages.subscription import SERVICE, Subscription
from recommender.tables import store_explanation
from tests.recommender.messages.made_up import (
    CODE,
    CODES,
    DAY,
    NOW,
    OTHER,
    PERSON,
    inbox,
    know,
    made_up_library,
    store,
    subscribe,
    tell,
)

CONFIRM_BY = DAY + timedelta(days=10)
ITEM = "made-up-2024.1"


@pytest.fixture
def library(engine: Engine, tmp_path: Path) -> Library:
    library = made_up_library(tmp_path, (20,))
    store(engine, library)
    know(engine, 50, CODES)
    return library


def grant(engine: Engine, library: Library, **columns: Any) -> None:
    given: dict[str, Any] = {
        "state": "offered",
        "consent": "explicit",
        "confirm_by": CONFIRM_BY,
        "events": 3,
        **columns,
    }
    with writing(engine) as session:
        proof = store_explanation(
            session,
            to_text(explain(library, Profile(), DAY)),
            as_of=DAY,
            engine_version="1",
            created_at=NOW,
        )
        row = GrantRow(
            id="1" * 32,
            item_id=ITEM,
            item_version=1,
            credit_code=CODE,
            occasion="2024",
            amount=10_000_000,
            steps="[]",
            explanation_id=proof,
            created_at=NOW,
            **given,
        )
        session.add(row)


def answered(engine: Engine, moment: datetime = NOW, number: int = 4, state: str = "answered") -> None:
    with writing(engine) as session:
        row = session.exec(select(AppealRow)).one_or_none()
        if row is None:
            row = AppealRow(
                id="2" * 32,
                credit_code=CODE,
                day=DAY,
                day_number=7,
                digest="d",
                kind="facts",
                state=state,
                text="密封",
                opened_by=PERSON,
                opened_at=NOW,
            )
        row.state, row.revision = state, number
        session.add(row)
        session.flush()
        session.add(
            AppealEventRow(
                appeal_id=row.id, number=number, deed="answer", after=state, side="office", actor="o", moment=moment
            )
        )


def told(
    engine: Engine, library: Library, days: Sequence[int], accounts: Sequence[str] = (PERSON,)
) -> dict[int, list[str]]:
    """What is told on days counted from ``DAY``."""
    for number in days:
        tell(engine, library, DAY + timedelta(days=number), {CODE: accounts}, (grants, appeals))
    found: dict[int, list[str]] = {}
    for letter in inbox(engine, account=accounts[0]):
        found.setdefault((letter.day - DAY).days, []).append(letter.title)
    return found


def test_a_grant_is_told_unasked_and_again_before_it_lapses(engine: Engine, library: Library) -> None:
    grant(engine, library)
    assert told(engine, library, range(14)) == {
        0: ["请确认：用工满20人奖励"],
        3: ["还没有确认，最后一天是 2024年7月8日，还有 7 天：用工满20人奖励"],
        9: ["还没有确认，最后一天是 2024年7月8日，还有 1 天：用工满20人奖励"],
    }
    first = inbox(engine)[-1]
    assert first.lines == (
        "用工满20人奖励：10万元，最后一天是 2024年7月8日，还有 10 天，过期不确认就作废。请到“免申即享”里确认。",
    )
    assert first.item == (ITEM, 1)


def test_a_grant_that_is_offered_late_is_told_once_a_day_at_most(engine: Engine, library: Library) -> None:
    grant(engine, library, confirm_by=DAY, consent="deemed")
    assert told(engine, library, [0, 0, 1]) == {0: ["请确认：用工满20人奖励"]}
    assert "今天是最后一天，到期没有说不要，视为同意" in inbox(engine)[0].lines[0]


def test_what_would_lapse_by_waiting_is_told_even_on_a_quiet_day(engine: Engine, library: Library) -> None:
    grant(engine, library, confirm_by=DAY + timedelta(days=2))
    short, long = Quiet(until=DAY + timedelta(days=1)), Quiet(until=DAY + timedelta(days=2))
    subscribe(engine, Subscription(PERSON, CODE, SERVICE, quiet=short))
    subscribe(engine, Subscription(OTHER, CODE, SERVICE, quiet=long))
    both = (PERSON, OTHER)
    assert list(told(engine, library, range(4), both)) == [2]
    assert {letter.day for letter in inbox(engine, account=OTHER)} >= {DAY}


@pytest.mark.parametrize("state", ["candidate", "accepted", "declined", "lapsed", "paid", "withdrawn"])
def test_a_grant_that_waits_for_nothing_is_not_told(engine: Engine, library: Library, state: str) -> None:
    grant(engine, library, state=state, paid_on=DAY if state == "paid" else None)
    assert told(engine, library, [0]) == {}


def test_a_payment_that_came_back_is_told(engine: Engine, library: Library) -> None:
    grant(engine, library, state="returned")
    assert told(engine, library, [0, 1]) == {0: ["用工满20人奖励（10万元）被银行退回"]}


def test_an_answer_is_told_to_every_member_once_and_a_further_one_again(engine: Engine, library: Library) -> None:
    answered(engine)
    assert told(engine, library, [0, 1], (PERSON, OTHER)) == {0: ["诉求 SQ-20240628-0007 已经答复"]}
    assert [letter.title for letter in inbox(engine, account=OTHER)] == ["诉求 SQ-20240628-0007 已经答复"]
    answered(engine, NOW + timedelta(days=2), 8)
    assert list(told(engine, library, [2])) == [2, 0]


def test_an_answer_says_nothing_of_what_was_written(engine: Engine, library: Library) -> None:
    answered(engine)
    told(engine, library, [0])
    (letter,) = inbox(engine)
    assert letter.lines == ("诉求 SQ-20240628-0007 已经答复，请到“诉求”里查看并评价。",)


def test_an_answer_is_not_told_before_its_day_nor_once_it_is_rated(engine: Engine, library: Library) -> None:
    answered(engine, datetime.fromisoformat("2024-06-28T16:30:00+00:00"))  # 0:30 on the 29th in Shanghai
    assert told(engine, library, [0]) == {}
    answered(engine, NOW + timedelta(days=1), 9, "rated")
    assert told(engine, library, [1]) == {}


def test_who_ended_service_messages_gets_none(engine: Engine, library: Library) -> None:
    grant(engine, library)
    answered(engine)
    subscribe(engine, replace(Subscription(PERSON, CODE), topics=frozenset()))
    assert told(engine, library, [0]) == {}


def test_affairs_of_another_enterprise_stay_there(engine: Engine, library: Library) -> None:
    grant(engine, library)
    answered(engine)
    tell(engine, library, DAY, {CODES[1]: [PERSON]}, (grants, appeals))
    assert inbox(engine, CODES[1]) == ()
