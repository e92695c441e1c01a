"""Findings that people set aside for a case, with reason, term and end

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"
ORG = "(SELECT current_org())"
TABLE = "finding_overrides"
ENDING = "ended_at, ended_why, ended_reason, ended_by_id, ended_by_name, ended_version"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("override_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("attachment_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("by_roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("request_hash", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_by_name", sa.String(), nullable=True),
        sa.Column("ended_version", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "case_id"],
            ["cases.org_id", "cases.case_id"],
            name=op.f("fk_finding_overrides_org_id_case_id_cases"),
        ),
        sa.PrimaryKeyConstraint("org_id", "override_id", name=op.f("pk_finding_overrides")),
    )
    op.create_index("ix_finding_overrides_case", TABLE, ["org_id", "case_id", "created_at"])
    op.create_index(
        "uq_finding_overrides_open",
        TABLE,
        ["org_id", "case_id", "check_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_finding_overrides_until",
        TABLE,
        ["org_id", "until"],
        postgresql_where=sa.text("ended_at IS NULL AND until IS NOT NULL"),
    )
    op.create_index(
        "uq_finding_overrides_key",
        TABLE,
        ["org_id", "by_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key IS NOT NULL"),
    )
    _protect()
    _guard()


def _protect() -> None:
    """The organisation's own, which may end one and change nothing else of it; a law firm reads its cases'."""
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON {TABLE} USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    op.execute(
        f"CREATE POLICY firm_reads ON {TABLE} FOR SELECT USING (EXISTS ("
        f"SELECT 1 FROM entrustments e WHERE e.org_id = {TABLE}.org_id AND e.case_id = {TABLE}.case_id "
        f"AND e.firm_id = {ORG} AND e.ended_at IS NULL))"
    )
    op.execute(f"GRANT SELECT, INSERT ON {TABLE} TO {APP}")
    op.execute(f"GRANT UPDATE ({ENDING}) ON {TABLE} TO {APP}")


def _guard() -> None:
    """What has ended stays ended, and nobody sets aside a failure of a case that they imported or last edited.

    Both hold whatever the program says.
    """
    op.execute(
        """
        CREATE FUNCTION guard_override() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                RAISE EXCEPTION 'a finding that was set aside ends once' USING ERRCODE = 'check_violation';
            END IF;
            IF EXISTS (SELECT 1 FROM cases WHERE org_id = NEW.org_id AND case_id = NEW.case_id
                       AND NEW.by_id IN (imported_by, edited_by)) THEN
                RAISE EXCEPTION 'a failure is set aside by somebody who neither imported nor last edited the case'
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        f"CREATE TRIGGER guard_override_end BEFORE UPDATE ON {TABLE} FOR EACH ROW "
        "WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION guard_override()"
    )
    op.execute(
        f"CREATE TRIGGER guard_override_eyes BEFORE INSERT ON {TABLE} FOR EACH ROW "
        "WHEN (NEW.outcome = 'fail') EXECUTE FUNCTION guard_override()"
    )


def downgrade() -> None:
    op.drop_table(TABLE)
    op.execute("DROP FUNCTION guard_override()")
