"""A case audited again on facts and rules of the past, without storing a run."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from reviewdesk.addresses import address_key
from reviewdesk.audit.engine import CaseAudit, audit_case
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.findings import StoredAnswer
from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.relations import BatchFigures, Others, Relations, figures_kept, figures_of, related_of
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.db import Work
from reviewdesk.intake.models import Case
from reviewdesk.intake.superseding import Facts, facts_at


class Seen(NamedTuple):
    """What other cases said: the run in which they said it of this one, and the figures of the batch then.

    None means as they stand now.
    """

    run_id: int | None = None
    figures_id: int | None = None

    @classmethod
    def by(cls, run: AuditRun) -> Seen:
        """As a run saw it; where that was not kept, as they stand now."""
        return cls() if run.figures_id is None else cls(run.run_id, run.figures_id)


NOW = Seen()


class Replay:
    """One case under any version of its facts, any rules, and other cases as any run saw them; each is audited once."""

    def __init__(self, work: Work, case: Case, figures: dict[UUID, BatchFigures] | None = None) -> None:
        """`figures` remembers those of batches, as they are now, where several cases are looked at."""
        self._work = work
        self._case = case
        self._facts: dict[int, Facts] = {}
        self._figures = {} if figures is None else figures
        self._kept: dict[int, BatchFigures] = {}
        self._others: dict[int | None, Others] = {}
        self._audits: dict[tuple[int, str, date, Seen], CaseAudit] = {}

    def facts(self, version: int) -> Facts:
        """A version of the case's facts.

        Raises:
            NotFound: it was not kept.
        """
        if version not in self._facts:
            self._facts[version] = facts_at(self._work, self._case, version)
        return self._facts[version]

    def audit(self, version: int, policy: str, as_of: date, seen: Seen = NOW) -> CaseAudit:
        """The audit of a version of the facts under a policy, as of a day, beside other cases as they were or are.

        Raises:
            NotFound: the facts were not kept, or there is no such policy.
        """
        key = (version, policy, as_of, seen)
        if key not in self._audits:
            case = self._as_seen(version, seen)
            self._audits[key] = audit_case(case, policy_of(self._case.org_id, policy), as_of)
        return self._audits[key]

    def answers(self, version: int, policy: str, as_of: date, seen: Seen = NOW) -> dict[str, StoredAnswer]:
        """The same, by check."""
        return {answer[0]: answer for answer in self.audit(version, policy, as_of, seen).answers}

    def _as_seen(self, version: int, seen: Seen) -> CaseFacts:
        """A version of the facts as the checks see it."""
        given = self.facts(version)
        related = related_of(
            self._others_at(seen.run_id),
            given.facts,
            has_phone=bool(given.personal.get("mobile")),
            has_address=address_key(given.personal) is not None,
            batch=self._figures_at(seen.figures_id),
        )
        return CaseFacts.of(given.facts, given.personal, related)

    def _others_at(self, run_id: int | None) -> Others:
        if run_id not in self._others:
            self._others[run_id] = self._read_others(run_id)
        return self._others[run_id]

    def _read_others(self, run_id: int | None) -> Others:
        case = self._case
        if run_id is None:
            return Relations(self._work, [case.case_id]).others(case.case_id)
        return Others.of_kept(self._work.session.get_one(AuditRun, (case.org_id, run_id)).others)

    def _figures_at(self, figures_id: int | None) -> BatchFigures:
        batch_id = self._case.batch_id
        if figures_id is not None:
            if figures_id not in self._kept:
                self._kept[figures_id] = figures_kept(self._work, figures_id)
            return self._kept[figures_id]
        if batch_id not in self._figures:
            self._figures[batch_id] = figures_of(self._work, batch_id)
        return self._figures[batch_id]
