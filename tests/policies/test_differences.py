"""What two versions of an item say differently, and which revisions the database knows."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from enterprises.database import connect, migrate
from enterprises.source_text import from_plain
from policies.differences import differences
from policies.items import Item, Status, read_item
from policies.library import Library, bundled_library
from policies.revisions import load_revisions
from policies.tables import store_library

NAME = "yanan-2023-private-economy.15"
OTHER = "yanan-2023-private-economy.23"


def changed(name: str, version: int, **fields: Any) -> Item:
    """A bundled item as a later version would say it."""
    library = bundled_library()
    item = library.items[name]
    plain: Mapping[str, Any] = {**deepcopy(dict(item.source)), "version": str(version), **fields}
    return read_item(from_plain(plain, "test"), item.document, library.dictionary)


def library_with(*items: Item, without: str = "") -> Library:
    library = bundled_library()
    every = {**library.items, **{item.id: item for item in items}}
    return Library(
        library.documents, {name: item for name, item in every.items() if name != without}, library.dictionary
    )


def test_amount_and_window_and_conditions_are_said_before_and_after() -> None:
    before = bundled_library().items[NAME]
    benefit = {**before.source["benefit"], "cap": "200万元"}
    after = changed(NAME, 2, benefit=benefit, window={"closes": "2025-12-31"})
    found = {each.aspect: each for each in differences(before, after, bundled_library().dictionary)}
    assert set(found) == {"可以得到什么", "办理时间"}
    assert "最高 100万元" in found["可以得到什么"].gone[0]
    assert "最高 200万元" in found["可以得到什么"].new[0]
    assert found["办理时间"].new == ("2023年4月29日 起，2025年12月31日 止（当天也算）",)


def test_only_what_changed_in_a_list_is_said() -> None:
    before = replace(bundled_library().items[NAME], materials=("申请表", "营业执照"))
    after = replace(before, materials=("申请表", "投资清单"))
    (found,) = differences(before, after, bundled_library().dictionary)
    assert (found.aspect, found.gone, found.new) == ("材料", ("营业执照",), ("投资清单",))
    turned = replace(before, materials=("营业执照", "申请表"))
    (order,) = differences(before, turned, bundled_library().dictionary)
    assert (order.gone, order.new) == (("申请表", "营业执照"), ("营业执照", "申请表"))


def test_a_version_with_the_same_words_differs_in_nothing() -> None:
    for item in bundled_library().items.values():
        assert differences(item, replace(item, version=2, examples=()), bundled_library().dictionary) == ()


@pytest.fixture
def session(database_url: str) -> Any:
    engine = connect(database_url)
    migrate(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


LATER = date(2024, 2, 29)


def test_the_database_knows_each_revision_and_what_is_gone(session: Session) -> None:
    dictionary = bundled_library().dictionary
    store_library(session, bundled_library())
    session.commit()
    assert load_revisions(session, dictionary).revised == ()
    store_library(session, library_with(changed(NAME, 2, title="第二版"), changed(OTHER, 2, status="draft")))
    store_library(session, library_with(changed(NAME, 3, title="第三版"), changed(OTHER, 2, status="draft")), LATER)
    session.commit()
    known = load_revisions(session, dictionary)
    revision, earlier = known.revised  # a draft is nobody's business
    assert (revision.before, revision.item.version, revision.on) == (2, 3, LATER)
    assert (earlier.before, earlier.item.version, earlier.on) == (1, 2, None)
    assert [(each.gone, each.new) for each in revision.differences] == [(("第二版",), ("第三版",))]
    assert known.retired == ()
    assert known.of(LATER.replace(day=1)).revised == (revision,)
    assert not known.of(LATER.replace(day=1) - timedelta(days=1))
    assert known.undated.revised == (earlier,)
    assert known.months == {LATER.replace(day=1)}
    gone = library_with(changed(OTHER, 3, status=Status.RETIRED.value), without=NAME)
    store_library(session, gone, LATER + timedelta(days=1))
    store_library(session, gone, LATER + timedelta(days=2))
    session.commit()
    known = load_revisions(session, dictionary)
    assert {each.item.id: (each.item.version, each.on) for each in known.retired} == {
        OTHER: (1, LATER + timedelta(days=1)),
        NAME: (3, LATER + timedelta(days=1)),
    }
