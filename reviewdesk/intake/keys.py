"""A number for each account of a sheet that has none: made from what tells its accounts apart, or from their rows.

A number shows nothing of the person: it is a keyed digest. Numbers made from the same facts with the same secret are
the same in every sheet, so that an account is known again; numbers made from rows are not.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reviewdesk.intake.mapping import BY_ROW, Mapping
from reviewdesk.intake.values import Value

Digest = Callable[[str], bytes]

PERSON = ("id_no", "mobile", "borrower_name")
DAY = ("disbursed_on", "contract_date", "due_on", "claim_paid_on")
AMOUNT = ("principal", "disbursed_amount", "claim_paid", "total_claimed")
"""Of each the first that the sheet has goes into a number that is made; of one's loans on one day few are alike."""

_BYTES = 8


@dataclass(frozen=True, slots=True)
class Keys:
    """What numbers are made with. `origin` tells the file from others, `digest` hides what goes into a number."""

    origin: str
    digest: Digest

    @classmethod
    def of_file(cls, sha256: str) -> "Keys":
        """Keys that need no secret of an organisation: only who has the file can make its numbers again."""
        secret = sha256.encode()
        return cls(sha256, lambda text: hashlib.blake2b(text.encode(), key=secret[:64], digest_size=_BYTES).digest())

    def of_row(self, row: int) -> str:
        """The number of a row, other than that of any row of another file."""
        return f"R-{self.origin[:8].upper()}-{row}"

    def of_facts(self, facts: Sequence[Value]) -> str:
        """The number of an account that these facts tell apart."""
        return f"K-{self.digest('|'.join(map(str, facts)))[:_BYTES].hex().upper()}"


UNTOLD = Keys.of_file("0" * 64)
"""For a look at a sheet whose numbers nobody keeps."""


def proposed_key(mapping: Mapping) -> tuple[str, ...]:
    """What can stand in for the account number of a sheet without one; nothing where a column has it."""
    if mapping.rule_of("account_no") is not None:
        return ()
    have = {rule.field for rule in mapping.filled()} - set(mapping.constants)
    found = [next((name for name in names if name in have), None) for names in (PERSON, DAY, AMOUNT)]
    fields = tuple(name for name in found if name)
    return fields if found[0] and len(fields) > 1 else (BY_ROW,)
