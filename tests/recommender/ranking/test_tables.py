"""Feedback and versions in the database: only ever added, on SQLite and on PostgreSQL."""

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from enterprises.credit_code import complete
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import Source, bundled
from enterprises.samples import SAMPLE_DAY, samples
from enterprises.source_text import BadText, Problems
from enterprises.statements import Statement
from enterprises.tables import record
from policies.library import bundled_library
from policies.tables import store_library
from recommender.explanation import explain
from recommender.ranking.features import Feature
from recommender.ranking.feedback import Event, Feedback
from recommender.ranking.gain import K
from recommender.ranking.learning import CannotLearn, learn
from recommender.ranking.lists import LeftOut, judged_lists
from recommender.ranking.order import Ranker
from recommender.ranking.quality import measure
from recommender.ranking.tables import (
    Added,
    FeedbackRow,
    Tally,
    add_feedback,
    count_feedback,
    feedback_of,
    last_row,
    load_take_up,
    newest_version,
    stream_feedback,
)
from recommender.ranking.take_up import LEAST, NEUTRAL, NOBODY, Cell, Count
from recommender.ranking.training import train
from recommender.ranking.versions import (
    Act,
    RankingVersionRow,
    activate,
    activations,
    active_weights,
    ensure_stated,
    find_version,
    list_versions,
    named_weights,
    next_name,
    rollback,
    store_version,
)
from recommender.ranking.weights import StrangeWeights, Weights, stated
from tests.recommender.ranking.made_up import with_values

DICTIONARY = bundled()
NOW = datetime(2024, 7, 1, 1, tzinfo=UTC)
GRANT = "yanan-2023-private-economy.15"
SERVICE = "yanan-2023-private-economy.22"
MACHINERY = samples()[0]
CODES = tuple(complete(f"91610602MAHQ8{number:02}00") for number in range(90))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    with writing(engine) as session:
        store_library(session, bundled_library())
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


def tell(session: Session, codes: Sequence[str]) -> None:
    """Enterprises just like the machinery works."""
    told = (replace(MACHINERY, credit_code=code) for code in codes)
    record(session, [Statement(one, Source.REGISTER, SAMPLE_DAY, "测试") for one in told], DICTIONARY)


def event(
    number: int, code: str | None = CODES[0], item: str = GRANT, kind: Event = Event.SEEN, **more: object
) -> Feedback:
    made = Feedback(f"e{number}", code, item, 1, kind, None, None, NOW, "测试")
    return replace(made, **more)  # type: ignore[arg-type]


def add(session: Session, *events: Feedback) -> Added:
    return add_feedback(session, dict(enumerate(events, start=1)), DICTIONARY, "反馈.jsonl")


# ----------------------------------------------------------------- feedback


def test_feedback_comes_back_as_it_was_added(session: Session) -> None:
    events = [
        event(1, position=3, ranking="stated-1 encoder:0a1b2c3d"),
        event(2, None, kind=Event.OPENED),
        event(3, CODES[1], SERVICE, Event.GRANTED, received_at=NOW - timedelta(days=9)),
    ]
    assert add(session, *events) == Added(3, 0)
    assert list(stream_feedback(session)) == events
    assert list(stream_feedback(session, until=2)) == events[:2]
    assert last_row(session) == 3


def test_the_same_event_again_is_one_event(session: Session) -> None:
    assert add(session, event(1), event(1)) == Added(1, 1)
    assert add(session, event(1), event(2)) == Added(1, 1)
    assert last_row(session) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (event(1, kind=Event.APPLIED), "已有另一条不同的反馈"),
        (event(2, item="nowhere.1"), "没有事项 nowhere.1 的第 1 版"),
        (event(2, version=99), f"没有事项 {GRANT} 的第 99 版"),
    ],
    ids=["another event of the same id", "no such item", "no such version"],
)
def test_one_wrong_event_and_none_is_added(session: Session, wrong: Feedback, words: str) -> None:
    add(session, event(1))
    with pytest.raises(Problems, match=words) as raised:
        add_feedback(session, {4: event(3), 7: wrong}, DICTIONARY, "反馈.jsonl")
    assert [(problem.file, problem.line) for problem in raised.value.problems] == [("反馈.jsonl", 7)]
    assert [one.event_id for one in stream_feedback(session)] == ["e1"]


