"""Members: by the provider's word and by invitation, in the database, and on the pages of owners."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from enterprises.audit import AuditRow, verify
from enterprises.credit_code import complete
from enterprises.database import connect, migrate, reading, writing
from enterprises.dictionary import bundled
from enterprises.sealing import Seal, new_key
from tests.web.signing_in import signed_in
from web.accounts.codes import ALPHABET, MOST_WRONG, read_code, show_code
from web.accounts.failures import WINDOW, failures, note_failure, of_account, of_address
from web.accounts.invitations import (
    MOST_OPEN,
    VALID,
    Answer,
    invite,
    join,
    open_invitations,
    withdraw,
)
from web.accounts.memberships import PROVIDER, Ending, bind, end, members, renew, roles_of
from web.accounts.people import UNREADABLE, account_of, disable, list_accounts, masked
from web.accounts.sessions import IDLE, LONGEST, begin_session, find_visitor, note_use
from web.accounts.tables import AccountRow, FailureRow, InvitationRow, MembershipRow
from web.accounts.visitor import Role
from web.app import create_app
from web.settings import Settings
from web.stored import Database

FIRM, OTHER = complete("91610602766305271"), complete("91610602766305272")
NOON = datetime(2024, 6, 30, 4, tzinfo=UTC)
SEAL = Seal([new_key()])
OWNER, CLERK = Role.OWNER, Role.CLERK
SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = connect(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def person(session: Session, name: str, role: Role | None = None, granted_by: str = "tests") -> str:
    account = account_of(session, "https://tests.invalid", name, name, SEAL, NOON).id
    if role is not None:
        bind(session, account, FIRM, role, granted_by, NOON)
    return account


@pytest.fixture
def owner(engine: Engine) -> str:
    with writing(engine) as session:
        return person(session, "王小明", OWNER)


def deeds(session: Session) -> list[str]:
    return [row.action for row in session.exec(select(AuditRow).order_by(AuditRow.number))]  # type: ignore[arg-type]


# ----------------------------------------------------------- the provider's word


def test_the_providers_word_is_renewed_and_an_invitation_stays(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        clerk = person(session, "李四")
        bind(session, clerk, OTHER, CLERK, owner, NOON)
        renew(session, clerk, {FIRM: OWNER, OTHER: OWNER}, NOON)
        assert roles_of(session, clerk) == {OTHER: OWNER, FIRM: OWNER}
        renew(session, clerk, {FIRM: CLERK}, NOON)
        assert roles_of(session, clerk) == {OTHER: CLERK, FIRM: CLERK}
        renew(session, clerk, {}, NOON)
        assert roles_of(session, clerk) == {OTHER: CLERK}
        assert verify(session).wrong is None


def test_the_same_word_again_changes_and_notes_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        account = person(session, "李四")
        renew(session, account, {FIRM: CLERK}, NOON)
        before = deeds(session)
        renew(session, account, {FIRM: CLERK}, NOON)
        assert deeds(session) == before == ["membership.granted"]
        assert len(session.exec(select(MembershipRow)).all()) == 1


def test_a_clerk_whom_an_owner_took_out_stays_out_until_invited(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        clerk = person(session, "李四")
        renew(session, clerk, {FIRM: CLERK}, NOON)
        assert end(session, clerk, FIRM, owner, NOON) is Ending.ENDED
        renew(session, clerk, {FIRM: CLERK}, NOON)
        assert roles_of(session, clerk) == {}
        code = invite(session, FIRM, CLERK, owner, NOON)
        assert code
        assert join(session, clerk, code, NOON).answer is Answer.JOINED
        assert roles_of(session, clerk) == {FIRM: CLERK}


def test_an_owner_by_the_providers_word_cannot_be_shut_out(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        legal = person(session, "赵总")
        renew(session, legal, {FIRM: CLERK}, NOON)
        assert end(session, legal, FIRM, owner, NOON) is Ending.ENDED
        renew(session, legal, {FIRM: OWNER}, NOON)
        assert roles_of(session, legal) == {FIRM: OWNER}
        assert end(session, legal, FIRM, owner, NOON) is Ending.CERTIFIED
        assert end(session, legal, FIRM, legal, NOON) is Ending.CERTIFIED
        renew(session, legal, {}, NOON)  # only the provider can
        assert roles_of(session, legal) == {}


def test_nobody_is_the_same_twice_by_the_same_word(engine: Engine, owner: str) -> None:
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.add(MembershipRow(account_id=owner, credit_code=FIRM, role="clerk", granted_by="tests", began_at=NOON))


# -------------------------------------------------------------------- endings


def test_the_last_owner_stays(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        clerk, second = person(session, "李四", CLERK), person(session, "张三", OWNER)
        disable(session, second, True, "tests", NOON)  # who may not sign in does not count
        assert end(session, owner, FIRM, owner, NOON) is Ending.LAST_OWNER
        assert end(session, clerk, FIRM, owner, NOON) is Ending.ENDED
        assert end(session, clerk, FIRM, owner, NOON) is Ending.NO_MEMBER
        disable(session, second, False, "tests", NOON)
        assert end(session, owner, FIRM, owner, NOON) is Ending.ENDED
        assert end(session, second, FIRM, second, NOON) is Ending.LAST_OWNER


def at_once(*doing: Callable[[], None]) -> None:
    threads = [threading.Thread(target=each) for each in doing]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_owners_cannot_take_each_other_out_at_once(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        second = person(session, "张三", OWNER)
    endings: list[Ending] = []

    def take_out(whom: str, who: str) -> None:
        with writing(engine) as session:
            endings.append(end(session, whom, FIRM, who, NOON))

    at_once(lambda: take_out(owner, second), lambda: take_out(second, owner))
    assert sorted(ending.name for ending in endings) == ["ENDED", "LAST_OWNER"]
    with reading(engine) as session:
        assert len(members(session, FIRM, SEAL)) == 1


def test_members_are_owners_first_each_once_with_the_role_that_counts(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        clerk = person(session, "李四", CLERK)
        both = person(session, "赵总", CLERK)
        renew(session, both, {FIRM: OWNER}, NOON + SECOND)
        found = members(session, FIRM, SEAL)
        assert [(each.account, each.role, each.certified) for each in found] == [
            (owner, OWNER, False),
            (both, OWNER, True),
            (clerk, CLERK, False),
        ]
        assert [each.name for each in members(session, FIRM, Seal([new_key()]))] == [None, None, None]
        assert members(session, OTHER, SEAL) == ()


# ---------------------------------------------------------------- invitations


@pytest.mark.parametrize(("after", "answer"), [(-SECOND, "JOINED"), (0 * SECOND, "JOINED"), (SECOND, "WRONG")])
def test_an_invitation_works_for_seven_days(engine: Engine, owner: str, after: timedelta, answer: str) -> None:
    with writing(engine) as session:
        code, clerk = invite(session, FIRM, CLERK, owner, NOON), person(session, "李四")
        assert code
        assert bool(open_invitations(session, FIRM, NOON + VALID + after)) is (answer == "JOINED")
        assert join(session, clerk, code, NOON + VALID + after).answer.name == answer
        assert roles_of(session, clerk) == ({FIRM: CLERK} if answer == "JOINED" else {})


def test_an_invitation_works_once_and_not_after_it_was_withdrawn(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        first, second = (invite(session, FIRM, OWNER, owner, NOON) or "" for _ in range(2))
        number = open_invitations(session, FIRM, NOON)[0].number  # the newest
        assert not withdraw(session, OTHER, number, owner, NOON)
        assert withdraw(session, FIRM, number, owner, NOON)
        assert not withdraw(session, FIRM, number, owner, NOON)
        people = [person(session, name) for name in "甲乙丙"]
        assert join(session, people[0], first, NOON).answer is Answer.JOINED
        assert join(session, people[1], first, NOON).answer is Answer.WRONG
        assert join(session, people[2], second, NOON).answer is Answer.WRONG
        assert roles_of(session, people[0]) == {FIRM: OWNER}
        assert "invitation.withdrawn" in deeds(session)


def test_an_invitation_dies_with_the_right_of_who_made_it(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        second, clerk = person(session, "张三", OWNER), person(session, "李四")
        code = invite(session, FIRM, CLERK, second, NOON) or ""
        end(session, second, FIRM, owner, NOON)
        assert join(session, clerk, code, NOON).answer is Answer.WRONG


def test_an_invitation_that_gives_no_more_stays_unused(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        code, clerk = invite(session, FIRM, CLERK, owner, NOON) or "", person(session, "李四", CLERK)
        assert join(session, owner, code, NOON).answer is Answer.ALREADY
        assert join(session, clerk, code, NOON).answer is Answer.ALREADY
        assert join(session, person(session, "丁"), code, NOON).answer is Answer.JOINED


def test_an_invitation_used_twice_at_once_binds_one(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        code = invite(session, FIRM, CLERK, owner, NOON) or ""
        people = [person(session, name) for name in "甲乙丙丁"]
    answers: list[Answer] = []

    def take_up(account: str) -> None:
        with writing(engine) as session:
            answers.append(join(session, account, code, NOON).answer)

    at_once(*(lambda account=account: take_up(account) for account in people))
    assert sorted(answer.name for answer in answers) == ["JOINED", "WRONG", "WRONG", "WRONG"]
    with reading(engine) as session:
        assert sum(roles_of(session, account) == {FIRM: CLERK} for account in people) == 1


def test_there_are_only_so_many_open_invitations(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        for _ in range(MOST_OPEN):
            assert invite(session, FIRM, CLERK, owner, NOON)
        assert invite(session, FIRM, CLERK, owner, NOON) is None
        assert invite(session, FIRM, CLERK, owner, NOON + VALID + SECOND)


def test_of_several_invitations_at_once_the_limit_counts_all(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        for _ in range(MOST_OPEN - 1):
            assert invite(session, FIRM, CLERK, owner, NOON)
    codes: list[str | None] = []

    def one_more() -> None:
        with writing(engine) as session:
            codes.append(invite(session, FIRM, CLERK, owner, NOON))

    at_once(*(one_more for _ in range(4)))
    assert sum(code is not None for code in codes) == 1


def test_no_code_can_be_read_from_the_database(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        code = invite(session, FIRM, CLERK, owner, NOON) or ""
        row = session.exec(select(InvitationRow)).one()
        assert code not in str(row.model_dump())
        assert code not in "".join(each.detail for each in session.exec(select(AuditRow)))


@given(st.text(ALPHABET, min_size=10, max_size=10), st.sampled_from([str.lower, show_code, lambda code: f" {code} "]))
def test_a_code_is_read_however_it_is_typed(code: str, typed: Callable[[str], str]) -> None:
    assert read_code(typed(code)) == code


@given(st.text())
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    code = read_code(text)
    assert code is None or (len(code) == 10 and set(code) <= set(ALPHABET))


# ------------------------------------------------------------------- lockout


def test_five_wrong_codes_lock_joining_for_fifteen_minutes(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        code, clerk = invite(session, FIRM, CLERK, owner, NOON) or "", person(session, "李四")
        left = [join(session, clerk, "A" * 10, NOON).left for _ in range(MOST_WRONG - 1)]
        assert left == [4, 3, 2, 1]
    with writing(engine) as session:
        locked = join(session, clerk, "A" * 10, NOON)
        assert (locked.answer, locked.until) == (Answer.LOCKED, NOON + WINDOW)
        assert "account.locked" in deeds(session)
    with writing(engine) as session:  # another worker sees it too, and the right code does not help
        assert join(session, clerk, code, NOON + WINDOW - SECOND).answer is Answer.LOCKED
        assert join(session, owner, "A" * 10, NOON).answer is Answer.WRONG  # nobody else is locked
        assert join(session, clerk, code, NOON + WINDOW).answer is Answer.JOINED


def test_wrong_codes_at_once_are_all_counted(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        clerk = person(session, "李四")
    answers: list[Answer] = []

    def guess() -> None:
        with writing(engine) as session:
            answers.append(join(session, clerk, "A" * 10, NOON).answer)

    at_once(*[guess] * 8)
    assert answers.count(Answer.WRONG) == MOST_WRONG - 1
    assert answers.count(Answer.LOCKED) == 8 - MOST_WRONG + 1


def test_what_cannot_be_a_code_is_not_counted(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        for _ in range(MOST_WRONG + 1):
            assert join(session, owner, "too short", NOON).answer is Answer.MALFORMED
        assert failures(session, of_account(owner), NOON) == 0


def test_failures_count_for_fifteen_minutes_and_are_then_removed(engine: Engine) -> None:
    with writing(engine) as session:
        who = of_address("192.0.2.1", "key")
        assert note_failure(session, who, NOON) == 1
        assert failures(session, who, NOON + WINDOW - SECOND) == 1
        assert failures(session, who, NOON + WINDOW) == 0
        note_failure(session, "another", NOON + WINDOW)
        assert [row.who for row in session.exec(select(FailureRow))] == ["another"]
    assert "192.0.2.1" not in who
    assert who != of_address("192.0.2.1", "another key")


# ------------------------------------------------------- sessions and accounts


@pytest.mark.parametrize(("after", "found"), [(IDLE - SECOND, True), (IDLE, True), (IDLE + SECOND, False)])
def test_a_session_ends_when_nobody_uses_it(engine: Engine, owner: str, after: timedelta, found: bool) -> None:
    with writing(engine) as session:
        secret = begin_session(session, owner, NOON)
        assert (find_visitor(session, secret, SEAL, NOON + after) is not None) is found


@pytest.mark.parametrize(("after", "found"), [(-SECOND, True), (0 * SECOND, True), (SECOND, False)])
def test_a_session_ends_even_if_it_is_used(engine: Engine, owner: str, after: timedelta, found: bool) -> None:
    with writing(engine) as session:
        secret = begin_session(session, owner, NOON)
        note_use(session, secret, NOON + LONGEST - SECOND)
        assert (find_visitor(session, secret, SEAL, NOON + LONGEST + after) is not None) is found


def test_whose_name_cannot_be_opened_signs_in_again(engine: Engine, owner: str) -> None:
    with writing(engine) as session:
        secret = begin_session(session, owner, NOON)
        other = Seal([new_key()])
        assert find_visitor(session, secret, other, NOON) is None
        assert [account.name for account in list_accounts(session, other)] == [UNREADABLE]
        account_of(session, "https://tests.invalid", "王小明", "王小明", other, NOON)
        assert find_visitor(session, secret, other, NOON) is not None


def test_names_are_sealed_and_masked(engine: Engine, owner: str) -> None:
    with reading(engine) as session:
        assert "王" not in session.get_one(AccountRow, owner).name
        assert [masked(account.name) for account in list_accounts(session, SEAL)] == ["王**"]


# ------------------------------------------------------------------ the pages


@pytest.fixture
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path_factory.mktemp('members') / 'huiqi.db'}"
    engine = connect(url)
    migrate(engine)
    engine.dispose()
    stored = Database(url, bundled())
    yield create_app(Settings(url, posts="1000 per minute"), stored)
    stored.close()


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def send(client: FlaskClient, address: str, **answers: str) -> TestResponse:
    token = page(client.get("/sign-in")).select_one("[name=csrf_token]")
    assert token is not None
    return client.post(address, data={"csrf_token": str(token["value"]), **answers})


def text_of(client: FlaskClient) -> str:
    return page(client.get(f"/mine/{FIRM}/members")).get_text(" ", strip=True)


def invited(client: FlaskClient, role: Role) -> str:
    response = send(client, f"/mine/{FIRM}/members/invitations", role=role.value)
    assert response.status_code == 303
    assert response.location == f"/mine/{FIRM}/members"
    code = page(client.get(response.location)).select_one(".success .number")
    assert code is not None
    return code.get_text()


def test_an_owner_invites_a_clerk_who_joins_and_is_taken_out_again(app: Flask) -> None:
    owner = signed_in(app, {FIRM: OWNER}, "owner", "王小明")
    clerk = signed_in(app, {}, "clerk", "李四")
    code = invited(owner, CLERK)
    assert code not in text_of(owner)  # shown once
    assert "还没有用掉的邀请" in text_of(owner)
    response = send(clerk, "/mine/join", code=code.lower())
    assert response.location == f"/mine?joined={FIRM}"
    assert "您已成为" in clerk.get(response.location).get_data(as_text=True)
    assert clerk.get(f"/mine/{FIRM}/leave").status_code == 200
    shown = text_of(owner)
    assert "李四" in shown
    assert "李四成为经办人" not in shown  # noted as an invitation that was taken up
    assert "李四 接受邀请（经办人）" in shown
    form = page(owner.get(f"/mine/{FIRM}/members")).select_one("details form")
    assert form is not None
    assert send(owner, str(form["action"])).location == f"/mine/{FIRM}/members?done=ended"
    assert clerk.get(f"/mine/{FIRM}/leave").status_code == 403  # at once
    assert "王小明 李四不再是经办人" in text_of(owner)


def test_a_code_is_shown_to_nobody_else_and_stands_in_no_address(app: Flask) -> None:
    owner, second = signed_in(app, {FIRM: OWNER}, "owner"), signed_in(app, {FIRM: OWNER}, "second")
    response = send(owner, f"/mine/{FIRM}/members/invitations", role="owner")
    assert page(second.get(response.location)).select_one(".success .number") is None
    assert page(owner.get(response.location)).select_one(".success .number") is not None


def test_a_withdrawn_invitation_is_gone_and_its_code_wrong(app: Flask) -> None:
    owner, clerk = signed_in(app, {FIRM: OWNER}, "owner"), signed_in(app, {}, "clerk")
    code = invited(owner, CLERK)
    form = next(
        each for each in page(owner.get(f"/mine/{FIRM}/members")).select("form") if "withdraw" in each["action"]
    )
    response = send(owner, str(form["action"]))
    assert "邀请已收回" in owner.get(response.location).get_data(as_text=True)
    assert send(clerk, "/mine/join", code=code).status_code == 422
    assert send(owner, str(form["action"])).location.endswith("done=gone")


def test_what_belongs_to_another_enterprise_cannot_be_touched(app: Flask) -> None:
    owner = signed_in(app, {FIRM: OWNER}, "owner")
    signed_in(app, {OTHER: OWNER}, "stranger")
    with app.extensions["huiqi"].reading() as session:
        number = session.exec(select(MembershipRow.id).where(MembershipRow.credit_code == OTHER)).one()
    assert send(owner, f"/mine/{FIRM}/members/{number}/end").status_code == 404
    assert send(owner, f"/mine/{FIRM}/members/999/end").status_code == 404
    assert send(owner, f"/mine/{OTHER}/members/{number}/end").status_code == 403


@pytest.mark.parametrize("role", ["", "king", "Owner"])
def test_a_role_that_there_is_not_is_refused(app: Flask, role: str) -> None:
    owner = signed_in(app, {FIRM: OWNER}, "owner")
    response = send(owner, f"/mine/{FIRM}/members/invitations", role=role)
    assert response.status_code == 422
    assert "请选择" in response.get_data(as_text=True)


def test_an_owner_by_the_providers_word_is_not_offered_and_not_done(app: Flask) -> None:
    owner = signed_in(app, {FIRM: OWNER}, "owner")
    with app.extensions["huiqi"].writing() as session:
        legal = account_of(session, "https://tests.invalid", "legal", "赵总", SEAL, NOON).id
        bind(session, legal, FIRM, OWNER, PROVIDER, NOON)
        number = session.exec(select(MembershipRow.id).where(MembershipRow.account_id == legal)).one()
    assert page(owner.get(f"/mine/{FIRM}/members")).select_one("details form") is None
    response = send(owner, f"/mine/{FIRM}/members/{number}/end")
    assert response.status_code == 422
    assert "登录服务认定" in response.get_data(as_text=True)


def test_a_clerk_may_leave_and_the_last_owner_not(app: Flask) -> None:
    owner, clerk = signed_in(app, {FIRM: OWNER}, "owner"), signed_in(app, {FIRM: CLERK}, "clerk")
    assert send(clerk, f"/mine/{FIRM}/leave").location == "/mine?left=1"
    assert clerk.get(f"/mine/{FIRM}/leave").status_code == 403
    response = send(owner, f"/mine/{FIRM}/leave")
    assert response.status_code == 422
    assert "唯一的负责人" in response.get_data(as_text=True)


def test_the_last_fifty_deeds_are_said_in_chinese_and_officials_are_not_named(app: Flask) -> None:
    from enterprises.audit import note

    owner = signed_in(app, {FIRM: OWNER}, "owner", "王小明")
    signed_in(app, {OTHER: OWNER}, "official", "郑处长")
    with app.extensions["huiqi"].writing() as session:
        ids = {row.subject: row.id for row in session.exec(select(AccountRow))}
        for number in range(60):
            who = "calendar" if number % 2 else ids["official"]
            note(session, actor=who, action="grant.accepted", about=FIRM, moment=NOON + number * SECOND)
        note(session, actor=ids["owner"], action="<b>strange</b>", about=FIRM, moment=NOON)
    response = owner.get(f"/mine/{FIRM}/members")
    rows = [row.get_text(" ", strip=True) for row in page(response).select("tbody tr")]
    assert len(rows) == 50
    assert "王小明 <b>strange</b>" in rows[0]
    assert "系统 确认领取免申即享" in rows[1]
    assert "工作人员 确认领取免申即享" in rows[2]
    assert "郑处长" not in response.get_data(as_text=True)
    assert "<b>strange" not in response.get_data(as_text=True)


MEMBERS_ONLY = ["/mine/{}/leave"]
OWNERS_ONLY = ["/mine/{}/members"]


@pytest.mark.parametrize("address", [*MEMBERS_ONLY, *OWNERS_ONLY])
def test_who_may_see_the_pages(app: Flask, address: str) -> None:
    address = address.format(FIRM)
    who = {
        "anonymous": app.test_client(),
        "other": signed_in(app, {OTHER: OWNER}, "other"),
        "clerk": signed_in(app, {FIRM: CLERK}, "clerk"),
        "owner": signed_in(app, {FIRM: OWNER}, "owner"),
    }
    seen = {name: client.get(address).status_code for name, client in who.items()}
    clerk = 403 if address.endswith("members") else 200
    assert seen == {"anonymous": 303, "other": 403, "clerk": clerk, "owner": 200}
