"""Can this borrower be sued on this contract?"""

from __future__ import annotations

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed, warned
from reviewdesk.audit.rules import Rules
from reviewdesk.identity import age_on

INSOLVENCY_CITY = "深圳"
INSOLVENCY_REGION = "4403"
_INSOLVENT_WORDS = ("破产",)


@check(
    "capacity.age",
    title=("签约时年龄", "Age at contract"),
    cites="民法典 (Civil Code) Art. 17–19, 145",
    uses=("contract_date", "disbursed_on"),
    says={
        "adult": Sentence("签约时{age}岁，具有完全民事行为能力。", "{age} years old at contract: of full capacity."),
        "elderly": Sentence(
            "签约时{age}岁；现年{age_now}岁，系高龄借款人，送达与执行时注意，可优先考虑协商。",
            "{age} years old at contract and {age_now} now: an elderly borrower; mind service and enforcement, "
            "and consider settling.",
        ),
        "minor": Sentence(
            "签约时{age}岁，未满{adult_age}岁，合同须经法定代理人同意或追认；未经追认的，合同不发生效力，"
            "利息、违约金的请求没有合同依据。",
            "{age} years old at contract, under {adult_age}: the contract needs a guardian's consent. Without it the "
            "contract has no effect, and claims for interest and damages have no basis.",
            "提供法定代理人同意或追认的证据；已满16岁、以自己的劳动收入为主要生活来源的，提供收入证明。",
            "Show the guardian's consent; for one of 16 or more who lives on own wages, the wages.",
        ),
        "unreadable": Sentence("身份证号码中没有可用的出生日期。", "The ID number has no usable date of birth."),
    },
)
def of_age_at_contract(case: CaseFacts, rules: Rules) -> Answer:
    """The borrower was of age on the day the contract was formed; 70 or more is shown."""
    formed_on, reading = case.formed_on, case.identity
    if reading is None or formed_on is None:
        return lacking(id_no=reading, contract_date=formed_on)
    if reading.born is None:
        return missing("id_no")
    age = age_on(reading.born, formed_on)
    if age < rules.adult_age:
        return broken("minor", age=age, adult_age=rules.adult_age)
    age_now = age_on(reading.born, rules.as_of)
    if age_now >= rules.elderly_age:
        return passed("elderly", age=age, age_now=age_now)
    return passed("adult", age=age)


@check(
    "capacity.student",
    title=("在校学生", "Student"),
    cites="银保监办发〔2021〕28号",
    uses=("student", "lender_kind", "contract_date", "disbursed_on"),
    says={
        "no": Sentence("借款人不是在校学生。", "The borrower is no student."),
        "forbidden": Sentence(
            "借款人为在校学生。小额贷款公司不得向大学生发放互联网消费贷款。",
            "The borrower is a student. Micro lenders may not lend consumer loans to students online.",
            "核实借款时的学籍状态；确为学生的，不宜起诉，转协商并上报。",
            "Verify the status at contract; if a student, do not sue: settle and escalate.",
        ),
        "careful": Sentence(
            "借款人为在校学生。须有第二还款来源的书面确认，起诉易引发投诉。",
            "The borrower is a student. A second source of repayment must be confirmed in writing, and a suit "
            "invites complaints.",
            "补充第二还款来源的确认材料，或转协商。",
            "Add the confirmation of a second source of repayment, or settle.",
        ),
    },
)
def not_lent_to_student(case: CaseFacts, rules: Rules) -> Answer:
    """Micro lenders may not lend to students; of others a student's loan must be weighed."""
    if case.student is None:
        return missing("student")
    if not case.student:
        return passed("no")
    if case.lender_kind is None:
        return missing("lender_kind")
    formed_on = case.formed_on
    if case.lender_kind in rules.student_forbidden and (formed_on is None or formed_on >= rules.student_from):
        return broken("forbidden")
    return warned("careful")


@check(
    "capacity.deceased",
    title=("借款人是否死亡", "Borrower alive"),
    cites="民法典 (Civil Code) Art. 1161; 民诉法 Art. 122, 153, 154",
    uses=("deceased",),
    says={
        "alive": Sentence("表中标明借款人没有死亡。", "The sheet says that the borrower has not died."),
        "dead": Sentence(
            "借款人已死亡。起诉前死亡的自然人没有诉讼主体资格，起诉会被裁定驳回。",
            "The borrower has died. One who died before the suit cannot be a defendant; it will be dismissed.",
            "查明继承人及遗产，以继承人在遗产范围内承担责任为由另行起诉。",
            "Find heirs and estate, and claim against the heirs within its value.",
        ),
    },
)
def borrower_is_alive(case: CaseFacts, rules: Rules) -> Answer:
    """A person who died before the suit cannot be sued; the heirs answer within the estate."""
    if case.deceased is None:
        return missing("deceased")
    return broken("dead") if case.deceased else passed("alive")


@check(
    "capacity.insolvent",
    title=("个人破产", "Personal insolvency"),
    cites="深圳经济特区个人破产条例 (2021-03-01)",
    uses=("insolvent",),
    says={
        "no": Sentence("借款人未进入个人破产程序。", "The borrower is in no insolvency procedure."),
        "elsewhere": Sentence(
            "借款人不在施行个人破产制度的地区（深圳），没有须查询的程序。",
            "The borrower does not live where personal insolvency exists (Shenzhen); there is nothing to look up.",
        ),
        "yes": Sentence(
            "借款人已进入个人破产程序，个别清偿与执行停止，应申报债权。",
            "The borrower is in an insolvency procedure: single payments and enforcement stop; file the claim there.",
            "向破产管理人申报债权，不另行起诉。",
            "File the claim with the administrator instead of suing.",
        ),
        "noted": Sentence(
            "备注提到破产，须核实借款人是否已进入个人破产程序。",
            "The note speaks of insolvency; verify whether a procedure has begun.",
            "查询个人破产信息公示后更正。",
            "Look up the public register and correct the sheet.",
        ),
    },
)
def not_insolvent(case: CaseFacts, rules: Rules) -> Answer:
    """No personal insolvency procedure is open. Only Shenzhen has one."""
    if case.insolvent is not None:
        return broken("yes") if case.insolvent else passed("no")
    if case.note and any(word in case.note for word in _INSOLVENT_WORDS):
        return broken("noted")
    home, lives, number = case.id_address or "", case.contact_address or "", case.id_no or ""
    known = home or lives or number
    if not known or INSOLVENCY_CITY in home or INSOLVENCY_CITY in lives or number.startswith(INSOLVENCY_REGION):
        return missing("insolvent")
    return not_applicable("elsewhere")
