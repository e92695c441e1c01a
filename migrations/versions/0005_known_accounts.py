"""What an import does with accounts that the organisation has already

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("on_known", sa.String(), server_default="reject", nullable=False))


def downgrade() -> None:
    op.drop_column("batches", "on_known")
