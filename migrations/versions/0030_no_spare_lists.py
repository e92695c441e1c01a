"""What finished uploads leave in the store is found by looking for it, no longer listed

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_evidence_uploads_spare", "evidence_uploads")
    op.drop_column("evidence_uploads", "spare")


def downgrade() -> None:
    op.add_column("evidence_uploads", sa.Column("spare", ARRAY(sa.Text()), nullable=False, server_default="{}"))
    op.create_index(
        "ix_evidence_uploads_spare",
        "evidence_uploads",
        ["org_id", "finished_at"],
        postgresql_where=sa.text("spare <> '{}'"),
    )
