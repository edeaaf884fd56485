"""Reports: figures that add up whichever way, from what is stored, on both databases; and who is still due what."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from enterprises.calendar import SHANGHAI
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import bundled
from enterprises.population import Population, PopulationWriter, table_of
from enterprises.samples import SAMPLE_DAY, samples, statements
from enterprises.snapshots import Snapshot
from enterprises.source_text import BadText
from enterprises.tables import record
from policies.items import Delivery
from policies.library import bundled_library
from policies.tables import store_library
from recommender.appeals.tables import AppealEventRow, AppealRow
from recommender.campaigns.tables import CampaignItemRow, CampaignRow, DeliveryRow, PushRow
from recommender.channels.receipts import Kind, note_receipt
from recommender.explanation import explain
from recommender.grants.deeds import By
from recommender.grants.samples import HIRING, RETENTION
from recommender.grants.states import State
from recommender.grants.tables import GrantRow
from recommender.match import Verdict
from recommender.payments import ledger
from recommender.payments.ledger import About, Key, LedgerKind
from recommender.ranking.tables import FeedbackRow
from recommender.reports.figures import NOTHING, NUMBERS, Figures, total
from recommender.reports.implementation import report
from recommender.reports.matching import KEPT, match_all, store_matching
from recommender.reports.month import Month, parse_month
from recommender.reports.outstanding import Why, least, outstanding
from recommender.tables import ExplanationRow

DICTIONARY = bundled()
LIBRARY = bundled_library()
JUNE = Month(2024, 6)
NOON = datetime(2024, 6, 15, 12, tzinfo=SHANGHAI)
CODES = [str(profile.credit_code) for profile in samples()]
ITEMS = list(LIBRARY.items)[:3]
MOST = 10**15
"""分: more than any budget."""

# ------------------------------------------------------------------------ months


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2023-02", date(2023, 2, 1), date(2023, 2, 28)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
    ],
)
def test_a_month_has_its_days(text: str, first: date, last: date) -> None:
    month = parse_month(text)
    assert (month.first, month.last, str(month)) == (first, last, text)
    assert month.next.before == month
    assert month.begins.astimezone(UTC).hour == 16


@pytest.mark.parametrize("text", ["", "2024", "2024-13", "2024-00", "2024-6", "1999-01", "2024-06-01", "２０２４-06"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(BadText, match="不是月份"):
        parse_month(text)


# ----------------------------------------------------------------------- figures


def some_figures() -> st.SearchStrategy[Figures]:
    numbers = st.fixed_dictionaries(
        {name: st.integers(-MOST if name == "recovered_sum" else 0, MOST) for name in NUMBERS}
    )
    days = st.lists(st.integers(0, 900), max_size=5).map(lambda some: tuple(sorted(some)))
    return st.builds(lambda each, lasted: Figures(**each, days=lasted), numbers, days)


@given(st.lists(some_figures(), max_size=8), st.randoms(use_true_random=False))
def test_figures_add_up_in_any_order_and_by_any_parts(some: list[Figures], random: Sequence[object]) -> None:
    whole = total(some)
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert total(shuffled) == whole
    assert sum(shuffled, NOTHING) == whole
    assert total([total(some[::2]), total(some[1::2])]) == whole
    assert whole.net == sum(each.paid_sum for each in some) - sum(each.recovered_sum for each in some)
    if whole.days:
        assert whole.median_days == Fraction(median(whole.days))
        assert whole.p90_days == sorted(whole.days)[-(-9 * len(whole.days) // 10) - 1]
    else:
        assert whole.median_days is None
        assert whole.p90_days is None


# --------------------------------------------------------------- from what is stored


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    if database_url.startswith("sqlite"):
        shutil.copy(_prepared(), database_url.removeprefix("sqlite:///"))
    made = connect(database_url)
    migrate(made)
    with writing(made) as session:
        store_library(session, LIBRARY, SAMPLE_DAY)
        record(session, statements(), DICTIONARY)
    yield made
    made.dispose()


def paid(session: Session, number: int, item: str, code: str, amount: int, day: date, made: datetime) -> str:
    """A grant that was nominated and paid."""
    grant_id = f"{number:032}"
    _grant(session, grant_id, item, code, amount, State.PAID, made, day)
    about = About(grant_id, item, code, f"61020{number % 3 + 2}", "某局")
    ledger.add(session, LedgerKind.PAID, about, amount, day, By("clerk", NOON, day))
    return grant_id


def _grant(
    session: Session,
    name: str,
    item: str,
    code: str,
    amount: int,
    state: State,
    made: datetime,
    day: date | None = None,
) -> None:
    if session.get(ExplanationRow, "0" * 32) is None:
        session.add(
            ExplanationRow(
                id="0" * 32,
                credit_code=code,
                as_of=SAMPLE_DAY,
                engine_version="1",
                created_at=NOON,
                sha256="0" * 64,
                content="{}",
            )
        )
        session.flush()
    session.add(
        GrantRow(
            id=name,
            item_id=item,
            item_version=LIBRARY.items[item].version,
            credit_code=code,
            occasion=name,
            due=amount,
            amount=amount,
            steps="[]",
            explanation_id="0" * 32,
            state=state.value,
            consent="explicit",
            confirm_by=SAMPLE_DAY,
            paid_on=day,
            events=1,
            created_at=made,
        )
    )
    session.flush()


@settings(max_examples=25)
@given(amounts=st.lists(st.integers(1, 10**12), min_size=1, max_size=6), back=st.integers(0, 5))
def test_money_is_that_of_the_ledger_to_the_last_fen(amounts: list[int], back: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(_prepared(), Path(folder, "huiqi.db"))
        made = connect(f"sqlite:///{folder}/huiqi.db")
        with writing(made) as session:
            for number, amount in enumerate(amounts):
                day = JUNE.first + timedelta(days=number)
                paid(session, number, (RETENTION, HIRING)[number % 2], CODES[number], amount, day, NOON)
            if back < len(amounts):
                about = About(f"{back:032}", (RETENTION, HIRING)[back % 2], CODES[back], "610203", "某局")
                ledger.add(session, LedgerKind.RECOVERED, about, amounts[back], JUNE.last, By("clerk", NOON, JUNE.last))
            found = report(session, JUNE)
            sums = ledger.sums(session, Key.ITEM, since=JUNE.first, until=JUNE.last)
        made.dispose()
    assert found.total.paid_sum == sum(amounts)
    assert found.total.net == sum(each.net for each in sums)
    assert total([each for _, each in found.by_item]) == found.total == total([each for _, each in found.by_county])
    assert {subject.item_id: each.net for subject, each in found.by_item} == {each.key: each.net for each in sums}


_READY: list[Path] = []


def _prepared() -> Path:
    """A database with the library and the samples, made once."""
    if not _READY:
        path = Path(tempfile.mkdtemp(prefix="huiqi-reports-"), "huiqi.db")
        made = connect(f"sqlite:///{path}")
        migrate(made)
        with writing(made) as session:
            store_library(session, LIBRARY, SAMPLE_DAY)
            record(session, statements(), DICTIONARY)
        made.dispose()
        _READY.append(path)
    return _READY[0]


def test_payments_of_the_first_and_the_last_day_count(engine: Engine) -> None:
    days = (date(2024, 5, 31), date(2024, 6, 1), date(2024, 6, 30), date(2024, 7, 1))
    with writing(engine) as session:
        for number, day in enumerate(days):
            made = datetime.combine(day - timedelta(days=12 + number), datetime.min.time(), SHANGHAI)
            paid(session, number, RETENTION, CODES[number], 10**number, day, made)
        found = report(session, JUNE).total
    assert (found.paid, found.paid_sum) == (2, 110)
    assert found.days == (13, 14)


def test_what_was_sent_opened_and_reported_counts_once_an_enterprise_and_item(engine: Engine) -> None:
    with writing(engine) as session:
        for campaign in (1, 2):
            _campaign(session, campaign)
            for code in CODES[:2]:
                for channel in ("inbox", "sms"):
                    _delivery(session, campaign, code, channel, NOON)
                for item in (1, 2):
                    reason = "以前领取过" if (code, item) == (CODES[1], 2) else None
                    session.add(
                        PushRow(campaign_id=campaign, credit_code=code, item=item, kind="eligible", reason=reason)
                    )
        _delivery(session, 1, CODES[2], "inbox", NOON - timedelta(days=30))
        session.add(PushRow(campaign_id=1, credit_code=CODES[2], item=1, kind="eligible"))
        session.flush()
        note_receipt(session, _letter(1, CODES[0], "sms"), Kind.OPENED, NOON, "sms")
        note_receipt(session, _letter(2, CODES[0], "inbox"), Kind.OPENED, NOON, "inbox")
        events = [
            (CODES[0], "opened"),
            (CODES[0], "opened"),
            (CODES[1], "applied"),
            (None, "opened"),
            (CODES[0], "seen"),
        ]
        for number, (who, event) in enumerate(events):
            session.add(
                FeedbackRow(
                    event_id=str(number),
                    credit_code=who,
                    item_id=ITEMS[0],
                    item_version=LIBRARY.items[ITEMS[0]].version,
                    event=event,
                    received_at=NOON,
                    origin="",
                )
            )
        session.flush()
        found = report(session, JUNE)
    by_item = {subject.item_id: figures for subject, figures in found.by_item}
    assert (by_item[ITEMS[0]].told, by_item[ITEMS[1]].told) == (2, 1)
    assert (by_item[ITEMS[0]].opened, by_item[ITEMS[1]].opened) == (1, 1)
    assert (by_item[ITEMS[0]].followed, by_item[ITEMS[0]].applied) == (1, 1)


def _campaign(session: Session, number: int) -> None:
    row = CampaignRow(
        id=number,
        title="通知",
        region="610600",
        department="",
        content="{}",
        state="running",
        revision=1,
        secret="x",
        made_by="one",
        made_at=NOON,
        changed_by="one",
        changed_at=NOON,
    )
    session.add(row)
    session.flush()
    for place in (1, 2):
        item = LIBRARY.items[ITEMS[place - 1]]
        session.add(
            CampaignItemRow(campaign_id=number, number=place, item_id=item.id, version=item.version, digest=item.digest)
        )
    session.flush()


def _letter(campaign: int, code: str, channel: str) -> str:
    return f"{campaign}-{code[-8:]}-{channel}"


def _delivery(session: Session, campaign: int, code: str, channel: str, moment: datetime) -> None:
    session.add(
        DeliveryRow(
            id=_letter(campaign, code, channel),
            campaign_id=campaign,
            credit_code=code,
            channel=channel,
            state="sent",
            due_at=moment,
            sent_at=moment,
        )
    )


def test_appeals_count_by_what_became_of_them_in_the_month(engine: Engine) -> None:
    with writing(engine) as session:
        for number, (item, day) in enumerate(
            [(ITEMS[0], JUNE.first), (None, JUNE.last), (ITEMS[0], date(2024, 5, 31))]
        ):
            version = None if item is None else LIBRARY.items[item].version
            session.add(
                AppealRow(
                    id=f"{number:032}",
                    credit_code=CODES[number],
                    day=day,
                    day_number=1,
                    digest=str(number),
                    kind="other",
                    state="rated",
                    item_id=item,
                    item_version=version,
                    text="",
                    opened_by="one",
                    opened_at=NOON,
                )
            )
            session.flush()
            for place, (deed, grade) in enumerate([("answer", None), ("rate", 2), ("reopen", None), ("rate", 5)]):
                session.add(
                    AppealEventRow(
                        appeal_id=f"{number:032}",
                        number=place + 1,
                        deed=deed,
                        after="rated",
                        side="office",
                        actor="one",
                        moment=NOON,
                        grade=grade,
                    )
                )
        session.flush()
        found = report(session, JUNE)
    assert (found.total.appeals, found.total.answered, found.total.reopened, found.total.bad) == (2, 3, 3, 3)
    assert {subject.title for subject, _ in found.by_item} == {LIBRARY.items[ITEMS[0]].title, "没有指明事项"}


def test_only_what_may_be_shown_is_in_a_report(engine: Engine) -> None:
    with writing(engine) as session:
        paid(session, 0, RETENTION, CODES[0], 100, JUNE.first, NOON)
        paid(session, 1, RETENTION, CODES[1], 10, JUNE.first, NOON)
        shown = report(session, JUNE, lambda region, _departments: region == "610202")
        assert shown.total.paid_sum == 100
        asked: list[tuple[str, ...]] = []

        def covers(_region: str | None, departments: Collection[str]) -> bool:
            asked.append(tuple(departments))
            return False

        assert report(session, JUNE, covers).cells == {}
        assert LIBRARY.items[RETENTION].departments in asked


# ---------------------------------------------------------------------- matching


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("snapshot")
    with PopulationWriter(folder, made_up=True, part_rows=5) as writer:
        writer.write(table_of(list(samples()), DICTIONARY))
    return Snapshot(Population.open(folder, DICTIONARY), 1)


def test_whom_items_reach_is_what_explanations_say(snapshot: Snapshot) -> None:
    found = match_all(snapshot, LIBRARY.published, SAMPLE_DAY, DICTIONARY)
    wanted: Counter[tuple[str, str, bool]] = Counter()
    entitled = set()
    for profile in samples():
        region = str(profile.facts["region"].value) if "region" in profile.facts else ""
        for match in explain(LIBRARY, profile, SAMPLE_DAY).matches:
            if match.offered and match.verdict is not Verdict.INELIGIBLE:
                wanted[match.item.id, region, match.verdict is Verdict.ELIGIBLE] += 1
                if match.verdict is Verdict.ELIGIBLE and match.item.delivery is Delivery.NO_APPLICATION:
                    entitled.add((match.item.id, profile.credit_code))
    assert found.counts == wanted
    assert {(each.item_id, each.credit_code) for each in found.entitled} == entitled
    assert entitled


def test_only_the_newest_matchings_are_kept(engine: Engine, snapshot: Snapshot) -> None:
    found = match_all(snapshot, LIBRARY.published, SAMPLE_DAY, DICTIONARY)
    for number in range(KEPT + 2):
        with writing(engine) as session:
            store_matching(session, found, NOON + timedelta(minutes=number))
    with reading(engine) as session:
        whole = report(session, JUNE).total
    assert whole.eligible == sum(count for (_, _, sure), count in found.counts.items() if sure)


_SETTLED = (State.PAID, State.DECLINED, State.WITHDRAWN, State.RECOVERED)
_STANDS = {
    State.CANDIDATE: Why.UNDER_CHECK,
    State.NOTICED: Why.UNDER_CHECK,
    State.OFFERED: Why.ASKED,
    State.LAPSED: Why.LAPSED,
    State.ACCEPTED: Why.READY,
    State.PAYING: Why.PAYING,
    State.RETURNED: Why.RETURNED,
}


def test_who_is_due_what_follows_from_the_last_grant(engine: Engine, snapshot: Snapshot) -> None:
    found = match_all(snapshot, LIBRARY.published, SAMPLE_DAY, DICTIONARY)
    first = found.entitled[0]
    with writing(engine) as session:
        assert outstanding(session) is None
        store_matching(session, found, NOON)
        before = outstanding(session)
    assert before is not None
    assert {due.why for due in before.dues} == {Why.NOT_LISTED}
    assert len(before.dues) == len(found.entitled)
    for number, state in enumerate(State):
        with writing(engine) as session:
            made = NOON + timedelta(minutes=number)
            day = SAMPLE_DAY if state is State.PAID else None
            _grant(session, f"{number:032}", first.item_id, first.credit_code, 700 + number, state, made, day)
            now = outstanding(session)
        assert now is not None
        own = [due for due in now.dues if (due.subject.item_id, due.credit_code) == (first.item_id, first.credit_code)]
        if state in _SETTLED:
            assert own == []
        else:
            (due,) = own
            assert due.why is _STANDS.get(state, Why.UNDER_CHECK)
            assert (due.low, due.high) == (700 + number, 700 + number)
            assert least(own) == 700 + number
    assert {why for _, _, counts in before.by_department for why in counts} == set(Why)
    assert sum(sum(counts.values()) for _, _, counts in before.by_department) == len(before.dues)


def test_who_is_due_what_is_shown_within_posts_only(engine: Engine, snapshot: Snapshot) -> None:
    found = match_all(snapshot, LIBRARY.published, SAMPLE_DAY, DICTIONARY)
    region = found.entitled[0].region
    with writing(engine) as session:
        store_matching(session, found, NOON)
        shown = outstanding(session, lambda place, _departments: place == region)
    assert shown is not None
    assert {due.region for due in shown.dues} == {region}
