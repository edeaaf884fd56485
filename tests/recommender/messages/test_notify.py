"""Telling enterprises: each once, nothing that is over, nothing twice however often a run breaks off."""

import threading
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from enterprises.database import connect, migrate, writing
from enterprises.dictionary import Source, bundled
from policies.items import Category
from policies.library import Library
from recommender.explanation import explain
from recommender.messages import notify
from recommender.messages.inbox import DIGEST
from recommender.messages.notify import Tally
from recommender.messages.schedule import Frequency, Quiet, Schedule
from recommender.messages.subscribers import end_topic
from recommender.messages.subscription import SERVICE, Subscription, Topic
from recommender.ranking.feedback import Event, Feedback
from recommender.ranking.tables import add_feedback
from tests.recommender.messages.made_up import (
    CODE,
    CODES,
    DAY,
    EVERYTHING,
    NOW,
    OTHER,
    PERSON,
    all_told,
    asking,
    inbox,
    know,
    made_up_library,
    store,
    subscribe,
    tell,
    telling,
)

WEEKLY = Schedule(Frequency.WEEKLY, weekday=4)
"""On Fridays; ``DAY`` is one."""


@pytest.fixture
def library(engine: Engine, tmp_path: Path) -> Library:
    """For 20, 30 and 200 employees; the second one closes in nine days."""
    library = made_up_library(tmp_path, (20, 30, 200), {2: DAY + timedelta(days=9)})
    store(engine, library)
    return library


def titles(engine: Engine) -> list[str]:
    return [letter.title for letter in inbox(engine)]


# ------------------------------------------------------------------ what is told


def test_a_digest_tells_what_can_be_had_in_the_order_of_the_ranking(engine: Engine, library: Library) -> None:
    know(engine, 50)
    subscribe(engine, asking())
    assert tell(engine, library) == Tally(enterprises=1, messages=1, news=2)
    (letter,) = inbox(engine)
    assert letter.title == "2024年6月28日：可以享受 2 项"
    assert letter.kind == Topic.NEW
    assert letter.lines == (
        "可以享受（2 项）",
        "· 用工满30人奖励：20万元。截至 2024年7月7日，还有 9 天。",
        "· 用工满20人奖励：10万元。政策有效期至 2025年12月31日。",
    )


def test_who_wants_plain_words_gets_a_sentence_more(engine: Engine, library: Library) -> None:
    know(engine, 25)
    subscribe(engine, replace(asking(), plain=True))
    tell(engine, library)
    assert any("奖励：10万元。" in line and line.endswith("说的是：虚构的。") for line in inbox(engine)[0].lines)


def test_nothing_is_told_twice(engine: Engine, library: Library) -> None:
    know(engine, 50)
    subscribe(engine, asking())
    tell(engine, library)
    assert tell(engine, library) == Tally(enterprises=1)
    assert tell(engine, library, DAY + timedelta(days=1)) == Tally(enterprises=1)
    assert len(inbox(engine)) == 1


def test_what_becomes_possible_near_and_certain_is_told_as_it_comes(engine: Engine, library: Library) -> None:
    subscribe(engine, asking())
    know(engine, None)
    tell(engine, library)
    know(engine, 25, on=DAY + timedelta(days=1))
    tell(engine, library, DAY + timedelta(days=1))
    know(engine, 35, on=DAY + timedelta(days=2))
    tell(engine, library, DAY + timedelta(days=2))
    third, second, first = inbox(engine)
    assert first.title == "2024年6月28日：可能可以享受 3 项"
    assert "· 用工满30人奖励：可能可以享受，还缺：从业人数。截至 2024年7月7日，还有 9 天。" in first.lines
    assert first.lines[-1] == "先回答这一个问题最有用：现在有多少从业人员？"
    assert second.title == "2024年6月29日：可以享受 1 项，差一点就能享受 1 项"
    assert second.kind == DIGEST
    assert second.lines[-1] == "· 用工满30人奖励：从业人数再增加 5人，可得 20万元。"
    # The deadline is told with it: a second line would say the same again.
    assert third.title == "您可以享受：用工满30人奖励"
    assert third.item == ("made-up-2024.2", 1)


