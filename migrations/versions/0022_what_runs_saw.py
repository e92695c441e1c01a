"""A run keeps what other cases said of its case, so that it can be replayed as it was

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"
TABLE = "audit_figures"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("figures_id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "figures_id", name=op.f("pk_audit_figures")),
    )
    op.create_index("uq_audit_figures_digest", TABLE, ["org_id", "batch_id", "digest"], unique=True)
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    op.execute(f"GRANT SELECT, INSERT ON {TABLE} TO {APP}")
    op.add_column("audit_runs", sa.Column("others", JSONB(), nullable=True))
    op.add_column("audit_runs", sa.Column("figures_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("audit_runs", "figures_id")
    op.drop_column("audit_runs", "others")
    op.drop_table(TABLE)
