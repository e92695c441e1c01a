"""Batches that are taken back: a final state for their cases, whose account numbers become free

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"
SOURCES = ("received", "auditing", "in_review")


def upgrade() -> None:
    op.add_column("batches", sa.Column("taken_back", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.drop_index("uq_cases_account", "cases")
    op.create_index(
        "uq_cases_account", "cases", ["org_id", "account_no"], unique=True, postgresql_where="state <> 'reversed'"
    )
    pairs = ", ".join(f"('{source}', 'reversed')" for source in SOURCES)
    op.execute(f"INSERT INTO case_moves VALUES {pairs}")
    op.create_table(
        "kept_cases",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "batch_id", "case_id", name=op.f("pk_kept_cases")),
    )
    op.execute("ALTER TABLE kept_cases ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON kept_cases USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON kept_cases TO {APP}")


def downgrade() -> None:
    """Reversed cases become withdrawn ones, with account numbers that collide with none."""
    op.drop_table("kept_cases")
    op.execute("ALTER TABLE cases DISABLE TRIGGER USER")
    op.execute(
        "UPDATE cases SET state = 'withdrawn', account_no = account_no || '#' || number WHERE state = 'reversed'"
    )
    op.execute("ALTER TABLE cases ENABLE TRIGGER USER")
    op.execute("DELETE FROM case_moves WHERE target = 'reversed'")
    op.drop_index("uq_cases_account", "cases")
    op.create_index("uq_cases_account", "cases", ["org_id", "account_no"], unique=True)
    op.drop_column("batches", "taken_back")
