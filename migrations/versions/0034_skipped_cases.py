"""The case of a skipped row's account, since the account number may be kept masked

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sheet_rows", sa.Column("case_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("sheet_rows", "case_id")
