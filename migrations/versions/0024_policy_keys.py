"""Versions of the policy and their dry runs that are asked for under an idempotency key

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = ("policies", "dry_runs")
COLUMNS = ("idempotency_key", "request_hash")


def upgrade() -> None:
    for table in TABLES:
        for column in COLUMNS:
            op.add_column(table, sa.Column(column, sa.String(), nullable=True))
        op.create_index(
            f"uq_{table}_key",
            table,
            ["org_id", "by_id", "idempotency_key"],
            unique=True,
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"uq_{table}_key", table)
        for column in reversed(COLUMNS):
            op.drop_column(table, column)
