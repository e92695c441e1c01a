"""Indexes by hash over the digests of borrowers' data: these are only ever asked for equality

Revision ID: 0020
Revises: 0019

Such an index takes a third of the time when a batch is loaded. A digest is keyed by its organisation, so the
organisation need not stand in the index. The indexes are built while the table is in use.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_DIGESTS = ("id", "mobile", "address", "name")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for digest in _DIGESTS:
            op.execute(
                f"CREATE INDEX CONCURRENTLY ix_case_files_{digest}_hash ON case_files USING hash ({digest}_index)"
            )
            op.execute(f"DROP INDEX CONCURRENTLY ix_case_files_{digest}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for digest in _DIGESTS:
            where = " WHERE address_index IS NOT NULL" if digest == "address" else ""
            op.execute(
                f"CREATE INDEX CONCURRENTLY ix_case_files_{digest} ON case_files (org_id, {digest}_index){where}"
            )
            op.execute(f"DROP INDEX CONCURRENTLY ix_case_files_{digest}_hash")
