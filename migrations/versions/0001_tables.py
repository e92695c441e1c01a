"""tables

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE case_ids")
    op.execute("CREATE SEQUENCE job_order")
    op.create_table(
        "bulk_decisions",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "bulk_id", name=op.f("pk_bulk_decisions")),
    )
    op.create_index("ix_bulk_decisions_created", "bulk_decisions", ["org_id", "created_at"], unique=False)
    op.create_table(
        "counters",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("org_id", "name", name=op.f("pk_counters")),
    )
    op.create_table(
        "events",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("actor_roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("actor_org_id", sa.Uuid(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), server_default="done", nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("cases", postgresql.INT8MULTIRANGE(), nullable=True),
        sa.Column("old", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("new", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "event_id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_action", "events", ["org_id", "action", "event_id"], unique=False)
    op.create_index("ix_events_actor", "events", ["org_id", "actor_id", "event_id"], unique=False)
    op.create_index("ix_events_at", "events", ["org_id", "at"], unique=False)
    op.create_index(
        "ix_events_batch",
        "events",
        ["org_id", "batch_id", "event_id"],
        unique=False,
        postgresql_where="batch_id IS NOT NULL",
    )
    op.create_index(
        "ix_events_sets",
        "events",
        ["org_id", "batch_id", "event_id"],
        unique=False,
        postgresql_where="cases IS NOT NULL",
    )
    op.create_index(
        "ix_events_case",
        "events",
        ["org_id", "case_id", "event_id"],
        unique=False,
        postgresql_where="case_id IS NOT NULL",
    )
    op.create_table(
        "exports",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "export_id", name=op.f("pk_exports")),
    )
    op.create_index("ix_exports_by", "exports", ["org_id", "by_id", "created_at"], unique=False)
    op.create_table(
        "files",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "file_id", name=op.f("pk_files")),
    )
    op.create_index("ix_files_sha256", "files", ["org_id", "sha256"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("args", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actor", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), server_default="pending", nullable=False),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("nextval('job_order')"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("org_id", "job_id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_created", "jobs", ["org_id", "created_at"], unique=False)
    op.create_index(
        "ix_jobs_open", "jobs", ["state", "run_after"], unique=False, postgresql_where="state IN ('pending', 'running')"
    )
    op.create_index("uq_jobs_key", "jobs", ["org_id", "kind", "key"], unique=True)
    op.create_table(
        "mappings",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("mapping_id", sa.Uuid(), nullable=False),
        sa.Column("header_hash", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "mapping_id", name=op.f("pk_mappings")),
    )
    op.create_index("uq_mappings_version", "mappings", ["org_id", "header_hash", "version"], unique=True)
    op.create_table(
        "organisations",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("org_id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "batches",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), server_default="uploaded", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sheet", sa.String(), nullable=True),
        sa.Column("header_row", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("mapping_id", sa.Uuid(), nullable=True),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("declared", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("totals", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("problem", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("policy", sa.String(), nullable=True),
        sa.Column("load_job", sa.Uuid(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("audited_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "file_id"], ["files.org_id", "files.file_id"], name=op.f("fk_batches_org_id_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["org_id", "mapping_id"],
            ["mappings.org_id", "mappings.mapping_id"],
            name=op.f("fk_batches_org_id_mapping_id"),
        ),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_batches_org_id")),
        sa.PrimaryKeyConstraint("org_id", "batch_id", name=op.f("pk_batches")),
    )
    op.create_index("ix_batches_created", "batches", ["org_id", "created_at"], unique=False)
    op.create_table(
        "bulk_items",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("message", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "bulk_id"],
            ["bulk_decisions.org_id", "bulk_decisions.bulk_id"],
            name=op.f("fk_bulk_items_org_id_bulk_id"),
        ),
        sa.PrimaryKeyConstraint("org_id", "bulk_id", "case_id", name=op.f("pk_bulk_items")),
    )
    op.create_table(
        "invitations",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_invitations_org_id")),
        sa.PrimaryKeyConstraint("org_id", "invitation_id", name=op.f("pk_invitations")),
    )
    op.create_index("uq_invitations_secret", "invitations", ["secret_hash"], unique=True)
    op.create_table(
        "people",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.String(), server_default="active", nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("session_epoch", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_sign_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisations.org_id"], name=op.f("fk_people_org_id")),
        sa.PrimaryKeyConstraint("org_id", "person_id", name=op.f("pk_people")),
    )
    op.create_index("uq_people_email", "people", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "api_tokens",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("may_reveal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "person_id"], ["people.org_id", "people.person_id"], name=op.f("fk_api_tokens_org_id_person_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "token_id", name=op.f("pk_api_tokens")),
    )
    op.create_index("uq_api_tokens_secret", "api_tokens", ["secret_hash"], unique=True)
    op.create_table(
        "cases",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("account_no", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="received", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("facts_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("borrower", sa.String(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=True),
        sa.Column("id_index", sa.LargeBinary(), nullable=True),
        sa.Column("mobile_index", sa.LargeBinary(), nullable=True),
        sa.Column("lender_name", sa.String(), nullable=True),
        sa.Column("lender_kind", sa.String(), nullable=True),
        sa.Column("claimed", sa.BigInteger(), nullable=True),
        sa.Column("outstanding", sa.BigInteger(), nullable=True),
        sa.Column("days_overdue", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("claimable", sa.BigInteger(), nullable=True),
        sa.Column("excess", sa.BigInteger(), nullable=True),
        sa.Column("limitation_expiry", sa.Date(), nullable=True),
        sa.Column("failed", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("edited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "case_id", name=op.f("pk_cases")),
    )
    op.create_index(
        "ix_cases_assignee",
        "cases",
        ["org_id", "assignee_id"],
        unique=False,
        postgresql_where="assignee_id IS NOT NULL",
    )
    op.create_index("ix_cases_batch", "cases", ["org_id", "batch_id", "row"], unique=False)
    op.create_index("ix_cases_id", "cases", ["org_id", "id_index"], unique=False)
    op.create_index("ix_cases_mobile", "cases", ["org_id", "mobile_index"], unique=False)
    op.create_index("ix_cases_name", "cases", ["org_id", "name_index"], unique=False)
    op.create_index("ix_cases_queue", "cases", ["org_id", "state", "limitation_expiry", "case_id"], unique=False)
    op.create_index("uq_cases_account", "cases", ["org_id", "account_no"], unique=True)
    op.create_index("uq_cases_number", "cases", ["org_id", "number"], unique=True)
    op.create_table(
        "sheet_rows",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("account_no", sa.String(), nullable=True),
        sa.Column("codes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("errors", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "batch_id"], ["batches.org_id", "batches.batch_id"], name=op.f("fk_sheet_rows_org_id_batch_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "batch_id", "row", name=op.f("pk_sheet_rows")),
    )
    op.create_index("ix_sheet_rows_codes", "sheet_rows", ["codes"], unique=False, postgresql_using="gin")
    op.create_table(
        "audit_runs",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("facts_version", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("claimable", sa.BigInteger(), nullable=True),
        sa.Column("excess", sa.BigInteger(), nullable=True),
        sa.Column("limitation_expiry", sa.Date(), nullable=True),
        sa.Column("failed", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("warned", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("findings", sa.LargeBinary(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "run_id", name=op.f("pk_audit_runs")),
    )
    op.create_index(
        "ix_audit_runs_batch", "audit_runs", ["org_id", "batch_id"], unique=False, postgresql_where="is_current"
    )
    op.create_index("ix_audit_runs_case", "audit_runs", ["org_id", "case_id", "run_id"], unique=False)
    op.create_index(
        "uq_audit_runs_current", "audit_runs", ["org_id", "case_id"], unique=True, postgresql_where="is_current"
    )
    op.create_table(
        "comments",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("comment_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "case_id"], ["cases.org_id", "cases.case_id"], name=op.f("fk_comments_org_id_case_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "comment_id", name=op.f("pk_comments")),
    )
    op.create_index("ix_comments_case", "comments", ["org_id", "case_id", "created_at"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("needs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("by_roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=True),
        sa.Column("second_name", sa.String(), nullable=True),
        sa.Column("second_reason", sa.String(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bulk_id", sa.Uuid(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("request_hash", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "case_id"], ["cases.org_id", "cases.case_id"], name=op.f("fk_decisions_org_id_case_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "decision_id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_case", "decisions", ["org_id", "case_id", "created_at"], unique=False)
    op.create_index(
        "uq_decisions_key",
        "decisions",
        ["org_id", "by_id", "idempotency_key"],
        unique=True,
        postgresql_where="idempotency_key IS NOT NULL",
    )
    op.create_index(
        "uq_decisions_waiting", "decisions", ["org_id", "case_id"], unique=True, postgresql_where="state = 'waiting'"
    )
    op.create_table(
        "entrustments",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("entrustment_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["org_id", "case_id"], ["cases.org_id", "cases.case_id"], name=op.f("fk_entrustments_org_id_case_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "entrustment_id", name=op.f("pk_entrustments")),
    )
    op.create_index("ix_entrustments_firm", "entrustments", ["firm_id", "case_id"], unique=False)
    op.create_index(
        "uq_entrustments_live", "entrustments", ["org_id", "case_id"], unique=True, postgresql_where="ended_at IS NULL"
    )
    op.create_table(
        "milestones",
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("milestone_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("court", sa.String(), nullable=True),
        sa.Column("docket", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id", "case_id"], ["cases.org_id", "cases.case_id"], name=op.f("fk_milestones_org_id_case_id")
        ),
        sa.PrimaryKeyConstraint("org_id", "milestone_id", name=op.f("pk_milestones")),
    )
    op.create_index("ix_milestones_case", "milestones", ["org_id", "case_id", "created_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_milestones_case", table_name="milestones")
    op.drop_table("milestones")
    op.drop_index("uq_entrustments_live", table_name="entrustments", postgresql_where="ended_at IS NULL")
    op.drop_index("ix_entrustments_firm", table_name="entrustments")
    op.drop_table("entrustments")
    op.drop_index("uq_decisions_waiting", table_name="decisions", postgresql_where="state = 'waiting'")
    op.drop_index("uq_decisions_key", table_name="decisions", postgresql_where="idempotency_key IS NOT NULL")
    op.drop_index("ix_decisions_case", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("ix_comments_case", table_name="comments")
    op.drop_table("comments")
    op.drop_index("uq_audit_runs_current", table_name="audit_runs", postgresql_where="is_current")
    op.drop_index("ix_audit_runs_case", table_name="audit_runs")
    op.drop_index("ix_audit_runs_batch", table_name="audit_runs", postgresql_where="is_current")
    op.drop_table("audit_runs")
    op.drop_index("ix_sheet_rows_codes", table_name="sheet_rows", postgresql_using="gin")
    op.drop_table("sheet_rows")
    op.drop_index("uq_cases_number", table_name="cases")
    op.drop_index("uq_cases_account", table_name="cases")
    op.drop_index("ix_cases_queue", table_name="cases")
    op.drop_index("ix_cases_name", table_name="cases")
    op.drop_index("ix_cases_mobile", table_name="cases")
    op.drop_index("ix_cases_id", table_name="cases")
    op.drop_index("ix_cases_batch", table_name="cases")
    op.drop_index("ix_cases_assignee", table_name="cases", postgresql_where="assignee_id IS NOT NULL")
    op.drop_table("cases")
    op.drop_index("uq_api_tokens_secret", table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_index("uq_people_email", table_name="people")
    op.drop_table("people")
    op.drop_index("uq_invitations_secret", table_name="invitations")
    op.drop_table("invitations")
    op.drop_table("bulk_items")
    op.drop_index("ix_batches_created", table_name="batches")
    op.drop_table("batches")
    op.drop_table("organisations")
    op.drop_index("uq_mappings_version", table_name="mappings")
    op.drop_table("mappings")
    op.drop_index("uq_jobs_key", table_name="jobs")
    op.drop_index("ix_jobs_open", table_name="jobs", postgresql_where="state IN ('pending', 'running')")
    op.drop_index("ix_jobs_created", table_name="jobs")
    op.drop_table("jobs")
    op.drop_index("ix_files_sha256", table_name="files")
    op.drop_table("files")
    op.drop_index("ix_exports_by", table_name="exports")
    op.drop_table("exports")
    op.drop_index("ix_events_case", table_name="events", postgresql_where="case_id IS NOT NULL")
    op.drop_index("ix_events_sets", table_name="events", postgresql_where="cases IS NOT NULL")
    op.drop_index("ix_events_batch", table_name="events", postgresql_where="batch_id IS NOT NULL")
    op.drop_index("ix_events_at", table_name="events")
    op.drop_index("ix_events_actor", table_name="events")
    op.drop_index("ix_events_action", table_name="events")
    op.drop_table("events")
    op.drop_table("counters")
    op.drop_index("ix_bulk_decisions_created", table_name="bulk_decisions")
    op.drop_table("bulk_decisions")
    op.execute("DROP SEQUENCE job_order")
    op.execute("DROP SEQUENCE case_ids")
