"""A case's facts and sealed data in a table of their own, so that moving a case rewrites a short row

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"
MOVED = "facts, facts_version, sealed, name_index, id_index, mobile_index"
DIGESTS = ("id", "mobile", "name")


def upgrade() -> None:
    op.create_table(
        "case_files",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("facts_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=True),
        sa.Column("id_index", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_index", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "case_id", name=op.f("pk_case_files")),
    )
    op.execute(f"INSERT INTO case_files (org_id, case_id, {MOVED}) SELECT org_id, case_id, {MOVED} FROM cases")
    for digest in DIGESTS:
        op.create_index(f"ix_case_files_{digest}", "case_files", ["org_id", f"{digest}_index"])
        op.drop_index(f"ix_cases_{digest}", "cases")
    for column in MOVED.split(", "):
        op.drop_column("cases", column)
    _protect()


def _protect() -> None:
    """Protect it as the case is; a law firm that the case is entrusted to reads."""
    op.execute("ALTER TABLE case_files ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON case_files USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    op.execute(
        "CREATE POLICY firm_reads ON case_files FOR SELECT USING (EXISTS ("
        "SELECT 1 FROM entrustments e WHERE e.org_id = case_files.org_id AND e.case_id = case_files.case_id "
        f"AND e.firm_id = {ORG} AND e.ended_at IS NULL))"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON case_files TO {APP}")


def downgrade() -> None:
    op.add_column("cases", sa.Column("facts", postgresql.JSONB(astext_type=sa.Text())))
    op.add_column("cases", sa.Column("facts_version", sa.Integer(), server_default="1", nullable=False))
    for column in ("sealed", "name_index", "id_index", "mobile_index"):
        op.add_column("cases", sa.Column(column, sa.LargeBinary()))
    columns = MOVED.split(", ")
    op.execute(
        f"UPDATE cases SET {', '.join(f'{column} = f.{column}' for column in columns)} FROM case_files f "
        "WHERE f.org_id = cases.org_id AND f.case_id = cases.case_id"
    )
    for column in ("facts", "sealed"):
        op.alter_column("cases", column, nullable=False)
    for digest in DIGESTS:
        op.create_index(f"ix_cases_{digest}", "cases", ["org_id", f"{digest}_index"])
    op.drop_table("case_files")
