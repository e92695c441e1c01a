"""The limits that hold for a case: those of the policy that it was audited under."""

from reviewdesk.audit.models import AuditRun
from reviewdesk.audit.policy import BUILT_IN, load_policy
from reviewdesk.review.limits import Limits, limits_of


def limits_for(run: AuditRun | None) -> Limits:
    """The limits of the policy that the run names, or of the built-in policy where there is no run."""
    return limits_of(load_policy(run.policy if run else BUILT_IN).parameters)
