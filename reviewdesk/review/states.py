"""The states of a case and the one table of moves between them.

Nothing else decides where a case may go: services ask this table, the database holds a copy of it (table
``case_moves``) and refuses any other move, and the pages offer just the moves that it lists for the reader's roles.

A decision that waits for a second person does not move its case. The case stays where it is, with a proposal
beside it, until the second person confirms or refuses.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Where a case is on the road from the workbook to the court."""

    RECEIVED = "received"
    AUDITING = "auditing"
    IN_REVIEW = "in_review"
    ESCALATED = "escalated"
    RETURNED = "returned"
    APPROVED = "approved"
    SETTLED = "settled"
    PERFORMING = "performing"
    BREACHED = "breached"
    ENTRUSTED = "entrusted"
    FILED = "filed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"


class Verb(StrEnum):
    """What is done to a case to move it. The first five are a reviewer's decisions."""

    APPROVE = "approve"
    SETTLE = "settle"
    ESCALATE = "escalate"
    RETURN = "return"
    WITHDRAW = "withdraw"

    FINISH_AUDIT = "finish_audit"
    AUDIT_ANEW = "audit_anew"
    ANSWER = "answer"
    HAND_BACK = "hand_back"
    REOPEN = "reopen"
    PERFORM = "perform"
    BREACH = "breach"
    RESUME = "resume"
    ENTRUST = "entrust"
    REFUSE = "refuse"
    RECALL = "recall"
    FILE = "file"
    CLOSE = "close"
    REVERSE = "reverse"
    RAISE_AGAIN = "raise_again"


DECISIONS = (Verb.APPROVE, Verb.SETTLE, Verb.ESCALATE, Verb.RETURN, Verb.WITHDRAW)


class Need(StrEnum):
    """What a move asks for beyond the right role."""

    REASON = "reason"
    CURRENT_RUN = "current_run"  # names the audit run and the case version that it is based on
    SEEN_MISSING = "seen_missing"  # someone has seen what the checks could not judge
    PLAN = "plan"  # a computed and validated settlement plan
    SECOND_PERSON = "second_person"  # when `approval.second_person` says so
    FIRM = "firm"  # the law firm that receives the case
    FACTS = "facts"  # what the platform supplied
    DATE = "date"  # the day on which it happened


SYSTEM = "system"
UPLOADER = "uploader"
REVIEWER = "reviewer"
SENIOR = "senior_reviewer"
COUNSEL = "counsel"


@dataclass(frozen=True, slots=True)
class Move:
    """One allowed move: from where to where, by which verb, by whom, and what it needs."""

    source: State
    target: State
    verb: Verb
    roles: frozenset[str]
    needs: frozenset[Need] = field(default_factory=frozenset)

    def open_to(self, roles: Iterable[str]) -> bool:
        """Whether someone with these roles may make the move."""
        return not self.roles.isdisjoint(roles)


def _rows(
    sources: Iterable[State], target: State, verb: Verb, roles: Iterable[str], needs: Iterable[Need] = ()
) -> tuple[Move, ...]:
    return tuple(Move(source, target, verb, frozenset(roles), frozenset(needs)) for source in sources)


_S, _V, _N = State, Verb, Need
_DESK = (REVIEWER, SENIOR)
_DECIDED = (_N.REASON, _N.CURRENT_RUN)

