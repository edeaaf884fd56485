"""How Alembic runs the migrations: through the connection it is given, else on the database that ``connect`` names.

The tables are declared in the modules named below; importing them fills ``Row.metadata``.
"""

import importlib
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlmodel import AutoString

from enterprises.database import Row, UtcDateTime, changing_schema, connect

for tables in (
    "enterprises.tables",
    "enterprises.imports.tables",
    "enterprises.names.tables",
    "policies.tables",
    "recommender.tables",
    "recommender.appeals.tables",
    "recommender.campaigns.tables",
    "recommender.channels.tables",
    "recommender.corrections.tables",
    "recommender.ranking.tables",
    "recommender.ranking.versions",
    "enterprises.audit",
    "enterprises.errands",
    "recommender.grants.tables",
    "recommender.messages.tables",
    "recommender.payments.tables",
    "recommender.publishing.tables",
    "recommender.reports.tables",
    "recommender.shares",
    "recommender.simulation.tables",
    "web.accounts.tables",
):
    importlib.import_module(tables)


def run(connection: Connection) -> None:
    # SQLite changes hardly anything of a table in place: batches rebuild it.
    context.configure(
        connection=connection, target_metadata=Row.metadata, render_as_batch=True, render_item=render_plainly
    )
    with context.begin_transaction():
        context.run_migrations()


def render_plainly(kind: str, thing: Any, _context: object) -> str | Literal[False]:
    """A new revision names the types of SQLAlchemy, so that it stays as it is when ours change."""
    if kind == "type" and isinstance(thing, AutoString):
        return "sa.String()" if thing.length is None else f"sa.String({thing.length})"
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


if context.is_offline_mode():
    raise SystemExit("The migrations need a database: --sql is not supported.")
given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = connect()
    with changing_schema(engine) as connection:
        run(connection)
    engine.dispose()
