"""Is this debt, or this borrower, already before a court or in another case?"""

from __future__ import annotations

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed, warned
from reviewdesk.audit.rules import Rules

_NOTHING = frozenset({"", "无", "否", "没有", "未有", "暂无", "n", "no", "none", "0", "/", "-", "×"})
_UNDECIDED = frozenset({"withdrawn", "dismissed", "lapsed"})
"""Ends of an earlier suit that decide nothing of the claim."""

_INSTRUMENTS = (
    ("order", ("支付令", "督促")),
    ("award", ("仲裁",)),
    ("notarised", ("公证", "执行证书")),
    ("confirmed", ("司法确认", "调解")),
    ("judgment", ("判决", "裁定", "民初", "民终", "裁判")),
)
"""Words by which kinds of instruments are told, the narrower first."""


@check(
    "duplicate.account",
    title=("同一借据重复", "The same account twice"),
    cites="民诉法解释 Art. 247; 民诉法 Art. 127",
    uses=("account_no",),
    says={
        "single": Sentence("该借据没有其他在办案件。", "There is no other open case of this account."),
        "again": Sentence(
            "该借据另有在办案件：{cases}。同一债权不得重复起诉。",
            "This account is in another open case: {cases}. The same debt may not be sued for twice.",
            "保留一件，撤回其余。",
            "Keep one and withdraw the others.",
        ),
    },
)
def account_not_open_elsewhere(case: CaseFacts, rules: Rules) -> Answer:
    """The account is in no other open case."""
    others = case.related.same_account
    if others is None:
        return missing("related")
    return broken("again", cases=list(others)) if others else passed("single")


@check(
    "duplicate.litigated",
    title=("已诉或已裁", "Already sued or in arbitration"),
    version=2,
    cites="民诉法解释 Art. 212, 214, 247; 民诉法 Art. 127",
    uses=("litigated", "arbitrated", "suit_outcome", "suit_filed_on", "suit_ended_on"),
    says={
        "no": Sentence("未见已起诉或已仲裁。", "It was not sued for or taken to arbitration."),
        "litigated": Sentence(
            "表中标记为已诉讼。同一当事人、同一标的、同一请求不得重复起诉。",
            "The sheet marks the loan as sued for. The same parties, object and claim may not be sued for twice.",
            "查明前案的进展：已有生效裁判的申请执行；已撤诉、被驳回起诉的，在“前案结果”“前案结案日期”列填明，"
            "并提交裁定。",
            "Find out how that suit stands: enforce a judgment. If it was withdrawn or dismissed, say so in the "
            "columns 前案结果 and 前案结案日期, and file the ruling.",
        ),
        "withdrawn": Sentence(
            "前案已撤诉，未作实体裁判，可以再次起诉（一事不再理的例外）。提交准许撤诉的裁定。",
            "The earlier suit was withdrawn and nothing was decided: the claim may be sued for again. File the ruling "
            "that permitted it.",
        ),
        "lapsed": Sentence(
            "支付令因异议失效，未作实体裁判，可以起诉。提交终结督促程序的裁定。",
            "The payment order lapsed on an objection and nothing was decided: a suit may follow. File the ruling that "
            "ended it.",
        ),
        "dismissed": Sentence(
            "前案被裁定不予受理或驳回起诉，未作实体裁判。符合起诉条件的可以再次起诉，但前案裁定所指的缺陷须先补正。",
            "The earlier suit was refused or dismissed without a decision on the claim. It may be filed again where it "
            "now meets the conditions, but what that ruling found wanting must be mended first.",
            "对照前案裁定逐项补正起诉条件，提交该裁定并说明已经补正。",
            "Mend what the ruling found wanting, file it, and say how it was mended.",
        ),
        "judged": Sentence(
            "前案已作出判决。同一当事人、同一标的、同一请求，或请求实质上否定前案结果的，构成重复起诉，法院不予受理。",
            "The earlier suit ended in a judgment. The same claim between the same parties, or one that would undo the "
            "result, is a second suit, and a court refuses it.",
            "判决支持的，在二年内申请执行；不服的，依法上诉或申请再审。撤回本案。",
            "Where it was granted, ask for enforcement within two years; where not, appeal or ask for a retrial. "
            "Withdraw this case.",
        ),
        "mediated": Sentence(
            "前案已调解结案。生效的调解书、司法确认裁定与判决有同等效力，不得再诉。",
            "The earlier suit ended in a mediation. Its record, or the confirmation, is enforced like a judgment; the "
            "claim may not be sued for again.",
            "以调解书或司法确认裁定在二年内申请执行，撤回本案。",
            "Ask for its enforcement within two years, and withdraw this case.",
        ),
        "pending": Sentence(
            "前案尚未审结。诉讼过程中就同一请求再次起诉的，构成重复起诉。",
            "The earlier suit is still pending. To sue for the same claim meanwhile is a second suit.",
            "待前案终结，或先撤回前案。",
            "Wait for its end, or withdraw it first.",
        ),
        "arbitrated": Sentence(
            "表中标记为已仲裁。有仲裁裁决或仲裁条款的，法院不予受理。",
            "The sheet marks the loan as taken to arbitration. A court refuses a case with an award or an "
            "arbitration clause.",
            "以仲裁裁决申请执行，或证明仲裁条款无效。",
            "Enforce the award, or show that the clause is void.",
        ),
        "case": Sentence(
            "同一借据已在案件{cases}中起诉。",
            "The same account was sued for in {cases}.",
            "撤回本案，或说明不属于重复起诉。",
            "Withdraw this case, or say why it is not the same claim.",
        ),
    },
)
def not_sued_before(case: CaseFacts, rules: Rules) -> Answer:
    """The debt was not sued for, decided or taken to arbitration before.

    A suit that was withdrawn, or dismissed without a decision on the claim, stands in no one's way.
    """
    ended = case.suit_outcome
    if ended is not None and ended not in _UNDECIDED:
        return broken(ended)
    if case.litigated and ended is None:
        return broken("litigated")
    if case.arbitrated:
        return broken("arbitrated")
    if case.related.litigated:
        return broken("case", cases=list(case.related.litigated))
    if (case.litigated is None and ended is None) or case.arbitrated is None:
        return lacking(litigated=case.litigated if ended is None else True, arbitrated=case.arbitrated)
    if ended is None:
        return passed("no")
    return warned(ended) if ended == "dismissed" else passed(ended)


