"""Enterprises in the database: who they are, and every value that is known of them with its source and day.

A value is kept as JSON of the text that the dictionary writes and reads (``100万元``, ``2023-04-29``). What has no row
is unknown. Importing this module loads SQLModel: import it where it is used.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Text
from sqlmodel import Field, Session, col, delete, select

from enterprises.credit_code import check
from enterprises.database import Row
from enterprises.dictionary import Dictionary, Fact
from enterprises.profiles import Observation, Profile, Record, before, read_profile
from enterprises.source_text import from_plain

NO_YEAR = ""
"""The period of a fact that has no years."""


class EnterpriseRow(Row, table=True):
    """An enterprise by its unified social credit code."""

    __tablename__ = "enterprises"

    id: int | None = Field(default=None, primary_key=True)
    credit_code: str = Field(max_length=18, unique=True)
    name: str | None = None


class FactRow(Row, table=True):
    """One value. ``period``: ``2023``, ``before_2021`` for all years before it, or ``NO_YEAR``."""

    __tablename__ = "facts"

    enterprise_id: int = Field(primary_key=True, foreign_key="enterprises.id", ondelete="CASCADE")
    name: str = Field(primary_key=True)
    period: str = Field(primary_key=True, max_length=11)
    value: str = Field(sa_type=Text)
    source: str
    observed_on: date | None = None


class RecordListRow(Row, table=True):
    """Says that all records of a kind are known, which may be none."""

    __tablename__ = "record_lists"

    enterprise_id: int = Field(primary_key=True, foreign_key="enterprises.id", ondelete="CASCADE")
    kind: str = Field(primary_key=True)


class RecordRow(Row, table=True):
    """One record of a list, ``number`` from 0; ``fields`` is JSON, each ``{value, source, observed_on}``."""

    __tablename__ = "records"
    __table_args__ = (
        ForeignKeyConstraint(
            ["enterprise_id", "kind"], ["record_lists.enterprise_id", "record_lists.kind"], ondelete="CASCADE"
        ),
    )

    enterprise_id: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    fields_: str = Field(sa_type=Text, sa_column_kwargs={"name": "fields"})


@dataclass(frozen=True, slots=True)
class EnterpriseName:
    """An enterprise in a list."""

    credit_code: str
    name: str | None


@dataclass(frozen=True, slots=True)
class _Rows:
    """All that is stored of one enterprise's facts and records."""

    facts: Sequence[FactRow]
    lists: Sequence[RecordListRow]
    records: Sequence[RecordRow]


def store_profile(session: Session, profile: Profile, dictionary: Dictionary) -> None:
    """Store all that is known of an enterprise, in the place of what was stored before. The caller commits.

    Nothing is stored that could not be read again. A series without any value says nothing, and nothing is kept of it.
    Raises ``ValueError`` without a valid credit code, ``KeyError`` where the dictionary lacks a fact, ``Problem`` for
    values that are implausible or contradict each other and for texts with control characters.
    """
    if profile.credit_code is None:
        raise ValueError("a profile is stored under its credit code")
    said = replace(profile, series={name: one for name, one in profile.series.items() if one.years or one.before})
    row, enterprise_id = _locked(session, check(profile.credit_code))
    rows = _Rows(
        list(_fact_rows(enterprise_id, said, dictionary)),
        [RecordListRow(enterprise_id=enterprise_id, kind=kind) for kind in said.records],
        list(_record_rows(enterprise_id, said, dictionary)),
    )
    if _read_rows(profile.credit_code, profile.name, rows, dictionary) != said:
        raise ValueError(f"the values of {profile.credit_code} would not be read back as they are")
    row.name = profile.name
    session.exec(delete(FactRow).where(col(FactRow.enterprise_id) == enterprise_id))
    session.exec(delete(RecordListRow).where(col(RecordListRow.enterprise_id) == enterprise_id))
    session.add_all([*rows.facts, *rows.lists])
    session.flush()  # the lists before the records that refer to them
    session.add_all(rows.records)
    session.flush()


