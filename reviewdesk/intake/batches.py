"""The organisation's batches: found, locked while their columns are settled, and who may upload and settle them."""

from uuid import UUID

from sqlalchemy import select

from reviewdesk.actor import Actor
from reviewdesk.db import Work
from reviewdesk.errors import NotAllowed, NotFound, Refusal, Stale, Text
from reviewdesk.intake.models import Batch


def find_batch(work: Work, batch_id: UUID, action: str = "intake:batch:open") -> Batch:
    """The organisation's batch.

    Raises:
        NotFound: it has none of this id; the attempt goes to the journal.
    """
    batch = work.session.get(Batch, (work.org_id, batch_id))
    if batch is None:
        raise _unknown(batch_id, action)
    return batch


def lock_for_mapping(work: Work, batch_id: UUID) -> Batch:
    wanted = select(Batch).where(Batch.org_id == work.org_id, Batch.batch_id == batch_id)
    batch = work.session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if batch is None:
        raise _unknown(batch_id, "intake:batch:map")
    return batch


def _unknown(batch_id: UUID, action: str) -> NotFound:
    return NotFound(
        "batch.unknown",
        Text("没有这个批次，或您无权查看。", "There is no such batch, or you may not see it."),
        refusal=Refusal(action, ("batch", str(batch_id))),
    )


def check_may_upload(actor: Actor) -> None:
    if actor.kind == "person" and not actor.has("uploader"):
        raise NotAllowed(
            "batch.upload_not_allowed",
            Text("只有资料员可以上传和对应列。", "Only an uploader may upload and map workbooks."),
            refusal=Refusal("intake:batch:upload", ("batch", "")),
        )


def check_waits(batch: Batch, version: int) -> None:
    if batch.state != "mapping" or batch.version != version:
        raise Stale(
            "batch.changed",
            Text("这个批次已有变化，请刷新后再确认。", "This batch has changed: open it again."),
            changes=[],
            batch_id=str(batch.batch_id),
            state=batch.state,
        )
