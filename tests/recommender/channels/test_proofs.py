"""Codes that prove addresses, and letters to those who proved one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from enterprises.audit import AuditRow
from enterprises.calendar import SHANGHAI
from enterprises.database import reading, writing
from enterprises.sealing import Seal, new_key
from recommender.channels.addressed import Addressed
from recommender.channels.letters import NoAddress, Outcome, Permanent, Sent, Temporary
from recommender.channels.notes import Note
from recommender.channels.proofs import (
    LIFE,
    MOST_ATTEMPTS,
    MOST_CODES,
    PAUSE,
    SPAN,
    Code,
    Proof,
    TooMany,
    begin,
    prove,
    proven,
    waiting,
)
from recommender.channels.tables import AddressCodeRow, ProvenAddressRow
from recommender.messages.addresses import seal_addresses
from recommender.messages.schedule import Quiet
from recommender.messages.subscription import Channel, Topic
from recommender.messages.unsubscribing import read_token
from tests.recommender.channels.made_up import NOW, letter
from tests.recommender.messages.made_up import CODE, CODES, OTHER, PERSON, asking, only, subscribe

SEAL = Seal([new_key()])
ADDRESS = "wang@example.com"
NEVER = Quiet()


def started(engine: Engine, moment: datetime = NOW, account: str = PERSON, code: str = CODE, to: str = ADDRESS) -> Code:
    with writing(engine) as session:
        return begin(session, account, code, Channel.EMAIL, to, SEAL, moment)


def tried(engine: Engine, typed: str, moment: datetime = NOW, account: str = PERSON, code: str = CODE) -> Proof:
    with writing(engine) as session:
        return prove(session, account, code, Channel.EMAIL, typed, SEAL, moment)


def known(engine: Engine, account: str = PERSON, code: str = CODE) -> str | None:
    with reading(engine) as session:
        return proven(session, account, code, SEAL).get(Channel.EMAIL)


def wrong(code: Code) -> str:
    return f"{(int(code.digits) + 1) % 1_000_000:06}"


def test_who_types_the_code_proves_the_address_once(engine: Engine) -> None:
    code = started(engine)
    assert known(engine) is None
    assert tried(engine, f" {code.digits} ") is Proof.PROVED
    assert known(engine) == ADDRESS
    assert tried(engine, code.digits) is Proof.SPENT
    with reading(engine) as session:
        (noted,) = session.exec(select(AuditRow).where(AuditRow.action == "address.proved"))
        assert ADDRESS not in noted.detail


def test_neither_code_nor_address_can_be_read_in_the_database(engine: Engine) -> None:
    code = started(engine)
    tried(engine, code.digits)
    with reading(engine) as session:
        kept = f"{session.exec(select(AddressCodeRow)).one()} {session.exec(select(ProvenAddressRow)).one()}"
    assert code.digits not in kept
    assert ADDRESS not in kept
    assert code.digits not in repr(code)


def test_a_code_lapses(engine: Engine) -> None:
    code = started(engine)
    assert tried(engine, code.digits, NOW + LIFE + timedelta(microseconds=1)) is Proof.SPENT
    assert tried(engine, code.digits, NOW + LIFE) is Proof.PROVED


def test_a_code_can_be_tried_so_many_times(engine: Engine) -> None:
    code = started(engine)
    for _ in range(MOST_ATTEMPTS - 1):
        assert tried(engine, wrong(code)) is Proof.WRONG
    assert tried(engine, code.digits) is Proof.PROVED
    other = started(engine, NOW + PAUSE)
    for _ in range(MOST_ATTEMPTS):
        assert tried(engine, wrong(other), NOW + PAUSE) is Proof.WRONG
    assert tried(engine, other.digits, NOW + PAUSE) is Proof.SPENT


def test_a_new_code_ends_the_one_before(engine: Engine) -> None:
    first = started(engine)
    second = started(engine, NOW + PAUSE, to="li@example.com")
    if first.digits != second.digits:
        assert tried(engine, first.digits, NOW + PAUSE) is Proof.WRONG
    assert tried(engine, second.digits, NOW + PAUSE) is Proof.PROVED
    assert known(engine) == "li@example.com"


def test_a_code_is_of_one_account_and_one_enterprise(engine: Engine) -> None:
    code = started(engine)
    assert tried(engine, code.digits, account=OTHER) is Proof.SPENT
    assert tried(engine, code.digits, code=CODES[1]) is Proof.SPENT
    with writing(engine) as session:
        assert prove(session, PERSON, CODE, Channel.SMS, code.digits, SEAL, NOW) is Proof.SPENT
    with reading(engine) as session:
        assert waiting(session, PERSON, CODE, Channel.EMAIL, SEAL, NOW) == ADDRESS
        assert waiting(session, OTHER, CODE, Channel.EMAIL, SEAL, NOW) == ""


def test_no_more_codes_than_a_person_needs(engine: Engine) -> None:
    with pytest.raises(TooMany, match="一分钟"):
        for _ in range(2):
            started(engine)
    for number in range(1, MOST_CODES):
        started(engine, NOW + number * PAUSE)
    late = NOW + MOST_CODES * PAUSE
    with pytest.raises(TooMany, match="明天"):
        started(engine, late, code=CODES[1])  # the same account for another enterprise
    with pytest.raises(TooMany, match="明天"):
        started(engine, late, account=OTHER)  # another account for the same enterprise
    started(engine, late, account=OTHER, code=CODES[1])
    started(engine, NOW + SPAN)


class Postman:
    """A way that keeps what it carried; ``says``: what to answer, by address."""

    channel = Channel.EMAIL

    def __init__(self, **says: Outcome) -> None:
        self.says, self.notes = says, list[Note]()

    def deliver(self, notes: Sequence[Note]) -> Sequence[Outcome]:
        self.notes += notes
        return [self.says.get(note.address.partition("@")[0]) or Sent(note.id, "reference") for note in notes]


def sending(engine: Engine, way: Postman, members: dict[str, list[str]], now: datetime = NOW) -> Addressed:
    return Addressed(engine, way, only(members), SEAL, "https://site", lambda: now)


def wants_mail(
    engine: Engine, account: str = PERSON, address: str = ADDRESS, *, proved: bool = True, quiet: Quiet = NEVER
) -> None:
    sealed = seal_addresses({Channel.EMAIL: address}, SEAL)
    wanted = replace(
        asking(account=account), channels=frozenset({Channel.INBOX, Channel.EMAIL}), addresses=sealed, quiet=quiet
    )
    subscribe(engine, wanted)
    if proved:
        code = started(engine, account=account, to=address)
        assert tried(engine, code.digits, account=account) is Proof.PROVED


def test_a_letter_becomes_a_note_to_each_who_asked_for_it(engine: Engine) -> None:
    wants_mail(engine)
    wants_mail(engine, OTHER, "li@example.com")
    way = Postman()
    assert sending(engine, way, {CODE: [PERSON, OTHER]}).send([letter()]) == [Sent(letter().id, "reference")]
    assert {note.address for note in way.notes} == {ADDRESS, "li@example.com"}
    assert len({note.id for note in way.notes}) == 2
    note = way.notes[0]
    assert note.link == "https://site/items/made-up-2024.0"
    assert note.unsubscribe is not None
    asked = read_token(note.unsubscribe.removeprefix("https://site/unsubscribe/"), SEAL)
    assert (asked.credit_code, asked.topic) == (CODE, Topic.NEW)


def test_nothing_goes_to_who_did_not_ask_or_prove_or_belongs_no_longer(engine: Engine) -> None:
    wants_mail(engine, proved=False)
    way = Postman()
    assert isinstance(sending(engine, way, {CODE: [PERSON]}).send([letter()])[0], NoAddress)
    started_ = started(engine)
    tried(engine, started_.digits)
    assert isinstance(sending(engine, way, {CODE: []}).send([letter()])[0], NoAddress)
    assert isinstance(sending(engine, way, {CODE: [OTHER]}).send([letter()])[0], NoAddress)
    subscribe(engine, replace(asking(), addresses=seal_addresses({Channel.EMAIL: ADDRESS}, SEAL)))
    assert isinstance(sending(engine, way, {CODE: [PERSON]}).send([letter()])[0], NoAddress)  # the channel not chosen
    other = seal_addresses({Channel.EMAIL: "li@example.com"}, SEAL)
    subscribe(engine, replace(asking(), channels=frozenset(Channel), addresses=other))
    assert isinstance(sending(engine, way, {CODE: [PERSON]}).send([letter()])[0], NoAddress)  # another one proved
    subscribe(engine, replace(asking(), topics=frozenset({Topic.GRANTS}), channels=frozenset(Channel), addresses=other))
    assert isinstance(sending(engine, way, {CODE: [PERSON]}).send([letter()])[0], NoAddress)  # the topic not wanted
    assert way.notes == []


@pytest.mark.parametrize(
    ("wang", "li", "kind"),
    [
        (Permanent("x"), Sent("y"), Sent),
        (Temporary("x"), Sent("y"), Sent),
        (Temporary("x"), Permanent("y"), Temporary),
        (Permanent("x"), Permanent("y"), Permanent),
    ],
    ids=["one", "one-later", "later", "never"],
)
def test_what_comes_of_several(engine: Engine, wang: Outcome, li: Outcome, kind: type) -> None:
    wants_mail(engine)
    wants_mail(engine, OTHER, "li@example.com")
    (outcome,) = sending(engine, Postman(wang=wang, li=li), {CODE: [PERSON, OTHER]}).send([letter()])
    assert isinstance(outcome, kind)


def test_who_is_in_a_quiet_time_is_waited_for(engine: Engine) -> None:
    wants_mail(engine, quiet=Quiet(first_hour=10, last_hour=14))
    way = Postman()
    (later,) = sending(engine, way, {CODE: [PERSON]}).send([letter()])
    assert isinstance(later, Temporary)
    assert later.after is not None
    free = NOW + timedelta(seconds=later.after)
    assert (free.astimezone(SHANGHAI).hour, way.notes) == (14, [])
    assert isinstance(sending(engine, way, {CODE: [PERSON]}, free).send([letter()])[0], Sent)


def test_who_wants_to_be_left_alone_for_long_gets_nothing(engine: Engine) -> None:
    wants_mail(engine, quiet=Quiet(until=NOW.date() + timedelta(days=30)))
    assert isinstance(sending(engine, Postman(), {CODE: [PERSON]}).send([letter()])[0], Permanent)
