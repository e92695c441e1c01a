"""Old notices about a batch's file list rows, columns and cells in English with commas

Only what stands between numbers of rows, letters of columns or addresses of cells is changed: between the names of
sheets and columns the sign may be part of a name.

Revision ID: 0032
Revises: 0031
"""

import json
import re
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

ONE = r"(?:\d+|[A-Z]{1,3}\d*)"
LISTED = re.compile(rf"(?:^|(?<=」)|(?<=; )){ONE}(?:、{ONE})+(?=$|; | …|\. )")
BEGIN = {
    "hidden_rows": "Hidden rows: ",
    "hidden_columns": "Hidden columns: ",
    "unvalued": "are read as blank: ",
}


def upgrade() -> None:
    bind = op.get_bind()
    found = bind.execute(sa.text("SELECT org_id, batch_id, notices FROM batches WHERE notices::text LIKE '%、%'")).all()
    for org_id, batch_id, notices in found:
        mended = [in_english(notice) for notice in notices]
        if mended != notices:
            bind.execute(
                sa.text(
                    "UPDATE batches SET notices = CAST(:notices AS jsonb) WHERE org_id = :org AND batch_id = :batch"
                ),
                {"notices": json.dumps(mended, ensure_ascii=False), "org": org_id, "batch": batch_id},
            )


def downgrade() -> None:
    """Older programs show the text as it is."""


def in_english(notice: dict[str, Any]) -> dict[str, Any]:
    """A notice whose English lists have commas."""
    begin = BEGIN.get(notice["code"])
    if begin is None or begin not in notice["en"]:
        return notice
    head, _begin, listed = notice["en"].rpartition(begin)
    return {**notice, "en": head + begin + LISTED.sub(lambda found: found[0].replace("、", ", "), listed)}
