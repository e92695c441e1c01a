"""Is the borrower named by numbers that can be his? Nothing personal is kept in a finding."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.places import province_in
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed, warned
from reviewdesk.audit.rules import Rules
from reviewdesk.identity import PROVINCES, Problem, age_on, mobile_problem, passes_luhn

FIRST_LIKELY_BIRTH_YEAR = 1900
_NAME = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff·•‧・．]{2,25}")
_COMPANY = ("公司", "企业", "合作社", "商行", "经营部", "中心")


@check(
    "identity.id_number",
    title=("身份证号码", "ID number"),
    cites="GB 11643-1999; 民诉法 Art. 122",
    says={
        "sound": Sentence("身份证号码格式与校验码正确。", "The ID number has the right form and check digit."),
        "check_digit": Sentence(
            "身份证号码校验码不符，号码有误，无法确定被告身份。",
            "The check digit of the ID number is wrong: the number cannot be right, and does not name a defendant.",
            "按身份证件核对并更正号码。",
            "Correct the number from the identity document.",
        ),
        "form": Sentence(
            "身份证号码的位数或字符不符合标准。",
            "The ID number has the wrong length or characters.",
            "按身份证件更正为18位号码。",
            "Correct it to the 18 characters of the identity document.",
        ),
        "precision_lost": Sentence(
            "身份证号码末位为000且校验码不符，疑为表格按数值保存造成末位丢失。",
            "The ID number ends in 000 with a wrong check digit: a spreadsheet probably kept it as a number and "
            "lost its end.",
            "将该列设为文本后重新导出。",
            "Set the column to text and export anew.",
        ),
        "old_form": Sentence(
            "身份证号码为15位旧号码，自2013年起不再有效，立案与送达须用18位号码。",
            "The ID number is an old one of 15 digits, invalid since 2013; filing and service need 18 characters.",
            "查明并填写18位号码。",
            "Find and enter the number of 18 characters.",
        ),
        "sex_differs": Sentence(
            "身份证号码所示性别与表列性别不一致，号码或性别有一项有误，可能张冠李戴。",
            "The sex that the ID number shows is not the one in the sheet: one of them is wrong, and somebody else may "
            "be named.",
            "核对身份证件，更正性别或号码。",
            "Check the identity document; correct the sex or the number.",
        ),
    },
)
def id_number_is_sound(case: CaseFacts, rules: Rules) -> Answer:
    """The ID number has the right form and check digit, and the sex that the sheet states."""
    reading = case.identity
    if reading is None:
        return missing("id_no")
    if reading.problem is Problem.CHECK_DIGIT:
        return broken("check_digit")
    if reading.problem is Problem.PRECISION_LOST:
        return broken("precision_lost")
    if reading.problem in (Problem.LENGTH, Problem.CHARACTERS):
        return broken("form")
    if reading.old:
        return warned("old_form")
    if case.gender in ("男", "女") and reading.male is not None and reading.male != (case.gender == "男"):
        return warned("sex_differs")
    return passed("sound")


@check(
    "identity.birth_date",
    title=("出生日期", "Date of birth"),
    cites="GB 11643-1999",
    says={
        "sound": Sentence(
            "身份证号码中的出生日期真实存在，现年{age}岁。",
            "The date of birth in the ID number exists; the age is {age}.",
        ),
        "no_such_day": Sentence(
            "身份证号码中的出生日期不存在。",
            "The date of birth in the ID number does not exist.",
            "按身份证件更正号码。",
            "Correct the number from the identity document.",
        ),
        "in_future": Sentence(
            "身份证号码中的出生日期晚于审核日。",
            "The date of birth in the ID number is in the future.",
            "按身份证件更正号码。",
            "Correct the number from the identity document.",
        ),
        "implausible": Sentence(
            "身份证号码中的出生日期早于1900年，须核实。",
            "The date of birth in the ID number is before 1900 and must be verified.",
            "核对身份证件，并确认借款人在世。",
            "Check the identity document, and that the borrower is alive.",
        ),
        "unreadable": Sentence(
            "身份证号码无法读取，见“身份证号码”。", "The ID number cannot be read; see identity.id_number."
        ),
    },
)
def birth_date_exists(case: CaseFacts, rules: Rules) -> Answer:
    """The ID number holds a day that exists, and on which a living person may have been born."""
    reading = case.identity
    if reading is None:
        return missing("id_no")
    if reading.problem in (Problem.LENGTH, Problem.CHARACTERS):
        return not_applicable("unreadable")
    if reading.born is None:
        return broken("no_such_day")
    if reading.born > rules.as_of:
        return broken("in_future")
    if reading.born.year < FIRST_LIKELY_BIRTH_YEAR:
        return warned("implausible")
    return passed("sound", age=age_on(reading.born, rules.as_of))


@check(
    "identity.mobile",
    title=("手机号码", "Mobile number"),
    cites="内部规则 (house rule); 民诉法 Art. 90",
    says={
        "sound": Sentence("手机号码格式正确。", "The mobile number has the right form."),
        "form": Sentence(
            "手机号码不是11位大陆手机号，无法用于电子送达。",
            "The mobile number is not one of 11 digits of the mainland and cannot serve for electronic service.",
            "补充借款人有效的手机号码。",
            "Add a valid mobile number of the borrower.",
        ),
        "segment": Sentence(
            "手机号码不在已知的号段内，可能无法接通。",
            "The mobile number is in no known range and may not exist.",
            "核实手机号码。",
            "Verify the mobile number.",
        ),
    },
)
def mobile_has_right_form(case: CaseFacts, rules: Rules) -> Answer:
    """The mobile number is one of 11 digits in a range for people."""
    if case.mobile is None:
        return missing("mobile")
    problem = mobile_problem(case.mobile)
    if problem is None:
        return passed("sound")
    return broken("segment" if problem is Problem.SEGMENT else "form")


@check(
    "identity.name",
    title=("借款人姓名", "Borrower's name"),
    cites="民诉法 Art. 122, 124",
    says={
        "sound": Sentence("姓名为中文姓名。", "The name is a Chinese personal name."),
        "company": Sentence(
            "借款人名称像是单位，不是自然人。",
            "The borrower's name looks like an organisation's, not a person's.",
            "确认被告主体；单位借款须另行审核。",
            "Confirm who the defendant is; loans to organisations need another audit.",
        ),
        "odd": Sentence(
            "姓名含有数字、字母或符号，或不足两字，可能被脱敏或录错。",
            "The name has digits, letters or signs, or fewer than two characters: it may be masked or mistyped.",
            "按身份证件填写完整姓名。",
            "Enter the whole name from the identity document.",
        ),
    },
)
def name_is_a_persons(case: CaseFacts, rules: Rules) -> Answer:
    """The name is one that a person in the mainland can have."""
    if case.borrower_name is None:
        return missing("borrower_name")
    if not _NAME.fullmatch(case.borrower_name):
        return broken("odd")
    if len(case.borrower_name) > 3 and case.borrower_name.endswith(_COMPANY):
        return broken("company")
    return passed("sound")


@check(
    "identity.bank_card",
    title=("银行卡号", "Bank card"),
    cites="ISO/IEC 7812-1 (Luhn); 内部规则 (house rule)",
    says={
        "sound": Sentence("银行卡号的位数与校验位正确。", "The card number has the right length and check digit."),
        "check_digit": Sentence(
            "银行卡号的位数或校验位不符，可能录错；以该卡证明放款或还款时会与凭证不一致。少数旧卡、存折不适用校验位。",
            "The card number has a wrong length or check digit and may be mistyped; it then contradicts the proof of "
            "disbursement or payment. A few old cards and passbooks have no check digit.",
            "按放款凭证核对并更正卡号。",
            "Correct it from the proof of disbursement.",
        ),
        "masked": Sentence("银行卡号已脱敏，无法校验。", "The card number is masked and cannot be checked."),
        "none": Sentence("表中没有银行卡号。", "The sheet gives no card number."),
    },
)
def bank_card_is_sound(case: CaseFacts, rules: Rules) -> Answer:
    """The card number has 13 to 19 digits, the last of which fits (Luhn). Some old cards do not: only a warning."""
    card = case.bank_card
    if card is None:
        return not_applicable("none")
    if "*" in card:
        return not_applicable("masked")
    return passed("sound") if passes_luhn(card) else broken("check_digit")


@check(
    "identity.payee",
    title=("收款人与借款人", "Payee and borrower"),
    cites="民法典 (Civil Code) Art. 667, 670; 民诉法 Art. 122; 电子签名法 Art. 13",
    says={
        "same": Sentence("放款收款人即借款人本人。", "The loan was paid out to the borrower."),
        "other": Sentence(
            "放款收款人不是借款人本人。借款人可抗辩未收到借款或系冒名借款，原告须证明受托支付的约定。",
            "The loan was paid out to somebody else. The borrower may plead that no money came or that the loan was "
            "taken in a false name; the plaintiff must prove that payment to a third person was agreed.",
            "补充受托支付（第三方收款）的授权或消费凭证；属冒名的，不宜起诉，应上报。",
            "Add the borrower's order to pay the third person, or proof of the purchase; if the name was abused, do "
            "not sue: escalate.",
        ),
        "masked": Sentence("收款人姓名已脱敏，无法比对。", "The payee's name is masked and cannot be compared."),
        "none": Sentence("表中没有放款收款人。", "The sheet names no payee."),
    },
)
def paid_out_to_borrower(case: CaseFacts, rules: Rules) -> Answer:
    """The loan was paid out to an account in the borrower's own name."""
    payee, borrower = case.payee_name, case.borrower_name
    if payee is None:
        return not_applicable("none")
    if borrower is None:
        return missing("borrower_name")
    if "*" in payee or "*" in borrower:
        return not_applicable("masked")
    return passed("same") if payee == borrower else broken("other")


