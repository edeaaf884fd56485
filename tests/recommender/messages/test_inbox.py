"""The inbox: written once, read by each for themselves, paged without gaps, never emptied."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, inspect

from enterprises.database import reading, writing
from recommender.messages.inbox import (
    DIGEST,
    MOST_COUNTED,
    Message,
    archive,
    letter,
    letters,
    mark_all_read,
    mark_read,
    post,
    unread,
)
from recommender.messages.subscribers import end_topic
from recommender.messages.subscription import Topic
from tests.recommender.messages.made_up import CODE, CODES, DAY, NOW, OTHER, PERSON, inbox

FIRST = Message(CODE, PERSON, Topic.NEW.value, ("first",), "第一条", ("一行", "二行"), DAY)


def posted(engine: Engine, message: Message, minutes: int = 0) -> str | None:
    with writing(engine) as session:
        return post(session, message, NOW + timedelta(minutes=minutes))


def count(engine: Engine, account: str = PERSON, code: str = CODE) -> int:
    with reading(engine) as session:
        return unread(session, code, account)


def test_the_same_message_is_written_once(engine: Engine) -> None:
    written = posted(engine, FIRST)
    assert written is not None
    assert len(written) == 32
    assert posted(engine, replace(FIRST, title="改过的", day=DAY + timedelta(days=1))) is None
    (found,) = inbox(engine)
    assert (found.title, found.lines, found.day) == ("第一条", ("一行", "二行"), DAY)


@pytest.mark.parametrize(
    "other",
    [
        replace(FIRST, credit_code=CODES[1]),
        replace(FIRST, account=OTHER),
        replace(FIRST, account=None),
        replace(FIRST, kind=DIGEST),
        replace(FIRST, about=("first", "")),
        replace(FIRST, about=("fir", "st")),
    ],
)
def test_another_enterprise_account_kind_or_occasion_is_another_message(other: Message) -> None:
    assert other.identity != FIRST.identity


def test_many_who_post_the_same_at_once_write_one(engine: Engine) -> None:
    written: list[str | None] = []
    threads = [threading.Thread(target=lambda: written.append(posted(engine, FIRST))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 4
    assert len([each for each in written if each]) == 1


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "mine"])
def test_a_path_that_leads_out_is_refused(engine: Engine, path: str) -> None:
    with pytest.raises(ValueError, match="not a path"):
        posted(engine, replace(FIRST, path=path))


def test_each_account_reads_for_itself(engine: Engine) -> None:
    mine = posted(engine, FIRST)
    to_all = posted(engine, replace(FIRST, account=None, kind=Topic.APPEALS.value))
    assert mine is not None
    assert to_all is not None
    assert (count(engine), count(engine, OTHER)) == (2, 1)
    with writing(engine) as session:
        mark_read(session, CODE, PERSON, to_all, NOW)
        mark_read(session, CODE, PERSON, to_all, NOW)
    assert (count(engine), count(engine, OTHER)) == (1, 1)
    with writing(engine) as session:
        assert mark_all_read(session, CODE, PERSON, NOW) == 1
        assert mark_all_read(session, CODE, PERSON, NOW) == 0
    assert (count(engine), count(engine, OTHER)) == (0, 1)


def test_messages_of_others_are_not_there(engine: Engine) -> None:
    mine = posted(engine, FIRST)
    assert mine is not None
    for code, account in ((CODE, OTHER), (CODES[1], PERSON)):
        assert inbox(engine, code, account) == ()
        with writing(engine) as session:
            for deed in (mark_read, archive):
                with pytest.raises(LookupError):
                    deed(session, code, account, mine, NOW)
            with pytest.raises(LookupError):
                letter(session, code, account, mine)
            with pytest.raises(LookupError):
                letters(session, code, account, after=mine)


def test_what_went_to_all_on_a_topic_that_was_left_lies_there_without_calling(engine: Engine) -> None:
    posted(engine, replace(FIRST, account=None, kind=Topic.APPEALS.value))
    assert count(engine) == 1
    with writing(engine) as session:
        end_topic(session, PERSON, CODE, Topic.APPEALS, NOW, PERSON)
    assert count(engine) == 0
    assert count(engine, OTHER) == 1
    assert len(inbox(engine)) == 1


def test_the_archive_is_a_place_and_not_an_end(engine: Engine) -> None:
    mine = posted(engine, FIRST)
    assert mine is not None
    with writing(engine) as session:
        archive(session, CODE, PERSON, mine, NOW)
    assert inbox(engine) == ()
    assert count(engine) == 0
    with writing(engine) as session:
        (away,) = letters(session, CODE, PERSON, archived=True)
        assert away.archived
        archive(session, CODE, PERSON, mine, NOW, back=True)
    (found,) = inbox(engine)
    assert found.read


@pytest.mark.parametrize("same_moment", [True, False])
def test_pages_follow_each_other_without_gaps_whatever_comes_in_meanwhile(engine: Engine, same_moment: bool) -> None:
    for number in range(7):
        posted(engine, replace(FIRST, about=(str(number),)), 0 if same_moment else number)
    everything = [each.id for each in inbox(engine)]
    seen: list[str] = []
    with reading(engine) as session:
        while page := letters(session, CODE, PERSON, after=seen[-1] if seen else None, limit=3):
            seen += [each.id for each in page]
            with writing(engine) as other:
                post(other, replace(FIRST, about=("new", str(len(seen)))), NOW + timedelta(days=1))
    assert seen == everything
    if not same_moment:
        assert [each.created_at for each in inbox(engine)] == sorted(
            (each.created_at for each in inbox(engine)), reverse=True
        )


def test_more_unread_ones_than_anybody_counts_are_not_counted(engine: Engine) -> None:
    for number in range(MOST_COUNTED + 1):
        posted(engine, replace(FIRST, about=(str(number),)))
    assert count(engine) == MOST_COUNTED


def test_the_badge_and_the_list_have_an_index(engine: Engine) -> None:
    indexes = {each["name"]: each["column_names"] for each in inspect(engine).get_indexes("messages")}
    assert indexes["ix_messages_credit_code"] == ["credit_code", "created_at", "id"]
