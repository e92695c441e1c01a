"""A joined suit counts once in a batch's weighing; those that counted each of its cases are made anew when asked for

Revision ID: 0029
Revises: 0028
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DELETE FROM batch_weighings")


def downgrade() -> None:
    op.execute("DELETE FROM batch_weighings")
