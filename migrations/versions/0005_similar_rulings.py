"""What persons said of items that look alike."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "similar_rulings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first", sa.String(120), nullable=False),
        sa.Column("second", sa.String(120), nullable=False),
        sa.Column("first_digest", sa.String(64), nullable=False),
        sa.Column("second_digest", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_similar_rulings")),
    )


def downgrade() -> None:
    op.drop_table("similar_rulings")