TABLE: tuple[Move, ...] = (
    # The audit hands cases to the reviewers: new ones, and those that waited to be audited anew.
    *_rows([_S.RECEIVED, _S.AUDITING], _S.IN_REVIEW, _V.FINISH_AUDIT, [SYSTEM]),
    *_rows([_S.IN_REVIEW], _S.AUDITING, _V.AUDIT_ANEW, [SYSTEM, *_DESK], [_N.REASON]),
    # An escalated case whose facts changed goes through its audit and is back at the senior level in one transaction.
    *_rows([_S.ESCALATED], _S.AUDITING, _V.AUDIT_ANEW, [SYSTEM], [_N.REASON]),
    *_rows([_S.IN_REVIEW], _S.ESCALATED, _V.RAISE_AGAIN, [SYSTEM], [_N.REASON]),
    # Reviewers decide; an escalated case is in review at the senior level.
    *_rows(
        [_S.IN_REVIEW],
        _S.APPROVED,
        _V.APPROVE,
        _DESK,
        [*_DECIDED, _N.SEEN_MISSING, _N.SECOND_PERSON],
    ),
    *_rows([_S.ESCALATED], _S.APPROVED, _V.APPROVE, [SENIOR], [*_DECIDED, _N.SEEN_MISSING, _N.SECOND_PERSON]),
    *_rows([_S.IN_REVIEW], _S.SETTLED, _V.SETTLE, _DESK, [*_DECIDED, _N.PLAN, _N.SECOND_PERSON]),
    *_rows([_S.ESCALATED], _S.SETTLED, _V.SETTLE, [SENIOR], [*_DECIDED, _N.PLAN, _N.SECOND_PERSON]),
    *_rows([_S.IN_REVIEW], _S.ESCALATED, _V.ESCALATE, _DESK, _DECIDED),
    *_rows([_S.IN_REVIEW], _S.RETURNED, _V.RETURN, _DESK, _DECIDED),
    *_rows([_S.ESCALATED], _S.RETURNED, _V.RETURN, [SENIOR], _DECIDED),
    *_rows([_S.IN_REVIEW], _S.WITHDRAWN, _V.WITHDRAW, _DESK, _DECIDED),
    *_rows([_S.ESCALATED], _S.WITHDRAWN, _V.WITHDRAW, [SENIOR], _DECIDED),
    *_rows([_S.ESCALATED], _S.IN_REVIEW, _V.HAND_BACK, [SENIOR], [_N.REASON]),
    # Its batch is taken back: as if it had never come. The job does it for the uploader or a senior reviewer.
    *_rows([_S.RECEIVED, _S.AUDITING, _S.IN_REVIEW], _S.REVERSED, _V.REVERSE, [SYSTEM], [_N.REASON]),
    # The platform answers a returned case, or takes back what it should not have sent.
    *_rows([_S.RETURNED], _S.AUDITING, _V.ANSWER, [SYSTEM, UPLOADER], [_N.FACTS]),
    *_rows([_S.RECEIVED, _S.RETURNED], _S.WITHDRAWN, _V.WITHDRAW, [UPLOADER, SENIOR], [_N.REASON]),
    # A settlement is performed, or breached and decided anew.
    *_rows([_S.SETTLED], _S.PERFORMING, _V.PERFORM, [UPLOADER, *_DESK], [_N.DATE]),
    *_rows([_S.PERFORMING], _S.CLOSED, _V.CLOSE, _DESK, [_N.DATE]),
    *_rows([_S.SETTLED, _S.PERFORMING], _S.BREACHED, _V.BREACH, _DESK, [_N.REASON]),
    *_rows([_S.BREACHED], _S.IN_REVIEW, _V.RESUME, _DESK, [_N.REASON]),
    # Approved cases go to a law firm, which takes them to court.
    *_rows([_S.APPROVED], _S.IN_REVIEW, _V.REOPEN, [SENIOR], [_N.REASON]),
    *_rows([_S.APPROVED], _S.ENTRUSTED, _V.ENTRUST, [SENIOR], [_N.FIRM]),
    *_rows([_S.ENTRUSTED], _S.APPROVED, _V.REFUSE, [COUNSEL], [_N.REASON]),
    *_rows([_S.ENTRUSTED], _S.APPROVED, _V.RECALL, [SENIOR], [_N.REASON]),
    *_rows([_S.ENTRUSTED], _S.FILED, _V.FILE, [COUNSEL], [_N.DATE]),
    *_rows([_S.FILED], _S.CLOSED, _V.CLOSE, [COUNSEL], [_N.DATE]),
)

INITIAL = State.RECEIVED
FINAL = frozenset({State.CLOSED, State.WITHDRAWN, State.REVERSED})
DECIDABLE = frozenset(move.source for move in TABLE if move.verb is Verb.APPROVE)

_BY_STEP = {(move.source, move.verb): move for move in TABLE}


def moves() -> set[tuple[str, str]]:
    """Every allowed (from, to), as the database's table ``case_moves`` holds it."""
    return {(move.source.value, move.target.value) for move in TABLE}


def move(source: State, verb: Verb) -> Move | None:
    """The move that `verb` makes from `source`, or None where the table has none."""
    return _BY_STEP.get((source, verb))


def sources(verb: Verb, roles: Iterable[str] | None = None) -> frozenset[State]:
    """The states from which `verb` may be done, by someone with `roles` if given."""
    held = None if roles is None else frozenset(roles)
    return frozenset(row.source for row in TABLE if row.verb is verb and (held is None or row.open_to(held)))


def target(verb: Verb, source: State | None = None) -> State:
    """Where `verb` leads. `source` is needed only for a verb that leads to more than one state.

    Raises:
        KeyError: the table has no such move, or the verb alone does not say where it leads.
    """
    found = {row.target for row in TABLE if row.verb is verb and source in (None, row.source)}
    if len(found) != 1:
        raise KeyError(f"{verb} from {source}")
    return found.pop()


def open_moves(source: State, roles: Iterable[str]) -> tuple[Move, ...]:
    """The moves that someone with `roles` may make from `source`, in the table's order."""
    held = frozenset(roles)
    return tuple(row for row in TABLE if row.source is source and row.open_to(held))
