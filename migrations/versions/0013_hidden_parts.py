"""What is hidden in a batch's file, what becomes of it, and what else is to be known of the file

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("hidden", JSONB(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("batches", sa.Column("notices", JSONB(), nullable=False, server_default=sa.text("'[]'")))


def downgrade() -> None:
    op.drop_column("batches", "notices")
    op.drop_column("batches", "hidden")
