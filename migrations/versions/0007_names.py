"""The keys by which enterprises are found by name, of all that are stored already."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from enterprises.names.keys import keys

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PAGE = 20_000
"""So many enterprises at once: some 30 MB of keys."""


def upgrade() -> None:
    op.create_table(
        "enterprise_names",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["enterprises.id"],
            name=op.f("fk_enterprise_names_enterprise_id_enterprises"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "enterprise_id", name=op.f("pk_enterprise_names")),
        sqlite_with_rowid=False,
    )
    database = op.get_bind()
    rows = sa.table("enterprise_names", sa.column("key", sa.LargeBinary()), sa.column("enterprise_id", sa.Integer()))
    page = sa.text("SELECT id, name FROM enterprises WHERE id > :last AND name IS NOT NULL ORDER BY id LIMIT :page")
    last = -1
    while found := database.execute(page, {"last": last, "page": _PAGE}).all():
        last = found[-1].id
        pairs = sorted((key, each.id) for each in found for key in keys(each.name))
        if pairs:
            database.execute(sa.insert(rows), [{"key": key, "enterprise_id": number} for key, number in pairs])


def downgrade() -> None:
    op.drop_table("enterprise_names")