def test_two_that_contradict_each_other_in_one_file_are_refused(session: Session) -> None:
    with pytest.raises(Problems, match="不同的反馈"):
        add(session, event(1), event(1, kind=Event.GRANTED))
    assert last_row(session) == 0


def test_what_one_enterprise_said_comes_as_it_was_received(session: Session) -> None:
    earlier, later = event(2, received_at=NOW - timedelta(hours=1)), event(1)
    add(session, later, earlier, event(3, CODES[1]))
    assert feedback_of(session, CODES[0]) == (earlier, later)
    assert feedback_of(session, CODES[0], until=1) == (later,)


def test_events_are_counted_by_kind(session: Session) -> None:
    add(session, event(1), event(2), event(3, CODES[1]), event(4, None), event(5, None, kind=Event.OPENED))
    counted = count_feedback(session)
    assert counted[Event.SEEN] == Tally(events=4, enterprises=2, anonymous=1)
    assert counted[Event.OPENED] == Tally(1, 0, 1)
    assert counted[Event.GRANTED] == Tally(0, 0, 0)


def test_many_add_at_once_and_none_is_lost_or_doubled(engine: Engine) -> None:
    def work(worker: int) -> None:
        for number in range(5):
            with writing(engine) as session:
                add(session, event(number), event(100 * (worker + 1) + number))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    with reading(engine) as session:
        ids = [one.event_id for one in stream_feedback(session)]
    assert len(ids) == len(set(ids)) == 5 + 4 * 5


def test_the_newest_version_of_an_item(session: Session) -> None:
    assert newest_version(session, GRANT) == bundled_library().items[GRANT].version
    assert newest_version(session, "nowhere.1") is None


# ------------------------------------------------------------------ take-up

LIKE_IT = Cell("35", "610600", "小型")


def test_take_up_counts_enterprises_not_events(session: Session) -> None:
    tell(session, CODES[:LEAST])
    seen = [event(number, code) for number, code in enumerate(CODES[:LEAST])]
    again = [event(100 + number, code) for number, code in enumerate(CODES[:LEAST])]
    applied = [event(200, CODES[0], kind=Event.APPLIED), event(201, CODES[0], kind=Event.GRANTED)]
    unknown = [event(300, None, kind=Event.APPLIED), event(301, CODES[50], kind=Event.APPLIED)]
    add(session, *seen, *again, *applied, *unknown)
    take_up = load_take_up(session)
    assert take_up.until == 14
    assert take_up.counts == {(GRANT, LIKE_IT): Count(LEAST, 1), (GRANT, LIKE_IT.coarse): Count(LEAST, 1)}
    assert load_take_up(session, until=LEAST).counts[GRANT, LIKE_IT] == Count(LEAST, 0)
    assert take_up.rate(GRANT, LIKE_IT) == 2 / (LEAST + 10)
    assert take_up.rate(SERVICE, LIKE_IT) == NEUTRAL


def test_a_division_counts_those_whose_city_and_size_are_not_known_too(session: Session) -> None:
    tell(session, CODES[:2])
    bare = replace(MACHINERY, facts={"industry": MACHINERY.facts["industry"]})
    told = (replace(bare, credit_code=code) for code in CODES[2:5])
    record(session, [Statement(one, Source.REGISTER, SAMPLE_DAY, "测试") for one in told], DICTIONARY)
    add(session, *(event(number, code, kind=Event.APPLIED) for number, code in enumerate(CODES[:5])))
    assert load_take_up(session).counts == {(GRANT, LIKE_IT): Count(2, 2), (GRANT, LIKE_IT.coarse): Count(5, 5)}


# ------------------------------------------------------------ judged lists


def test_lists_are_judged_by_what_was_known_that_day(session: Session) -> None:
    tell(session, CODES[:1])
    before = datetime(2024, 6, 1, tzinfo=UTC)
    add(
        session,
        event(1, kind=Event.APPLIED, position=1),
        event(2, item=SERVICE, position=4),
        event(3, item="xian-2023-construction-market.4a"),
        event(4, item="yanan-2023-private-economy.24a", received_at=before),
        event(5, item="yanan-2023-private-economy.26a", kind=Event.WITHDRAWN),
        event(6, None, kind=Event.OPENED),
        event(7, CODES[9]),
    )
    found = judged_lists(session, DICTIONARY, None, load_take_up(session))
    (one,) = found.lists
    assert [(each.item, each.grade, each.position) for each in one.judged] == [(GRANT, 3, 1), (SERVICE, 0, 4)]
    assert found.left_out == {LeftOut.NOT_OFFERED: 1, LeftOut.UNKNOWN_ENTERPRISE: 2, LeftOut.UNJUDGED: 1}
    assert found.judged == 2
    on = datetime(2024, 7, 1).date()
    shown = {r.item.id: r.features for r in Ranker().offers(explain(bundled_library(), MACHINERY, on))}
    assert one.judged[0].features == shown[GRANT]


