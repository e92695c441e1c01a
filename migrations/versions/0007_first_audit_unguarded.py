"""The move that every case makes once is judged by the trigger's condition alone, without a call for each row

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOVED = "OLD.state IS DISTINCT FROM NEW.state"
FIRST_AUDIT = "OLD.state = 'received' AND NEW.state = 'in_review' AND NEW.version = OLD.version + 1"
FOREIGN = "OLD.org_id <> current_org()"  # unknown, and so not fired, where no organisation is named


def upgrade() -> None:
    _guard(f"{MOVED} AND NOT ({FIRST_AUDIT})", FOREIGN)


def downgrade() -> None:
    _guard(MOVED, f"current_org() IS NOT NULL AND {FOREIGN}")


def _guard(moved: str, foreign: str) -> None:
    for name, condition, function in (
        ("guard_move", moved, "guard_case_state"),
        ("firm_changes_state_only", foreign, "firm_changes_state_only"),
    ):
        op.execute(f"DROP TRIGGER {name} ON cases")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE ON cases FOR EACH ROW WHEN ({condition}) "
            f"EXECUTE FUNCTION {function}()"
        )
