"""Deeds are found by day, actor, deed, subject and place; what cannot be placed, by who sees all places only."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from enterprises.audit import note
from enterprises.audit_search import Place, Wanted, each, find, last_of
from enterprises.database import connect, migrate, reading, writing
from enterprises.tables import EnterpriseRow

FIRM = "91610203MAHQ001912"  # of 印台区, in 铜川市
NOON = datetime(2024, 6, 30, 4, tzinfo=UTC)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = connect(database_url)
    migrate(engine)
    with writing(engine) as session:
        firm = {"credit_code": FIRM, "region": "610203", "industry": "C", "profile": "", "speaking": ""}
        session.add(EnterpriseRow(id=1, revision=1, statements=0, **firm))
        for number, (about, detail) in enumerate(
            [
                (FIRM, {}),
                ("an-item", {"tag": "甲"}),
                ("a-round", {"region": "610203", "department": '带"引号"的局'}),
                ("another-round", {"region": "610204", "department": "别的局"}),
                ("of-the-province", {"region": "610000"}),
                ("elsewhere", {"region": "610600"}),
                ("forged", {"tag": '"region":"610203"'}),
                ("wild", {"region": "6102%3"}),
            ]
        ):
            note(session, actor=f"甲{number % 2}", action="a.b", about=about, moment=NOON, detail=detail)
    with reading(engine) as session:
        yield session
    engine.dispose()


@pytest.mark.parametrize(
    ("place", "found"),
    [
        (Place("610200"), {FIRM, "a-round", "another-round", "wild"}),
        (Place("610203"), {FIRM, "a-round"}),
        (Place("610200", things=("an-item",)), {FIRM, "a-round", "another-round", "an-item", "wild"}),
        (Place("610200", '带"引号"的局', ("an-item",)), {"a-round", "an-item"}),
        (Place("610600"), {"elsewhere"}),
    ],
)
def test_deeds_of_a_place(session: Session, place: Place, found: set[str]) -> None:
    assert {row.about for row in find(session, Wanted(places=(place,)), None, 100)} == found


def test_of_several_places_each_counts_and_of_none_nothing(session: Session) -> None:
    both = Wanted(places=(Place("610600"), Place("610203")))
    assert {row.about for row in each(session, both, 100)} == {FIRM, "a-round", "elsewhere"}
    assert find(session, Wanted(places=()), None, 100) == ()
    assert len(find(session, Wanted(), None, 100)) == 8


def test_pages_follow_each_other(session: Session) -> None:
    first = find(session, Wanted(), None, 5)
    rest = find(session, Wanted(), first[-1].number, 5)
    assert [row.number for row in (*first, *rest)] == [8, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("wanted", "many"),
    [
        (Wanted(actor="甲1"), 4),
        (Wanted(action="a.b", about="forged"), 1),
        (Wanted(action="a.c"), 0),
        (Wanted(since=date(2024, 6, 30), until=date(2024, 6, 30)), 8),
        (Wanted(since=date(2024, 7, 1)), 0),
        (Wanted(until=date(2024, 6, 29)), 0),
    ],
)
def test_deeds_by_who_what_and_when(session: Session, wanted: Wanted, many: int) -> None:
    assert len(find(session, wanted, None, 100)) == many


def test_the_last_deed_of_a_kind(session: Session) -> None:
    last = last_of(session, "a.b")
    assert last is not None
    assert last.about == "wild"
    assert last_of(session, "none") is None
