"""Which court has jurisdiction, and will it keep the case?"""

from __future__ import annotations

from decimal import Decimal

from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.places import is_internet_court, is_there, province_anywhere, province_in, stems_of
from reviewdesk.audit.registry import Answer, Sentence, broken, check, missing, not_applicable, passed
from reviewdesk.audit.rules import Rules
from reviewdesk.identity import PROVINCES

_ARBITRATION = "仲裁"
_MUNICIPALITIES = ("11", "12", "31", "50")
"""Cities that are provinces: 北京, 天津, 上海, 重庆."""


def _reaches_borrower(case: CaseFacts, court: str) -> bool:
    """Whether the court is where the borrower is registered or lives; worked out once a case."""
    if "near" not in case.memo:
        lives, home = case.contact_address, case.id_address
        near = lives is not None and is_there(court, lives)
        case.memo["near"] = near or (home is not None and home != lives and is_there(court, home))
    near_by: bool = case.memo["near"]
    return near_by


def _reaches_lender(case: CaseFacts, court: str) -> bool:
    """Whether the court is where the plaintiff is: by its name, or by the credit code of a city that is a province."""
    if case.lender_name and is_there(court, case.lender_name):
        return True
    return _same_province(case, court) and (case.lender_code or "")[2:4] in _MUNICIPALITIES


def _same_province(case: CaseFacts, court: str) -> bool:
    """Whether the plaintiff is registered in the court's province, by its credit code."""
    province = province_anywhere(court)
    return bool(province and case.lender_code and case.lender_code[2:4] == province)


@check(
    "jurisdiction.agreed",
    title=("约定管辖", "The agreed court"),
    cites="民诉法 Art. 35; 民诉法解释 Art. 31; (2022)最高法民辖27号; (2023)最高法民辖36号",
    uses=("agreed_court", "lender_name", "lender_code"),
    says={
        "borrower": Sentence(
            "约定法院{agreed_court}在借款人住所地。", "The agreed court, {agreed_court}, is where the borrower lives."
        ),
        "lender": Sentence(
            "约定法院{agreed_court}在原告所在地。", "The agreed court, {agreed_court}, is where the plaintiff is."
        ),
        "lender_province": Sentence(
            "约定法院{agreed_court}与原告登记机关同在一省，但未见其在原告住所地的市、区；立案前按营业执照住所核对。",
            "The agreed court, {agreed_court}, is in the province in which the plaintiff is registered; nothing shows "
            "that it is the plaintiff's city or district. Check it against the business licence before filing.",
        ),
        "no_link": Sentence(
            "约定法院{agreed_court}与借款人住址、原告所在地均未见实际联系。没有实际联系的约定无效，案件可能被移送。",
            "Nothing links the agreed court, {agreed_court}, to the borrower's address or the plaintiff's seat. "
            "An agreement without a "
            "real link is void, and the case may be transferred.",
            "提供签订地、履行地等实际联系的证据，或改向借款人住所地、原告所在地法院起诉。",
            "Prove a real link (place of signing or performance), or file where the borrower lives or the "
            "plaintiff is.",
        ),
        "internet_court": Sentence(
            "约定的是互联网法院，见“互联网法院”。", "An internet court is agreed; see jurisdiction.internet_court."
        ),
        "arbitration": Sentence("约定的是仲裁，见“仲裁条款”。", "Arbitration is agreed; see jurisdiction.arbitration."),
    },
)
def agreed_court_has_link(case: CaseFacts, rules: Rules) -> Answer:
    """The agreed court has a real link to the case: it is where the borrower lives or the plaintiff is."""
    court = case.agreed_court
    if court is None:
        return missing("agreed_court")
    if is_internet_court(court) and rules.as_of >= rules.internet_courts_until:
        return not_applicable("internet_court")
    if _ARBITRATION in court:
        return not_applicable("arbitration")
    if _reaches_borrower(case, court):
        return passed("borrower")
    if _reaches_lender(case, court):
        return passed("lender")
    if _same_province(case, court):
        return passed("lender_province")
    if not case.contact_address and not case.id_address:
        return missing("id_address")
    return broken("no_link")


