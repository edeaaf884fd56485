"""Corrections of items after appeals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "appeal_drafts",
        sa.Column("appeal_id", sa.String(32), nullable=False),
        sa.Column("draft_id", sa.String(32), nullable=False),
        sa.Column("linked_by", sa.String(64), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_drafts_appeal_id_appeals")),
        sa.PrimaryKeyConstraint("appeal_id", "draft_id", name=op.f("pk_appeal_drafts")),
    )
    op.create_index("ix_appeal_drafts_draft_id", "appeal_drafts", ["draft_id"])
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("old_version", sa.Integer(), nullable=False),
        sa.Column("new_version", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id", "old_version"],
            ["item_versions.item_id", "item_versions.version"],
            name="fk_corrections_old_version",
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "new_version"],
            ["item_versions.item_id", "item_versions.version"],
            name="fk_corrections_new_version",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.UniqueConstraint(
            *("item_id", "old_version", "new_version", "as_of", "revision"),
            name=op.f("uq_corrections_item_id_old_version_new_version_as_of_revision"),
        ),
    )
    op.create_table(
        "misjudged",
        sa.Column("correction_id", sa.String(32), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("wrong", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=False),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("low_before", sa.BigInteger(), nullable=True),
        sa.Column("high_before", sa.BigInteger(), nullable=True),
        sa.Column("low_after", sa.BigInteger(), nullable=True),
        sa.Column("high_after", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["corrections.id"], name=op.f("fk_misjudged_correction_id_corrections")
        ),
        sa.PrimaryKeyConstraint("correction_id", "credit_code", name=op.f("pk_misjudged")),
    )
    op.create_index("ix_misjudged_wrong", "misjudged", ["correction_id", "wrong", "credit_code"])


def downgrade() -> None:
    for table in ("misjudged", "corrections", "appeal_drafts"):
        op.drop_table(table)
