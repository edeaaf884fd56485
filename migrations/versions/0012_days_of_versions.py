"""The day on which an item version was stored, and on which an item left the library, from now on."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("item_versions", sa.Column("stored_on", sa.Date(), nullable=True))
    op.add_column("items", sa.Column("retired_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("items", "retired_on")
    op.drop_column("item_versions", "stored_on")
