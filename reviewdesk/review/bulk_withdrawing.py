"""Letting one check's finding count again in many cases at once: the same judgement as for one, one event a batch."""

from collections.abc import Sequence
from typing import Any

from reviewdesk.actor import Actor
from reviewdesk.audit.models import FindingOverride
from reviewdesk.db import Work
from reviewdesk.review import bulk, bulk_targets
from reviewdesk.review.bulk import Deed, DeedName, Seen
from reviewdesk.review.bulk_overriding import check_about
from reviewdesk.review.bulk_targets import Target
from reviewdesk.review.discretion import discreet
from reviewdesk.review.models import BulkDecision
from reviewdesk.review.overrides import standing_of
from reviewdesk.review.queries import Filters
from reviewdesk.review.withdrawing import WITHDRAW, check_withdrawal, check_withdrawal_reason, end, of_check


def preview(
    actor: Actor,
    check: str,
    reason: str,
    *,
    filters: Filters | None = None,
    ids: Sequence[int] = (),
    key: str | None = None,
) -> BulkDecision:
    """Store a selection with what letting a check's finding count again would do to each case (`bulk.preview`).

    Raises:
        Invalid: no case, too many, an unknown check, or no reason.
        NotAllowed: the actor's roles do not set findings aside, or not in so many cases.
        Conflict: the key was used for another request.
    """
    check_about(actor, check)
    check_withdrawal_reason(reason)
    return bulk.preview(
        actor,
        DEED,
        filters=filters,
        ids=ids,
        key=key,
        choice="withdraw",
        check_id=check,
        reason=discreet(reason.strip()),
    )


def _judge(work: Work, made: BulkDecision, target: Target, seen: Seen) -> FindingOverride:
    assert made.check_id is not None  # noqa: S101  it is what the bulk is about
    bulk_targets.check_unchanged(target, seen.version, seen.run_id)
    found = of_check(target.basis.overrides, made.check_id)
    check_withdrawal(work.actor, target.case, found, target.waiting)
    return found


def _count_again(work: Work, made: BulkDecision, judged: Sequence[tuple[Target, FindingOverride]]) -> None:
    for target, one in judged:
        end(work.actor, one, made.reason, target.case.version + 1)
    work.session.flush()
    bulk_targets.mirror(
        work, {target.case.case_id: standing_of(target.basis.run, target.basis.overrides) for target, _one in judged}
    )


def _told(made: BulkDecision) -> dict[str, Any]:
    return {"check": made.check_id, "reason": made.reason}


DEED: Deed[FindingOverride] = Deed(DeedName.COUNT_AGAIN, _judge, _count_again, _told, action=lambda _made: WITHDRAW)