@check(
    "jurisdiction.internet_court",
    title=("互联网法院", "Internet court"),
    cites="最高人民法院关于互联网法院案件管辖的规定 (2025-11-01 施行)",
    uses=("agreed_court",),
    says={
        "no_court": Sentence("没有约定法院。", "No court is agreed."),
        "other": Sentence("约定的不是互联网法院。", "The agreed court is no internet court."),
        "still_open": Sentence(
            "审核日在{from_day}之前，互联网法院仍受理网络金融借款纠纷。",
            "Before {from_day} the internet courts still take online loan cases.",
        ),
        "closed": Sentence(
            "约定法院{agreed_court}自{from_day}起不再受理网络金融借款、小额借款合同纠纷，向其起诉不予受理或被移送，"
            "徒增时间。",
            "From {from_day} the internet courts no longer take online loan cases, as {agreed_court} did: a suit there "
            "is refused or transferred and only costs time.",
            "改向有管辖权的基层人民法院（借款人住所地或合同履行地）起诉。",
            "File with the basic court that has jurisdiction, at the borrower's domicile or the place of performance.",
        ),
    },
)
def no_internet_court(case: CaseFacts, rules: Rules) -> Answer:
    """The agreed court is not an internet court, which no longer takes loan cases."""
    court = case.agreed_court
    if court is None:
        return not_applicable("no_court")
    if not is_internet_court(court):
        return passed("other")
    since = rules.internet_courts_until
    return broken("closed", from_day=since) if rules.as_of >= since else passed("still_open", from_day=since)


@check(
    "jurisdiction.arbitration",
    title=("仲裁条款", "Arbitration clause"),
    cites="民诉法 Art. 127; 仲裁法 (2025修订)",
    uses=("agreed_court",),
    says={
        "no_clause": Sentence("表中没有争议解决条款。", "The sheet gives no clause on disputes."),
        "court": Sentence("约定由法院管辖，没有仲裁条款。", "A court is agreed, not arbitration."),
        "agreed": Sentence(
            "争议解决条款为{agreed_court}。书面约定仲裁的，法院告知向仲裁机构申请，不予受理起诉。",
            "The clause on disputes says {agreed_court}. Where arbitration is agreed in writing, a court refuses the "
            "suit and refers to the arbitrators.",
            "改向约定的仲裁机构申请仲裁，或证明仲裁条款无效、双方已另行约定。",
            "Turn to the agreed arbitrators, or show that the clause is void or was replaced.",
        ),
    },
)
def no_arbitration_clause(case: CaseFacts, rules: Rules) -> Answer:
    """The contract does not send the dispute to arbitration."""
    court = case.agreed_court
    if court is None:
        return not_applicable("no_clause")
    return broken("agreed") if _ARBITRATION in court else passed("court")


@check(
    "jurisdiction.domicile",
    title=("被告住所地", "The defendant's domicile"),
    cites="民诉法 Art. 22, 24; 民诉法解释 Art. 4, 18",
    says={
        "same": Sentence(
            "户籍地与联系地址一致，被告住所地明确。", "Registered and contact address agree: the domicile is clear."
        ),
        "one": Sentence("被告住所地明确（{region}）。", "The defendant's domicile is clear ({region})."),
        "lives_elsewhere": Sentence(
            "户籍地（{region}）与现住地（{lives_in}）不一致。连续居住一年以上的经常居住地才是管辖依据，须有居住证明。",
            "The registered address ({region}) and the place of living ({lives_in}) differ. A place lived in for "
            "over a year decides "
            "jurisdiction, and must be proved.",
            "补充经常居住地证明，或向户籍所在地法院起诉。",
            "Prove where the defendant has lived for a year, or file at the registered address.",
        ),
        "vague": Sentence(
            "地址未写到市、区、县，无法确定管辖法院。",
            "The address names no city, district or county: no court can be told from it.",
            "补充完整的户籍地址或联系地址。",
            "Add the whole address.",
        ),
    },
)
def domicile_is_known(case: CaseFacts, rules: Rules) -> Answer:
    """Where the defendant lives is known well enough to tell the court."""
    home, lives = case.id_address, case.contact_address
    if home is None and lives is None:
        return missing("id_address")
    home_stems = stems_of(home) if home else ()
    live_stems = home_stems if lives == home else stems_of(lives) if lives else ()
    if not home_stems and not live_stems:
        return broken("vague")
    if home is None or lives is None or not home_stems or not live_stems:
        return passed("one", region=_region(home or lives or ""))
    if home_stems[0] == live_stems[0] or home_stems[0] in lives or live_stems[0] in home:
        return passed("same")
    return broken("lives_elsewhere", region=_region(home), lives_in=_region(lives))


