"""A check's finding that is set aside in many cases at once

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bulk_decisions", sa.Column("check_id", sa.String(), nullable=True))
    op.add_column("bulk_decisions", sa.Column("until", sa.Date(), nullable=True))
    op.add_column("finding_overrides", sa.Column("bulk_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("finding_overrides", "bulk_id")
    op.drop_column("bulk_decisions", "until")
    op.drop_column("bulk_decisions", "check_id")
