"""Feedback on what enterprises were shown, the versions of the ranking, and the log of which one is in use."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=True),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("ranking", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"],
            ["item_versions.item_id", "item_versions.version"],
            name=op.f("fk_feedback_item_id_item_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("event_id", name=op.f("uq_feedback_event_id")),
    )
    op.create_index("ix_feedback_credit_code", "feedback", ["credit_code", "item_id"])
    op.create_index("ix_feedback_item_id", "feedback", ["item_id", "division", "city", "size"])
    op.create_table(
        "ranking_versions",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("enterprises", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("feedback_until", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ranking_versions")),
        sa.UniqueConstraint("number", name=op.f("uq_ranking_versions_number")),
    )
    op.create_table(
        "ranking_activations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["name"], ["ranking_versions.name"], name=op.f("fk_ranking_activations_name_ranking_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ranking_activations")),
    )


def downgrade() -> None:
    for name in ("ranking_activations", "ranking_versions", "feedback"):
        op.drop_table(name)
