"""Rejected rows that are no cases at all are dismissed, with who did it, when and why

Revision ID: 0026
Revises: 0025

`side_rows.left_out` says whether the cases hold their lists without a row, which is so once its dismissal was joined.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sheet_rows", sa.Column("dismissed", JSONB(none_as_null=True)))
    op.add_column("side_rows", sa.Column("dismissed", JSONB(none_as_null=True)))
    op.add_column("side_rows", sa.Column("left_out", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Dismissed rows are rejected again; the counts of their batches are not brought back."""
    op.execute("UPDATE sheet_rows SET outcome = 'rejected' WHERE outcome = 'dismissed'")
    op.execute("UPDATE side_rows SET outcome = 'rejected' WHERE outcome = 'dismissed'")
    op.drop_column("side_rows", "left_out")
    op.drop_column("side_rows", "dismissed")
    op.drop_column("sheet_rows", "dismissed")
