"""The journal as this stage sees it: a port, since the journal stands above accounts on the road."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import current_app

from reviewdesk.db import Work
from reviewdesk.errors import NotAllowed, Refusal, Text

RECORDER = "reviewdesk.record"


def record(
    work: Work,
    action: str,
    subject: tuple[str, str | UUID],
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    outcome: str = "done",
) -> None:
    """Write one event in the transaction of the change; see `journal.service.record`."""
    current_app.extensions[RECORDER](work, action, subject, old=old, new=new, outcome=outcome)


def not_allowed(code: str, text: Text, action: str, subject: tuple[str, str | UUID]) -> NotAllowed:
    """An error for an attempt that the edge records as refused."""
    return NotAllowed(code, text, refusal=Refusal(action=action, subject=(subject[0], str(subject[1]))))
