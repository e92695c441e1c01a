"""Does the borrower's own conduct call for settling first?"""

from __future__ import annotations

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, passed
from reviewdesk.audit.rules import Rules

_HARDSHIP_WORDS = (
    "失业",
    "重病",
    "大病",
    "住院",
    "残疾",
    "低保",
    "贫困",
    "困难",
    "事故",
    "受灾",
    "癌",
    "无收入",
)
_DENIALS = ("无困难", "没有困难", "不困难", "非困难")


@check(
    "conduct.complaint",
    title=("投诉", "Open complaint"),
    cites="内部规则 (house rule); GB/T 45251-2025",
    uses=("complaint",),
    says={
        "none": Sentence("没有未结投诉。", "There is no open complaint."),
        "open": Sentence(
            "有未结投诉。投诉未处理完毕即起诉，易激化矛盾并影响声誉。",
            "A complaint is open. Suing before it is answered hardens positions and harms the lender's name.",
            "先答复并办结投诉，再决定是否起诉。",
            "Answer and close the complaint, then decide on a suit.",
        ),
    },
)
def no_open_complaint(case: CaseFacts, rules: Rules) -> Answer:
    """A case with an open complaint goes to settlement first."""
    if case.complaint is None:
        return missing("complaint")
    return broken("open") if case.complaint else passed("none")


@check(
    "conduct.hardship",
    title=("困难情况", "Hardship"),
    cites="内部规则 (house rule); GB/T 45251-2025",
    uses=("hardship",),
    says={
        "none": Sentence("没有困难情况的记录。", "No hardship is recorded."),
        "stated": Sentence(
            "记录有困难情况。宜先协商延期、分期或减免。",
            "Hardship is recorded. Offer deferral, instalments or a reduction first.",
            "先与借款人协商，并记录结果。",
            "Negotiate with the borrower and record the outcome.",
        ),
        "noted": Sentence(
            "备注提到借款人有困难。宜先核实并协商延期、分期或减免。",
            "The note speaks of hardship. Verify it, and offer deferral, instalments or a reduction first.",
            "核实备注内容，先与借款人协商。",
            "Verify the note and negotiate first.",
        ),
    },
)
def no_hardship(case: CaseFacts, rules: Rules) -> Answer:
    """A borrower in hardship is offered a settlement first; the note's words count where no column says."""
    if case.hardship is not None:
        return broken("stated") if case.hardship else passed("none")
    note = case.note
    if note is None:
        return missing("hardship")
    for denial in _DENIALS:
        note = note.replace(denial, "")
    return broken("noted") if any(word in note for word in _HARDSHIP_WORDS) else passed("none")


@check(
    "conduct.offer",
    title=("协商中", "Pending offer"),
    cites="内部规则 (house rule); 民法典 (Civil Code) Art. 678",
    uses=("negotiating",),
    says={
        "none": Sentence("没有进行中的协商。", "No offer is pending."),
        "pending": Sentence(
            "正在协商还款。协商未果前起诉，可能丧失自愿还款的机会，并引发投诉。",
            "Repayment is being negotiated. Suing meanwhile may lose a voluntary payment and invites a complaint.",
            "待协商有结果后再决定是否起诉。",
            "Decide on a suit when the negotiation has ended.",
        ),
    },
)
def no_offer_pending(case: CaseFacts, rules: Rules) -> Answer:
    """A case under negotiation waits for its outcome."""
    if case.negotiating is None:
        return missing("negotiating")
    return broken("pending") if case.negotiating else passed("none")
