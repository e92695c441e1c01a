"""What the tests of the review stage share: reading a case, asking for a decision on it, and work in bulk."""

from typing import Any
from uuid import UUID

from reviewdesk.actor import Actor
from reviewdesk.db import unit_of_work
from reviewdesk.intake.models import Case
from reviewdesk.review import bulk
from reviewdesk.review.judging import Ask
from reviewdesk.review.models import BulkDecision, BulkItem
from reviewdesk.review.states import Verb
from tests.builders import Org


def read(org: Org, case_id: int) -> Case:
    """The case as it stands."""
    with unit_of_work(org.reviewer.actor) as work:
        found = work.session.get(Case, (org.org_id, case_id))
    assert found is not None
    return found


def ask_for(org: Org, case_id: int, choice: str = "approve", **over: Any) -> Ask:
    """A decision based on the case as it stands now."""
    case = read(org, case_id)
    given = {"reason": "资料齐全", "case_version": case.version, "run_id": case.run_id} | over
    return Ask(case_id=case_id, choice=Verb(choice), **given)


def run_bulk(deed: bulk.Deed[Any], actor: Actor, made: BulkDecision) -> None:
    """Start a bulk, and run its job as a worker does."""
    bulk.start(actor, made.bulk_id)
    with unit_of_work(actor.as_job(made.bulk_id)) as work:
        bulk.run(deed, work, {"bulk_id": str(made.bulk_id)}, lambda **_: None)


def answers(org: Org, bulk_id: UUID) -> dict[int, tuple[str | None, str | None]]:
    """Outcome and code of each case of a bulk."""
    with unit_of_work(org.reviewer.actor) as work:
        items = work.session.query(BulkItem).filter_by(bulk_id=bulk_id)
        return {item.case_id: (item.outcome, item.code) for item in items}
