"""The inbox: messages to an account and to everybody of its enterprise, who has read them, what lies in the archive.

Nothing is ever deleted. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, exists, func, literal, or_, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from enterprises.database import Row
from recommender.messages.subscribers import subscription_of
from recommender.messages.subscription import Topic
from recommender.messages.tables import LONGEST_TITLE, MessageReadRow, MessageRow, ToldRow

DIGEST = "digest"
"""The kind of a message on several topics."""

PAGE = 20
"""Messages on a page."""

MOST_COUNTED = 100
"""More unread messages than this are not counted: nobody needs to know whether it is 100 or 200."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is to be written. ``about`` is what makes it one: the same again is the same message.

    ``account`` ``None``: to everybody of the enterprise. ``lines`` are plain text, ``path`` a page of this application.
    """

    credit_code: str
    account: str | None
    kind: str
    about: tuple[str, ...]
    title: str
    lines: Sequence[str]
    day: date
    item: tuple[str, int] | None = None
    path: str | None = None

    @property
    def identity(self) -> str:
        """SHA-256, in hexadecimal, of whom it is to and what it is about."""
        said = [self.credit_code, self.account, self.kind, *self.about]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it lies in the inbox of one account."""

    id: str
    kind: str
    title: str
    lines: tuple[str, ...]
    day: date
    created_at: datetime
    item: tuple[str, int] | None
    path: str | None
    to_all: bool
    read: bool
    archived: bool

    @property
    def kind_label(self) -> str:
        return kind_label(self.kind)


def kind_label(kind: str) -> str:
    """What a kind of message is called."""
    return "综合提醒" if kind == DIGEST else Topic(kind).label


def post(session: Session, message: Message, moment: datetime) -> str | None:
    """Write a message, and its id, which cannot be guessed; ``None`` where it is there already. The caller commits.

    Raises ``ValueError`` for a path that leads out of this application.
    """
    if message.path is not None and (not message.path.startswith("/") or message.path.startswith(("//", "/\\"))):
        raise ValueError(f"not a path of this application: {message.path!r}")
    new = {
        "id": uuid4().hex,
        "identity": message.identity,
        "credit_code": message.credit_code,
        "account_id": message.account,
        "kind": message.kind,
        "title": message.title[:LONGEST_TITLE],
        "body": "\n".join(message.lines),
        "item_id": message.item[0] if message.item else None,
        "item_version": message.item[1] if message.item else None,
        "path": message.path,
        "day": message.day,
        "created_at": moment,
    }
    return str(new["id"]) if _add_new(session, MessageRow, [new]) else None


def unread(session: Session, credit_code: str, account: str) -> int:
    """How many messages an account has not read, at most ``MOST_COUNTED``; for a badge, found by an index.

    What went to everybody on a topic that this account does not want lies in its inbox, and does not call for it.
    """
    left = [topic.value for topic in set(Topic) - subscription_of(session, account, credit_code).topics]
    wanted = select(MessageRow.id).where(*_theirs(credit_code, account), ~_marked(account))
    if left:
        wanted = wanted.where(~and_(col(MessageRow.account_id).is_(None), col(MessageRow.kind).in_(left)))
    return session.exec(select(func.count()).select_from(wanted.limit(MOST_COUNTED).subquery())).one()


def letters(
    session: Session,
    credit_code: str,
    account: str,
    *,
    kind: str | None = None,
    archived: bool = False,
    after: str | None = None,
    limit: int = PAGE,
) -> tuple[Letter, ...]:
    """Messages, newest first. ``kind``: only of a topic, also within digests, or ``DIGEST``; ``after``: the id of the
    message after which to go on, found by its place, so that what comes in meanwhile moves nothing.

    Raises ``LookupError`` where this account has no message ``after``.
    """
    wanted = _with_marks(account).where(*_theirs(credit_code, account))
    put_away = col(MessageReadRow.archived_at)
    wanted = wanted.where(put_away.is_not(None) if archived else put_away.is_(None))
    if kind is not None:
        told = exists().where(col(ToldRow.message_id) == col(MessageRow.id), col(ToldRow.topic) == kind)
        wanted = wanted.where(or_(col(MessageRow.kind) == kind, told))
    if after is not None:
        last = letter(session, credit_code, account, after)
        wanted = wanted.where(tuple_(*_PLACE) < tuple_(last.created_at, last.id))
    rows = session.exec(wanted.order_by(*(each.desc() for each in _PLACE)).limit(limit))
    return tuple(_letter(message, mark) for message, mark in rows)


