"""Cases of one borrower that are handled together, and may be filed as one suit

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"
TABLE = "joint_cases"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("joint_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("one_filing", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_name", sa.String(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "case_id"], ["cases.org_id", "cases.case_id"], name=op.f("fk_joint_cases_org_id_case_id_cases")
        ),
        sa.PrimaryKeyConstraint("org_id", "joint_id", "case_id", name=op.f("pk_joint_cases")),
    )
    op.create_index(
        "uq_joint_cases_open",
        TABLE,
        ["org_id", "case_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    op.execute(
        f"CREATE POLICY firm_reads ON {TABLE} FOR SELECT USING (EXISTS ("
        f"SELECT 1 FROM entrustments e WHERE e.org_id = {TABLE}.org_id AND e.case_id = {TABLE}.case_id "
        f"AND e.firm_id = {ORG} AND e.ended_at IS NULL))"
    )
    op.execute(f"GRANT SELECT, INSERT ON {TABLE} TO {APP}")
    op.execute(f"GRANT UPDATE (ended_at, ended_by_name, ended_reason) ON {TABLE} TO {APP}")


def downgrade() -> None:
    op.drop_table(TABLE)
