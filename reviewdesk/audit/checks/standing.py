"""Is the plaintiff the one who may sue?"""

from __future__ import annotations

from functools import lru_cache

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.places import province_anywhere, province_in
from reviewdesk.audit.policy_parts import LENDER_KINDS, RECOURSE_KINDS
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed, warned
from reviewdesk.audit.rules import Rules
from reviewdesk.identity import PROVINCES, credit_code_problem

_PLATFORM_WORDS = ("科技", "信息技术", "网络技术", "信息服务", "数据", "咨询")
_LICENSED_WORDS = ("银行", "消费金融", "小额贷款", "信托", "担保", "保险", "信用社")
_PILOT_ASSIGNORS = ("银行", "消费金融", "信托", "汽车金融", "信用社", "金融租赁")
_NATIONWIDE = ("全国", "网络", "互联网", "线上")
_ANY_KIND = frozenset(LENDER_KINDS)
_KINDS_BY_WORD = (
    (("小额贷款", "小贷"), frozenset({"micro_loan", "assisted"})),
    (("消费金融",), frozenset({"consumer_finance", "assisted"})),
    (("担保",), frozenset({"guarantor"})),
    (("保险", "财险"), frozenset({"insurer"})),
    (("银行", "信用社"), frozenset({"bank", "assisted"})),
)
_MANAGERS = ("资产管理", "金融资产投资")


@lru_cache(maxsize=8192)
def _code_is_sound(code: str) -> bool:
    return credit_code_problem(code) is None


@lru_cache(maxsize=8192)
def _kinds_by_name(name: str) -> frozenset[str]:
    """The kinds of lender that a name allows; a bank's loan may be one that a platform assisted."""
    return next((kinds for words, kinds in _KINDS_BY_WORD if any(word in name for word in words)), _ANY_KIND)


@lru_cache(maxsize=8192)
def _is_platform(name: str) -> bool:
    """Whether a name is a technology company's and not a licensed lender's."""
    licensed = any(word in name for word in _LICENSED_WORDS)
    return not licensed and any(word in name for word in _PLATFORM_WORDS)


