"""The shapes of the API: what requests may hold and what answers hold.

One set of models validates requests, serialises answers and makes the OpenAPI document, so that the three cannot
differ. Money is a decimal string in yuan ("1019.14"), a rate a decimal string ("0.154"), a day an ISO date, and a
moment RFC 3339 in UTC.
"""

import base64
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from reviewdesk.errors import Text
from reviewdesk.intake.known import OnKnown
from reviewdesk.money import fen, yuan
from reviewdesk.review.settlement import Kind
from reviewdesk.review.states import State, Verb

# ------------------------------------------------------------------------------------------------- values


def _read_yuan(given: object) -> int:
    if not isinstance(given, str):
        raise PydanticCustomError("money", "money is a decimal string in yuan")
    try:
        return fen(given)
    except ValueError as error:
        raise PydanticCustomError("money", "money is a decimal string in yuan with at most two decimals") from error


def write_moment(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC: `2026-11-25T02:44:14.123456Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Money = Annotated[
    int,
    PlainSerializer(yuan, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+\.\d{2}$", "examples": ["1019.14"]}),
]
"""Fen inside, a decimal string in yuan outside."""

GivenMoney = Annotated[
    int,
    BeforeValidator(_read_yuan),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d{1,2})?$", "examples": ["1019.14"]}),
]
"""Money as a request gives it."""

Moment = Annotated[
    datetime,
    PlainSerializer(write_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": "Z$"}),
]


def _read_cursor(given: object) -> str:
    try:
        return base64.urlsafe_b64decode(str(given).encode() + b"==").decode()
    except ValueError as error:
        raise PydanticCustomError("cursor", "not a cursor of this list") from error


def _write_cursor(cursor: str) -> str:
    return base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


Cursor = Annotated[str, BeforeValidator(_read_cursor), WithJsonSchema({"type": "string", "maxLength": 300})]
"""A place in a list, as a request gives it: opaque, and safe in an address."""

Next = Annotated[str, PlainSerializer(_write_cursor, return_type=str), WithJsonSchema({"type": "string"})]
"""A place in a list, as an answer gives it."""

Choice = Literal[Verb.APPROVE, Verb.SETTLE, Verb.ESCALATE, Verb.RETURN, Verb.WITHDRAW]
Verdict = Literal["blocked", "attention", "clear"]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Shape(BaseModel):
    """A JSON object with just these members."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(Shape):
    """A sentence in Simplified Chinese and in English."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> "Sentence":
        """The sentence of a text in both languages."""
        return cls(zh=text.zh, en=text.en)


# ----------------------------------------------------------------------------------------------- problems


class FieldProblem(Shape):
    """What is wrong with one member of a request: `field` is its path, as `plan.count`."""

    field: str
    code: str
    message: Sentence


class Change(BaseModel):
    """A change that a late request had not seen."""

    model_config = ConfigDict(extra="allow")

    what: Literal["state", "run", "override", "decision"]
    zh: str
    en: str


class Problem(Shape):
    """An error (RFC 9457). `detail` is in the language of the request, `message` in both.

    `code` is stable. `changes` says what happened since the version that a stale request names. `details` holds
    numbers and names that belong to this kind of error.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    code: str
    message: Sentence
    errors: list[FieldProblem] = []
    changes: list[Change] = []
    details: dict[str, JsonValue] = {}
    request_id: str | None = None


# ------------------------------------------------------------------------------------------------- paging


class Paging(Shape):
    """Which stretch of a list is wanted: pass `next` of one page as `cursor` of the following."""

    cursor: Cursor | None = None
    limit: int = Field(50, ge=1, le=200)


# ----------------------------------------------------------------------------------------------------- me


class Me(Shape):
    """Whose token this is, and what it may."""

    person_id: UUID
    name: str
    email: str
    roles: list[str]
    organisation: "Organisation"
    may_reveal: bool


class Organisation(Shape):
    """A lending platform or a law firm."""

    org_id: UUID
    name: str
    kind: Literal["platform", "law_firm"]


# ------------------------------------------------------------------------------------------------ batches


_DECLARED = "what the sheet should hold: a difference stops the import"


Taken = Literal["take", "leave"]


class Hidden(Shape):
    """Whether hidden rows and columns of the accounts, and hidden side sheets, are taken or left out."""

    rows: Taken = "take"
    columns: Taken = "take"
    sheets: Taken = "leave"


class Notice(Shape):
    """Something to know of a batch's file: hidden parts, macros, formulas without results and the like."""

    code: str
    message: Sentence


class BatchFile(Shape):
    """A file of a batch that came as a zip archive. `sheet` and what follows are absent where it has no accounts.

    `settled` says whether it is known what its columns are; `mapping` is that then.
    """

    name: str
    sheet: str | None
    header_row: int | None
    rows: int
    settled: bool
    mapping: dict[str, JsonValue] | None
    mapping_version: int | None


class Upload(Shape):
    """The parts of an upload beside its file."""

    mapping: str | None = Field(
        None,
        description="JSON that says which column is which field; what it does not name keeps what the header suggests",
        max_length=100_000,
    )
    confirm: Literal["auto", "person"] = Field(
        "person", description="`auto` goes on without a person where nothing is in doubt"
    )
    sheet: str | None = Field(None, description="the sheet with the accounts", max_length=100)
    password: str | None = Field(
        None, description="opens a workbook that has a password; it is kept nowhere", max_length=255
    )
    lender_kind: str | None = Field(None, description="for rows that do not say", max_length=40)
    declared_rows: str | None = Field(None, description=_DECLARED, pattern=r"^\d{1,7}$")
    declared_principal: str | None = Field(None, description="the same, a sum in yuan", max_length=30)
    declared_outstanding_principal: str | None = Field(None, description="the same, a sum in yuan", max_length=30)
    declared_total_claimed: str | None = Field(None, description="the same, a sum in yuan", max_length=30)
    again: OnKnown = Field(
        "reject",
        description="accounts that are cases already: an error (`reject`), counted apart (`skip`), or renewed while "
        "nobody has decided on them (`update`)",
    )
    hidden_rows: Taken | None = Field(None, description="hidden rows of the accounts; `take` where not given")
    hidden_columns: Taken | None = Field(None, description="hidden columns of the accounts; `take` where not given")
    hidden_sheets: Taken | None = Field(None, description="hidden side sheets; `leave` where not given")
    repeat: Literal["true", "false"] = Field(
        "false", description="import anew a file whose earlier import came to nothing"
    )


class GivenMapping(Shape):
    """A person's mapping of a batch that waits for it.

    `version` is the batch's as the client saw it; without it the present one is meant.
    """

    mapping: dict[str, JsonValue]
    version: int | None = None
    declared: "GivenDeclared | None" = None
    hidden: Hidden | None = None


class GivenDeclared(Shape):
    """What the sheet should hold."""

    rows: int | None = Field(None, ge=0)
    principal: GivenMoney | None = None
    outstanding_principal: GivenMoney | None = None
    total_claimed: GivenMoney | None = None


class Declared(Shape):
    """What the uploader said that the sheet holds."""

    rows: int | None
    sums: dict[str, Money]


class Progress(Shape):
    """How far the job is that reads or loads a batch."""

    state: Literal["pending", "running", "done", "failed"]
    phase: str
    done: int
    total: int
    rows_a_second: int | None
    seconds_left: int | None
    stopping: bool


class BatchProblem(Shape):
    """Why an import stopped."""

    code: str
    message: Sentence
    mend: Sentence | None = None
    differences: list[dict[str, JsonValue]] = []


class SideCounts(Shape):
    """Rows of a sheet beside the accounts: `read` ones joined their accounts, `mended` of these were refused at first.

    `refused` rows cannot be read, `stray` ones name an account that the batch does not have.
    """

    sheet: str
    kind: Literal["repayments", "demands", "evidence", "schedule"]
    read: int
    refused: int
    stray: int
    set_aside: int
    mended: int


class Counts(Shape):
    """Rows of the sheet, once the import is over.

    `rows` is `loaded` + `updated` + `unchanged` + `skipped` + `rejected` + `set_aside`. `known` of them are accounts
    that the organisation has already, `mended` of the loaded ones were rejected at first. `side_wrong` counts what is
    to be mended in the sheets beside the accounts.
    """

    rows: int | None
    loaded: int | None
    updated: int | None
    unchanged: int | None
    skipped: int | None
    rejected: int | None
    set_aside: int | None
    known: int | None
    mended: int | None
    side_wrong: int | None
    side_sheets: list[SideCounts]


class BatchLine(Shape):
    """A batch as the list shows it."""

    batch_id: UUID
    name: str
    state: Literal[
        "uploaded", "mapping", "loading", "stopped", "auditing", "ready", "cancelled", "taking_back", "taken_back"
    ]
    version: int
    counts: Counts
    totals: dict[str, Money]
    uploaded_by: str
    uploaded_at: Moment
    loaded_at: Moment | None
    audited_at: Moment | None
    problem: BatchProblem | None


class TakenBack(Shape):
    """Who takes or took a batch back and why; once done, how many cases were reversed, and the others by reason."""

    reason: str
    by: str
    at: str
    reversed: int | None = None
    kept: dict[str, int] = {}
    blocked: dict[str, int] = {}


class GivenTakeBack(Shape):
    """Why a batch is taken back."""

    reason: str = Field(max_length=2000)


class KeptCase(Shape):
    """A case that taking its batch back left as it is, and why."""

    case_id: int
    number: str
    state: State
    outcome: Literal["kept", "blocked"]
    reason: str
    message: Sentence


class KeptCases(Shape):
    """A page of cases that taking their batch back left as they are."""

    items: list[KeptCase]
    next: Next | None


class Batch(BatchLine):
    """A batch with how far it is and what came of it. `verdicts` counts the cases' current audits.

    `mending` is how far the mended workbook is that a worker reads, null when none is read and the last one was.
    """

    file_name: str
    file_size: int
    sha256: str
    sheet: str | None
    header_row: int | None
    mapping: dict[str, JsonValue] | None
    mapping_version: int | None
    declared: Declared
    progress: Progress | None
    mending: Progress | None
    audited: int
    verdicts: dict[str, int]
    set_aside: dict[str, int]
    again: OnKnown
    hidden: Hidden
    notices: list[Notice]
    files: list[BatchFile]
    taken_back: TakenBack | None


class Batches(Shape):
    """A page of batches, newest first."""

    items: list[BatchLine]
    next: Next | None


class Renewal(Shape):
    """A case whose facts an import renewed. Personal values are masked, sums are yuan."""

    case_id: int
    number: str
    old: dict[str, JsonValue]
    new: dict[str, JsonValue]


class Renewals(Shape):
    """A page of renewed cases, in the order of the import."""

    items: list[Renewal]
    next: Next | None


# -------------------------------------------------------------------------------------------------- cases


class CaseQuery(Paging):
    """Which cases are wanted, most urgent limitation first. Without `state` and `view`: those in review."""

    view: Literal["near", "waiting", "blocked", "escalated", "mine", "returned", "all"] | None = None
    batch: UUID | None = None
    verdict: Verdict | None = None
    state: str | None = Field(None, pattern=f"^({'|'.join(['any', *(state.value for state in State)])})$")
    assignee: str | None = Field(None, description="a person's id, `me` or `none`", max_length=36)
    check: str | None = Field(None, description="id of a check that did not pass", max_length=60)
    overrides: Literal["any", "override", "acknowledge", "silence"] | None = Field(
        None, description="cases with findings that are set aside, in this way"
    )
    amount_from: str | None = Field(None, description="yuan", max_length=20)
    amount_to: str | None = Field(None, description="yuan", max_length=20)
    overdue_from: int | None = Field(None, ge=0, le=100_000)
    overdue_to: int | None = Field(None, ge=0, le=100_000)
    expiry_from: date | None = None
    expiry_to: date | None = None


class CaseSearch(CaseQuery):
    """A search by name, ID number, phone, account or case number; it comes in a body, which no log keeps."""

    text: str = Field(min_length=1, max_length=100)


class CaseLine(Shape):
    """A case as the list shows it; the borrower's name is masked.

    `verdict`, `failed`, `warned` and `missing` are of the findings that count: what is set aside is left out.
    """

    case_id: int
    number: str
    batch_id: UUID
    account_no: str
    borrower: str
    lender_name: str | None
    state: State
    version: int
    run_id: int | None
    verdict: Verdict | None
    failed: list[str]
    warned: list[str]
    missing: list[str]
    claimed: Money | None
    outstanding_principal: Money | None
    claimable: Money | None
    days_overdue: int | None
    limitation_expiry: date | None
    assignee_id: UUID | None
    assignee: str | None
    waiting: bool


class Cases(Shape):
    """A page of cases."""

    items: list[CaseLine]
    next: Next | None


class Finding(Shape):
    """What one check said: the numbers that it used and computed, in words, with its legal basis."""

    check: str
    version: int
    outcome: Literal["pass", "warn", "fail", "missing", "not_applicable"]
    severity: str
    reason: str
    used: dict[str, JsonValue]
    computed: dict[str, JsonValue]
    title: Sentence
    message: Sentence
    mend: Sentence | None
    cites: str


class Source(Shape):
    """Where a fact comes from: a cell of the uploaded file, a value given for all its rows, or a later answer."""

    sheet: str | None
    cell: str | None
    header: str | None
    by: str | None


class Run(Shape):
    """An audit of the case."""

    run_id: int
    policy: str
    verdict: Verdict
    is_current: bool
    failed: int
    missing: int
    at: Moment


class Plan(BaseModel):
    """A settlement plan; `confirmed.total` is `waived.total` plus the sum of the instalments."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    agreed_on: date
    confirmed: dict[str, str]
    waived: dict[str, str]
    payable: str
    instalments: list["Instalment"]


class Instalment(Shape):
    """One payment of a plan; number 0 is the down payment."""

    number: int
    due_on: date
    amount: str


class Decision(Shape):
    """What a reviewer decided. `state` is `waiting` while it waits for a second person, for the `needs` it names."""

    decision_id: UUID
    case_id: int
    choice: Choice
    state: Literal["effective", "waiting", "refused", "overtaken"]
    reason: str
    note: str | None
    needs: list[str]
    seen: list[str]
    plan: Plan | None
    case_version: int
    run_id: int | None
    by_id: UUID
    by: str
    at: Moment
    second_id: UUID | None
    second: str | None
    second_reason: str | None
    second_at: Moment | None


class Comment(Shape):
    """A remark on a case."""

    comment_id: UUID
    text: str
    by_id: UUID
    by: str
    at: Moment


class Comments(Shape):
    """The remarks on a case, oldest first."""

    items: list[Comment]


class SentFiles(Shape):
    """The parts of a request beside its files: none."""


class SentToCase(Shape):
    """The parts of a request beside its file."""

    kind: str | None = Field(None, description="what the file proves; told by its name where not given", max_length=40)


class Attachment(Shape):
    """An evidence file. Without a case, `reason` says why; `kind` is null for what proves none of the known kinds."""

    attachment_id: UUID
    batch_id: UUID
    case_id: int | None
    name: str
    folder: str
    kind: str | None
    reason: str | None
    media: str
    size: int
    sha256: str
    by: str
    at: Moment


class Attachments(Shape):
    """Evidence files, oldest first."""

    items: list[Attachment]


class RefusedFile(Shape):
    """A file that was not kept."""

    name: str
    code: str
    message: Sentence


class ReceivedFiles(Shape):
    """What became of the files that were sent; `known` counts those that were there already."""

    matched: list[Attachment]
    unmatched: list[Attachment]
    known: int
    refused: list[RefusedFile]


class GivenAccount(Shape):
    """The account that a file belongs to."""

    account_no: str = Field(min_length=1, max_length=64)


class GivenEvidenceKind(Shape):
    """A kind of evidence, or null for none."""

    kind: str | None = Field(description="a code of docs/file-format.md, section Evidence files", max_length=40)


class Case(CaseLine):
    """A case with everything that is known of it.

    `facts` are masked where they are personal, unless the token may reveal them: then `revealed` is true and the
    journal has an event. `sources` says for each fact where it comes from, in the file with this `sha256`.
    """

    row: int
    file: str | None
    sha256: str
    mapping_version: int | None
    facts_version: int
    facts: dict[str, JsonValue]
    revealed: bool
    sources: dict[str, Source]
    excess: Money | None
    policy: str | None
    as_of: date | None
    findings: list[Finding]
    runs: list[Run]
    decisions: list[Decision]
    history: "list[Event]"


class CaseView(Shape):
    """How a case is wanted. `masked` leaves personal data masked although the token may reveal it."""

    masked: bool = False


class GivenPlan(Shape):
    """The terms of a settlement: `count` instalments after the down payment, the first on `first_due_on`."""

    kind: Kind
    agreed_on: date | None = Field(None, description="today, where absent")
    first_due_on: date
    count: int = Field(1, ge=1, le=120)
    waived: GivenMoney = 0
    down_payment: GivenMoney = 0


class GivenDecision(Shape):
    """A decision as it is asked for. `case_version` and `run_id` are those of the case that the client saw.

    `seen` lists the checks with missing facts that the decider acknowledges; `plan` are the terms of a settlement.
    """

    choice: Choice
    reason: Reason
    case_version: int
    run_id: int | None = None
    note: str | None = Field(None, max_length=2000)
    seen: list[str] = Field(default=[], max_length=100)
    plan: GivenPlan | None = None


class GivenReason(Shape):
    """Why a second person confirms or refuses."""

    reason: str = Field("", max_length=2000)


class GivenComment(Shape):
    """A remark."""

    text: str = Field(min_length=1, max_length=4000)


# ------------------------------------------------------------------------------------------------ journal


class EventFilters(Shape):
    """What narrows the journal; days are Shanghai's and inclusive.

    `action` is a whole action or its beginning, as `review:`; `case` is a case's number or id; `text` is looked for in
    the words of the action and the values.
    """

    since: date | None = None
    until: date | None = None
    person: UUID | None = None
    action: str | None = Field(None, max_length=80)
    subject: str | None = Field(None, description="kind, or kind:id", max_length=110)
    case: str | None = Field(None, max_length=40)
    batch: UUID | None = None
    outcome: Literal["done", "refused"] | None = None
    text: str | None = Field(None, max_length=100)


class EventQuery(EventFilters, Paging):
    """Which events are wanted, newest first."""


class ActorOfEvent(Shape):
    """Who did it."""

    kind: Literal["person", "job", "command", "system"]
    person_id: UUID | None
    name: str
    roles: list[str]
    org_id: UUID | None
    ip: str | None
    agent: str | None


class Subject(Shape):
    """What it was done to."""

    kind: str
    id: str


class Event(Shape):
    """One entry of the journal; `told` says it in words, without its author."""

    event_id: int
    at: Moment
    actor: ActorOfEvent
    action: str
    outcome: Literal["done", "refused"]
    subject: Subject
    case_id: int | None
    case_number: str | None
    batch_id: UUID | None
    cases: int | None
    told: Sentence
    old: dict[str, JsonValue] | None
    new: dict[str, JsonValue] | None
    request_id: str | None
    job_id: UUID | None


class Events(Shape):
    """A page of the journal."""

    items: list[Event]
    next: Next | None


class GivenExport(Shape):
    """An export of the journal as it is asked for."""

    format: Literal["csv", "jsonl", "xlsx"]
    filters: EventFilters = EventFilters()
    language: Literal["zh", "en"] = "zh"


class Export(Shape):
    """An export; `file` is where to fetch it once it is ready."""

    export_id: UUID
    kind: Literal["journal", "cases"]
    format: Literal["csv", "jsonl", "xlsx"]
    state: Literal["waiting", "running", "ready", "failed"]
    name: str
    rows: int | None
    size: int | None
    sha256: str | None
    asked_at: Moment
    finished_at: Moment | None
    file: str | None


class Exports(Shape):
    """A page of one's own exports."""

    items: list[Export]
    next: Next | None


def plain(model: Shape) -> dict[str, Any]:
    """The members of a request that were given, as plain strings by name."""
    given = model.model_dump(exclude_none=True, exclude_unset=True)
    return {name: str(value) for name, value in given.items()}
