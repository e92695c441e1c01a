"""The limits that hold for a case: those of the policy that it was audited under."""

from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.policy import load_policy
from reviewdesk.audit.versions.shelf import policy_of
from reviewdesk.review.limits import Limits, limits_of


def limits_for(run: AuditRun | None) -> Limits:
    """The limits of the policy that the run names, or of the built-in policy where there is no run."""
    return limits_of((policy_of(run.org_id, run.policy) if run else load_policy()).parameters)
