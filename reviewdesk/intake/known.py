"""Rows whose accounts the organisation has already: what the uploader wants of them, and what came of each.

`reject` reports them as errors, `skip` counts them apart, `update` renews the facts of cases on which nobody has
decided yet. Renewing is the review's, which knows what a decision is: the load is handed a function for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from reviewdesk.db import Work
from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.looking import discreet
from reviewdesk.intake.mapping import Mapping, column_letters
from reviewdesk.intake.models import Batch
from reviewdesk.intake.numbering import row_of

OnKnown = Literal["reject", "skip", "update"]
Outcome = Literal["updated", "unchanged", "decided"]

UPDATE_EVENT: Final = "intake:case:update"
"""The event of a renewed case: old and new values of what changed, personal ones masked."""

STAGE: Final = """
CREATE TEMPORARY TABLE incoming_known (
    row integer, account_no text, staged_id bigint, case_id bigint PRIMARY KEY, facts json, sealed bytea
) ON COMMIT DROP
"""
"""What the sheet says of the known accounts. `sealed` is sealed for `staged_id`, the id that a new case would have."""

KEEP: Final = """
INSERT INTO incoming_known
SELECT i.row, i.account_no, i.case_id, c.case_id, i.facts, i.sealed
FROM incoming i
JOIN cases c ON c.org_id = %(org)s AND c.account_no = i.account_no AND c.case_id <> i.case_id
           AND c.state <> 'reversed'
"""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What came of one known account: `updated`, `unchanged` (it says nothing new) or `decided` (left as it is)."""

    row: int
    account_no: str
    case_id: int
    number: str
    outcome: Outcome


Renew = Callable[[Work, Batch], Iterator[Renewed]]
"""Renew the cases of the accounts in `incoming_known`, in the transaction of the load."""


def read_on_known(text: str | None) -> OnKnown:
    """The choice as a form or a client writes it; nothing means `reject`.

    Raises:
        Invalid: it is none of the three.
    """
    for choice in get_args(OnKnown):
        if (text or "reject") == choice:
            found: OnKnown = choice
            return found
    raise Invalid(
        "batch.on_known",
        Text("已有借据的处理方式应为 reject、skip 或 update。", "Known accounts are rejected, skipped or updated."),
        field="again",
    )


def is_known(mapping: Mapping, row: int, account_no: str, number: str, batch_name: str) -> dict[str, Any]:
    """The error of a row whose account is a case."""
    message = Text(
        f"该借据已是案件 {number}（批次「{batch_name}」）",
        f"this account is already case {number} (batch {batch_name!r})",
    )
    mend = Text(
        "无需再次导入；如为另一笔借款，请写其自己的借据号",
        "nothing to do; if it is another loan, give it a number of its own",
    )
    return _error(mapping, row, account_no, "account.known", message, mend)


def is_decided(mapping: Mapping, row: int, account_no: str, number: str) -> dict[str, Any]:
    """The error of a row that would change a case on which somebody has decided."""
    message = Text(f"案件 {number} 已有决定，没有更新", f"case {number} is decided upon already, and was not updated")
    mend = Text(
        "如确需更正，请在案件页撤销决定或退回后再导入",
        "to correct it, reopen or return the case on its page, then import again",
    )
    return _error(mapping, row, account_no, "account.decided", message, mend)


def _error(mapping: Mapping, row: int, account_no: str, code: str, message: Text, mend: Text) -> dict[str, Any]:
    rule = mapping.rule_of("account_no")
    return {
        "column": rule.header if rule else None,
        "cell": f"{column_letters(rule.column)}{row_of(row)}" if rule else None,
        "field": "account_no",
        "code": code,
        "value": discreet(account_no, "account_no"),
        "message": message.as_json(),
        "mend": mend.as_json(),
    }
