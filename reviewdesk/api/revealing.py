"""A case's facts for a program: masked, or in clear for a token that may reveal, against an event."""

from typing import Any

from reviewdesk.accounts.roles import Ability, may
from reviewdesk.db import Work
from reviewdesk.intake.fact_forms import facts_for_people
from reviewdesk.intake.models import Case
from reviewdesk.journal.service import record
from reviewdesk.review.discretion import discreet
from reviewdesk.vault import vault


def facts_of(work: Work, case: Case, *, reveal: bool, reason: str = "") -> tuple[dict[str, Any], bool]:
    """The facts of a case in the shape of the check command, and whether the personal ones are in clear.

    They are where `reveal` is asked for and the actor's roles may; then one event names the fields, never the values.
    """
    personal = vault().unseal(case.sealed, case.org_id, case.case_id)
    clear = reveal and may(work.actor.roles, Ability.REVEAL) and bool(personal)
    if clear:
        record(
            work,
            "review:case:reveal",
            ("case", case.case_id),
            new={"fields": sorted(personal), "reason": discreet(reason.strip(), personal) or None},
            case_id=case.case_id,
            batch_id=case.batch_id,
        )
    return facts_for_people({**case.facts, **personal}, reveal=clear), clear