def test_a_possible_match_is_not_told_of_what_was_certain_before(engine: Engine, tmp_path: Path) -> None:
    library = made_up_library(tmp_path, (20,))
    store(engine, library)
    subscribe(engine, asking())
    know(engine, 50)
    tell(engine, library)
    know(engine, 5, on=DAY + timedelta(days=1))
    know(engine, 60, on=DAY + timedelta(days=2))
    assert tell(engine, library, DAY + timedelta(days=2)).messages == 0


def test_a_deadline_is_told_at_each_bound_and_never_when_it_is_over(engine: Engine, library: Library) -> None:
    know(engine, 50)
    subscribe(engine, replace(asking(), topics=frozenset({Topic.DEADLINES})))
    told = {}
    for number in range(12):
        day = DAY + timedelta(days=number)
        tell(engine, library, day)
        told[day] = [letter.title for letter in inbox(engine) if letter.day == day]
    assert {day: some for day, some in told.items() if some} == {
        DAY: ["还有 9 天：用工满30人奖励"],
        date(2024, 6, 30): ["还有 7 天：用工满30人奖励"],
        date(2024, 7, 6): ["还有 1 天：用工满30人奖励"],
    }


@pytest.mark.parametrize("topic", [Topic.NEW, Topic.DEADLINES])
@pytest.mark.parametrize("source", [Source.STATISTICS, Source.DECLARED])
def test_what_rests_on_the_enterprise_s_own_word_is_told_as_such(
    engine: Engine, library: Library, topic: Topic, source: Source
) -> None:
    know(engine, 50, source=source)
    subscribe(engine, replace(asking(), topics=frozenset({topic})))
    tell(engine, library, DAY)
    (letter,) = inbox(engine)
    lines = [line for line in letter.lines if "用工满30人奖励" in line]
    assert lines
    assert all(("以核实为准" in line) is (source is Source.DECLARED) for line in lines)


def test_on_the_last_day_it_is_still_told_and_on_the_day_after_never(engine: Engine, library: Library) -> None:
    know(engine, 50)
    wanted = replace(asking(), topics=frozenset({Topic.DEADLINES, Topic.NEW}))
    subscribe(engine, wanted)
    subscribe(engine, replace(wanted, account=OTHER))
    tell(engine, library, date(2024, 7, 7), {CODE: [PERSON]})
    tell(engine, library, date(2024, 7, 8), {CODE: [OTHER]})
    assert any("截至 2024年7月7日，今天是最后一天" in line for line in inbox(engine)[0].lines)
    assert not any("30人" in line for line in inbox(engine, account=OTHER)[0].lines)


def test_what_ends_before_the_next_telling_is_told_however_far_off(engine: Engine, tmp_path: Path) -> None:
    monthly = Schedule(Frequency.MONTHLY, month_day=28)
    ends = {1: date(2024, 7, 31), 2: date(2024, 8, 1)}
    library = made_up_library(tmp_path, (20, 30), ends)
    store(engine, library)
    know(engine, 50)
    quiet = Quiet(days=frozenset(date(2024, 7, 28) + timedelta(days=number) for number in range(4)))
    subscribe(engine, Subscription(PERSON, CODE, frozenset({Topic.DEADLINES}), schedule=monthly, quiet=quiet))
    tell(engine, library)
    assert titles(engine) == ["还有 33 天：用工满20人奖励"]


def test_a_new_version_of_an_item_is_news_again(engine: Engine, tmp_path: Path) -> None:
    first, second = made_up_library(tmp_path, (20,)), made_up_library(tmp_path, (20,), version=2)
    store(engine, first)
    know(engine, 50)
    subscribe(engine, asking())
    tell(engine, first)
    store(engine, second)
    tell(engine, second)
    assert {letter.item for letter in inbox(engine)} == {("made-up-2024.1", 1), ("made-up-2024.1", 2)}


def test_only_the_kinds_of_support_that_were_asked_for(engine: Engine, library: Library) -> None:
    know(engine, 50)
    subscribe(engine, replace(asking(), categories=frozenset({Category.SERVICE})))
    assert tell(engine, library).messages == 0