def test_an_enterprise_does_not_follow_its_own_example(session: Session) -> None:
    tell(session, CODES[: LEAST + 1])
    add(session, *(event(number, code, kind=Event.APPLIED) for number, code in enumerate(CODES[:LEAST])))
    take_up = load_take_up(session)
    assert take_up.rate(GRANT, LIKE_IT) > NEUTRAL
    lists = judged_lists(session, DICTIONARY, None, take_up).lists
    assert {each.features[Feature.TAKE_UP] for one in lists for each in one.judged} == {NEUTRAL}


# ------------------------------------------------------------------ versions


def learned(name: str) -> Weights:
    return replace(with_values(ease=float(name[-1])), name=name)


def test_without_any_version_the_stated_weights_are_in_use(session: Session) -> None:
    assert active_weights(session) == stated().weights
    assert not list_versions(session)
    assert not activations(session)
    with pytest.raises(BadText, match="没有更早的版本"):
        rollback(session, "试试", NOW)


def test_versions_are_kept_and_found(session: Session) -> None:
    ensure_stated(session, NOW)
    ensure_stated(session, NOW + timedelta(days=1))
    name = next_name(session)
    assert name == "learned-1"
    weights = learned(name)
    kept = store_version(session, weights, NOW, enterprises=60, judged=300, feedback_until=999, figures={"pairs": 7})
    assert next_name(session) == "learned-2"
    assert [version.name for version in list_versions(session)] == ["stated-1", "learned-1"]
    assert find_version(session, name) == kept
    assert (kept.weights, kept.figures, kept.created_at) == (weights, {"pairs": 7}, NOW)
    with pytest.raises(BadText, match="是否想写“learned-1”"):
        find_version(session, "learned1")


def test_to_roll_back_goes_back_through_what_was_in_use(session: Session) -> None:
    for name in ("learned-1", "learned-2"):
        store_version(session, learned(name), NOW)
        activate(session, name, f"启用 {name}", NOW)
        activate(session, name, "再启用一次", NOW)
    assert active_weights(session).name == "learned-2"
    assert rollback(session, "不好", NOW) == "learned-1"
    assert active_weights(session) == learned("learned-1")
    assert rollback(session, "也不好", NOW) == "stated-1"
    assert active_weights(session) == stated().weights
    with pytest.raises(BadText, match="没有更早的版本"):
        rollback(session, "还退", NOW)
    activate(session, "learned-2", "想好了", NOW)
    assert rollback(session, "又不好", NOW) == "stated-1"
    log = [(entry.act, entry.name) for entry in activations(session)]
    assert log == [
        (Act.ACTIVATE, "learned-1"),
        (Act.ACTIVATE, "learned-2"),
        (Act.ROLLBACK, "learned-1"),
        (Act.ROLLBACK, "stated-1"),
        (Act.ACTIVATE, "learned-2"),
        (Act.ROLLBACK, "stated-1"),
    ]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("", "没有写原因"), (" \u3000", "没有写原因"), ("好\n2024-07-01 09:00  启用 learned-9：好", "看不见的字符"),
     ("好\x1b[2K", "看不见的字符"), ("好\u2028", "看不见的字符"), ("好\u202e", "看不见的字符")],
)  # fmt: skip
def test_a_reason_says_something_in_one_line(session: Session, reason: str, words: str) -> None:
    ensure_stated(session, NOW)
    store_version(session, learned("learned-1"), NOW)
    with pytest.raises(BadText, match=words):
        activate(session, "stated-1", reason, NOW)  # even where nothing would change
    with pytest.raises(BadText, match=words):
        rollback(session, reason, NOW)
    activate(session, "learned-1", "试试　看", NOW)
    with pytest.raises(BadText, match=words):
        rollback(session, reason, NOW)
    assert len(activations(session)) == 1


