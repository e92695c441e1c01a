"""An organisation's own versions of the policy, and the dry runs that show what a draft would change

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"
TABLES = ("policies", "dry_runs")
JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _policies()
    _dry_runs()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO {APP}")
    _guard()


def _policies() -> None:
    op.create_table(
        "policies",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="draft", nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("edit", sa.Integer(), server_default="1", nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("hands", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("dry_run_id", sa.Uuid(), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_by_name", sa.String(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "policy_id", name=op.f("pk_policies")),
    )
    op.create_index("uq_policies_name", "policies", ["org_id", "name"], unique=True)
    op.create_index("uq_policies_version", "policies", ["org_id", "version"], unique=True)


def _dry_runs() -> None:
    op.create_table(
        "dry_runs",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("dry_run_id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("against", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("scope", JSON, nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("counts", JSON, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("changed", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "dry_run_id", name=op.f("pk_dry_runs")),
    )
    op.create_index("ix_dry_runs_policy", "dry_runs", ["org_id", "policy_id"])


def _guard() -> None:
    """An approved version is what the runs that name it were judged by: nobody changes it, and not its approver either.

    A version is approved only by somebody other than those who drafted it, whatever the program says.
    """
    op.execute(
        """
        CREATE FUNCTION guard_policy() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.approved_at IS NOT NULL AND (
                NEW.body, NEW.name, NEW.version, NEW.effective_from, NEW.hands, NEW.approved_at, NEW.approved_by_id,
                NEW.dry_run_id
            ) IS DISTINCT FROM (
                OLD.body, OLD.name, OLD.version, OLD.effective_from, OLD.hands, OLD.approved_at, OLD.approved_by_id,
                OLD.dry_run_id
            ) THEN
                RAISE EXCEPTION 'an approved policy does not change' USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.state = 'approved' AND (NEW.dry_run_id IS NULL OR NEW.approved_by_id IS NULL
                                           OR NEW.hands ? CAST(NEW.approved_by_id AS text)) THEN
                RAISE EXCEPTION 'a policy is approved by a second person who names its dry run'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute("CREATE TRIGGER guard_policy BEFORE UPDATE ON policies FOR EACH ROW EXECUTE FUNCTION guard_policy()")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION guard_policy()")
