"""Simulated effects of drafts, who looked at them, what is computed beside the web server, and whom items reach."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "errands",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("begun_by", sa.String(64), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_errands")),
    )
    op.create_table(
        "simulations",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("item_digest", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("region", sa.String(6), nullable=False),
        sa.Column("departments", sa.Text(), nullable=False),
        sa.Column("draft_id", sa.String(64), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("before_version", sa.Integer(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("population_digest", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("made_up", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("printed", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulations")),
    )
    op.create_index("ix_simulations_item_digest", "simulations", ["item_digest"])
    op.create_index("ix_simulations_asked_at", "simulations", ["asked_at"])
    op.create_table(
        "simulation_looks",
        sa.Column("simulation_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("judgement", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["simulation_id"], ["simulations.id"], name=op.f("fk_simulation_looks_simulation_id_simulations")
        ),
        sa.PrimaryKeyConstraint("simulation_id", "number", name=op.f("pk_simulation_looks")),
    )
    op.create_table(
        "matchings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("population_digest", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("made_up", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matchings")),
    )
    op.create_table(
        "matching_counts",
        sa.Column("matching_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("undetermined", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["matching_id"], ["matchings.id"], name=op.f("fk_matching_counts_matching_id_matchings")
        ),
        sa.PrimaryKeyConstraint("matching_id", "item_id", "region", name=op.f("pk_matching_counts")),
    )
    op.create_table(
        "entitled",
        sa.Column("matching_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("amount_low", sa.BigInteger(), nullable=True),
        sa.Column("amount_high", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["matching_id"], ["matchings.id"], name=op.f("fk_entitled_matching_id_matchings")),
        sa.PrimaryKeyConstraint("matching_id", "item_id", "credit_code", name=op.f("pk_entitled")),
    )
    op.create_index("ix_entitled_credit_code", "entitled", ["credit_code"])


def downgrade() -> None:
    for table in ("entitled", "matching_counts", "matchings", "simulation_looks", "simulations", "errands"):
        op.drop_table(table)
