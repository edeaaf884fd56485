"""Enterprises in the database: every statement on them as it came, and for each the one profile that follows.

One row a statement, not a value: 5.3 million enterprises with 20 facts would be 100 million rows of values, each with
keys and indexes larger than itself, while nobody ever asks for single ones of them; a statement is written, checked and
read as a whole. Statements are only ever added. What follows from them all stands in the enterprise's own row, which is
all that is read to decide about it, so that history slows nothing down. The row also names the statements that still
have the latest word on something: only those are read to add another one.

Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import (
    CTE,
    ColumnClause,
    Connection,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    text,
    update,
    values,
)
from sqlmodel import Field, Session, col

from enterprises.database import Row
from enterprises.dictionary import Dictionary, Source, Value
from enterprises.names.tables import Renamed, keep_keys
from enterprises.profile_text import Plain, ProfileText, checked_text
from enterprises.profiles import Profile, Record
from enterprises.statements import NAME, Claim, Conflict, Statement, as_of, merge

T = TypeVar("T")

UNKNOWN = ""
"""The region or industry, in the enterprise's row, of one whose region or industry is not known."""

_CHUNK = 500
"""How many keys are asked for at once: few enough for every database, and plenty to make asking cheap."""

_PAGE = 1000
"""How many rows are fetched at once where many are read one after the other."""

_WRITERS = 0x68756972
"""The lock of those who record statements on PostgreSQL: any number that no other program takes."""


