"""A batch's weighing may stand without its workbook, which is made when somebody asks

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLE = "batch_weighings"
FILE = ("path", "size", "sha256")


def upgrade() -> None:
    for name in FILE:
        op.alter_column(TABLE, name, nullable=True)


def downgrade() -> None:
    op.execute(f"DELETE FROM {TABLE} WHERE path IS NULL")
    for name in FILE:
        op.alter_column(TABLE, name, nullable=False)