def letter(session: Session, credit_code: str, account: str, message_id: str) -> Letter:
    """One message. Raises ``LookupError`` where it is not this account's, or not this enterprise's."""
    wanted = _with_marks(account).where(*_theirs(credit_code, account), MessageRow.id == message_id)
    found = session.exec(wanted).one_or_none()
    if found is None:
        raise LookupError(f"there is no message {message_id} for this account")
    return _letter(*found)


def told_by(session: Session, message_id: str) -> tuple[ToldRow, ...]:
    """What a message tells, in its order."""
    wanted = select(ToldRow).where(ToldRow.message_id == message_id).order_by(col(ToldRow.id))
    return tuple(session.exec(wanted))


def mark_read(session: Session, credit_code: str, account: str, message_id: str, moment: datetime) -> None:
    """Note that an account has read a message. The caller commits. Raises ``LookupError`` as ``letter`` does."""
    if not letter(session, credit_code, account, message_id).read:
        _add_new(session, MessageReadRow, [_mark(message_id, account, moment)])


def mark_all_read(session: Session, credit_code: str, account: str, moment: datetime) -> int:
    """Note that an account has read all its messages that there are; how many. The caller commits."""
    wanted = select(MessageRow.id).where(*_theirs(credit_code, account), ~_marked(account))
    ids = session.exec(wanted).all()
    return _add_new(session, MessageReadRow, [_mark(each, account, moment) for each in ids])


def archive(
    session: Session, credit_code: str, account: str, message_id: str, moment: datetime, *, back: bool = False
) -> None:
    """Put a message away, or ``back``; who puts it away has read it. The caller commits. Raises ``LookupError``."""
    mark_read(session, credit_code, account, message_id, moment)
    mark = session.get_one(MessageReadRow, (message_id, account))
    mark.archived_at = None if back else mark.archived_at or moment
    session.add(mark)
    session.flush()


def _mark(message_id: str, account: str, moment: datetime) -> dict[str, Any]:
    return {"message_id": message_id, "account_id": account, "read_at": moment}


def _add_new(session: Session, table: type[Row], rows: Sequence[dict[str, Any]]) -> int:
    """Add rows, but for those that are there already, be it since a moment ago; how many were new."""
    database = session.connection()
    insert = postgresql.insert if database.dialect.name == "postgresql" else sqlite.insert
    new = insert(table).on_conflict_do_nothing().returning(literal(1))
    return sum(len(database.execute(new.values(row)).all()) for row in rows)


_PLACE = (col(MessageRow.created_at), col(MessageRow.id))


def _theirs(credit_code: str, account: str) -> tuple[Any, ...]:
    to_them = or_(col(MessageRow.account_id) == account, col(MessageRow.account_id).is_(None))
    return MessageRow.credit_code == credit_code, to_them


def _marked(account: str) -> Any:
    return exists().where(
        col(MessageReadRow.message_id) == col(MessageRow.id), col(MessageReadRow.account_id) == account
    )


def _with_marks(account: str) -> Any:
    theirs = and_(col(MessageReadRow.message_id) == col(MessageRow.id), col(MessageReadRow.account_id) == account)
    return select(MessageRow, MessageReadRow).outerjoin(MessageReadRow, theirs)


def _letter(row: MessageRow, mark: MessageReadRow | None) -> Letter:
    return Letter(
        id=row.id,
        kind=row.kind,
        title=row.title,
        lines=tuple(row.body.split("\n")) if row.body else (),
        day=row.day,
        created_at=row.created_at,
        item=(row.item_id, row.item_version) if row.item_id and row.item_version else None,
        path=row.path,
        to_all=row.account_id is None,
        read=mark is not None,
        archived=mark is not None and mark.archived_at is not None,
    )
