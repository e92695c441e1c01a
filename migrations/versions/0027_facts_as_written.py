"""Facts as the text that was written: they are read whole, and taking them apart took a third of loading a case

Revision ID: 0027
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

GUARD = (
    "CREATE TRIGGER guard_facts BEFORE UPDATE ON case_files FOR EACH ROW "
    "WHEN (OLD.facts_version <> NEW.facts_version OR OLD.facts{cast} IS DISTINCT FROM NEW.facts{cast}) "
    "EXECUTE FUNCTION guard_facts()"
)


def upgrade() -> None:
    _alter("json", "::text")


def downgrade() -> None:
    _alter("jsonb", "")


def _alter(kind: str, cast: str) -> None:
    op.execute("DROP TRIGGER guard_facts ON case_files")
    for table in ("case_files", "superseded_facts"):
        op.execute(f"ALTER TABLE {table} ALTER COLUMN facts TYPE {kind} USING facts::{kind}")
    op.execute(GUARD.format(cast=cast))
