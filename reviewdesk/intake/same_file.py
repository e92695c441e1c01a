"""A file that the organisation has already leads to its batch."""

from reviewdesk.db import Work
from reviewdesk.errors import Conflict, Text
from reviewdesk.pages import write_datetime

_SAME_FILE = """
SELECT b.batch_id, b.name, b.state, b.created_at, b.by_name,
       b.state IN ('stopped', 'cancelled', 'taken_back') OR EXISTS (
           SELECT 1 FROM jobs j WHERE j.org_id = b.org_id AND j.state = 'failed'
           AND j.kind IN ('intake.look', 'intake.load') AND j.args ->> 'batch_id' = b.batch_id::text
       ) AS ended
FROM batches b JOIN files f ON f.org_id = b.org_id AND f.file_id = b.file_id
WHERE b.org_id = :org AND f.sha256 = :sha256 AND f.kind = 'workbook'
ORDER BY ended, b.created_at DESC LIMIT 1
"""


def refuse_same_file(work: Work, sha256: str, *, again: bool) -> None:
    """Refuse a file that the organisation has, unless all its imports ended without result and `again` is asked for."""
    earlier = work.execute(_SAME_FILE, org=work.org_id, sha256=sha256).first()
    if earlier is None or (again and earlier.ended):
        return
    day = write_datetime(earlier.created_at)
    raise Conflict(
        "batch.same_file",
        Text(
            f"这个文件已由{earlier.by_name}于 {day} 上传，批次为「{earlier.name}」。",
            f"{earlier.by_name} uploaded this file on {day} as batch {earlier.name!r}.",
        ),
        batch_id=str(earlier.batch_id),
        batch_name=earlier.name,
        batch_state=earlier.state,
        uploaded_at=earlier.created_at.isoformat(),
        by=earlier.by_name,
        may_repeat=bool(earlier.ended),
    )
