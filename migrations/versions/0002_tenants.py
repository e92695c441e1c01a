"""Who may see and change what: row-level security, grants, the moves of a case, and a journal that cannot be altered

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APP = "reviewdesk_app"

TENANT_TABLES = (
    "organisations",
    "people",
    "invitations",
    "api_tokens",
    "files",
    "mappings",
    "batches",
    "sheet_rows",
    "counters",
    "cases",
    "audit_runs",
    "decisions",
    "comments",
    "bulk_decisions",
    "bulk_items",
    "entrustments",
    "milestones",
    "exports",
    "events",
    "jobs",
)

MOVES = (
    ("received", "in_review"),
    ("received", "withdrawn"),
    ("auditing", "in_review"),
    ("in_review", "auditing"),
    ("in_review", "approved"),
    ("in_review", "settled"),
    ("in_review", "escalated"),
    ("in_review", "returned"),
    ("in_review", "withdrawn"),
    ("escalated", "approved"),
    ("escalated", "settled"),
    ("escalated", "returned"),
    ("escalated", "withdrawn"),
    ("escalated", "in_review"),
    ("returned", "auditing"),
    ("returned", "withdrawn"),
    ("settled", "performing"),
    ("settled", "breached"),
    ("performing", "closed"),
    ("performing", "breached"),
    ("breached", "in_review"),
    ("approved", "in_review"),
    ("approved", "entrusted"),
    ("entrusted", "approved"),
    ("entrusted", "filed"),
    ("filed", "closed"),
)

ORG = "(SELECT current_org())"  # as a subquery it is asked once a statement, not once a row

ENTRUSTED = """EXISTS (
    SELECT 1 FROM entrustments e
    WHERE e.org_id = {table}.org_id AND e.case_id = {table}.case_id
      AND e.firm_id = (SELECT current_org()) AND e.ended_at IS NULL)"""


def upgrade() -> None:
    _scope()
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING (org_id = {ORG}) WITH CHECK (org_id = {ORG})")
    _duties()
    _law_firms()
    _moves()
    _journal()
    _grants()


def _scope() -> None:
    """The organisation and the duty that a unit of work names; nothing by default."""
    op.execute(
        "CREATE FUNCTION current_org() RETURNS uuid LANGUAGE sql STABLE AS "
        "$$ SELECT nullif(current_setting('reviewdesk.org', true), '')::uuid $$"
    )
    op.execute(
        "CREATE FUNCTION current_duty() RETURNS text LANGUAGE sql STABLE AS "
        "$$ SELECT coalesce(current_setting('reviewdesk.duty', true), '') $$"
    )


def _duties() -> None:
    """The few tasks that come before an organisation is known, or that tend the job table of all."""
    for table in ("organisations", "people"):
        op.execute(f"CREATE POLICY look_up ON {table} FOR SELECT USING (current_duty() IN ('sign_in', 'setup'))")
    for table in ("invitations", "api_tokens"):
        op.execute(f"CREATE POLICY look_up ON {table} FOR SELECT USING (current_duty() = 'sign_in')")
    op.execute("CREATE POLICY tend ON jobs USING (current_duty() = 'jobs') WITH CHECK (current_duty() = 'jobs')")


def _law_firms() -> None:
    """A law firm sees a platform's case through an entrustment that has not ended, and nothing else of the platform."""
    op.execute(
        "CREATE POLICY firms ON organisations FOR SELECT "
        "USING (kind = 'law_firm' AND (SELECT current_org()) IS NOT NULL)"
    )
    op.execute(
        "CREATE POLICY clients ON organisations FOR SELECT USING (EXISTS ("
        "SELECT 1 FROM entrustments e WHERE e.org_id = organisations.org_id AND e.firm_id = (SELECT current_org())))"
    )
    op.execute("CREATE POLICY firm_reads ON entrustments FOR SELECT USING (firm_id = (SELECT current_org()))")
    op.execute(
        "CREATE POLICY firm_answers ON entrustments FOR UPDATE "
        "USING (firm_id = (SELECT current_org()) AND ended_at IS NULL) WITH CHECK (firm_id = (SELECT current_org()))"
    )
    for table in ("cases", "audit_runs"):
        op.execute(f"CREATE POLICY firm_reads ON {table} FOR SELECT USING ({ENTRUSTED.format(table=table)})")
    op.execute(
        f"CREATE POLICY firm_moves ON cases FOR UPDATE USING ({ENTRUSTED.format(table='cases')}) "
        f"WITH CHECK ({ENTRUSTED.format(table='cases')})"
    )
    op.execute("CREATE POLICY firm_reads ON milestones FOR SELECT USING (firm_id = (SELECT current_org()))")
    op.execute(
        "CREATE POLICY firm_reports ON milestones FOR INSERT "
        f"WITH CHECK (firm_id = (SELECT current_org()) AND {ENTRUSTED.format(table='milestones')})"
    )
    op.execute("CREATE POLICY firm_reads ON events FOR SELECT USING (actor_org_id = (SELECT current_org()))")
    op.execute(
        "CREATE POLICY firm_records ON events FOR INSERT WITH CHECK (actor_org_id = (SELECT current_org()) AND EXISTS ("
        "SELECT 1 FROM entrustments e WHERE e.org_id = events.org_id AND e.case_id = events.case_id "
        "AND e.firm_id = (SELECT current_org())))"
    )
    op.execute(
        """
        CREATE FUNCTION firm_changes_state_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (to_jsonb(NEW) - '{state,version,state_since}'::text[])
               IS DISTINCT FROM (to_jsonb(OLD) - '{state,version,state_since}'::text[]) THEN
                RAISE EXCEPTION 'a law firm may move an entrusted case and change nothing else of it'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER firm_changes_state_only BEFORE UPDATE ON cases FOR EACH ROW "
        "WHEN (current_org() IS NOT NULL AND OLD.org_id <> current_org()) EXECUTE FUNCTION firm_changes_state_only()"
    )


def _moves() -> None:
    """A case starts as received, and goes only where the table of moves lets it go."""
    op.execute("CREATE TABLE case_moves (source text, target text, PRIMARY KEY (source, target))")
    pairs = ", ".join(f"('{source}', '{target}')" for source, target in MOVES)
    op.execute(f"INSERT INTO case_moves VALUES {pairs}")
    op.execute(
        """
        CREATE FUNCTION guard_case_state() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                RAISE EXCEPTION 'a case starts as received, not as %', NEW.state USING ERRCODE = 'check_violation';
            END IF;
            IF NOT EXISTS (SELECT 1 FROM case_moves WHERE source = OLD.state AND target = NEW.state) THEN
                RAISE EXCEPTION 'a case does not move from % to %', OLD.state, NEW.state
                    USING ERRCODE = 'check_violation';
            END IF;
            IF NEW.version <= OLD.version THEN
                RAISE EXCEPTION 'a move raises the version of its case' USING ERRCODE = 'check_violation';
            END IF;
            NEW.state_since := clock_timestamp();
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER guard_first_state BEFORE INSERT ON cases FOR EACH ROW "
        "WHEN (NEW.state <> 'received') EXECUTE FUNCTION guard_case_state()"
    )
    op.execute(
        "CREATE TRIGGER guard_move BEFORE UPDATE ON cases FOR EACH ROW "
        "WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION guard_case_state()"
    )


