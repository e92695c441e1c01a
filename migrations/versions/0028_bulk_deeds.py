"""What is done in bulk has a name of its own, and is asked for under an idempotency key

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COLUMNS = ("deed", "idempotency_key", "request_hash")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("bulk_decisions", sa.Column(column, sa.String(), nullable=True))
    op.execute("UPDATE bulk_decisions SET deed = CASE WHEN check_id IS NULL THEN 'decide' ELSE 'set_aside' END")
    op.alter_column("bulk_decisions", "deed", nullable=False)
    op.create_index(
        "uq_bulk_decisions_key",
        "bulk_decisions",
        ["org_id", "by_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )


def downgrade() -> None:
    """What was let count again in bulk goes: older programs show none of it. The journal keeps each step."""
    of_deed = "SELECT bulk_id FROM bulk_decisions b WHERE b.org_id = bulk_items.org_id AND b.deed = 'count_again'"
    op.execute(f"DELETE FROM bulk_items WHERE bulk_id IN ({of_deed})")
    op.execute("DELETE FROM bulk_decisions WHERE deed = 'count_again'")
    op.drop_index("uq_bulk_decisions_key", "bulk_decisions")
    for column in reversed(COLUMNS):
        op.drop_column("bulk_decisions", column)