@check(
    "standing.plaintiff",
    title=("原告主体资格", "The plaintiff's standing"),
    cites="民诉法 Art. 122; 民法典 (Civil Code) Art. 546, 700; GB 32100-2015",
    uses=("lender_name", "lender_code", "lender_kind", "assigned_from", "claim_paid", "claim_paid_on"),
    says={
        "lender": Sentence("原告为合同出借人{lender_name}。", "The plaintiff is the lender, {lender_name}."),
        "assignee": Sentence(
            "原告{lender_name}自{assigned_from}受让债权，须提交转让协议与通知。",
            "The plaintiff {lender_name} took the debt over from {assigned_from}; the contract and the notice "
            "belong to the file.",
        ),
        "payer": Sentence(
            "原告{lender_name}已于{claim_paid_on}代偿（理赔）{claim_paid}，可行使追偿权。",
            "The plaintiff {lender_name} paid {claim_paid} for the borrower on {claim_paid_on} and may recover it.",
        ),
        "not_paid": Sentence(
            "代偿（理赔）金额为零，担保人、保险人未实际支付的，不享有追偿权。",
            "Nothing was paid: a guarantor or insurer that has not paid has no recourse.",
            "提供代偿（理赔）凭证，或由出借人起诉。",
            "Show the payment, or let the lender sue.",
        ),
        "paid_later": Sentence(
            "代偿（理赔）日期{claim_paid_on}晚于审核日{as_of}。尚未支付的，追偿权尚未发生。",
            "The payment is dated {claim_paid_on}, later than {as_of}: recourse arises only on payment.",
            "更正代偿（理赔）日期。",
            "Correct the date of payment.",
        ),
        "platform": Sentence(
            "原告{lender_name}像是助贷平台或科技公司。平台既未出借、也未受让或代偿的，没有诉权。",
            "The plaintiff {lender_name} looks like a platform or technology company. One that neither lent, nor "
            "took over, nor paid has "
            "no claim.",
            "由实际放款机构起诉，或提供债权转让、代偿的证明。",
            "Let the funding lender sue, or show an assignment or a payment.",
        ),
        "code": Sentence(
            "原告统一社会信用代码{lender_code}的校验码不符，代码有误。原告身份信息有误的，立案会被退回补正。",
            "The plaintiff's credit code {lender_code} has a wrong check character and cannot be right. A filing that "
            "names the plaintiff wrongly is sent back.",
            "按营业执照更正统一社会信用代码。",
            "Correct it from the business licence.",
        ),
        "kind_differs": Sentence(
            "{creditor}从名称看不是机构类型所填的“{lender_kind}”。利率上限、罚息、复利和资质均取决于出借人的类型"
            "（债权转让的，以原债权人为准），类型填错会使可主张金额算错。",
            "By its name {creditor} is not the {lender_kind} that the sheet calls the lender. Cap, penalty, compound "
            "interest and licence all depend on the kind of lender (of an assigned debt, the original one's), and a "
            "wrong kind makes the claim wrong.",
            "按原始借款合同的出借人更正机构类型，重新审核；确无错误的，由审核员说明。",
            "Correct the kind to that of the lender in the loan contract and audit again; if it is right, the reviewer "
            "says so.",
        ),
        "old_code": Sentence(
            "原告代码{lender_code}不是18位统一社会信用代码，可能为旧工商注册号。",
            "The plaintiff's code {lender_code} is not a credit code of 18 characters; it may be an old "
            "registration number.",
            "补充18位统一社会信用代码。",
            "Add the credit code of 18 characters.",
        ),
    },
)
def plaintiff_is_creditor(case: CaseFacts, rules: Rules) -> Answer:
    """The plaintiff is the lender, one to whom the debt was assigned, or one who paid in the borrower's place."""
    if case.lender_name is None or case.lender_kind is None:
        return lacking(lender_name=case.lender_name, lender_kind=case.lender_kind)
    recourse = case.lender_kind in RECOURSE_KINDS
    if recourse and (case.claim_paid is None or case.claim_paid_on is None):
        return lacking(claim_paid=case.claim_paid, claim_paid_on=case.claim_paid_on)
    if case.lender_code is not None and len(case.lender_code) == 18 and not _code_is_sound(case.lender_code):
        return broken("code")
    unpaid = _unpaid(case, rules) if recourse else None
    if unpaid is not None:
        return unpaid
    if case.lender_kind in rules.licensed_kinds and not case.assigned_from and _is_platform(case.lender_name):
        return broken("platform")
    creditor = case.assigned_from or case.lender_name
    if case.lender_kind not in _kinds_by_name(creditor):
        return warned("kind_differs", creditor=creditor)
    if recourse:
        return passed("payer")
    if case.lender_code is not None and len(case.lender_code) != 18:
        return warned("old_code")
    return passed("assignee" if case.assigned_from else "lender")


def _unpaid(case: CaseFacts, rules: Rules) -> Answer | None:
    if (case.claim_paid or 0) <= 0:
        return broken("not_paid")
    if case.claim_paid_on is not None and case.claim_paid_on > rules.as_of:
        return broken("paid_later", as_of=rules.as_of)
    return None


@check(
    "standing.licence",
    title=("放贷资质", "Licence to lend"),
    cites="法释〔2020〕17号 Art. 1, 13; 金融许可证管理办法",
    uses=("lender_kind", "licence_no"),
    says={
        "present": Sentence("已提供许可证号。", "A licence number is given."),
        "none_needed": Sentence("该类出借人不需要放贷许可证。", "This kind of lender needs no licence."),
        "many_borrowers": Sentence(
            "出借人没有放贷资质，而本批次中有{borrowers}名借款人。以营利为目的向不特定对象放贷的，合同无效。",
            "The lender has no licence, but lends to {borrowers} borrowers in this batch. Lending for profit to "
            "the public without a "
            "licence makes the contracts void.",
            "说明借款关系的来源；属职业放贷的，不宜起诉，应上报。",
            "Explain how the loans came about; if lending is the business, do not sue: escalate.",
        ),
    },
)
def lender_has_licence(case: CaseFacts, rules: Rules) -> Answer:
    """A lender of a licensed kind names its licence; one without may not lend to the public."""
    if case.lender_kind is None:
        return missing("lender_kind")
    if case.lender_kind in rules.licensed_kinds:
        return passed("present") if case.licence_no else missing("licence_no")
    borrowers = case.related.lender_borrowers
    if borrowers is not None and borrowers >= rules.unlicensed_borrowers:
        return broken("many_borrowers", borrowers=borrowers)
    return not_applicable("none_needed")


