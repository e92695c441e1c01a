"""Superseded facts of cases, so that a past audit can be read and repeated on the facts that it saw

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"


def upgrade() -> None:
    op.create_table(
        "superseded_facts",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("facts_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "case_id", "facts_version", name=op.f("pk_superseded_facts")),
    )
    op.execute("ALTER TABLE superseded_facts ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON superseded_facts USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    op.execute(f"GRANT SELECT, INSERT ON superseded_facts TO {APP}")
    op.execute(f"GRANT UPDATE (sealed) ON superseded_facts TO {APP}")  # a new key seals it anew
    _guard()


def _guard() -> None:
    """Facts do not change without a new version, nor get one before those that it replaces were kept."""
    op.execute(
        """
        CREATE FUNCTION guard_facts() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.facts_version = OLD.facts_version THEN
                RAISE EXCEPTION 'facts change with a new version of them' USING ERRCODE = 'check_violation';
            END IF;
            IF NOT EXISTS (SELECT 1 FROM superseded_facts
                           WHERE org_id = OLD.org_id AND case_id = OLD.case_id AND facts_version = OLD.facts_version)
            THEN
                RAISE EXCEPTION 'facts are kept before others take their place' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER guard_facts BEFORE UPDATE ON case_files FOR EACH ROW "
        "WHEN (OLD.facts_version <> NEW.facts_version OR OLD.facts IS DISTINCT FROM NEW.facts) "
        "EXECUTE FUNCTION guard_facts()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER guard_facts ON case_files")
    op.execute("DROP FUNCTION guard_facts()")
    op.drop_table("superseded_facts")
