"""A blind index over borrowers' addresses, and with each audited batch the courts that its contracts name

Revision ID: 0014
Revises: 0013

Cases that were loaded before have no digest until `reviewdesk vault index` has made it: the database cannot, as
addresses are sealed and the index is keyed.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_SPREAD = """
UPDATE batches SET spread = counted.spread
FROM (
    SELECT org_id, batch_id, jsonb_build_object(
        'cases', sum(cases), 'courts', coalesce(jsonb_object_agg(court, cases)
                                                FILTER (WHERE court IS NOT NULL AND cases > 1), '{}')
    ) AS spread
    FROM (
        SELECT org_id, batch_id, facts ->> 'agreed_court' AS court, count(*) AS cases
        FROM cases JOIN case_files USING (org_id, case_id) GROUP BY 1, 2, 3
    ) AS by_court GROUP BY 1, 2
) AS counted
WHERE batches.org_id = counted.org_id AND batches.batch_id = counted.batch_id AND batches.as_of IS NOT NULL
"""


def upgrade() -> None:
    op.add_column("case_files", sa.Column("address_index", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_case_files_address",
        "case_files",
        ["org_id", "address_index"],
        postgresql_where=sa.text("address_index IS NOT NULL"),
    )
    op.add_column("batches", sa.Column("spread", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.execute(_SPREAD)


def downgrade() -> None:
    op.drop_column("batches", "spread")
    op.drop_index("ix_case_files_address", "case_files")
    op.drop_column("case_files", "address_index")