def test_what_the_enterprise_dismissed_or_applied_for_is_left_alone(engine: Engine, library: Library) -> None:
    know(engine, 50)
    events = {
        1: Feedback("1", CODE, "made-up-2024.1", 1, Event.NOT_FOR_ME, None, None, NOW, "测试"),
        2: Feedback("2", CODE, "made-up-2024.2", 1, Event.APPLIED, None, None, NOW, "测试"),
    }
    with writing(engine) as session:
        add_feedback(session, events, bundled())
    subscribe(engine, replace(asking(), topics=frozenset({Topic.NEW, Topic.DEADLINES})))
    subscribe(engine, replace(asking(account=OTHER), topics=frozenset({Topic.DEADLINES})))
    tell(engine, library, accounts={CODE: [PERSON, OTHER]})
    assert titles(engine) == ["您可以享受：用工满30人奖励"]
    assert inbox(engine, account=OTHER) == ()


def test_what_was_told_of_its_deadline_may_be_told_as_new_to_who_asks_for_that_later(
    engine: Engine, library: Library
) -> None:
    know(engine, 50)
    for topics in ({Topic.DEADLINES}, {Topic.DEADLINES, Topic.NEW}):
        subscribe(engine, replace(asking(), topics=frozenset(topics)))
        assert tell(engine, library).messages == 1


def test_new_policies_of_another_region_are_told_for_information(engine: Engine, tmp_path: Path) -> None:
    library = made_up_library(tmp_path, (300,), published="2024-06-28", region="610800")
    store(engine, library)
    know(engine, 5)
    subscribe(engine, replace(asking(), regions=("610800",)))
    subscribe(engine, replace(asking(account=OTHER), regions=("610100",)))
    later = replace(asking(CODES[1]), regions=("610800",))
    know(engine, 5, [CODES[1]])
    subscribe(engine, later, on=DAY + timedelta(days=1))
    tell(engine, library, accounts={CODE: [PERSON, OTHER]})
    tell(engine, library, DAY + timedelta(days=1), {CODES[1]: [PERSON]})
    assert titles(engine) == ["陕西省榆林市有新政策：用工满300人奖励"]
    assert inbox(engine, account=OTHER) == ()
    assert inbox(engine, CODES[1]) == ()


# ---------------------------------------------------------------- when and whom


def test_nobody_is_told_what_they_did_not_ask_for(engine: Engine, library: Library) -> None:
    know(engine, 50)
    assert tell(engine, library) == Tally(enterprises=1)
    subscribe(engine, Subscription(PERSON, CODE, SERVICE))
    assert tell(engine, library) == Tally(enterprises=1)


def test_who_no_longer_belongs_to_the_enterprise_is_not_told(engine: Engine, library: Library) -> None:
    know(engine, 50)
    subscribe(engine, asking())
    subscribe(engine, asking(account=OTHER))
    tell(engine, library, accounts={CODE: [OTHER]})
    assert inbox(engine) == ()
    assert len(inbox(engine, account=OTHER)) == 1


