"""Evidence files of a batch and its cases, in a table of their own, so that counsel reads those of an entrusted case

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"
MEDIA = """CASE WHEN lower(f.name) LIKE '%.pdf' THEN 'application/pdf' WHEN lower(f.name) LIKE '%.png' THEN 'image/png'
           WHEN lower(f.name) ~ '\\.jpe?g$' THEN 'image/jpeg' ELSE 'application/octet-stream' END"""


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), server_default="", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "batch_id"],
            ["batches.org_id", "batches.batch_id"],
            name=op.f("fk_attachments_org_id_batch_id_batches"),
        ),
        sa.PrimaryKeyConstraint("org_id", "attachment_id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_batch", "attachments", ["org_id", "batch_id", "created_at"])
    op.create_index("ix_attachments_case", "attachments", ["org_id", "case_id", "created_at"])
    op.create_index(
        "uq_attachments_content",
        "attachments",
        ["org_id", "batch_id", sa.text("coalesce(case_id, 0)"), "sha256"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.execute(
        "INSERT INTO attachments (org_id, attachment_id, batch_id, case_id, name, media, size, sha256, path, by_id, "
        f"by_name, created_at) SELECT f.org_id, f.file_id, c.batch_id, c.case_id, f.name, {MEDIA}, f.size, f.sha256, "
        "f.path, f.by_id, f.by_name, f.created_at FROM files f JOIN cases c USING (org_id, case_id) "
        "WHERE f.kind = 'evidence' ON CONFLICT DO NOTHING"
    )
    op.execute("DELETE FROM files WHERE kind = 'evidence'")
    _protect()


def _protect() -> None:
    """The organisation's own; a law firm reads those of a case that is entrusted to it."""
    op.execute("ALTER TABLE attachments ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON attachments USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    op.execute(
        "CREATE POLICY firm_reads ON attachments FOR SELECT USING (EXISTS ("
        "SELECT 1 FROM entrustments e WHERE e.org_id = attachments.org_id AND e.case_id = attachments.case_id "
        f"AND e.firm_id = {ORG} AND e.ended_at IS NULL))"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON attachments TO {APP}")


def downgrade() -> None:
    op.execute(
        "INSERT INTO files (org_id, file_id, kind, name, size, sha256, path, by_id, by_name, case_id, created_at) "
        "SELECT org_id, attachment_id, 'evidence', name, size, sha256, path, by_id, by_name, case_id, created_at "
        "FROM attachments WHERE case_id IS NOT NULL AND removed_at IS NULL"
    )
    op.drop_table("attachments")
