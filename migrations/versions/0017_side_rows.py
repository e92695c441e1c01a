"""Rows of side sheets that are to be mended, and escalated cases whose facts changed and that are audited anew

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"


def upgrade() -> None:
    op.add_column("batches", sa.Column("side_layouts", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_table(
        "side_rows",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), server_default="rejected", nullable=False),
        sa.Column("account_no", sa.String(), nullable=True),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "batch_id"],
            ["batches.org_id", "batches.batch_id"],
            name=op.f("fk_side_rows_org_id_batch_id_batches"),
        ),
        sa.PrimaryKeyConstraint("org_id", "batch_id", "sheet", "row", name=op.f("pk_side_rows")),
    )
    op.create_index("ix_side_rows_outcome", "side_rows", ["org_id", "batch_id", "outcome"])
    op.create_table(
        "raised_cases",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "case_id"], ["cases.org_id", "cases.case_id"], name=op.f("fk_raised_cases_org_id_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("org_id", "case_id", name=op.f("pk_raised_cases")),
    )
    for table, rights in (("side_rows", "SELECT, INSERT, UPDATE"), ("raised_cases", "SELECT, INSERT, DELETE")):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
        op.execute(f"GRANT {rights} ON {table} TO {APP}")
    op.execute("INSERT INTO case_moves VALUES ('escalated', 'auditing')")


def downgrade() -> None:
    op.execute("DELETE FROM case_moves WHERE source = 'escalated' AND target = 'auditing'")
    op.drop_table("raised_cases")
    op.drop_table("side_rows")
    op.drop_column("batches", "side_layouts")
