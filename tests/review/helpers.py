"""What the tests of the review stage share: reading a case and asking for a decision as someone who just saw it."""

from typing import Any

from reviewdesk.db import unit_of_work
from reviewdesk.intake.models import Case
from reviewdesk.review.judging import Ask
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