@check(
    "duplicate.instrument",
    title=("已有生效法律文书", "An instrument in force"),
    cites="民诉法 Art. 127, 206, 227, 247–249; 民诉法解释 Art. 247",
    uses=("existing_instrument",),
    says={
        "not_stated": Sentence(
            "表中没有生效法律文书的记载。", "The sheet says nothing of an instrument that is already in force."
        ),
        "none": Sentence("没有生效法律文书。", "No instrument is in force."),
        "judgment": Sentence(
            "已有生效裁判：{existing_instrument}。同一当事人、同一标的、同一请求不得再诉。",
            "There is a judgment in force: {existing_instrument}. The same claim may not be sued for again.",
            "以生效裁判申请执行；准许撤诉的，提交撤诉裁定并更正。",
            "Enforce the judgment; if the suit was withdrawn, file that ruling and correct the sheet.",
        ),
        "order": Sentence(
            "已有支付令：{existing_instrument}。生效的支付令与判决有同等效力，应申请执行；已因异议终结的，方可起诉。",
            "There is a payment order: {existing_instrument}. One in force is enforced like a judgment; only after an "
            "objection ended it may a suit follow.",
            "以支付令申请执行；已失效的，提交终结督促程序的裁定。",
            "Enforce the order; if it lapsed, file the ruling that says so.",
        ),
        "award": Sentence(
            "已有仲裁裁决或调解：{existing_instrument}。应申请执行，法院不再受理起诉。",
            "There is an award: {existing_instrument}. It is enforced, and a court takes no suit.",
            "以仲裁裁决申请执行；裁决被撤销或不予执行的，提交该裁定。",
            "Enforce the award; if it was set aside, file that ruling.",
        ),
        "notarised": Sentence(
            "债权已赋予强制执行效力：{existing_instrument}。债权人应申请执行证书并申请执行，直接起诉不予受理。",
            "The debt was notarised as enforceable: {existing_instrument}. Ask for the certificate and enforce it; a "
            "suit is not taken.",
            "向公证机构申请执行证书；公证机构不予出具或法院不予执行的，提交相应决定。",
            "Ask the notary for the certificate; if it or the court refuses, file that decision.",
        ),
        "confirmed": Sentence(
            "已有司法确认或调解书：{existing_instrument}。应申请执行，不再起诉。",
            "There is a confirmed settlement: {existing_instrument}. It is enforced, not sued on.",
            "以司法确认裁定或调解书申请执行。",
            "Enforce the confirmation or the record of the mediation.",
        ),
        "other": Sentence(
            "表中记载已有生效法律文书：{existing_instrument}。有执行依据的，应申请执行，不得重复起诉。",
            "The sheet names an instrument in force: {existing_instrument}. Where there is a title, enforce it; the "
            "same claim may not be sued for again.",
            "核实文书的种类与效力；有执行依据的申请执行，没有的更正。",
            "Verify what it is and whether it holds; enforce a title, or correct the sheet.",
        ),
    },
)
def no_instrument_in_force(case: CaseFacts, rules: Rules) -> Answer:
    """No judgment, payment order, award, notarised debt or confirmed settlement can be enforced already."""
    stated = case.existing_instrument
    if stated is None:
        return not_applicable("not_stated")
    if stated.strip().casefold() in _NOTHING:
        return passed("none")
    return broken(next((kind for kind, words in _INSTRUMENTS if any(word in stated for word in words)), "other"))