def _journal() -> None:
    """Events are written once. Not even the owner of the table alters them by accident."""
    op.execute(
        """
        CREATE FUNCTION refuse_alteration() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the journal is written once: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER refuse_alteration BEFORE UPDATE OR DELETE ON events "
        "FOR EACH ROW EXECUTE FUNCTION refuse_alteration()"
    )
    op.execute(
        "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_alteration()"
    )


def _grants() -> None:
    """The role that the application signs in as, or is a member of. It owns nothing and deletes next to nothing."""
    op.execute(
        f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP}') THEN
                CREATE ROLE {APP} NOLOGIN NOSUPERUSER NOBYPASSRLS;
            END IF;
        END $$
        """
    )
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP}")
    changeable = ", ".join(table for table in TENANT_TABLES if table != "events")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {changeable} TO {APP}")
    op.execute(f"GRANT SELECT, INSERT ON events TO {APP}")
    op.execute(f"GRANT SELECT ON case_moves TO {APP}")
    op.execute(f"GRANT DELETE ON sheet_rows TO {APP}")
    op.execute(f"GRANT USAGE, SELECT ON SEQUENCE case_ids, job_order TO {APP}")


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_truncate ON events")
    op.execute("DROP TRIGGER refuse_alteration ON events")
    for trigger in ("guard_move", "guard_first_state", "firm_changes_state_only"):
        op.execute(f"DROP TRIGGER {trigger} ON cases")
    op.execute("DROP TABLE case_moves")
    policies = {
        "organisations": ("look_up", "firms", "clients"),
        "people": ("look_up",),
        "invitations": ("look_up",),
        "api_tokens": ("look_up",),
        "jobs": ("tend",),
        "entrustments": ("firm_reads", "firm_answers"),
        "cases": ("firm_reads", "firm_moves"),
        "audit_runs": ("firm_reads",),
        "milestones": ("firm_reads", "firm_reports"),
        "events": ("firm_reads", "firm_records"),
    }
    for table, names in policies.items():
        for name in names:
            op.execute(f"DROP POLICY {name} ON {table}")
    for table in TENANT_TABLES:
        op.execute(f"DROP POLICY tenant ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM {APP}")
    op.execute(f"REVOKE ALL ON SEQUENCE case_ids, job_order FROM {APP}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {APP}")
    for function in (
        "refuse_alteration()",
        "guard_case_state()",
        "firm_changes_state_only()",
        "current_duty()",
        "current_org()",
    ):
        op.execute(f"DROP FUNCTION {function}")
