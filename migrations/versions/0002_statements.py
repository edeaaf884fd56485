"""A row for every statement and one current row for every enterprise, in the place of a row for every value.

What was stored of an enterprise becomes one statement, of the latest day that it speaks of, else of the day of the
upgrade: it is not known when it came. Its lists of records count as declared, the least that they can have been.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from enterprises.calendar import today
from enterprises.dictionary import bundled
from enterprises.profile_text import ProfileText
from enterprises.profiles import Profile, read_profile, write_profile
from enterprises.source_text import from_plain

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ORIGIN = "升级前已存的数据"


def upgrade() -> None:
    database = op.get_bind()
    profiles = list(_old_profiles(database))
    for name in ("records", "record_lists", "facts", "enterprises"):
        op.drop_table(name)
    _create_new()
    enterprises, statements = _rows(profiles)
    if enterprises:
        database.execute(_table("enterprises"), enterprises)
        database.execute(_table("statements"), statements)


def downgrade() -> None:
    """What stands now is kept as values; the statements that it follows from are lost."""
    database = op.get_bind()
    texts = ProfileText(bundled())
    stored = database.execute(sa.text("SELECT id, credit_code, profile FROM enterprises ORDER BY id"))
    profiles = [(row.id, texts.read(row.credit_code, row.profile)) for row in stored]
    for name in ("conflicts", "statements", "enterprises"):
        op.drop_table(name)
    _create_old()
    into = {name: _table(name) for name in ("enterprises", "facts", "record_lists", "records")}
    for number, profile in profiles:
        for name, rows in _old_rows(number, profile).items():
            if rows:
                database.execute(into[name], rows)
    if database.dialect.name == "postgresql":
        # The numbers were given here, so the sequence knows nothing of them.
        last = (
            "SELECT setval(pg_get_serial_sequence('enterprises', 'id'), max(id)) FROM enterprises HAVING count(*) > 0"
        )
        database.execute(sa.text(last))


def _create_new() -> None:
    op.create_table(
        "enterprises",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("industry", sa.String(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("speaking", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprises")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_enterprises_credit_code")),
    )
    op.create_index("ix_enterprises_region", "enterprises", ["region", "industry", "credit_code"])
    op.create_index(op.f("ix_enterprises_revision"), "enterprises", ["revision"])
    op.create_table(
        "statements",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        _of_an_enterprise("statements"),
        sa.PrimaryKeyConstraint("enterprise_id", "number", name=op.f("pk_statements")),
        sa.UniqueConstraint("enterprise_id", "digest", name=op.f("uq_statements_enterprise_id_digest")),
    )
    op.create_table(
        "conflicts",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(), nullable=False),
        sa.Column("period", sa.String(11), nullable=False),
        sa.Column("winner", sa.Text(), nullable=False),
        sa.Column("others", sa.Text(), nullable=False),
        _of_an_enterprise("conflicts"),
        sa.PrimaryKeyConstraint("enterprise_id", "number", name=op.f("pk_conflicts")),
    )


def _create_old() -> None:
    op.create_table(
        "enterprises",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprises")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_enterprises_credit_code")),
    )
    op.create_table(
        "facts",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period", sa.String(11), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("observed_on", sa.Date(), nullable=True),
        _of_an_enterprise("facts"),
        sa.PrimaryKeyConstraint("enterprise_id", "name", "period", name=op.f("pk_facts")),
    )
    op.create_table(
        "record_lists",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        _of_an_enterprise("record_lists"),
        sa.PrimaryKeyConstraint("enterprise_id", "kind", name=op.f("pk_record_lists")),
    )
    op.create_table(
        "records",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id", "kind"],
            ["record_lists.enterprise_id", "record_lists.kind"],
            name=op.f("fk_records_enterprise_id_kind_record_lists"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("enterprise_id", "kind", "number", name=op.f("pk_records")),
    )


def _of_an_enterprise(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_enterprise_id_enterprises")
    return sa.ForeignKeyConstraint(["enterprise_id"], ["enterprises.id"], name=name, ondelete="CASCADE")


def _table(name: str) -> sa.Insert:
    """An insertion into a table as it is now, between these two revisions."""
    return sa.insert(sa.Table(name, sa.MetaData(), autoload_with=op.get_bind()))


def _rows(profiles: Iterable[Profile]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the enterprises and of the one statement on each."""
    texts = ProfileText(bundled())
    enterprises, statements = [], []
    for number, profile in enumerate(profiles, start=1):
        content = texts.write(profile)
        region, industry = (profile.facts.get(name) for name in ("region", "industry"))
        said = f"declared\n{len(_ORIGIN)}\n{_ORIGIN}{content}"
        enterprises.append(
            {
                "id": number,
                "credit_code": profile.credit_code,
                "name": profile.name,
                "region": "" if region is None else str(region.value),
                "industry": "" if industry is None else str(industry.value),
                "profile": content,
                "revision": 1,
                "statements": 1,
                "speaking": "[1]",
            }
        )
        statements.append(
            {
                "enterprise_id": number,
                "number": 1,
                "digest": hashlib.blake2b(said.encode(), digest_size=16).hexdigest(),
                "source": "declared",
                "received_on": _latest_day(profile) or today(),
                "origin": _ORIGIN,
                "content": content,
            }
        )
    return enterprises, statements