@check(
    "duplicate.settled",
    title=("和解履行中", "A settlement is being performed"),
    cites="民法典 (Civil Code) Art. 509; 民诉法解释 Art. 247",
    uses=("account_no",),
    says={
        "no": Sentence("该借据没有履行中的和解。", "No settlement of this account is being performed."),
        "yes": Sentence(
            "该借据在案件{cases}中的和解正在履行，履行期间不得起诉。",
            "A settlement of this account is being performed in {cases}; it may not be sued for meanwhile.",
            "待和解违约后再审核，或撤回本案。",
            "Audit again once the settlement is breached, or withdraw this case.",
        ),
    },
)
def no_settlement_in_force(case: CaseFacts, rules: Rules) -> Answer:
    """No settlement of the account is being performed."""
    settled = case.related.settled
    if settled is None:
        return missing("related")
    return broken("yes", cases=list(settled)) if settled else passed("no")


@check(
    "duplicate.borrower",
    title=("同一借款人的其他案件", "Other cases of the borrower"),
    cites="民诉法 Art. 55, 143",
    says={
        "single": Sentence("该借款人没有其他在办案件。", "The borrower has no other open case."),
        "several": Sentence(
            "该借款人另有{count}件在办案件：{cases}。同一出借人的，可以合并起诉，节省费用并减少诉累。",
            "The borrower has {count} other open cases: {cases}. Those of one lender may be joined in one suit, "
            "which saves cost.",
        ),
    },
)
def borrower_in_one_case(case: CaseFacts, rules: Rules) -> Answer:
    """Which other open cases the borrower has, so that they can be joined."""
    others = case.related.same_borrower
    if others is None:
        return missing("related")
    if not others:
        return passed("single")
    return passed("several", count=len(others), cases=list(others))


@check(
    "duplicate.contact",
    title=("手机号被多人使用", "One phone of several borrowers"),
    cites="内部规则 (house rule); 法释〔2020〕17号 Art. 18",
    says={
        "own": Sentence("该手机号没有其他借款人使用。", "No other borrower gave this phone number."),
        "shared": Sentence(
            "同一手机号有{borrowers}名借款人使用，可能是中介代办、冒名或虚假联系方式，送达地址也不可靠。",
            "{borrowers} borrowers gave the same phone number: a broker, an impostor or a made-up contact. "
            "Service by it is not reliable.",
            "核实借款人本人的手机号码。",
            "Verify the borrower's own number.",
        ),
    },
)
def phone_is_the_borrowers_own(case: CaseFacts, rules: Rules) -> Answer:
    """No other borrower gave the same phone number."""
    if case.mobile is None:
        return missing("mobile")
    borrowers = case.related.phone_borrowers
    if borrowers is None:
        return missing("related")
    if borrowers >= rules.phone_borrowers:
        return broken("shared", borrowers=borrowers)
    return passed("own")


@check(
    "duplicate.address",
    title=("地址被多人使用", "One address of several borrowers"),
    cites="法释〔2020〕17号 Art. 18; 内部规则 (house rule)",
    says={
        "own": Sentence(
            "填写同一地址的借款人不超过{most_borrowers}名。",
            "Not more than {most_borrowers} borrowers gave the same address.",
        ),
        "shared": Sentence(
            "有{borrowers}名借款人填写同一地址，超过{most_borrowers}名，可能是虚构的送达地址或中介集中代办。"
            "法院会拒绝以此类地址送达，并审查是否虚假诉讼。",
            "{borrowers} borrowers gave the same address, over {most_borrowers}: it may be made up for "
            "service, or a broker's. Courts refuse service at such addresses and look for sham suits.",
            "逐户核实实际住址，补充真实的送达地址。",
            "Verify where each borrower lives, and give the real address.",
        ),
        "not_compared": Sentence(
            "地址缺失、未写到门牌，或未与其他案件比对。",
            "The address is absent, too short to be compared, or was not compared with other cases.",
        ),
    },
)
def address_is_the_borrowers_own(case: CaseFacts, rules: Rules) -> Answer:
    """No more borrowers share one address than the policy allows: of the organisation, or of the workbook alone."""
    borrowers = case.related.address_borrowers
    if borrowers is None:
        return not_applicable("not_compared")
    if borrowers > rules.address_borrowers:
        return broken("shared", borrowers=borrowers, most_borrowers=rules.address_borrowers)
    return passed("own", most_borrowers=rules.address_borrowers)
