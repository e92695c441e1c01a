"""Is everything there that the court will ask for?"""

from __future__ import annotations

import re
from datetime import timedelta

from reviewdesk.addresses import reaches_district
from reviewdesk.audit.facts import BY_SUIT, CaseFacts
from reviewdesk.audit.registry import PASS, Answer, Sentence, broken, check, lacking, missing, not_applicable, passed
from reviewdesk.audit.rules import Rules
from reviewdesk.money import Fen

ELECTRONIC = "electronic"
_BETWEEN_ITEMS = re.compile(r"[、,，;；/+和\s]+")
_AMOUNT = re.compile(r"[\d.元¥:：()（）]+")
_A_DAY = timedelta(days=1)
"""Deposits and bank receipts may bear the date of the next day."""


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
        "complete_but": Sentence(
            "必备证据{count}项已具备；证据清单注明无须提供：{not_needed}，请核实是否确实不需要。",
            "{count} required items are there; the list of evidence says that these are not needed: {not_needed}. "
            "Verify that.",
        ),
        "absent": Sentence(
            "缺少必备证据：{absent}。缺少的，立案时会被要求补正；庭审中不能举证的，由原告承担不利后果。",
            "Required evidence is absent: {absent}. The court will ask for it on filing, and what the plaintiff cannot "
            "prove counts against the plaintiff.",
            "补充{absent}后重新审核。",
            "Add {absent} and audit again.",
        ),
    },
)
def required_evidence_present(case: CaseFacts, rules: Rules) -> Answer:
    """Every item that the policy asks of this kind of lender is there.

    The list of evidence goes before the columns of the account's row; what it calls not needed is shown.
    """
    kind = case.lender_kind
    if kind is None:
        return missing("lender_kind")
    lacking, unknown, waived, count = [], [], [], 0
    listed = case.evidence_items is not None
    for item, when in rules.evidence_for(kind):
        if when is not None and not _asked(case, when, rules):
            continue
        if listed and case.evidence_waived(item):
            waived.append(item)
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
    return passed("complete_but", count=count, not_needed=waived) if waived else passed("complete", count=count)