def load_profile(session: Session, credit_code: str, dictionary: Dictionary) -> Profile | None:
    """All that is known of an enterprise; ``None`` where nothing is stored of it.

    Raises ``Problem`` where the dictionary no longer understands what is stored: to leave that out would turn something
    known into something unknown unnoticed.
    """
    row = session.exec(select(EnterpriseRow).where(EnterpriseRow.credit_code == credit_code)).one_or_none()
    if row is None:
        return None
    rows = _Rows(
        session.exec(select(FactRow).where(FactRow.enterprise_id == row.id)).all(),
        session.exec(select(RecordListRow).where(RecordListRow.enterprise_id == row.id)).all(),
        session.exec(select(RecordRow).where(RecordRow.enterprise_id == row.id).order_by(col(RecordRow.number))).all(),
    )
    return _read_rows(row.credit_code, row.name, rows, dictionary)


def list_enterprises(session: Session) -> tuple[EnterpriseName, ...]:
    """The enterprises that are stored, by credit code."""
    rows = session.exec(select(EnterpriseRow).order_by(col(EnterpriseRow.credit_code)))
    return tuple(EnterpriseName(row.credit_code, row.name) for row in rows)


def _locked(session: Session, credit_code: str) -> tuple[EnterpriseRow, int]:
    """The enterprise's row, made where there is none, and its id; held until the transaction ends, so that two stores
    of the same enterprise cannot mix."""
    found = select(EnterpriseRow).where(EnterpriseRow.credit_code == credit_code).with_for_update()
    row = session.exec(found).one_or_none() or EnterpriseRow(credit_code=credit_code)
    session.add(row)
    session.flush()
    assert row.id is not None
    return row, row.id


def _read_rows(credit_code: str, name: str | None, rows: _Rows, dictionary: Dictionary) -> Profile:
    known: dict[str, Any] = defaultdict(dict)
    for fact in rows.facts:
        observed = {"value": json.loads(fact.value), "source": fact.source, "observed_on": _text(fact.observed_on)}
        if fact.period == NO_YEAR:
            known[fact.name] = observed
        else:
            known[fact.name][fact.period] = observed
    for one in rows.lists:
        known[one.kind] = []
    for record in rows.records:
        known[record.kind].append(json.loads(record.fields_))
    plain = {"credit_code": credit_code, "name": name, "facts": known}
    return read_profile(from_plain(plain, f"企业 {credit_code}"), dictionary)


def _fact_rows(enterprise_id: int, profile: Profile, dictionary: Dictionary) -> Iterator[FactRow]:
    for name, period, observation in _observations(profile):
        plain = _write(dictionary.fact(name), observation)
        yield FactRow(
            enterprise_id=enterprise_id,
            name=name,
            period=period,
            value=_json(plain["value"]),
            source=plain["source"],
            observed_on=observation.observed_on,
        )


def _observations(profile: Profile) -> Iterator[tuple[str, str, Observation]]:
    """Every value with its fact's name and its period."""
    for name, observation in profile.facts.items():
        yield name, NO_YEAR, observation
    for name, series in profile.series.items():
        for year, observation in series.years.items():
            yield name, str(year), observation
        if series.before is not None:
            if series.before_year is None:
                raise ValueError(f"{name}: before which year?")
            yield name, str(before(series.before_year)), series.before


def _record_rows(enterprise_id: int, profile: Profile, dictionary: Dictionary) -> Iterator[RecordRow]:
    for kind, records in profile.records.items():
        for number, record in enumerate(records):
            fields = _json(_write_fields(record, dictionary))
            yield RecordRow(enterprise_id=enterprise_id, kind=kind, number=number, fields_=fields)


def _write_fields(record: Record, dictionary: Dictionary) -> dict[str, Any]:
    return {
        name: _write(dictionary.fact(name, record.kind), observation) for name, observation in record.fields.items()
    }


def _write(fact: Fact, observation: Observation) -> dict[str, Any]:
    return {
        "value": fact.write(observation.value),
        "source": observation.source.value,
        "observed_on": _text(observation.observed_on),
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _json(plain: object) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
