"""How long the checks take a case, without reading, loading or storing anything.

    python -m bench.audit_core [--cases N] [--profile]

The reference loop is a hundred thousand additions in Python on the same machine in the same run; the ratio to it
travels between machines.
"""

import argparse
import cProfile
import pstats
import statistics
import time
from datetime import date, timedelta
from typing import Any

from reviewdesk.audit.engine import audit_cases
from reviewdesk.audit.facts import CaseFacts, Related
from reviewdesk.audit.policy import load_policy
from reviewdesk.garbage import collecting_seldom
from reviewdesk.identity import id_check_digit

AS_OF = date(2026, 11, 23)
METHODS = ("equal_instalments", "equal_principal", "interest_first")
KINDS = ("consumer_finance", "micro_loan", "bank", "private", "assisted")
ROUND = 250
LOOP = 100_000
RELATED = Related((), (), (), (), 1, 50_000, 400, 3)


def case_of(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts of one case, each different, of a sheet with every column filled."""
    terms = (12, 24, 36)[number % 3]
    paid = number % (terms // 2)
    disbursed = date(2022, 1, 1) + timedelta(days=number % 700)
    last_paid = disbursed + timedelta(days=30 * paid + 30)
    principal = 300_000 + (number * 7_919) % 9_700_000
    outstanding = principal - principal * paid // terms
    interest, penalty = outstanding // 10, outstanding // 20
    facts = {
        "account_no": f"JJ{number:08}",
        "lender_name": "广州某某消费金融有限公司",
        "lender_code": "91350100M000100Y43",
        "lender_kind": KINDS[number % 5],
        "licence_no": "L0001",
        "contract_date": disbursed.isoformat(),
        "disbursed_on": disbursed.isoformat(),
        "due_on": (disbursed + timedelta(days=365 * terms // 12)).isoformat(),
        "principal": principal,
        "disbursed_amount": principal - (principal // 20 if number % 10 == 0 else 0),
        "annual_rate": ("0.24", "0.18", "0.145", "0.12")[number % 4],
        "penalty_rate": "0.36",
        "repayment_method": METHODS[number % 3],
        "terms": terms,
        "terms_paid": paid,
        "outstanding_principal": outstanding,
        "interest_due": interest,
        "penalty_due": penalty,
        "fees_due": 1_000 * (number % 4),
        "total_claimed": outstanding + interest + penalty + 1_000 * (number % 4),
        "last_paid_on": last_paid.isoformat(),
        "days_overdue": 400 + number % 300,
        "first_overdue_on": (AS_OF - timedelta(days=400 + number % 300)).isoformat(),
        "bucket": "M6+",
        "calculated_to": AS_OF.isoformat(),
        "last_demand_on": "2026-05-10",
        "demand_proof": number % 2 == 0,
        "agreed_court": "广州市天河区人民法院",
        "service_address_confirmed": True,
        "contract_signed_by": "electronic",
        "esign_certificate": f"CA{number:010}",
        "student": False,
        "deceased": False,
        "complaint": False,
        "litigated": False,
        "arbitrated": False,
        "paid_off": False,
        "negotiating": False,
    }
    body = f"440106{1960 + number % 40}0307{number % 1000:03}"
    address = f"广东省佛山市南海区桂城街道{number}号"
    personal = {
        "borrower_name": "张三丰",
        "id_no": body + id_check_digit(body),
        "mobile": f"138{number:08}",
        "gender": "男" if number % 2 else "女",
        "id_address": address,
        "contact_address": address,
        "note": "无",
    }
    return facts, personal


def reference_loop(additions: int) -> float:
    """Seconds for some additions in Python."""
    started = time.process_time()
    total = 0
    for number in range(additions):
        total += number
    return time.process_time() - started


def audit_some(cases: list[tuple[dict[str, Any], dict[str, Any]]], *, store: bool) -> float:
    """Seconds to audit some cases, and to write each one's findings in their stored form."""
    policy = load_policy()
    started = time.process_time()
    read = (CaseFacts.of(facts, personal, RELATED) for facts, personal in cases)
    for audit in audit_cases(read, policy, AS_OF):
        if store:
            audit.packed()
    return time.process_time() - started


@collecting_seldom()
def main() -> None:
    """Print microseconds a case and the ratio to the reference loop, as medians over many small rounds.

    Rounds of cases and of the loop take turns, so that whatever else the machine does weighs on both.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    chosen = parser.parse_args()
    rounds = [
        [case_of(number) for number in range(first, min(first + ROUND, chosen.cases))]
        for first in range(0, chosen.cases, ROUND)
    ]
    if chosen.profile:
        with cProfile.Profile() as profile:
            for cases in rounds:
                audit_some(cases, store=True)
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return
    checking, packing, loops = [], [], []
    for cases in rounds:
        loops.append(reference_loop(LOOP))
        checking.append(audit_some(cases, store=False) / len(cases))
        packing.append(audit_some(cases, store=True) / len(cases))
    ratio = statistics.median(one / loop for one, loop in zip(checking, loops, strict=True))
    each, stored_each = statistics.median(checking) * 1e6, statistics.median(packing) * 1e6
    print(f"{chosen.cases} cases: checks {each:.1f} µs a case, with the stored form {stored_each:.1f} µs")
    print(f"{LOOP:,} additions take {statistics.median(loops) * 1e6:.0f} µs; a case takes {ratio:.4f} times that")


if __name__ == "__main__":
    main()
