"""Where a workbook that had a password is kept without it

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("files", sa.Column("unlocked_path", sa.String()))


def downgrade() -> None:
    op.drop_column("files", "unlocked_path")
