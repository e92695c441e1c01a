"""Is everything there that the court will ask for?"""

from __future__ import annotations

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.places import reaches_district
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed
from reviewdesk.audit.rules import Rules

ELECTRONIC = "electronic"


@check(
    "evidence.required",
    title=("必备证据", "Required evidence"),
    cites="民诉法 Art. 66–68, 122; 法释〔2020〕17号 Art. 2",
    uses=(
        "lender_kind",
        "evidence_identity",
        "evidence_contract",
        "esign_certificate",
        "evidence_disbursement",
        "evidence_ledger",
        "demand_proof",
        "evidence_acceleration",
        "evidence_assignment",
        "evidence_compensation",
        "evidence_disclosure",
        "evidence_mandate",
        "service_address_confirmed",
    ),
    says={
        "complete": Sentence("必备证据{count}项均已具备。", "All {count} required items are there."),
        "absent": Sentence(
            "缺少必备证据：{absent}。",
            "Required evidence is absent: {absent}.",
            "补充{absent}。",
            "Add {absent}.",
        ),
    },
)
def required_evidence_present(case: CaseFacts, rules: Rules) -> Answer:
    """Every item that the policy asks of this kind of lender is there."""
    kind = case.lender_kind
    if kind is None:
        return missing("lender_kind")
    lacking, unknown, count = [], [], 0
    for item, when in rules.evidence_for(kind):
        if when is not None and not _asked(case, when, rules):
            continue
        count += 1
        there = case.evidence(item)
        if there is None:
            unknown.append(item)
        elif not there:
            lacking.append(item)
    if lacking:
        return broken("absent", absent=lacking, unknown=unknown)
    if unknown:
        return missing(*(f"evidence.{item}" for item in unknown))
    return passed("complete", count=count)


def _asked(case: CaseFacts, when: str, rules: Rules) -> bool:
    """Whether an item that is only asked sometimes is asked in this case."""
    if when == "electronic":
        return case.contract_signed_by == ELECTRONIC
    if when == "accelerated":
        return case.accelerated_on is not None
    if when == "assigned":
        return case.assigned_from is not None
    return case.formed_on is not None and case.formed_on >= rules.disclosure_from


@check(
    "evidence.signature",
    title=("电子签名", "Electronic signature"),
    cites="电子签名法 Art. 13, 14; 法释〔2021〕12号 Art. 16–19",
    uses=("contract_signed_by", "esign_certificate"),
    says={
        "certified": Sentence(
            "电子合同有证书（存证）编号{esign_certificate}；提交时须附时间戳与哈希值核验结果。",
            "The electronic contract has certificate (deposit) {esign_certificate}; file it with its time stamp "
            "and the check of its hash.",
        ),
        "no_certificate": Sentence(
            "合同为电子签约，没有电子签名证书或存证编号，无法证明由借款人本人签署且未被篡改。",
            "The contract was signed electronically, but no certificate or deposit is named: it cannot be proved "
            "that the borrower signed "
            "it and that it is unchanged.",
            "补充电子签名证书、时间戳与哈希值存证。",
            "Add certificate, time stamp and deposited hash.",
        ),
        "paper": Sentence("合同为纸质签署。", "The contract was signed on paper."),
    },
)
def electronic_signature_is_certified(case: CaseFacts, rules: Rules) -> Answer:
    """A contract signed electronically has the certificate that proves who signed what, and when."""
    if case.contract_signed_by is None:
        return missing("contract_signed_by")
    if case.contract_signed_by != ELECTRONIC:
        return not_applicable("paper")
    return passed("certified") if case.esign_certificate else broken("no_certificate")


@check(
    "service.address",
    title=("送达地址", "Address for service"),
    cites="民诉法 Art. 87–95; 法发〔2016〕21号 Art. 3",
    uses=("service_address_confirmed",),
    says={
        "confirmed": Sentence("送达地址已经确认。", "The address for service is confirmed."),
        "vague": Sentence(
            "送达地址已经确认，但表列地址未写到门牌，无法据以送达。",
            "The address for service is confirmed, but the sheet's address is too short to serve at.",
            "补充完整的送达地址。",
            "Add the whole address.",
        ),
        "not_confirmed": Sentence(
            "送达地址未经确认。无法送达的，须公告送达，不能适用小额诉讼和简易程序，周期与费用增加。",
            "The address for service is not confirmed. If service fails it is by announcement, without "
            "small-claims or simplified "
            "procedure: longer and dearer.",
            "取得送达地址确认书，或援引合同中的送达地址条款。",
            "Obtain a confirmation, or rely on the contract's clause on service.",
        ),
    },
)
def service_address_is_confirmed(case: CaseFacts, rules: Rules) -> Answer:
    """The borrower confirmed an address at which service counts, and the sheet gives it whole."""
    if case.service_address_confirmed is None:
        return missing("service_address_confirmed")
    if not case.service_address_confirmed:
        return broken("not_confirmed")
    address = case.contact_address or case.id_address
    if address is not None and not reaches_district(address):
        return broken("vague")
    return passed("confirmed")