@check(
    "identity.verification",
    title=("签约前的身份核验", "Identity verified before signing"),
    cites="民诉法 Art. 122; 电子签名法 Art. 13; 民法典 (Civil Code) Art. 490",
    uses=("identity_verified_on", "contract_date", "disbursed_on"),
    says={
        "not_stated": Sentence(
            "表中没有实名认证或人脸核身的日期。", "The sheet does not say when the identity was verified."
        ),
        "before": Sentence(
            "身份核验于{identity_verified_on}完成，不晚于合同成立日{formed_on}。",
            "The identity was verified on {identity_verified_on}, not after the contract of {formed_on}.",
        ),
        "later": Sentence(
            "身份核验于{identity_verified_on}完成，晚于合同成立日{formed_on}。签约当时没有核验身份的，"
            "借款人可抗辩非本人签署、系冒名借款。",
            "The identity was verified on {identity_verified_on}, after the contract of {formed_on}. Without "
            "verification at the signing, the borrower may plead that somebody else signed.",
            "提供签约当时的实名认证、人脸核身记录及其时间戳；没有的，以其他证据证明系本人签署。",
            "Show the verification of the signing itself with its time stamp; else prove otherwise that the borrower "
            "signed.",
        ),
    },
)
def verified_before_signing(case: CaseFacts, rules: Rules) -> Answer:
    """Who signed was verified before, or on the day of, the contract."""
    verified, formed_on = case.identity_verified_on, case.formed_on
    if verified is None:
        return not_applicable("not_stated")
    if formed_on is None:
        return missing("contract_date")
    return (passed if verified <= formed_on else broken)(
        "before" if verified <= formed_on else "later", formed_on=formed_on
    )


