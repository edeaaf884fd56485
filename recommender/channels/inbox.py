"""The inbox of this application as a channel: a letter becomes one message to everybody of the enterprise.

The identity of the message is the letter's id, and unique in the database: however often a letter is sent, it lies in
the inbox once. That it arrived is noted in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from enterprises.calendar import SHANGHAI, Clock
from recommender.channels.letters import Letter, Outcome, Sent, Temporary
from recommender.messages.subscription import Topic

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

PREFIX = "letter-"
"""Before the letter's id in the identity of its message."""

_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Inbox:
    """``engine``: of the database that the messages lie in; ``now``: the moment that they bear."""

    engine: Engine
    now: Clock
    name: str = "inbox"
    label: str = "站内消息"
    rings: bool = False

    def send(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """Write all letters in one transaction; where the database cannot, none is written."""
        from sqlalchemy.exc import DBAPIError

        from enterprises.database import writing
        from recommender.channels.receipts import Kind, Receipt, note_receipts

        moment = self.now()
        try:
            with writing(self.engine) as session:
                _write(session, letters, moment)
                note_receipts(session, [Receipt(each.id, Kind.DELIVERED, moment, self.name) for each in letters])
        except DBAPIError:
            return [Temporary("站内消息没有写成，稍后再试") for _ in letters]
        return [Sent(each.id) for each in letters]


def _write(session: Session, letters: Sequence[Letter], moment: datetime) -> None:
    """Add the messages that are not there yet."""
    from sqlalchemy.dialects import postgresql, sqlite

    from recommender.messages.tables import MessageRow

    database = session.connection()
    insert = postgresql.insert if database.dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(letters), _CHUNK):
        rows = [_row(each, moment) for each in letters[start : start + _CHUNK]]
        database.execute(insert(MessageRow).values(rows).on_conflict_do_nothing(index_elements=["identity"]))


def _row(letter: Letter, moment: datetime) -> dict[str, Any]:
    """A message of the topic of new matches: who does not want it, is not called by it."""
    from recommender.messages.tables import LONGEST_TITLE

    if letter.path is not None and (not letter.path.startswith("/") or letter.path.startswith(("//", "/\\"))):
        raise ValueError(f"not a path of this application: {letter.path!r}")
    item = letter.pushed[0] if len(letter.pushed) == 1 else None
    return {
        "id": uuid4().hex,
        "identity": identity_of(letter.id),
        "credit_code": letter.credit_code,
        "account_id": None,
        "kind": Topic.NEW.value,
        "title": letter.title[:LONGEST_TITLE],
        "body": "\n".join(letter.lines),
        "item_id": item.item_id if item else None,
        "item_version": item.item_version if item else None,
        "path": letter.path,
        "day": letter.written_at.astimezone(SHANGHAI).date(),
        "created_at": moment,
    }


def identity_of(letter_id: str) -> str:
    """The identity of the message that a letter becomes."""
    return PREFIX + letter_id