def _region(address: str) -> str:
    """Province and city of an address; no more of it may stand in a finding."""
    province = province_in(address)
    name = PROVINCES[province][0] if province else ""
    city = next(iter(stems_of(address)), "")
    return name if city == name else name + city


@check(
    "jurisdiction.concentration",
    title=("集中管辖", "Concentration in one court"),
    cites="(2022)最高法民辖27号; 民诉法 Art. 35",
    uses=("agreed_court",),
    says={
        "spread": Sentence(
            "本批次{batch_cases}件中有{court_cases}件约定同一法院（{share}）。",
            "{court_cases} of the {batch_cases} cases of this batch are agreed for this court ({share}).",
        ),
        "near": Sentence(
            "约定法院在借款人住所地，不属异地集中管辖。",
            "The agreed court is where the borrower lives: no concentration far from defendants.",
        ),
        "concentrated": Sentence(
            "本批次{batch_cases}件中有{court_cases}件（{share}）约定在{agreed_court}，而借款人住在他处。"
            "最高人民法院认为此类约定破坏管辖秩序，"
            "案件可能被不予受理或移送。",
            "{court_cases} of the {batch_cases} cases of this batch ({share}) are agreed for {agreed_court}, "
            "while the borrower lives "
            "elsewhere. The Supreme Court sees such agreements as harming the order of jurisdiction; cases may "
            "be refused or transferred.",
            "按借款人住所地分散起诉，或备妥实际联系的证据。",
            "File where the borrowers live, or have proof of a real link.",
        ),
        "concentrated_overall": Sentence(
            "本机构各批次{org_cases}件中有{org_court_cases}件（{share}）约定在{agreed_court}，而借款人住在他处。"
            "分批提交不改变异地集中管辖的性质，最高人民法院认为此类约定破坏管辖秩序，案件可能被不予受理或移送。",
            "{org_court_cases} of the {org_cases} cases of all batches ({share}) are agreed for {agreed_court}, while "
            "the borrower lives elsewhere. Filing in batches does not change that; the Supreme Court sees such "
            "agreements as harming the order of jurisdiction, and cases may be refused or transferred.",
            "按借款人住所地分散起诉，或备妥实际联系的证据。",
            "File where the borrowers live, or have proof of a real link.",
        ),
        "no_court": Sentence("没有约定法院。", "No court is agreed."),
    },
)
def not_concentrated_far_away(case: CaseFacts, rules: Rules) -> Answer:
    """Neither a batch nor all batches of the organisation gather in one agreed court far from the defendants."""
    court = case.agreed_court
    if court is None:
        return not_applicable("no_court")
    cases, in_court = case.related.batch_cases, case.related.court_cases
    if cases is None or in_court is None:
        return missing("related")
    if _reaches_borrower(case, court):
        return passed("near")
    share = _share(in_court, cases)
    numbers = {"batch_cases": cases, "court_cases": in_court, "share": share}
    if cases >= rules.court_cases and share > rules.court_share:
        return broken("concentrated", **numbers)
    return _overall(case, rules) or passed("spread", **numbers)


def _overall(case: CaseFacts, rules: Rules) -> Answer | None:
    """Whether all batches of the organisation together gather in the court, though this one does not."""
    cases, in_court = case.related.org_cases, case.related.org_court_cases
    if cases is None or in_court is None or cases < rules.court_cases:
        return None
    share = _share(in_court, cases)
    if share <= rules.court_share:
        return None
    return broken("concentrated_overall", org_cases=cases, org_court_cases=in_court, share=share)


def _share(part: int, whole: int) -> Decimal:
    return Decimal(part * 10000 // whole if whole else 0).scaleb(-4)
