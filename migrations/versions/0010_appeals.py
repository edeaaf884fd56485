"""Appeals, their history and their attachments."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("day_number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("item_version", sa.Integer(), nullable=True),
        sa.Column("condition", sa.String(100), nullable=False),
        sa.Column("condition_text", sa.Text(), nullable=False),
        sa.Column("judged", sa.Text(), nullable=True),
        sa.Column("explanation_id", sa.String(32), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("department", sa.String(120), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("reopenings", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("unread", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.String(64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["explanation_id"], ["explanations.id"], name=op.f("fk_appeals_explanation_id_explanations")
        ),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"],
            ["item_versions.item_id", "item_versions.version"],
            name=op.f("fk_appeals_item_id_item_version_item_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("day", "day_number", name=op.f("uq_appeals_day_day_number")),
        sa.UniqueConstraint("credit_code", "digest", name=op.f("uq_appeals_credit_code_digest")),
    )
    op.create_index("ix_appeals_credit_code", "appeals", ["credit_code", "opened_at"])
    op.create_index("ix_appeals_state", "appeals", ["state", "due"])
    op.create_index("ix_appeals_item_id", "appeals", ["item_id", "item_version"])
    op.create_index("ix_appeals_opened_by", "appeals", ["opened_by", "day"])
    op.create_table(
        "appeal_events",
        sa.Column("appeal_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("department", sa.String(120), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_events_appeal_id_appeals")),
        sa.PrimaryKeyConstraint("appeal_id", "number", name=op.f("pk_appeal_events")),
    )
    op.create_table(
        "appeal_files",
        sa.Column("appeal_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["appeal_id"], ["appeals.id"], name=op.f("fk_appeal_files_appeal_id_appeals")),
        sa.PrimaryKeyConstraint("appeal_id", "number", name=op.f("pk_appeal_files")),
    )


def downgrade() -> None:
    for table in ("appeal_files", "appeal_events", "appeals"):
        op.drop_table(table)
