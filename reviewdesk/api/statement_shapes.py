"""The shapes of a claim statement in the API."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from reviewdesk.api.shapes import Money, Sentence, Shape

Charge = Literal["interest", "penalty", "compound", "fees", "cap"]
PartOfDebt = Literal["principal", "interest", "penalty", "compound", "fees"]


class StatementResult(Shape):
    """What the statement comes to.

    `principal` and `charges` stand by contract and make up `total`; `cap` is what the law allows as charges since
    `start`, `charges_paid` what of it is paid already, `room` what it leaves. `credited` was paid as charges above the
    cap of a private lender and counts against the principal; `unasked` is what the limit before 20 August 2020 grants
    and the contract did not ask, which is no room for later days.
    """

    principal: Money
    charges: Money
    total: Money
    cap: Money
    charges_paid: Money
    credited: Money
    unasked: Money
    room: Money
    overpaid: Money
    claimed: Money
    claimable: Money
    excess: Money


class StatementPart(Shape):
    """One part of the debt: what stands, and what the sheet claims of it (null where it does not say)."""

    part: PartOfDebt
    stands: Money
    claimed: Money | None
    difference: Money | None


class StatementLine(Shape):
    """A period of one charge; the first day counts, the last does not. `running` is the sum of its kind so far."""

    charge: Charge
    number: int | None = Field(description="of the instalment whose charge it is")
    start: date
    until: date
    days: int
    base: Money
    rate: str
    amount: Money
    running: Money


class StatementSetOff(Shape):
    """How a payment was set off. `ahead`: principal paid before it was due; `kept`: waits for the next instalment."""

    on: date
    amount: Money
    fees: Money
    interest: Money
    compound: Money
    penalty: Money
    principal: Money
    ahead: Money
    kept: Money
    over: Money
    balance: Money


class StatementReversal(Shape):
    """A payment that was taken back: it counts as never made.

    `paid_on` is null where no payment is found that it takes back; then the reversal does not count.
    """

    paid_on: date | None
    reversed_on: date
    amount: Money


class StatementOrder(Shape):
    """What the debt comes to under one order of set-off; `taken` is that of this statement.

    `legal`: Civil Code Art. 561; `policy`: as the policy has it; `sheet`: as the lender's sheet allocates each payment
    (`order` is null); `principal_first`: where the sheet does not say.
    """

    kind: Literal["legal", "policy", "sheet", "principal_first"]
    order: list[PartOfDebt] | None
    taken: bool
    principal: Money
    interest: Money
    compound: Money
    penalty: Money
    fees: Money
    total: Money
    overpaid: Money
    claimable: Money | None


class SuitSums(Shape):
    """What the loans of a suit come to together; `claimable` is the amount in dispute."""

    principal: Money
    charges: Money
    total: Money
    cap: Money
    claimed: Money
    claimable: Money
    excess: Money


class SuitFees(Shape):
    """The court fee on the sum, and halved in simplified procedure; `apart`: halved, of a suit for each loan."""

    full: Money
    halved: Money
    apart: Money
    policy: str
    as_of: date


class Statement(Shape):
    """The claim statement (债权计算书) of a case, made from its facts under the policy of its audit."""

    case_id: int
    number: str
    run_id: int
    policy: str
    as_of: date
    by_ledger: bool = Field(description="whether the repayments were replayed one by one")
    start: date
    calculated_to: date
    basis: int | None = Field(description="days of a year in interest and penalty; null where each year counts its own")
    order: list[PartOfDebt]
    rate: str | None
    penalty_rate: str | None
    result: StatementResult
    parts: list[StatementPart]
    lines: list[StatementLine]
    cap_lines: list[StatementLine]
    set_offs: list[StatementSetOff]
    reversals: list[StatementReversal]
    orders: list[StatementOrder]
    method: list[Sentence]
    set_aside: list[Sentence] = Field(description="findings of the case that are set aside, by whom and why")


class SuitStatement(Shape):
    """The claim statement of one suit over several loans: what they come to together, and each loan's own."""

    joint_id: UUID
    sums: SuitSums
    parts: list[StatementPart] = Field(description="over all loans; empty where one has no ledger")
    fees: SuitFees
    loans: list[Statement]
    method: list[Sentence]
