"""Rounds of grants, payment batches and the ledger."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("grants", sa.Column("due", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("grants", sa.Column("budget_rule", sa.String(16), nullable=True))
    op.execute("UPDATE grants SET due = amount")
    _rounds()
    _payments()
    _ledger()


def _rounds() -> None:
    op.create_table(
        "rounds",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("item_version", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(32), nullable=False),
        sa.Column("region", sa.String(6), nullable=False),
        sa.Column("department", sa.String(60), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("judged_on", sa.Date(), nullable=True),
        sa.Column("snapshot", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("stated_digest", sa.String(64), nullable=True),
        sa.Column("stated_count", sa.Integer(), nullable=False),
        sa.Column("stated_total", sa.BigInteger(), nullable=False),
        sa.Column("notice_from", sa.Date(), nullable=True),
        sa.Column("notice_until", sa.Date(), nullable=True),
        sa.Column("confirm_by", sa.Date(), nullable=True),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(64), nullable=False),
        sa.Column("checked_by", sa.String(64), nullable=True),
        sa.CheckConstraint("checked_by IS NULL OR checked_by <> made_by", name=op.f("ck_rounds_two_people")),
        sa.ForeignKeyConstraint(
            ["item_id", "item_version"],
            ["item_versions.item_id", "item_versions.version"],
            name=op.f("fk_rounds_item_id_item_version_item_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rounds")),
    )
    op.create_index("ix_rounds_made_at", "rounds", ["made_at"])
    op.create_table(
        "round_events",
        sa.Column("round_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("deed", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16), nullable=True),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_round_events_round_id_rounds")),
        sa.PrimaryKeyConstraint("round_id", "number", name=op.f("pk_round_events")),
    )
    op.create_table(
        "round_stated",
        sa.Column("round_id", sa.String(32), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_round_stated_amount")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_round_stated_round_id_rounds")),
        sa.PrimaryKeyConstraint("round_id", "credit_code", name=op.f("pk_round_stated")),
    )
    op.create_table(
        "round_candidates",
        sa.Column("round_id", sa.String(32), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("explanation_id", sa.String(32), nullable=True),
        sa.Column("grant_id", sa.String(32), nullable=True),
        sa.CheckConstraint("amount >= 0 AND amount <= due", name=op.f("ck_round_candidates_amount")),
        sa.CheckConstraint(
            "standing <> 'due' OR explanation_id IS NOT NULL", name=op.f("ck_round_candidates_explained")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_round_candidates_round_id_rounds")),
        sa.ForeignKeyConstraint(
            ["explanation_id"], ["explanations.id"], name=op.f("fk_round_candidates_explanation_id_explanations")
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_round_candidates_grant_id_grants")),
        sa.PrimaryKeyConstraint("round_id", "credit_code", name=op.f("pk_round_candidates")),
        sa.UniqueConstraint("grant_id", name=op.f("uq_round_candidates_grant_id")),
    )
    op.create_index("ix_round_candidates_standing", "round_candidates", ["round_id", "standing", "position"])


def _payments() -> None:
    op.create_table(
        "payment_batches",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("region", sa.String(6), nullable=False),
        sa.Column("department", sa.String(60), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.String(64), nullable=True),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("count > 0 AND total > 0", name=op.f("ck_payment_batches_total")),
        sa.CheckConstraint("released_by IS NULL OR released_by <> made_by", name=op.f("ck_payment_batches_two_people")),
        sa.CheckConstraint(
            "state IN ('drafted', 'withdrawn') OR released_by IS NOT NULL", name=op.f("ck_payment_batches_released")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_batches_number")),
    )
    op.create_table(
        "payment_lines",
        sa.Column("batch_id", sa.String(32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(24), nullable=False),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("account_tail", sa.String(4), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_lines_amount")),
        sa.CheckConstraint("state <> 'paid' OR paid_on IS NOT NULL", name=op.f("ck_payment_lines_paid")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["payment_batches.id"], name=op.f("fk_payment_lines_batch_id_payment_batches")
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_payment_lines_grant_id_grants")),
        sa.PrimaryKeyConstraint("batch_id", "line", name=op.f("pk_payment_lines")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_lines_reference")),
    )
    standing = sa.text("state IN ('open', 'paid')")
    op.create_index(
        "uq_payment_lines_standing",
        "payment_lines",
        ["grant_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_table(
        "payment_results",
        sa.Column("batch_id", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["payment_batches.id"], name=op.f("fk_payment_results_batch_id_payment_batches")
        ),
        sa.PrimaryKeyConstraint("batch_id", "digest", name=op.f("pk_payment_results")),
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("credit_code", sa.String(18), nullable=False),
        sa.Column("region", sa.String(12), nullable=False),
        sa.Column("department", sa.String(60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_ledger_amount")),
        sa.CheckConstraint(
            "change = CASE kind WHEN 'paid' THEN amount WHEN 'returned' THEN 0 WHEN 'recovered' THEN -amount"
            " ELSE amount END",
            name=op.f("ck_ledger_change"),
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_ledger_grant_id_grants")),
        sa.ForeignKeyConstraint(["corrects"], ["ledger.number"], name=op.f("fk_ledger_corrects_ledger")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger")),
        sa.UniqueConstraint("corrects", name=op.f("uq_ledger_corrects")),
    )
    op.create_index("ix_ledger_grant_id", "ledger", ["grant_id"])
    op.create_index("ix_ledger_credit_code", "ledger", ["credit_code"])
    op.create_index("ix_ledger_day", "ledger", ["day"])
    paid = sa.text("kind = 'paid'")
    op.create_index("uq_ledger_paid", "ledger", ["grant_id"], unique=True, sqlite_where=paid, postgresql_where=paid)
    op.create_table(
        "recoveries",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("grant_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(64), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("amount > 0 AND received >= 0 AND received <= amount", name=op.f("ck_recoveries_amount")),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> made_by", name=op.f("ck_recoveries_two_people")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_recoveries_grant_id_grants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )
    standing = sa.text("state IN ('proposed', 'demanded')")
    op.create_index(
        "uq_recoveries_standing",
        "recoveries",
        ["grant_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )


def downgrade() -> None:
    for table in (
        *("recoveries", "ledger", "payment_results", "payment_lines", "payment_batches"),
        *("round_candidates", "round_stated", "round_events", "rounds"),
    ):
        op.drop_table(table)
    op.drop_column("grants", "budget_rule")
    op.drop_column("grants", "due")
