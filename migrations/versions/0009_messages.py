"""Subscriptions, the messages of the inbox, who has read them, and what was told."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("topics", sa.String(200), nullable=False),
        sa.Column("categories", sa.String(200), nullable=False),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("frequency", sa.String(16), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("month_day", sa.Integer(), nullable=False),
        sa.Column("quiet_weekends", sa.Boolean(), nullable=False),
        sa.Column("quiet_days", sa.Text(), nullable=False),
        sa.Column("quiet_until", sa.Date(), nullable=True),
        sa.Column("quiet_first_hour", sa.Integer(), nullable=True),
        sa.Column("quiet_last_hour", sa.Integer(), nullable=True),
        sa.Column("channels", sa.String(200), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("plain", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("done", sa.Date(), nullable=True),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("account_id", "credit_code", name=op.f("uq_subscriptions_account_id_credit_code")),
    )
    op.create_index("ix_subscriptions_credit_code", "subscriptions", ["credit_code"])
    op.create_table(
        "messages",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("item_version", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(255), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"],
            ["item_versions.item_id", "item_versions.version"],
            name=op.f("fk_messages_item_id_item_version_item_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("identity", name=op.f("uq_messages_identity")),
    )
    op.create_index("ix_messages_credit_code", "messages", ["credit_code", "created_at", "id"])
    op.create_table(
        "message_reads",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_message_reads_message_id_messages")),
        sa.PrimaryKeyConstraint("message_id", "account_id", name=op.f("pk_message_reads")),
    )
    op.create_table(
        "told",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(32), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("topic", sa.String(16), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_told_message_id_messages")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told")),
        sa.UniqueConstraint(
            *("account_id", "credit_code", "topic", "item_id", "item_version", "occasion"), name="uq_told_news"
        ),
    )
    op.create_index("ix_told_message_id", "told", ["message_id"])


def downgrade() -> None:
    for table in ("told", "message_reads", "messages", "subscriptions"):
        op.drop_table(table)
