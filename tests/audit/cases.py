"""A sound case, and the changes that a test makes to it."""

from datetime import date
from typing import Any

from reviewdesk.audit.engine import CaseAudit, audit_case
from reviewdesk.audit.facts import CaseFacts, Related
from reviewdesk.audit.policy import load_policy
from reviewdesk.money import fen

AS_OF = date(2026, 11, 23)

ALONE = Related((), (), (), (), 1, 100, 5, 3)
"""Somebody looked, and no other case matters."""

_EVIDENCE = ("identity", "contract", "disbursement", "ledger", "mandate")


def sound_facts() -> dict[str, Any]:
    """A consumer-finance loan of 12,000 at 18 %, four of twelve instalments paid, overdue since 10 November 2025."""
    return {
        "account_no": "JJ001",
        "lender_name": "广州南海消费金融有限公司",
        "lender_code": "91440300MA5EXAMP0C",
        "lender_kind": "consumer_finance",
        "licence_no": "J0001",
        "contract_date": "2025-06-10",
        "disbursed_on": "2025-06-10",
        "due_on": "2026-06-10",
        "principal": fen("12000"),
        "disbursed_amount": fen("12000"),
        "annual_rate": "0.18",
        "penalty_rate": "0.24",
        "repayment_method": "equal_instalments",
        "terms": 12,
        "terms_paid": 4,
        "outstanding_principal": fen("8235.72"),
        "interest_due": fen("565.59"),
        "penalty_due": fen("400.00"),
        "compound_due": 0,
        "damages_due": 0,
        "fees_due": 0,
        "total_claimed": fen("9201.31"),
        "paid_total": fen("4400.64"),
        "last_paid_on": "2025-10-10",
        "days_overdue": 378,
        "first_overdue_on": "2025-11-10",
        "bucket": "M6+",
        "calculated_to": "2026-11-23",
        "last_demand_on": "2026-05-10",
        "demand_proof": True,
        "agreed_court": "佛山市南海区人民法院",
        "service_address_confirmed": True,
        "contract_signed_by": "electronic",
        "esign_certificate": "CA-1",
        "student": False,
        "deceased": False,
        "complaint": False,
        "litigated": False,
        "arbitrated": False,
        "paid_off": False,
        "negotiating": False,
        "hardship": False,
        **{f"evidence_{item}": True for item in _EVIDENCE},
    }


def sound_ledger() -> dict[str, Any]:
    """The four instalments that were paid, each on its day, and the penalty on the eight others day by day."""
    paid = [{"row": month - 5, "paid_on": f"2025-{month:02}-10", "amount": fen("1100.16")} for month in range(7, 11)]
    return {"repayments": paid, "penalty_due": fen("1460.85"), "total_claimed": fen("10262.16")}


def sound_person() -> dict[str, Any]:
    """Made up: a woman of 36 in Foshan."""
    return {
        "borrower_name": "张三丰",
        "id_no": "440106199003072349",
        "mobile": "13800138000",
        "gender": "女",
        "id_address": "广东省佛山市南海区桂城街道1号",
        "contact_address": "广东省佛山市南海区桂城街道1号",
        "note": "无",
    }


def a_case(
    *, person: dict[str, Any] | None = None, related: Related = ALONE, without: tuple[str, ...] = (), **changes: Any
) -> CaseFacts:
    """A sound case with changes; amounts may be given as decimal strings in yuan by the name `<field>_yuan`."""
    facts = sound_facts()
    for name, value in changes.items():
        if name.endswith("_yuan"):
            facts[name.removesuffix("_yuan")] = fen(value)
        else:
            facts[name] = value
    personal = {**sound_person(), **(person or {})}
    for name in without:
        facts.pop(name, None)
        personal.pop(name, None)
    return CaseFacts.of(
        {name: value for name, value in facts.items() if value is not None},
        {name: value for name, value in personal.items() if value is not None},
        related,
    )


def audited(case: CaseFacts, as_of: date = AS_OF) -> CaseAudit:
    """The case under the built-in policy."""
    return audit_case(case, load_policy(), as_of)


def said(case: CaseFacts, check: str, as_of: date = AS_OF) -> dict[str, Any]:
    """One finding in its JSON form, which also shows that its sentences can be made."""
    return next(found for found in audited(case, as_of).findings_json(case) if found["check"] == check)