def test_the_stated_weights_are_known_by_name_before_they_are_stored(session: Session) -> None:
    assert named_weights(session, "stated-1") == stated().weights
    with pytest.raises(BadText, match="stated-1"):
        named_weights(session, "stated-2")


def test_a_damaged_version_is_noticed_and_not_brought_into_use(session: Session) -> None:
    store_version(session, learned("learned-1"), NOW)
    row = session.get_one(RankingVersionRow, "learned-1")
    row.weights = row.weights.replace(":", ";", 1)
    session.flush()
    with pytest.raises(StrangeWeights, match="learned-1"):
        activate(session, "learned-1", "试试", NOW)
    assert active_weights(session) == stated().weights


# ------------------------------------------------------------------ training

TRUE = with_values(kind=0.0, amount=1.0, certainty=3.0, ease=3.0)


def wanted(session: Session, true: Weights = TRUE) -> None:
    """Feedback of enterprises that want what ``true`` says: each is shown six items and applies for the best two."""
    explanation = explain(bundled_library(), MACHINERY, NOW.date())
    offers = Ranker().offers(explanation)
    tell(session, CODES)
    events: list[Feedback] = []
    for number, code in enumerate(CODES):
        shown = random.Random(number).sample(offers, 6)
        best = sorted(shown, key=lambda one: -true.score(one.features))[:2]
        for one in shown:
            kind = Event.APPLIED if one in best else Event.SEEN
            events.append(event(1000 * number + one.position, code, one.item.id, kind, position=one.position))
    add(session, *events)


def test_training_without_enough_feedback_says_what_is_lacking(session: Session) -> None:
    with pytest.raises(CannotLearn, match="现有 0 对"):
        train(session, DICTIONARY, None, NOW)


def test_training_learns_checks_stores_and_activates(session: Session) -> None:
    wanted(session)
    before = measure(bundled_library(), Ranker(), session).feedback
    trained = train(session, DICTIONARY, None, NOW)
    assert trained.activated
    version = trained.version
    assert (version.name, version.enterprises, version.judged) == ("learned-1", len(CODES), 6 * len(CODES))
    assert version.feedback_until == last_row(session)
    found = version.figures["ndcg"]
    assert found["new"] > found["current"] == found["stated"]
    assert active_weights(session) == version.weights
    assert [entry.name for entry in activations(session)] == ["learned-1"]
    after = measure(bundled_library(), Ranker(active_weights(session)), session).feedback
    assert before is not None
    assert after is not None
    assert after.ranking == found["new"] > before.ranking > before.random
    assert (after.k, after.lists) == (K, version.figures["held_out"])


def test_training_again_on_the_same_feedback_changes_nothing(session: Session) -> None:
    wanted(session)
    first = train(session, DICTIONARY, None, NOW)
    assert first.new
    again = train(session, DICTIONARY, None, NOW)
    assert (again.version, again.new, again.activated) == (first.version, False, False)
    rollback(session, "企业有意见", NOW)
    train(session, DICTIONARY, None, NOW)
    assert active_weights(session) == stated().weights  # what was taken back does not come back by itself
    assert [version.name for version in list_versions(session)] == ["stated-1", "learned-1"]
    assert len(activations(session)) == 2


def test_a_version_that_is_worse_is_stored_and_not_used(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted(session)
    best = replace(TRUE, name="learned-1")
    store_version(session, best, NOW)
    activate(session, best.name, "就是它", NOW)
    # What is learnt is made useless, as it would be if enterprises had changed their minds between.
    useless = dict.fromkeys(stated().weights.values, 0.0) | {next(iter(stated().weights.values)): 8.0}
    monkeypatch.setattr(
        "recommender.ranking.training.learn", lambda *given: replace(learn(*given), weights=Weights(given[2], useless))
    )
    trained = train(session, DICTIONARY, None, NOW)
    assert not trained.activated
    found = find_version(session, "learned-2").figures["ndcg"]
    assert found["new"] < found["current"]
    assert active_weights(session).name == best.name


def test_no_row_of_feedback_can_name_an_item_that_is_not_stored(engine: Engine) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add(
            FeedbackRow(event_id="e", item_id="nowhere", item_version=1, event="seen", received_at=NOW, origin="测试")
        )


def test_nobody_is_taken_up_where_there_is_no_feedback(session: Session) -> None:
    assert load_take_up(session) == NOBODY
