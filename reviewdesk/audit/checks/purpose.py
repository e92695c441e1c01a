"""Was the money the lender's own to lend, and was it used for what it was lent for?"""

from __future__ import annotations

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed
from reviewdesk.audit.rules import Rules


@check(
    "standing.relent",
    title=("转贷", "Borrowed money lent on"),
    cites="法释〔2020〕17号 Art. 13; 民法典 (Civil Code) Art. 157",
    uses=("relent", "lender_kind"),
    says={
        "not_stated": Sentence(
            "表中没有出借资金来源的记载。", "The sheet says nothing of where the money that was lent came from."
        ),
        "financial": Sentence(
            "金融机构放贷不适用套取贷款转贷无效的规定。",
            "The rule on lending on bank money does not speak of financial institutions.",
        ),
        "own": Sentence("出借资金不是套取的贷款。", "The money lent was not itself borrowed."),
        "void": Sentence(
            "表中标记为转贷。套取金融机构贷款转贷的（高利转贷还可能构成犯罪），以及以向其他营利法人借贷、集资、"
            "吸收存款所得资金转贷的，借款合同无效：只能请求返还本金，约定的利息、罚息、违约金不受支持。",
            "The sheet marks the loan as lent on. Who lends on money taken from a bank (at high interest it may be a "
            "crime), or from other companies or the public, has a void contract: only the principal can be asked "
            "back, and interest, penalty and damages as agreed will not be granted.",
            "核实出借资金来源；确属转贷的，只主张返还本金和资金占用损失，并先交合规部门评估；标记有误的，更正“是否转贷”。",
            "Find out where the money came from. If it was lent on, claim only the principal and the loss of its use, "
            "after compliance has looked; if the mark is wrong, correct it.",
        ),
    },
)
def money_was_the_lenders_own(case: CaseFacts, rules: Rules) -> Answer:
    """A private loan was not made of money that the lender itself had borrowed from a bank, companies or the public."""
    if case.relent is None:
        return not_applicable("not_stated")
    if not case.relent:
        return passed("own")
    if case.lender_kind is None:
        return missing("lender_kind")
    return broken("void") if case.lender_kind == "private" else not_applicable("financial")


@check(
    "default.misuse",
    title=("借款用途", "Use of the money"),
    cites="民法典 (Civil Code) Art. 673; 银发〔2003〕251号",
    uses=("misused", "misuse_proof", "annual_rate", "penalty_rate", "lender_kind"),
    says={
        "not_stated": Sentence(
            "表中没有借款用途是否违约的记载。", "The sheet does not say whether the money was used otherwise."
        ),
        "as_agreed": Sentence("借款按约定用途使用。", "The money was used as agreed."),
        "proved": Sentence(
            "借款人未按约定用途使用借款，且有证据：可以提前收回借款或解除合同；金融机构的罚息利率至多按挪用上浮，"
            "不得与逾期罚息并计。",
            "The borrower used the money otherwise than agreed, and there is proof: the loan may be recalled or "
            "rescinded. A financial institution's penalty rate may rise as far as misuse allows, not by that and by "
            "the overdue penalty both.",
        ),
        "no_proof": Sentence(
            "表中标记为挪用，但没有资金流向等证据。不能据此提前收回借款，罚息只能按逾期的上浮比例计算。",
            "The sheet marks the money as misused, but there is no proof of where it went. The loan cannot be recalled "
            "for that, and penalty interest may only rise as far as for a late payment.",
            "补充借款用途条款与资金流向证据；没有的，不主张挪用罚息，也不以此宣布提前到期。",
            "Add the clause on the purpose and proof of where the money went; without it claim no penalty for misuse, "
            "and do not accelerate for it.",
        ),
    },
)
def misuse_is_proved(case: CaseFacts, rules: Rules) -> Answer:
    """Where the borrower is said to have used the money otherwise than agreed, there is proof of it.

    With proof the lender may recall the loan (Art. 673), and a financial institution's penalty rate may rise further.
    """
    if case.misused is None:
        return not_applicable("not_stated")
    if not case.misused:
        return passed("as_agreed")
    if case.misuse_proof is None:
        return missing("misuse_proof")
    return passed("proved") if case.misuse_proof else broken("no_proof")