def _latest_day(profile: Profile) -> date | None:
    yearly = [seen for one in profile.series.values() for seen in (*one.years.values(), one.before) if seen]
    fields = [seen for some in profile.records.values() for record in some for seen in record.fields.values()]
    days = [seen.observed_on for seen in (*profile.facts.values(), *yearly, *fields)]
    return max((day for day in days if day is not None), default=None)


def _old_profiles(database: sa.Connection) -> Iterator[Profile]:
    known: dict[int, dict[str, Any]] = defaultdict(lambda: defaultdict(dict))
    facts = sa.text("SELECT enterprise_id, name, period, value, source, observed_on FROM facts")
    for row in database.execute(facts.columns(observed_on=sa.Date())):
        day = None if row.observed_on is None else row.observed_on.isoformat()
        seen = {"value": json.loads(row.value), "source": row.source, "observed_on": day}
        if row.period:
            known[row.enterprise_id][row.name][row.period] = seen
        else:
            known[row.enterprise_id][row.name] = seen
    for row in database.execute(sa.text("SELECT enterprise_id, kind FROM record_lists")):
        known[row.enterprise_id][row.kind] = []
    for row in database.execute(sa.text("SELECT enterprise_id, kind, number, fields FROM records ORDER BY number")):
        known[row.enterprise_id][row.kind].append(json.loads(row.fields))
    for row in database.execute(sa.text("SELECT id, credit_code, name FROM enterprises ORDER BY id")):
        plain = {"credit_code": row.credit_code, "name": row.name, "facts": known.get(row.id, {})}
        yield read_profile(from_plain(plain, f"企业 {row.credit_code}"), bundled())


def _old_rows(enterprise_id: int, profile: Profile) -> dict[str, list[dict[str, Any]]]:
    """The rows of one enterprise by table, in the order in which they refer to each other."""
    plain = write_profile(profile, bundled())
    if read_profile(from_plain(plain, str(profile.credit_code)), bundled()) != profile:
        raise ValueError(f"the values of {profile.credit_code} would not be read back as they are")
    its_own = {"enterprise_id": enterprise_id}
    rows: dict[str, list[dict[str, Any]]] = {"enterprises": [], "facts": [], "record_lists": [], "records": []}
    rows["enterprises"].append({"id": enterprise_id, "credit_code": profile.credit_code, "name": profile.name})
    for name, said in plain["facts"].items():
        if name in bundled().records:
            rows["record_lists"].append({**its_own, "kind": name})
            for number, fields in enumerate(said):
                seen = {field: _observed(value) for field, value in fields.items()}
                row = {**its_own, "kind": name, "number": number, "fields": json.dumps(seen, ensure_ascii=False)}
                rows["records"].append(row)
            continue
        for period, value in said.items() if bundled().facts[name].yearly else [("", said)]:
            seen = _observed(value)
            day = date.fromisoformat(seen["observed_on"]) if seen["observed_on"] else None
            text = json.dumps(seen["value"], ensure_ascii=False)
            row = {**its_own, "name": name, "period": period, "value": text, "source": seen["source"]}
            rows["facts"].append({**row, "observed_on": day})
    return rows


def _observed(value: Any) -> dict[str, Any]:
    """A value with its source and day, as ``write_profile`` leaves them out where they say nothing."""
    if isinstance(value, dict):
        return {"observed_on": None, **value}
    return {"value": value, "source": "declared", "observed_on": None}
