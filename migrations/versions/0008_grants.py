"""Grants: supports without application, from the offer to the payment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("occasion", sa.String(32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("explanation_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("consent", sa.String(16), nullable=False),
        sa.Column("confirm_by", sa.Date(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("account_tail", sa.String(4), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_grants_amount")),
        sa.CheckConstraint("state <> 'offered' OR confirm_by IS NOT NULL", name=op.f("ck_grants_offered")),
        sa.CheckConstraint("state <> 'paid' OR paid_on IS NOT NULL", name=op.f("ck_grants_paid")),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"],
            ["item_versions.item_id", "item_versions.version"],
            name=op.f("fk_grants_item_id_item_version_item_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["explanation_id"], ["explanations.id"], name=op.f("fk_grants_explanation_id_explanations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("item_id", "credit_code", "occasion", name=op.f("uq_grants_item_id_credit_code_occasion")),
    )
    op.create_index("ix_grants_credit_code", "grants", ["credit_code", "state"])
    op.create_index("ix_grants_state", "grants", ["state", "confirm_by"])
    op.create_table(
        "grant_events",
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=True),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_grant_events_grant_id_grants")),
        sa.PrimaryKeyConstraint("grant_id", "number", name=op.f("pk_grant_events")),
    )


def downgrade() -> None:
    for table in ("grant_events", "grants"):
        op.drop_table(table)