class EnterpriseRow(Row, table=True):
    """An enterprise by its unified social credit code, with all that stands now.

    ``profile`` is as ``ProfileText`` writes it, ``region`` and ``industry`` are its codes. ``revision`` grows over all
    enterprises with every change of a profile. ``statements`` is how many there are; ``speaking`` lists the numbers of
    those that still have the latest word on something, as JSON.
    """

    __tablename__ = "enterprises"
    __table_args__ = (Index("ix_enterprises_region", "region", "industry", "credit_code"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    credit_code: str = Field(max_length=18, unique=True)
    name: str | None = None
    region: str
    industry: str
    profile: str = Field(sa_type=Text)
    revision: int = Field(index=True)
    statements: int
    speaking: str = Field(sa_type=Text)


class StatementRow(Row, table=True):
    """A statement, ``number`` from 1 for each enterprise; ``digest`` of its source, origin and content."""

    __tablename__ = "statements"
    __table_args__ = (UniqueConstraint("enterprise_id", "digest"),)

    enterprise_id: int = Field(primary_key=True, foreign_key="enterprises.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    digest: str = Field(max_length=32)
    source: str
    received_on: date
    origin: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)


class ConflictRow(Row, table=True):
    """A conflict that stands now, ``number`` from 1 for each enterprise; ``winner`` and ``others`` are JSON."""

    __tablename__ = "conflicts"

    enterprise_id: int = Field(primary_key=True, foreign_key="enterprises.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    fact: str
    period: str = Field(max_length=11)
    winner: str = Field(sa_type=Text)
    others: str = Field(sa_type=Text)


@dataclass(frozen=True, slots=True)
class EnterpriseName:
    """An enterprise in a list."""

    credit_code: str
    name: str | None


@dataclass(frozen=True, slots=True)
class ConflictOf:
    """A conflict with whose it is."""

    enterprise: EnterpriseName
    conflict: Conflict


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording statements: how many were new, how many were there already, whose profile has changed."""

    added: int
    unchanged: int
    changed_enterprises: tuple[str, ...]


@dataclass(slots=True)
class _File:
    """An enterprise while statements are added to it: what is stored, and what is new."""

    credit_code: str
    id: int = 0
    name: str | None = None
    profile: str | None = None
    statements: int = 0
    speaking: tuple[int, ...] = ()
    heard: list[Statement] = field(default_factory=list)
    new: list[tuple[Statement, str, str]] = field(default_factory=list)


# ------------------------------------------------------------------ writing


def record(session: Session, statements: Sequence[Statement], dictionary: Dictionary) -> Recorded:
    """Store statements, on many enterprises or on one, and what now follows from them. The caller commits.

    What is there already, from the same source and origin with the same content, changes nothing, on whatever day it
    is received again. Statements on the same enterprise count as received in the order in which they are given. Who
    records at the same time waits for the end of this transaction. All or nothing is stored, and nothing that could
    not be read again: raises ``ValueError`` without a valid credit code or for values of a wrong type, ``KeyError``
    where the dictionary lacks a fact, ``Problem`` for values that are implausible or contradict each other and for
    texts with control characters.
    """
    texts = ProfileText(dictionary)
    written = [_written(each, texts) for each in statements]
    database = session.connection()
    _wait_for_turn(database)
    files = _files(database, dict.fromkeys(str(each.profile.credit_code) for each in statements))
    wanted = [(files[str(each.profile.credit_code)], digest) for each, digest, _ in written]
    known = _known_digests(database, [(file.id, digest) for file, digest in wanted if file.statements])
    for each, digest, content in written:
        file = files[str(each.profile.credit_code)]
        if (file.id, digest) not in known:
            known.add((file.id, digest))
            file.new.append((each, digest, content))
    told = [file for file in files.values() if file.new]
    _hear(database, [file for file in told if file.statements], texts)
    changed = _store(database, told, texts, dictionary)
    added = sum(len(file.new) for file in told)
    return Recorded(added, len(statements) - added, changed)


def _written(statement: Statement, texts: ProfileText) -> tuple[Statement, str, str]:
    """A statement with its digest and its content as text."""
    content = texts.write(statement.profile)
    origin = checked_text(statement.origin, f"企业 {statement.profile.credit_code}", "origin")
    said = f"{statement.source.value}\n{len(origin)}\n{origin}{content}"
    return statement, hashlib.blake2b(said.encode(), digest_size=16).hexdigest(), content


def _wait_for_turn(database: Connection) -> None:
    """One records at a time, so that revisions are committed in their order and no two new rows take the same id.

    On SQLite the transaction has been the only one that writes from its beginning.
    """
    if database.dialect.name == "postgresql":
        database.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})


def _files(database: Connection, codes: Iterable[str]) -> dict[str, _File]:
    """The file of each enterprise; new ones have no profile yet."""
    files = {code: _File(code) for code in codes}
    wanted = select(
        col(EnterpriseRow.id),
        col(EnterpriseRow.credit_code),
        col(EnterpriseRow.name),
        col(EnterpriseRow.profile),
        col(EnterpriseRow.statements),
        col(EnterpriseRow.speaking),
    )
    for chunk in _chunks(list(files)):
        for row in database.execute(wanted.where(col(EnterpriseRow.credit_code).in_(chunk))):
            file = files[row.credit_code]
            file.id, file.name, file.profile, file.statements = row.id, row.name, row.profile, row.statements
            file.speaking = tuple(json.loads(row.speaking))
    last = database.scalar(select(func.max(col(EnterpriseRow.id)))) or 0
    for file_id, file in enumerate((file for file in files.values() if file.profile is None), start=last + 1):
        file.id = file_id
    return files


def _known_digests(database: Connection, wanted: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    known: set[tuple[int, str]] = set()
    for chunk in _chunks(wanted):
        asked = _asked(chunk, column("enterprise_id", Integer), column("digest", String))
        found = select(asked.c.enterprise_id, asked.c.digest).join(
            StatementRow,
            (col(StatementRow.enterprise_id) == asked.c.enterprise_id) & (col(StatementRow.digest) == asked.c.digest),
        )
        known.update((row.enterprise_id, row.digest) for row in database.execute(found))
    return known


def _hear(database: Connection, files: Sequence[_File], texts: ProfileText) -> None:
    """Read the statements that still have the latest word on something."""
    by_id = {file.id: file for file in files}
    for chunk in _chunks([(file.id, number) for file in files for number in file.speaking]):
        asked = _asked(chunk, column("enterprise_id", Integer), column("number", Integer))
        found = select(StatementRow).join(
            asked,
            (col(StatementRow.enterprise_id) == asked.c.enterprise_id) & (col(StatementRow.number) == asked.c.number),
        )
        for row in database.execute(found):
            file = by_id[row.enterprise_id]
            file.heard.append(_statement(file.credit_code, row, texts))


def _asked(pairs: Sequence[tuple[Any, ...]], *columns: ColumnClause[Any]) -> CTE:
    """Pairs to be found by an index: SQLite reads the whole table where they are asked for as ``(a, b) IN …``."""
    return values(*columns, name="asked").data(list(pairs)).cte("asked")


def _store(database: Connection, files: Sequence[_File], texts: ProfileText, dictionary: Dictionary) -> tuple[str, ...]:
    """Store what is new, with what now follows; the credit codes of those whose profile changes."""
    revision = (database.scalar(select(func.max(col(EnterpriseRow.revision)))) or 0) + 1
    fresh: list[dict[str, Any]] = []
    updated: list[dict[str, Any]] = []
    quiet: list[dict[str, Any]] = []
    conflicts: list[dict[str, Any]] = []
    renamed: list[Renamed] = []
    changed: list[str] = []
    for file in files:
        profile, content, speaking, found = _follows(file, texts, dictionary)
        row = {
            "id": file.id,
            "credit_code": file.credit_code,
            "name": profile.name,
            "region": _code(profile, "region"),
            "industry": _code(profile, "industry"),
            "profile": content,
            "revision": revision,
            "statements": file.statements + len(file.new),
            "speaking": json.dumps(speaking, separators=(",", ":")),
        }
        if file.profile is None:
            fresh.append(row)
        elif file.profile != content:
            updated.append({f"new_{name}": value for name, value in row.items()})
        else:
            quiet.append({f"new_{name}": row[name] for name in ("id", "statements", "speaking")})
        if file.profile != content:
            changed.append(file.credit_code)
        if file.name != profile.name:
            renamed.append(Renamed(file.id, file.name, profile.name))
        conflicts += _conflict_rows(file.id, found, texts)
    _run(database, insert(EnterpriseRow), fresh)
    its_own = update(EnterpriseRow).where(col(EnterpriseRow.id) == bindparam("new_id"))
    for rows, columns in ((updated, _CHANGING), (quiet, ("statements", "speaking"))):
        _run(database, its_own.values({name: bindparam(f"new_{name}") for name in columns}), rows)
    keep_keys(database, renamed)
    _run(database, insert(StatementRow), [row for file in files for row in _statement_rows(file)])
    for chunk in _chunks([file.id for file in files if file.profile is not None]):
        database.execute(delete(ConflictRow).where(col(ConflictRow.enterprise_id).in_(chunk)))
    _run(database, insert(ConflictRow), conflicts)
    return tuple(changed)


_CHANGING = ("name", "region", "industry", "profile", "revision", "statements", "speaking")


def _follows(
    file: _File, texts: ProfileText, dictionary: Dictionary
) -> tuple[Profile, str, list[int], Sequence[Conflict]]:
    """The profile that follows, its text, the numbers of the statements that speak, the conflicts."""
    if file.profile is None and len(file.new) == 1:
        ((statement, _, content),) = file.new
        return statement.profile, content, [1], ()
    numbered = [
        Statement(each.profile, each.source, each.received_on, each.origin, number)
        for number, (each, _, _) in enumerate(file.new, start=file.statements + 1)
    ]
    merged = merge([*file.heard, *numbered], dictionary)
    return (
        merged.profile,
        texts.write(merged.profile),
        sorted(each.number for each in merged.speaking),
        merged.conflicts,
    )


def _code(profile: Profile, name: str) -> str:
    seen = profile.facts.get(name)
    return UNKNOWN if seen is None else str(seen.value)


def _statement_rows(file: _File) -> Iterator[dict[str, Any]]:
    for number, (statement, digest, content) in enumerate(file.new, start=file.statements + 1):
        yield {
            "enterprise_id": file.id,
            "number": number,
            "digest": digest,
            "source": statement.source.value,
            "received_on": statement.received_on,
            "origin": statement.origin,
            "content": content,
        }


def _conflict_rows(enterprise_id: int, conflicts: Sequence[Conflict], texts: ProfileText) -> Iterator[dict[str, Any]]:
    for number, conflict in enumerate(conflicts, start=1):
        yield {
            "enterprise_id": enterprise_id,
            "number": number,
            "fact": conflict.fact,
            "period": conflict.period,
            "winner": _to_json(_write_claim(conflict.winner, texts)),
            "others": _to_json([_write_claim(other, texts) for other in conflict.others]),
        }


def _run(database: Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        database.execute(statement, rows)


def _chunks(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Keys in their order, a good number at a time; on PostgreSQL rows are met in the same order by all."""
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


# ------------------------------------------------------------------ reading


def load_profile(
    session: Session, credit_code: str, dictionary: Dictionary, as_of: date | None = None
) -> Profile | None:
    """What is known of an enterprise, or was known on the day ``as_of``; ``None`` where nothing is or was.

    Raises ``Problem`` where the dictionary no longer understands what is stored: to leave that out would turn something
    known into something unknown unnoticed.
    """
    if as_of is not None:
        known = _known_on(load_statements(session, credit_code, dictionary), as_of)
        return merge(known, dictionary).profile if known else None
    found = session.scalar(select(col(EnterpriseRow.profile)).where(col(EnterpriseRow.credit_code) == credit_code))
    return None if found is None else ProfileText(dictionary).read(credit_code, found)


_known_on = as_of


def load_statements(session: Session, credit_code: str, dictionary: Dictionary) -> tuple[Statement, ...]:
    """All statements on an enterprise, in the order in which they came. Raises ``Problem`` as ``load_profile`` does."""
    texts = ProfileText(dictionary)
    rows = session.connection().execute(
        select(StatementRow)
        .join(EnterpriseRow, col(EnterpriseRow.id) == col(StatementRow.enterprise_id))
        .where(col(EnterpriseRow.credit_code) == credit_code)
        .order_by(col(StatementRow.number))
    )
    return tuple(_statement(credit_code, row, texts) for row in rows)


def list_enterprises(
    session: Session,
    credit_codes: Sequence[str] | None = None,
    *,
    region: str | None = None,
    word: str = "",
    limit: int | None = None,
) -> tuple[EnterpriseName, ...]:
    """The enterprises that are stored, by credit code: all, or those with one of these codes, known to lie in a region,
    with a word in their name, and no more than ``limit``."""
    wanted = select(col(EnterpriseRow.credit_code), col(EnterpriseRow.name)).order_by(col(EnterpriseRow.credit_code))
    if credit_codes is not None:
        wanted = wanted.where(col(EnterpriseRow.credit_code).in_(credit_codes))
    rows = session.connection().execute(_such(wanted, region, word).limit(limit))
    return tuple(EnterpriseName(code, name) for code, name in rows)


def count_enterprises(session: Session, *, region: str | None = None, word: str = "") -> int:
    """How many enterprises are stored: in all, known to lie in a region, with a word in their name."""
    return session.scalar(_such(select(func.count()).select_from(EnterpriseRow), region, word)) or 0


def told_between(session: Session, after: date, until: date, *, region: str | None = None) -> Iterator[str]:
    """The credit codes of the enterprises on which something was received after one day and by another, in order."""
    wanted = (
        select(col(EnterpriseRow.credit_code))
        .join(StatementRow, col(EnterpriseRow.id) == col(StatementRow.enterprise_id))
        .where(col(StatementRow.received_on) > after, col(StatementRow.received_on) <= until)
        .distinct()
        .order_by(col(EnterpriseRow.credit_code))
    )
    found = session.connection().execute(_such(wanted, region), execution_options={"yield_per": _PAGE})
    yield from found.scalars()


def stream_profiles(
    session: Session, dictionary: Dictionary, *, after_revision: int | None = None, region: str | None = None
) -> Iterator[Profile]:
    """The current profiles by region, industry and credit code, in bounded memory; unknown codes come first.

    ``after_revision``: only those that have changed since that revision. ``region``: only those known to lie in it.
    """
    texts = ProfileText(dictionary)
    wanted = select(col(EnterpriseRow.credit_code), col(EnterpriseRow.profile))
    if after_revision is None:
        wanted = wanted.order_by(*_IN_ORDER)
    else:
        # The few that have changed are found by their revision and then sorted: an order that no index has keeps
        # SQLite from going through everyone in order to spare itself the sorting.
        wanted = wanted.where(col(EnterpriseRow.revision) > after_revision)
        wanted = wanted.order_by(*(func.coalesce(each, UNKNOWN) for each in _IN_ORDER))
    for row in session.connection().execute(_such(wanted, region), execution_options={"yield_per": _PAGE}):
        yield texts.read(row.credit_code, row.profile)


def last_revision(session: Session) -> int:
    """The revision of the last change of any profile; 0 where nothing is stored."""
    return session.scalar(select(func.max(col(EnterpriseRow.revision)))) or 0


def list_conflicts(
    session: Session,
    dictionary: Dictionary,
    *,
    region: str | None = None,
    fact: str | None = None,
    credit_code: str | None = None,
) -> Iterator[ConflictOf]:
    """The conflicts that stand now, by region, industry and credit code; only of a region, a fact, an enterprise."""
    texts = ProfileText(dictionary)
    wanted = (
        select(
            col(EnterpriseRow.credit_code), col(EnterpriseRow.name), col(ConflictRow.winner), col(ConflictRow.others)
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == col(ConflictRow.enterprise_id))
        .order_by(*_IN_ORDER, col(ConflictRow.number))
    )
    if fact is not None:
        wanted = wanted.where(col(ConflictRow.fact) == fact)
    if credit_code is not None:
        wanted = wanted.where(col(EnterpriseRow.credit_code) == credit_code)
    for row in session.connection().execute(_such(wanted, region), execution_options={"yield_per": _PAGE}):
        place = f"企业 {row.credit_code}"
        winner = _read_claim(json.loads(row.winner), texts, dictionary, place)
        others = tuple(_read_claim(plain, texts, dictionary, place) for plain in json.loads(row.others))
        yield ConflictOf(EnterpriseName(row.credit_code, row.name), Conflict(winner, others))


_IN_ORDER = (col(EnterpriseRow.region), col(EnterpriseRow.industry), col(EnterpriseRow.credit_code))


def _such(wanted: Any, region: str | None, word: str = "") -> Any:
    """Only the enterprises whose region is, or lies in, ``region`` (its codes begin alike), with a word in the name."""
    if word:
        wanted = wanted.where(col(EnterpriseRow.name).contains(word, autoescape=True))
    if region is None:
        return wanted
    stem = region.removesuffix("00").removesuffix("00")
    return wanted.where(col(EnterpriseRow.region) >= stem, col(EnterpriseRow.region) < str(int(stem) + 1))


def _statement(credit_code: str, row: Any, texts: ProfileText) -> Statement:
    profile = texts.read(credit_code, row.content)
    return Statement(profile, Source(row.source), row.received_on, row.origin, row.number)


def _write_claim(claim: Claim, texts: ProfileText) -> dict[str, Plain]:
    value: Plain = claim.value
    if isinstance(claim.value, tuple):
        value = texts.write_records(claim.fact, claim.value)
    elif claim.fact != NAME:
        value = texts.write_value(claim.fact, claim.value)
    return {
        "fact": claim.fact,
        "period": claim.period,
        "value": value,
        "source": claim.source.value,
        "observed_on": None if claim.observed_on is None else claim.observed_on.isoformat(),
        "received_on": claim.received_on.isoformat(),
        "origin": claim.origin,
        "number": claim.number,
    }


def _read_claim(plain: dict[str, Plain], texts: ProfileText, dictionary: Dictionary, place: str) -> Claim:
    fact = plain["fact"]
    value: Value | tuple[Record, ...]
    if fact in dictionary.records:
        value = texts.read_records(fact, plain["value"], place)
    else:
        value = plain["value"] if fact == NAME else texts.read_value(fact, plain["value"], place)
    return Claim(
        fact,
        plain["period"],
        value,
        Source(plain["source"]),
        date.fromisoformat(plain["observed_on"]) if plain["observed_on"] else None,
        date.fromisoformat(plain["received_on"]),
        plain["origin"],
        plain["number"],
    )


def _to_json(plain: Plain) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