@check(
    "standing.licence_scope",
    title=("许可证有效期与经营区域", "Term and area of the licence"),
    cites="法释〔2020〕17号 Art. 13; 小额贷款公司监督管理暂行办法 (金规〔2024〕26号)",
    uses=("licence_from", "licence_until", "licence_scope", "contract_date", "disbursed_on", "lender_kind"),
    says={
        "not_stated": Sentence(
            "表中没有许可证有效期与经营区域。", "The sheet states neither term nor area of the licence."
        ),
        "valid": Sentence(
            "合同成立时许可证在有效期内，未见超出经营区域。",
            "The licence was in force when the contract was made, and nothing shows that the loan is outside its area.",
        ),
        "not_yet": Sentence(
            "许可证自{licence_from}起有效，合同成立于{formed_on}，放贷时尚未取得资质。"
            "未依法取得放贷资格、以营利为目的向不特定对象放贷的，合同无效。",
            "The licence is valid from {licence_from}, the contract was made on {formed_on}: the lender had none yet. "
            "Lending for profit to the public without one makes the contract void.",
            "提供合同成立时有效的许可证（旧证、批复）；没有的，不宜起诉，应上报。",
            "Show the licence that was valid then (an earlier one, the approval); without it do not sue: escalate.",
        ),
        "run_out": Sentence(
            "许可证有效期至{licence_until}，合同成立于{formed_on}，放贷时资质已经届满。"
            "未依法取得放贷资格、以营利为目的向不特定对象放贷的，合同无效。",
            "The licence was valid until {licence_until}, the contract was made on {formed_on}: it had run out. "
            "Lending for profit to the public without one makes the contract void.",
            "提供延续后的许可证或批复；没有的，不宜起诉，应上报。",
            "Show the renewed licence or approval; without it do not sue: escalate.",
        ),
        "elsewhere": Sentence(
            "小额贷款公司的经营区域为{licence_scope}，借款人在{region}，属跨区域放贷。"
            "借款人可据此抗辩，并可能引发监管核查。",
            "This micro lender is licensed for {licence_scope}, and the borrower is in {region}: it lent outside its "
            "area, which the borrower may plead and the supervisor may look into.",
            "提供网络小贷资质或跨区域经营的批复。",
            "Show a licence for online lending, or the approval to lend elsewhere.",
        ),
    },
)
def licensed_then_and_there(case: CaseFacts, rules: Rules) -> Answer:
    """The licence was in force when the contract was made, and a micro lender lent within its area."""
    since, until, scope = case.licence_from, case.licence_until, case.licence_scope
    if since is None and until is None and not scope:
        return not_applicable("not_stated")
    formed_on = case.formed_on
    if formed_on is None:
        return missing("contract_date")
    if since is not None and formed_on < since:
        return broken("not_yet", formed_on=formed_on)
    if until is not None and formed_on > until:
        return broken("run_out", formed_on=formed_on)
    region = _outside(scope, case) if scope and case.lender_kind == "micro_loan" else None
    return warned("elsewhere", region=region) if region else passed("valid")


def _outside(scope: str, case: CaseFacts) -> str | None:
    """The borrower's province where the area of the licence names another; None where it does not tell."""
    address = case.contact_address or case.id_address
    if not address or any(word in scope for word in _NATIONWIDE):
        return None
    lives, named = province_in(address), province_anywhere(scope)
    if lives is None or named is None or PROVINCES[lives][0] in scope:
        return None
    return PROVINCES[lives][0]