def test_who_unsubscribes_while_a_run_is_under_way_is_not_told(
    engine: Engine, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    know(engine, 50)
    subscribe(engine, asking())

    def unsubscribing(*arguments: Any) -> Any:
        with writing(engine) as session:
            for topic in EVERYTHING:
                end_topic(session, PERSON, CODE, topic, NOW, PERSON)
        return explain(*arguments)

    monkeypatch.setattr(notify, "explain", unsubscribing)
    tell(engine, library)
    assert inbox(engine) == ()


def test_a_weekly_digest_comes_on_its_day_and_once(engine: Engine, library: Library) -> None:
    know(engine, 50)
    subscribe(engine, replace(asking(), schedule=WEEKLY), on=DAY - timedelta(days=2))
    told = [number for number in range(-2, 10) if tell(engine, library, DAY + timedelta(days=number)).messages]
    assert told == [0, 7]  # on the second one the deadline of the seventh day


def test_what_falls_on_quiet_days_is_told_on_the_first_day_after_them(engine: Engine, library: Library) -> None:
    know(engine, 50)
    quiet = Quiet(weekends=True, days=frozenset({DAY, DAY + timedelta(days=3)}))
    subscribe(engine, replace(asking(), schedule=WEEKLY, quiet=quiet))
    tallies = [tell(engine, library, DAY + timedelta(days=number)) for number in range(7)]
    assert [tally.messages for tally in tallies] == [0, 0, 0, 0, 1, 0, 0]
    assert [tally.quiet for tally in tallies] == [1, 1, 1, 1, 0, 0, 0]
    assert inbox(engine)[0].day == date(2024, 7, 2)


def test_a_due_day_with_nothing_to_tell_is_dealt_with(engine: Engine, library: Library) -> None:
    know(engine, 1)
    subscribe(engine, replace(asking(), schedule=WEEKLY))
    assert tell(engine, library).messages == 0
    know(engine, 50, on=DAY + timedelta(days=1))
    assert tell(engine, library, DAY + timedelta(days=1)).messages == 0
    assert tell(engine, library, DAY + timedelta(days=7)).messages == 1


def test_an_enterprise_without_a_profile_is_counted_and_passed_over(engine: Engine, library: Library) -> None:
    subscribe(engine, asking())
    assert tell(engine, library) == Tally(unknown=1)


def test_a_region_may_be_told_alone(engine: Engine, library: Library) -> None:
    know(engine, 50)
    subscribe(engine, asking())
    run = sum(telling(engine, library).run("610600"), Tally())
    assert run == Tally()  # where it lies is not known


# ------------------------------------------------------------- runs that break off


def everybody(engine: Engine, library: Library) -> dict[str, list[str]]:
    store(engine, library)
    know(engine, 50, CODES)
    for code in CODES:
        subscribe(engine, asking(code))
        subscribe(engine, replace(asking(code, OTHER), schedule=WEEKLY))
    return {code: [PERSON, OTHER] for code in CODES}


@pytest.fixture
def expected(library: Library, tmp_path: Path) -> set[tuple[object, ...]]:
    """What a run that nothing disturbs tells everybody."""
    engine = connect(f"sqlite:///{tmp_path / 'undisturbed.db'}")
    migrate(engine)
    tell(engine, library, accounts=everybody(engine, library))
    told = all_told(engine)
    engine.dispose()
    return told


def test_a_run_that_ends_between_batches_is_gone_on_with(
    engine: Engine, library: Library, expected: set[tuple[object, ...]]
) -> None:
    accounts = everybody(engine, library)
    run = telling(engine, library, accounts=accounts).run(batch=2)
    assert next(run).messages == 4
    assert len(all_told(engine)) < len(expected)
    assert tell(engine, library, accounts=accounts).messages == 10
    assert all_told(engine) == expected


@pytest.mark.parametrize("last", range(1, 15, 3))
def test_a_run_that_breaks_off_amid_a_batch_is_gone_on_with(
    engine: Engine,
    library: Library,
    expected: set[tuple[object, ...]],
    monkeypatch: pytest.MonkeyPatch,
    last: int,
) -> None:
    accounts, calls, row = everybody(engine, library), count(1), notify._row

    def breaking(*arguments: Any) -> Any:
        if next(calls) == 2 * last:  # after the message was written, amid the rows of what it told
            raise KeyboardInterrupt
        return row(*arguments)

    monkeypatch.setattr(notify, "_row", breaking)
    with pytest.raises(KeyboardInterrupt):
        list(telling(engine, library, accounts=accounts).run(batch=3))
    monkeypatch.undo()
    assert all_told(engine) < expected
    tell(engine, library, accounts=accounts)
    assert all_told(engine) == expected
    assert tell(engine, library, accounts=accounts).messages == 0


def test_two_runs_at_the_same_time_tell_everything_once(
    engine: Engine, library: Library, expected: set[tuple[object, ...]]
) -> None:
    accounts, failed, written = everybody(engine, library), [], []

    def run() -> None:
        try:
            done = list(telling(engine, library, accounts=accounts).run(batch=1))
            written.append(sum(tally.messages for tally in done))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sum(written) == 2 * len(CODES)
    assert all_told(engine) == expected
    assert all(len(inbox(engine, code, who)) == 1 for code in CODES for who in (PERSON, OTHER))


def test_messages_bear_the_moment_of_the_run_and_the_day_that_they_are_for(engine: Engine, library: Library) -> None:
    know(engine, 50)
    subscribe(engine, asking())
    tell(engine, library)
    (letter,) = inbox(engine)
    assert (letter.created_at, letter.day) == (NOW, DAY)