def _asked(case: CaseFacts, when: str, rules: Rules) -> bool:
    """Whether an item that is only asked sometimes is asked in this case."""
    if when == "electronic":
        return case.contract_signed_by == ELECTRONIC
    if when == "accelerated":
        return case.accelerated_on is not None and case.accelerated_by != BY_SUIT
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
        "listed": Sentence(
            "证据清单列有电子签名证书（存证）；没有合同与存证的哈希值可供比对，提交时须附时间戳与哈希值核验结果。",
            "The list of evidence names a certificate (deposit); there are no hashes of contract and deposit to "
            "compare: file it with its time stamp and the check of its hash.",
        ),
        "verified": Sentence(
            "电子签名证书（存证）所载合同哈希值与合同文件一致，可证明签署后未被篡改。",
            "The hash in the certificate (deposit) is the contract file's: it was not changed after signing.",
        ),
        "hash_differs": Sentence(
            "合同文件的哈希值与电子签名证书（存证）所载不一致，提交的合同不是当时签署的文本，或签署后被改动，"
            "不能作为可靠的电子签名。",
            "The contract file's hash is not the one in the certificate (deposit): it is not the text that was signed, "
            "or was changed afterwards, and the signature cannot be relied on.",
            "从存证平台调取原文件，核对哈希值后重新提交。",
            "Fetch the original from the depository, check its hash, and file that.",
        ),
        "issued_later": Sentence(
            "电子签名证书（存证）日期{issued_on}晚于签约日，签约时没有可靠的电子签名。",
            "The certificate (deposit) is dated {issued_on}, after the day of the contract: there was no reliable "
            "signature when it was made.",
            "提供签约当时的签名证书与时间戳；事后补办的存证只能证明固定之时的内容。",
            "Show certificate and time stamp of the signing itself; a later deposit only proves what stood then.",
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
    if case.evidence_items is None:
        return passed("certified") if case.esign_certificate else broken("no_certificate")
    certificate = case.document("esign_certificate")
    if certificate is None:
        refused = case.listed_evidence("esign_certificate") is False
        return passed("certified") if case.esign_certificate and not refused else broken("no_certificate")
    signed, issued = case.contract_date, certificate.issued_on
    if signed is not None and issued is not None and issued > signed + _A_DAY:
        return broken("issued_later", issued_on=issued)
    contract = case.document("contract")
    if contract is None or not contract.sha256 or not certificate.sha256:
        return passed("listed")
    same = contract.sha256.casefold() == certificate.sha256.casefold()
    return passed("verified") if same else broken("hash_differs")


@check(
    "evidence.disclosure",
    title=("综合融资成本明示", "Disclosure of the cost"),
    cites="金规〔2026〕2号 (2026-08-01 施行)",
    uses=("contract_date", "disbursed_on", "lender_kind", "evidence_disclosure", "fees_due"),
    says={
        "before": Sentence(
            "借款成立于{from_day}之前，不要求综合融资成本明示表。",
            "The loan was made before {from_day}, from which the cost must be disclosed in its form.",
        ),
        "other_lender": Sentence(
            "该类出借人不在明示综合融资成本的机构之列。", "This kind of lender need not disclose the cost."
        ),
        "there": Sentence(
            "有借款人确认的综合融资成本明示表；主张的每项费用须与表列一致。",
            "The form of the cost is there; each fee that is claimed must stand in it.",
        ),
        "absent": Sentence(
            "借款成立于{from_day}之后，没有综合融资成本明示表。未明示的费用不得收取，息费主张难获支持。",
            "The loan was made from {from_day} on, and there is no form disclosing its cost. What was not disclosed "
            "may not be charged, and the charges claimed will hardly be allowed.",
            "补充借款人签署（或弹窗确认）的综合融资成本明示表，剔除表外费用。",
            "Add the form that the borrower signed or confirmed on screen, and drop fees that are not in it.",
        ),
    },
)
def cost_was_disclosed(case: CaseFacts, rules: Rules) -> Answer:
    """A loan under the duty to disclose its cost has the form in which it was disclosed."""
    if (elsewhere := _no_duty_to_disclose(case, rules)) is not None:
        return elsewhere
    there = case.evidence("disclosure")
    if there is None:
        return missing("evidence_disclosure")
    return passed("there") if there else broken("absent", from_day=rules.disclosure_from)


@check(
    "evidence.fee_items",
    title=("费用是否在明示表内", "Fees that were disclosed"),
    cites="金规〔2026〕2号 (2026-08-01 施行)",
    uses=("contract_date", "disbursed_on", "lender_kind", "fee_items", "disclosed_fees", "fees_due"),
    says={
        "before": Sentence(
            "借款成立于{from_day}之前，不适用明示表外费用不得收取的规定。",
            "The loan was made before {from_day}, from which only disclosed fees may be charged.",
        ),
        "other_lender": Sentence(
            "该类出借人不在明示综合融资成本的机构之列。", "This kind of lender need not disclose the cost."
        ),
        "no_fees": Sentence("未主张费用。", "No fees are claimed."),
        "not_named": Sentence(
            "主张费用{fees_due}，但表中没有写明是哪些费用，无法与综合融资成本明示表核对。未核对不等于已经明示。",
            "Fees of {fees_due} are claimed, but the sheet does not name them: they cannot be compared with the form "
            "of the all-in cost, and that is not a pass.",
            "在账户表中加“主张费用项目”列，逐项写明所主张的费用（如：服务费300元、会员费199元），"
            "再加“明示表费用项目”列，写明明示表所列各项；对已有案件选择“更新”重新导入。不主张费用的，将费用金额填为0。",
            "Add to the account sheet the column 主张费用项目 (fee_items), which names each fee claimed (服务费300元、"
            "会员费199元), and the column 明示表费用项目 (disclosed_fees) with what the form lists; import it again, "
            "updating the cases. If no fees are claimed, state them as 0.",
        ),
        "form_not_named": Sentence(
            "主张的费用为{fee_items}，但表中没有写明综合融资成本明示表列了哪些费用，无法核对。",
            "The fees claimed are {fee_items}, but the sheet does not say which fees the form of the all-in cost "
            "lists: they cannot be compared.",
            "在账户表中加“明示表费用项目”列，照抄明示表所列各项费用名称（没有列费用的写“未列费用”）；"
            "对已有案件选择“更新”重新导入。",
            "Add to the account sheet the column 明示表费用项目 (disclosed_fees) with the fees as the form lists them "
            "(未列费用 where it lists none), and import it again, updating the cases.",
        ),
        "all_disclosed": Sentence(
            "主张的{count}项费用均在明示表内。", "Each of the {count} fee items claimed stands in the form of the cost."
        ),
        "not_disclosed": Sentence(
            "主张的费用中，{undisclosed}不在综合融资成本明示表内。未明示的费用不得收取。",
            "Of the fees claimed, {undisclosed} does not stand in the form of the all-in cost. What was not disclosed "
            "may not be charged.",
            "放弃{undisclosed}，或提供载有该项的明示表。",
            "Drop {undisclosed}, or show the form that names it.",
        ),
    },
)
def fees_were_disclosed(case: CaseFacts, rules: Rules) -> Answer:
    """Each fee that is claimed on a loan under the duty to disclose stands in the form of its cost."""
    if (elsewhere := _no_duty_to_disclose(case, rules)) is not None:
        return elsewhere
    if case.fee_items is None:
        return missing("fee_items", reason="not_named") if case.fees_due else not_applicable("no_fees")
    claimed = _items(case.fee_items)
    if not claimed:
        return not_applicable("no_fees")
    if case.disclosed_fees is None:
        return missing("disclosed_fees", reason="form_not_named")
    disclosed = _items(case.disclosed_fees)
    absent = [item for item in claimed if not any(item in other or other in item for other in disclosed)]
    return broken("not_disclosed", undisclosed=absent) if absent else passed("all_disclosed", count=len(claimed))


def _items(text: str) -> list[str]:
    """The fees that a text names, without their amounts: `服务费300元、会员费 199` is 服务费, 会员费."""
    named = (_AMOUNT.sub("", part) for part in _BETWEEN_ITEMS.split(text))
    return [item for item in named if item and item not in ("无", "否")]


@check(
    "evidence.disbursement",
    title=("放款凭证的日期与金额", "Day and amount of the disbursement proof"),
    version=2,
    cites="民法典 (Civil Code) Art. 670, 679; 法释〔2020〕17号 Art. 2, 26",
    uses=("disbursed_on", "disbursed_amount", "principal"),
    says={
        "other_amount": Sentence(
            "放款凭证金额{proof_amount}，表列实际放款{lent}，相差{difference}。借款本金以实际提供的金额为准，"
            "凭证金额较少的，按凭证认定。",
            "The proof of disbursement is over {proof_amount}, the sheet says {lent}: a difference of {difference}. "
            "Principal is what was actually lent; where the proof shows less, that counts.",
            "按放款凭证更正实际放款金额并重算本息，或补充其余放款的凭证。",
            "Correct the amount disbursed from the proof and recompute, or add the proof of the rest.",
        ),
        "same": Sentence(
            "放款凭证日期{issued_on}与放款日期一致。", "The proof is dated {issued_on}, as the disbursement is."
        ),
        "other_day": Sentence(
            "放款凭证日期{issued_on}与表列放款日期{disbursed_on}相差{days}天。起息日以实际放款为准，"
            "日期不符会使利息计算被质疑。",
            "The proof of disbursement is dated {issued_on}, {days} days off the sheet's {disbursed_on}. Interest runs "
            "from the actual disbursement, and the difference puts its calculation in doubt.",
            "按放款凭证更正放款日期，或补充对应的凭证。",
            "Correct the day of disbursement from the proof, or add the right proof.",
        ),
        "no_day": Sentence(
            "证据清单没有放款凭证的日期与金额。", "The list of evidence gives neither day nor amount of the proof."
        ),
        "same_amount": Sentence(
            "放款凭证金额{proof_amount}与实际放款一致。", "The proof is over {proof_amount}, as was paid out."
        ),
    },
)
def disbursement_proof_fits(case: CaseFacts, rules: Rules) -> Answer:
    """The proof of disbursement is over what was paid out, and dated on the day from which interest is counted.

    The day beside it will do: receipts may bear the next.
    """
    proof = case.document("disbursement") if case.evidence_items is not None else None
    if proof is None or (proof.issued_on is None and proof.amount is None):
        return not_applicable("no_day")
    answer = None if proof.amount is None else _proof_is_over(case, rules, proof.amount)
    if proof.issued_on is None or (answer is not None and answer[0] != PASS):
        return answer or not_applicable("no_day")
    if case.disbursed_on is None:
        return missing("disbursed_on")
    days = abs((proof.issued_on - case.disbursed_on).days)
    if days > _A_DAY.days:
        return broken("other_day", issued_on=proof.issued_on, days=days)
    return passed("same", issued_on=proof.issued_on)


def _proof_is_over(case: CaseFacts, rules: Rules, amount: Fen) -> Answer:
    """Whether the proof is over what was paid out; where the sheet does not say, over the contract's principal."""
    lent = case.principal if case.disbursed_amount is None else case.disbursed_amount
    if lent is None:
        return missing("disbursed_amount")
    difference = Fen(abs(amount - lent))
    if difference > rules.sum_tolerance:
        return broken("other_amount", proof_amount=amount, lent=lent, difference=difference)
    return passed("same_amount", proof_amount=amount)


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


def _no_duty_to_disclose(case: CaseFacts, rules: Rules) -> Answer | None:
    """The answer on a loan that is not, or not known to be, under the duty to disclose its cost; None where it is."""
    formed_on, kind = case.formed_on, case.lender_kind
    if formed_on is None or kind is None:
        return lacking(contract_date=formed_on, lender_kind=kind)
    if formed_on < rules.disclosure_from:
        return not_applicable("before", from_day=rules.disclosure_from)
    if kind not in rules.disclosing_kinds:
        return not_applicable("other_lender")
    return None
