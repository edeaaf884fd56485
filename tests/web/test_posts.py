"""Posts of officials: who gives them, who takes them up, who ends them, and what the provider may say."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, select

from enterprises.audit import AuditRow, verify
from enterprises.database import connect, migrate, reading, writing
from enterprises.sealing import Seal, new_key
from web.accounts.appointments import (
    INSTALLATION,
    VALID,
    Answer,
    NotYours,
    offer,
    open_appointments,
    take_up,
    withdraw,
)
from web.accounts.claims import BadClaims, read_person
from web.accounts.codes import MOST_WRONG
from web.accounts.made_up_officials import OFFICIALS
from web.accounts.memberships import PROVIDER
from web.accounts.officials import officials
from web.accounts.people import account_of, disable
from web.accounts.posts import Ending, appoint, dismiss, end_post, posts_of, renew
from web.accounts.provider_settings import ProviderSettings
from web.accounts.tables import AppointmentRow
from web.accounts.two_sides import TWO_SIDES, both_sides
from web.accounts.visitor import Duty, Post

NOON = datetime(2024, 6, 30, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SEAL = Seal([new_key()])
PROVINCE, CITY, COUNTY, ELSEWHERE = "610000", "610600", "610602", "610700"
EDITOR = Post(Duty.EDITOR, CITY)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def person(session: Session, name: str, *posts: Post) -> str:
    account = account_of(session, "https://tests.invalid", name, name, SEAL, NOON).id
    for post in posts:
        appoint(session, account, post, INSTALLATION, NOON)
    return account


def administrator(session: Session, name: str = "贺长林", region: str = CITY, department: str = "") -> str:
    return person(session, name, Post(Duty.ADMINISTRATOR, region, department))


# --------------------------------------------------------------- appointments


def test_a_code_gives_its_post_once(engine: Engine) -> None:
    with writing(engine) as session:
        code = offer(session, EDITOR, administrator(session), NOON)
        first, second = person(session, "甲"), person(session, "乙")
        assert take_up(session, first, code.lower(), NOON).answer is Answer.APPOINTED
        assert posts_of(session, first) == (EDITOR,)
        assert take_up(session, second, code, NOON).answer is Answer.WRONG
        assert posts_of(session, second) == ()
        assert open_appointments(session, NOON) == ()
        kept = [*session.exec(select(AppointmentRow.digest)), *session.exec(select(AuditRow.detail))]
        assert not any(code in each for each in kept)
        assert verify(session).wrong is None


@pytest.mark.parametrize(("late", "answer"), [(VALID, Answer.APPOINTED), (VALID + SECOND, Answer.WRONG)])
def test_a_code_lapses_after_seven_days(engine: Engine, late: timedelta, answer: Answer) -> None:
    with writing(engine) as session:
        code = offer(session, EDITOR, administrator(session), NOON)
        assert take_up(session, person(session, "甲"), code, NOON + late).answer is answer


def test_nobody_gives_a_duty_to_themselves(engine: Engine) -> None:
    with writing(engine) as session:
        one = administrator(session)
        code = offer(session, Post(Duty.FINANCE, CITY), one, NOON)
        assert take_up(session, one, code, NOON).answer is Answer.OWN
        assert posts_of(session, one) == (Post(Duty.ADMINISTRATOR, CITY),)
        assert take_up(session, administrator(session, "另一位"), code, NOON).answer is Answer.APPOINTED


@pytest.mark.parametrize(
    ("region", "department", "post", "within"),
    [
        (CITY, "", Post(Duty.EDITOR, CITY), True),
        (CITY, "", Post(Duty.EDITOR, COUNTY, "工信局"), True),
        (CITY, "", Post(Duty.EDITOR, PROVINCE), False),
        (CITY, "", Post(Duty.EDITOR, ELSEWHERE), False),
        (CITY, "工信局", Post(Duty.EDITOR, CITY, "工信局"), True),
        (CITY, "工信局", Post(Duty.EDITOR, CITY, "财政局"), False),
        (CITY, "工信局", Post(Duty.EDITOR, CITY), False),
    ],
)
def test_nobody_appoints_or_ends_outside_their_scope(
    engine: Engine, region: str, department: str, post: Post, within: bool
) -> None:
    with writing(engine) as session:
        one = administrator(session, region=region, department=department)
        person(session, "甲", post)
        (held,) = [each for official in officials(session, SEAL) for each in official.held if each.post == post]
        if within:
            offer(session, post, one, NOON)
        else:
            with pytest.raises(NotYours):
                offer(session, post, one, NOON)
        assert end_post(session, held.number, one, NOON) is (Ending.ENDED if within else Ending.NOT_YOURS)


def test_a_code_is_worth_nothing_once_its_maker_governs_there_no_more(engine: Engine) -> None:
    with writing(engine) as session:
        one, other = administrator(session), administrator(session, "另一位")
        first, second = offer(session, EDITOR, one, NOON), offer(session, EDITOR, other, NOON)
        dismiss(session, one, Post(Duty.ADMINISTRATOR, CITY), INSTALLATION, NOON)
        disable(session, other, True, INSTALLATION, NOON)
        somebody = person(session, "甲")
        assert take_up(session, somebody, first, NOON).answer is Answer.WRONG
        assert take_up(session, somebody, second, NOON).answer is Answer.WRONG


def test_what_is_given_already_leaves_the_code_unused(engine: Engine) -> None:
    with writing(engine) as session:
        code = offer(session, EDITOR, INSTALLATION, NOON)
        assert take_up(session, person(session, "甲", EDITOR), code, NOON).answer is Answer.ALREADY
        assert len(open_appointments(session, NOON)) == 1


def test_a_code_can_be_taken_back_by_who_governs_there(engine: Engine) -> None:
    with writing(engine) as session:
        one, elsewhere = administrator(session), administrator(session, "别处", ELSEWHERE)
        code = offer(session, EDITOR, one, NOON)
        (waiting,) = open_appointments(session, NOON)
        with pytest.raises(NotYours):
            withdraw(session, waiting.number, elsewhere, NOON)
        assert withdraw(session, waiting.number, one, NOON)
        assert not withdraw(session, waiting.number, one, NOON)
        assert take_up(session, person(session, "甲"), code, NOON).answer is Answer.WRONG


def test_wrong_codes_are_counted_and_what_can_be_none_is_not(engine: Engine) -> None:
    with writing(engine) as session:
        somebody = person(session, "甲")
        code = offer(session, EDITOR, INSTALLATION, NOON)
        assert take_up(session, somebody, "哪里", NOON).answer is Answer.MALFORMED
        left = [take_up(session, somebody, "A" * 10, NOON).left for _ in range(MOST_WRONG - 1)]
        assert left == [4, 3, 2, 1]
        locked = take_up(session, somebody, "A" * 10, NOON)
        assert (locked.answer, locked.until is not None) == (Answer.LOCKED, True)
        assert take_up(session, somebody, code, NOON).answer is Answer.LOCKED
        assert locked.until
        assert take_up(session, somebody, code, locked.until).answer is Answer.APPOINTED


# ------------------------------------------------------------------ dismissing


def number_of(session: Session, account: str) -> int:
    (found,) = [each for each in officials(session, SEAL) if each.account == account]
    return found.held[0].number


def test_the_last_administrator_of_a_place_cannot_go_by_themselves(engine: Engine) -> None:
    with writing(engine) as session:
        one = administrator(session)
        administrator(session, "县里", COUNTY)  # does not govern the city
        administrator(session, "一个部门", CITY, "工信局")
        disable(session, administrator(session, "停用", PROVINCE), True, INSTALLATION, NOON)
        assert end_post(session, number_of(session, one), one, NOON) is Ending.LAST_ADMINISTRATOR
        administrator(session, "省里", PROVINCE)
        assert end_post(session, number_of(session, one), one, NOON) is Ending.ENDED


def test_two_administrators_who_dismiss_each_other_at_once_leave_one(engine: Engine) -> None:
    with writing(engine) as session:
        pair = [administrator(session, "甲"), administrator(session, "乙")]
        numbers = [number_of(session, account) for account in pair]
    ready, answers = threading.Barrier(2), []

    def dismiss_the_other(which: int) -> None:
        ready.wait()
        with writing(engine) as session:
            answers.append(end_post(session, numbers[1 - which], pair[which], NOON))

    threads = [threading.Thread(target=dismiss_the_other, args=[which]) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.name for answer in answers) == ["ENDED", "NOT_YOURS"]
    with reading(engine) as session:
        assert sum(bool(posts_of(session, account)) for account in pair) == 1


def test_a_post_ends_once(engine: Engine) -> None:
    with writing(engine) as session:
        one, other = administrator(session), person(session, "甲", EDITOR)
        number = number_of(session, other)
        assert end_post(session, number, one, NOON) is Ending.ENDED
        assert end_post(session, number, one, NOON) is Ending.GONE
        assert end_post(session, 999, one, NOON) is Ending.GONE
        assert posts_of(session, other) == ()


# ------------------------------------------------------------ the provider's word


def test_the_provider_renews_its_posts_at_each_sign_in_and_leaves_those_of_people(engine: Engine) -> None:
    finance = Post(Duty.FINANCE, CITY)
    with writing(engine) as session:
        somebody = person(session, "甲", finance)
        renew(session, somebody, [EDITOR, finance], NOON)
        assert set(posts_of(session, somebody)) == {EDITOR, finance}
        renew(session, somebody, [], NOON)
        assert posts_of(session, somebody) == (finance,)


def test_whom_a_person_dismissed_the_provider_does_not_bring_back(engine: Engine) -> None:
    with writing(engine) as session:
        one, somebody = administrator(session), person(session, "甲")
        renew(session, somebody, [EDITOR], NOON)
        assert end_post(session, number_of(session, somebody), one, NOON) is Ending.ENDED
        renew(session, somebody, [EDITOR], NOON)
        assert posts_of(session, somebody) == ()
        appoint(session, somebody, EDITOR, one, NOON)
        renew(session, somebody, [EDITOR], NOON)
        assert posts_of(session, somebody) == (EDITOR,)


def test_a_post_of_the_provider_that_a_person_confirms_stays_when_the_provider_is_silent(engine: Engine) -> None:
    with writing(engine) as session:
        somebody = person(session, "甲")
        renew(session, somebody, [EDITOR], NOON)
        assert appoint(session, somebody, EDITOR, INSTALLATION, NOON)
        assert not appoint(session, somebody, EDITOR, PROVIDER, NOON)
        renew(session, somebody, [], NOON)
        assert posts_of(session, somebody) == (EDITOR,)


OIDC = ProviderSettings("https://id.example.gov.cn", "huiqi", post_claim="posts")
GOOD = {"duty": "政策编辑", "region": CITY, "department": "工信局"}


@pytest.mark.parametrize(
    ("said", "posts"),
    [
        (
            [GOOD, {"duty": "finance", "region": COUNTY}],
            (Post(Duty.EDITOR, CITY, "工信局"), Post(Duty.FINANCE, COUNTY)),
        ),
        (GOOD, (Post(Duty.EDITOR, CITY, "工信局"),)),
        ([GOOD, GOOD], (Post(Duty.EDITOR, CITY, "工信局"),)),
        ([{**GOOD, "duty": "市长"}, {**GOOD, "region": "619999"}, {**GOOD, "department": "长" * 61}, "编辑"], ()),
        ([{**GOOD, "region": 610600}, {**GOOD, "duty": None}, {**GOOD, "department": ["工信局"]}], ()),
        (None, ()),
    ],
)
def test_what_the_provider_says_of_posts(said: object, posts: tuple[Post, ...]) -> None:
    assert read_person({"sub": "a", "posts": said}, OIDC).posts == posts


def test_without_a_claim_named_for_it_the_provider_appoints_nobody() -> None:
    assert read_person({"sub": "a", "posts": [GOOD]}, ProviderSettings("https://id.example", "huiqi")).posts == ()


def test_a_provider_that_says_too_much_is_refused() -> None:
    with pytest.raises(BadClaims, match="职责太多"):
        read_person({"sub": "a", "posts": [GOOD] * 51}, OIDC)


# ---------------------------------------------------------------- two sides

_posts = st.lists(
    st.builds(
        Post,
        st.sampled_from(Duty),
        st.sampled_from([PROVINCE, CITY, COUNTY, ELSEWHERE]),
        st.sampled_from(["", "甲局", "乙局"]),
    ),
    max_size=6,
)


@given(_posts)
def test_both_sides_are_those_that_could_meet_in_one_thing(posts: list[Post]) -> None:
    things = [
        (region, department) for region in (COUNTY, ELSEWHERE, "610800") for department in ("甲局", "乙局", "丙局")
    ]
    meeting = [
        pair
        for pair in TWO_SIDES
        if any(
            all(any(post.duty is duty and post.covers(region, [department]) for post in posts) for duty in pair)
            for region, department in things
        )
    ]
    assert list(both_sides(posts)) == meeting


def test_no_made_up_official_has_both_sides() -> None:
    assert {official.name for official in OFFICIALS.values() if both_sides(official.posts)} == set()
    assert {post.duty for official in OFFICIALS.values() for post in official.posts} == set(Duty)