@check(
    "identity.region",
    title=("户籍地区", "Region of registration"),
    cites="GB/T 2260; GB 11643-1999",
    says={
        "same": Sentence(
            "身份证号码所示地区为{region}，与户籍地址一致。",
            "The ID number is from {region}, as the registered address.",
        ),
        "moved": Sentence(
            "身份证号码所示地区为{region}，户籍地址在{address_region}；户籍可能迁移，送达时注意。",
            "The ID number is from {region}, the registered address in {address_region}: the borrower may have moved.",
        ),
        "known": Sentence("身份证号码所示地区为{region}。", "The ID number is from {region}."),
        "unknown": Sentence(
            "身份证号码的地区代码不在现行表内；旧代码仍可能有效，也可能是外国人永久居留身份证。",
            "The region of the ID number is not in the table: an abolished code may stand on a valid card, and "
            "new permanent-residence "
            "cards start with 9.",
        ),
    },
)
def region_is_known(case: CaseFacts, rules: Rules) -> Answer:
    """Which region the ID number names; only information, as cards keep abolished codes."""
    reading = case.identity
    if reading is None:
        return missing("id_no")
    if reading.province is None:
        return not_applicable("unknown")
    region = _region(reading.province)
    lives = province_in(case.id_address) if case.id_address else None
    if lives is None:
        return passed("known", region=region)
    if lives == reading.province:
        return passed("same", region=region)
    return passed("moved", region=region, address_region=_region(lives))


@lru_cache(maxsize=64)
def _region(province: str) -> str:
    return PROVINCES[province][0]