@check(
    "standing.assignment",
    title=("债权转让通知", "Notice of the assignment"),
    cites="民法典 (Civil Code) Art. 545–548; 法释〔2023〕13号 Art. 48",
    uses=("assigned_from", "assignment_notice_on"),
    says={
        "not_assigned": Sentence("债权没有转让。", "The debt was not assigned."),
        "noticed": Sentence(
            "债权受让自{assigned_from}，已于{assignment_notice_on}通知债务人。",
            "The debt was assigned by {assigned_from}, and the debtor was told on {assignment_notice_on}.",
        ),
        "not_proved": Sentence(
            "债权受让自{assigned_from}，表列{assignment_notice_on}通知债务人，但证据清单没有通知到达的凭证。"
            "通知未到达的，转让自起诉状副本送达债务人时才对其生效，也不产生时效中断。",
            "The debt was assigned by {assigned_from} and the debtor told on {assignment_notice_on}, but the list of "
            "evidence has no proof that the notice arrived. Without it the assignment takes effect against the debtor "
            "only when the complaint is served, and does not interrupt limitation.",
            "补充通知到达的凭证（回执、签收单、平台推送记录），或重新送达通知后起诉。",
            "Add proof that it arrived (receipt, signature, push log), or serve the notice anew before filing.",
        ),
        "no_notice": Sentence(
            "债权受让自{assigned_from}，未见通知债务人。未通知的，转让对债务人不发生效力。",
            "The debt was assigned by {assigned_from}, but no notice to the debtor is shown. Without notice the "
            "assignment has no effect "
            "against the debtor.",
            "送达债权转让通知并保留凭证，填写通知日期。",
            "Serve the notice, keep the proof, and state its date.",
        ),
        "later": Sentence(
            "债权转让通知日{assignment_notice_on}晚于审核日{as_of}，转让尚未对债务人生效。",
            "The notice is dated {assignment_notice_on}, later than {as_of}: the assignment has no effect "
            "against the debtor yet.",
            "待通知送达后起诉，或更正日期。",
            "File after the notice has arrived, or correct the date.",
        ),
    },
)
def debtor_knows_of_assignment(case: CaseFacts, rules: Rules) -> Answer:
    """An assignee sues only after the debtor was told of the assignment; a list of evidence may deny its arrival."""
    if not case.assigned_from:
        return not_applicable("not_assigned")
    if case.assignment_notice_on is None:
        return broken("no_notice")
    if case.assignment_notice_on > rules.as_of:
        return broken("later", as_of=rules.as_of)
    return warned("not_proved") if case.listed_evidence("assignment_notice") is False else passed("noticed")


@check(
    "standing.assignee",
    title=("受让人资格", "The assignee's eligibility"),
    cites="银保监办便函〔2021〕26号; 银登中心个贷批量转让试点 (至2026-12-31)",
    uses=("assigned_from", "lender_name", "assignment_notice_on"),
    says={
        "not_assigned": Sentence("债权没有转让。", "The debt was not assigned."),
        "outside": Sentence(
            "出让方{assigned_from}不是试点规则所指的银行类机构，不适用个贷批量转让的受让人限制。",
            "{assigned_from} is not one of the banks whose transfers of personal loans the pilot restricts.",
        ),
        "manager": Sentence(
            "个人不良贷款由{assigned_from}转让给资产管理公司{lender_name}，符合试点对受让人的要求；立案时附银登中心编号。",
            "{assigned_from} transferred the personal loan to an asset manager, {lender_name}, as the pilot asks; file "
            "the number of the registry.",
        ),
        "ineligible": Sentence(
            "{assigned_from}的个人不良贷款转让给了{lender_name}，受让人不像是可参与个贷批量转让的资产管理公司，"
            "转让可能被认定无效。",
            "{assigned_from} transferred a personal loan to {lender_name}, which does not look like an asset manager "
            "admitted to such transfers: the transfer may be held void.",
            "提供受让人资质与银登中心挂牌、登记材料；没有的，由原债权人起诉或上报。",
            "Show the assignee's admission and the registry's papers; else let the original lender sue, or escalate.",
        ),
        "resold": Sentence(
            "出让方{assigned_from}是资产管理公司，个人贷款的受让人不得再次转让，{lender_name}的债权来源存疑。",
            "{assigned_from} is an asset manager, and one who took over personal loans may not pass them on: how "
            "{lender_name} came by the debt is in doubt.",
            "提供完整的转让链条和依据；没有的，不宜起诉，应上报。",
            "Show the whole chain and its basis; without it do not sue: escalate.",
        ),
        "after_pilot": Sentence(
            "债权转让通知日{assignment_notice_on}在试点截止日{until}之后，须确认试点已经延期。",
            "The notice is dated {assignment_notice_on}, after the pilot's end on {until}: confirm that it was "
            "extended.",
            "提供试点延期的文件或转让的登记材料。",
            "Show the extension, or the registration of the transfer.",
        ),
    },
)
def assignee_is_eligible(case: CaseFacts, rules: Rules) -> Answer:
    """A personal loan of a bank was assigned to one who may take it over: an asset manager, once, within the pilot."""
    origin = case.assigned_from
    if not origin:
        return not_applicable("not_assigned")
    if case.lender_name is None:
        return missing("lender_name")
    if any(word in origin for word in _MANAGERS):
        return broken("resold")
    if not any(word in origin for word in _PILOT_ASSIGNORS):
        return not_applicable("outside")
    if not any(word in case.lender_name for word in (*_MANAGERS, *_PILOT_ASSIGNORS)):
        return broken("ineligible")
    notice = case.assignment_notice_on
    if notice is not None and notice > rules.transfers_until:
        return broken("after_pilot", until=rules.transfers_until)
    return passed("manager")
