"""Evidence files as they were sent, unpacked by a worker

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"


def upgrade() -> None:
    op.create_table(
        "evidence_uploads",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("sent", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("refused", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("spare", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "batch_id"],
            ["batches.org_id", "batches.batch_id"],
            name=op.f("fk_evidence_uploads_org_id_batch_id_batches"),
        ),
        sa.PrimaryKeyConstraint("org_id", "upload_id", name=op.f("pk_evidence_uploads")),
    )
    op.create_index("ix_evidence_uploads_batch", "evidence_uploads", ["org_id", "batch_id", "created_at"])
    op.create_index(
        "ix_evidence_uploads_spare",
        "evidence_uploads",
        ["org_id", "finished_at"],
        postgresql_where=sa.text("spare <> '{}'"),
    )
    op.execute("ALTER TABLE evidence_uploads ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON evidence_uploads USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON evidence_uploads TO {APP}")
    op.add_column("attachments", sa.Column("upload_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("attachments", "upload_id")
    op.drop_table("evidence_uploads")
