"""A case audited again on facts and rules of the past, without storing a run."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from reviewdesk.addresses import address_key
from reviewdesk.audit.engine import CaseAudit, audit_case
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.findings import StoredAnswer
from reviewdesk.audit.relations import BatchFigures, Relations, figures_of
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.db import Work
from reviewdesk.intake.models import Case
from reviewdesk.intake.superseding import Facts, facts_at


class Replay:
    """One case under any version of its facts and any rules; each pair is audited once.

    What other cases say of it is as they stand now: only the case's own facts are kept by version.
    """

    def __init__(self, work: Work, case: Case, figures: dict[UUID, BatchFigures] | None = None) -> None:
        """`figures` remembers those of batches where several cases are looked at."""
        self._work = work
        self._case = case
        self._facts: dict[int, Facts] = {}
        self._figures = {} if figures is None else figures
        self._audits: dict[tuple[int, str, date], CaseAudit] = {}

    def facts(self, version: int) -> Facts:
        """A version of the case's facts.

        Raises:
            NotFound: it was not kept.
        """
        if version not in self._facts:
            self._facts[version] = facts_at(self._work, self._case, version)
        return self._facts[version]

    def audit(self, version: int, policy: str, as_of: date) -> CaseAudit:
        """The audit of a version of the facts under a policy, as of a day.

        Raises:
            NotFound: the facts were not kept, or there is no such policy.
        """
        key = (version, policy, as_of)
        if key not in self._audits:
            self._audits[key] = audit_case(self._seen(version), policy_of(self._case.org_id, policy), as_of)
        return self._audits[key]

    def answers(self, version: int, policy: str, as_of: date) -> dict[str, StoredAnswer]:
        """The same, by check."""
        return {answer[0]: answer for answer in self.audit(version, policy, as_of).answers}

    def _seen(self, version: int) -> CaseFacts:
        """A version of the facts as the checks see it."""
        given, case = self.facts(version), self._case
        if case.batch_id not in self._figures:
            self._figures[case.batch_id] = figures_of(self._work, case.batch_id)
        relations = Relations(self._work, [case.case_id])
        related = relations.of(
            case.case_id,
            dict(given.facts),
            has_phone=bool(given.personal.get("mobile")),
            has_address=address_key(given.personal) is not None,
            batch=self._figures[case.batch_id],
        )
        return CaseFacts.of(given.facts, given.personal, related)
