"""Shared results on SQLite and PostgreSQL: found by their secret only, sealed, and gone when their time is over."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from enterprises.calendar import SHANGHAI
from enterprises.database import connect, migrate, reading, writing
from enterprises.sealing import CannotOpen, Seal, new_key
from recommender.shares import DAYS, ShareRow, end_share, end_share_of_nobody, find_share, forget_old, share, shares_of

MADE = datetime(2024, 6, 30, 23, 30, tzinfo=SHANGHAI)
LAST = MADE.replace(hour=0, minute=0) + timedelta(days=DAYS)
CODE, OTHER = "91610602MAHQ0001X1", "91610602MAHQ0002X8"
SEAL = Seal([new_key()])
TEXT = '{"金额": "80万元"}'


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def made(engine: Engine, credit_code: str | None = CODE) -> str:
    with writing(engine) as session:
        return share(session, TEXT, as_of=date(2024, 6, 30), moment=MADE, seal=SEAL, credit_code=credit_code)


@pytest.mark.parametrize(
    ("moment", "there"),
    [(MADE, True), (LAST.replace(hour=23, minute=59), True), (LAST + timedelta(days=1), False)],
    ids=["at once", "in the last minute of the last day", "the day after"],
)
def test_a_share_opens_until_its_last_day_is_over(engine: Engine, moment: datetime, there: bool) -> None:
    token = made(engine)
    with reading(engine) as session:
        found = find_share(session, token, moment, SEAL)
        listed = shares_of(session, CODE, moment, SEAL)
    assert (found is not None) is there
    assert [one.token for one in listed] == ([token] if there else [])
    if found is not None:
        assert found[1] == TEXT
        assert found[0].until == LAST.date()


def test_nothing_of_it_can_be_read_in_the_database(engine: Engine) -> None:
    token = made(engine)
    with reading(engine) as session:
        row = session.exec(select(ShareRow)).one()
        assert TEXT.encode() not in row.content
        assert token not in (row.digest, row.token)
        with pytest.raises(CannotOpen):
            find_share(session, token, MADE, Seal([new_key()]))


def test_only_its_enterprise_ends_it(engine: Engine) -> None:
    token = made(engine)
    with writing(engine) as session:
        (listed,) = shares_of(session, CODE, MADE, SEAL)
        assert not shares_of(session, OTHER, MADE, SEAL)
        assert not end_share(session, listed.id, OTHER)
        assert not end_share_of_nobody(session, token)
        assert find_share(session, token, MADE, SEAL)
        assert end_share(session, listed.id, CODE)
        assert find_share(session, token, MADE, SEAL) is None


def test_what_nobody_owns_is_ended_by_its_secret(engine: Engine) -> None:
    token = made(engine, None)
    with writing(engine) as session:
        assert not end_share_of_nobody(session, token[::-1])
        assert end_share_of_nobody(session, token)
        assert find_share(session, token, MADE, SEAL) is None


def test_what_is_over_is_deleted_and_nothing_else(engine: Engine) -> None:
    made(engine)
    with writing(engine) as session:
        assert forget_old(session, LAST) == 0
        assert forget_old(session, LAST + timedelta(days=1)) == 1
        assert session.exec(select(ShareRow)).all() == []
