"""Was interest of an earlier loan made principal of this one, and how much of it counts?"""

from __future__ import annotations

from reviewdesk.audit.caps import cap_periods
from reviewdesk.audit.facts import CaseFacts
from reviewdesk.audit.registry import Answer, Sentence, broken, check, lacking, missing, not_applicable, passed, warned
from reviewdesk.audit.rules import Rules
from reviewdesk.money import Fen


@check(
    "claim.renewal",
    title=("续贷与利息转本金", "Renewals: interest made principal"),
    cites="法释〔2020〕17号 Art. 27; 人民币利率管理规定 Art. 20–21",
    uses=(
        "original_principal",
        "original_on",
        "original_rate",
        "annual_rate",
        "principal",
        "contract_date",
        "disbursed_on",
        "lender_kind",
    ),
    says={
        "first": Sentence("表中没有续贷或借新还旧的记载。", "The sheet shows no renewal of an earlier loan."),
        "nothing_rolled": Sentence(
            "本金{principal}未超过续贷前原始本金{original_principal}，没有利息转入本金。",
            "The principal of {principal} is not more than the {original_principal} first lent: no interest was made "
            "principal.",
        ),
        "within": Sentence(
            "续贷后本金{principal}，其中{rolled}由前期利息转入，未超过自{original_on}按上限可认定的{recognised}。",
            "{rolled} of the principal of {principal} is earlier interest; with the cap since {original_on} up to "
            "{recognised} counts as principal.",
        ),
        "above": Sentence(
            "续贷后本金{principal}，其中{rolled}由前期利息转入。以最初本金{original_principal}自{original_on}按上限计息，"
            "可认定的本金为{recognised}，超出的{difference}不受支持。",
            "{rolled} of the principal of {principal} is earlier interest. On the {original_principal} first lent on "
            "{original_on} the cap allows a principal of {recognised}; the {difference} above it will not be granted.",
            "以{recognised}为本金重新计算利息与诉讼请求，并附历次借据。",
            "Recompute interest and claim on a principal of {recognised}, and add the earlier notes.",
        ),
        "capitalised": Sentence(
            "续贷后本金{principal}比续贷前原始本金{original_principal}多{rolled}，前期利息转入了本金。"
            "金融机构须有合同约定，且全部息费受上限约束，法院常不支持再计利息。",
            "The principal of {principal} is {rolled} more than the {original_principal} first lent: earlier interest "
            "was made principal. A financial institution needs a clause for it, all charges stay under the cap, and "
            "courts often refuse interest on it.",
            "补充利息转本金的合同约定；没有的，以{original_principal}为本金重新计算。",
            "Add the clause that makes interest principal; without it recompute on {original_principal}.",
        ),
        "not_allowed": Sentence(
            "续贷后本金{principal}比续贷前原始本金{original_principal}多{rolled}，前期利息转入了本金；"
            "该类出借人不得计收复利。",
            "The principal of {principal} is {rolled} more than the {original_principal} first lent: earlier interest "
            "was made principal, and this kind of lender may not charge compound interest.",
            "以{original_principal}为本金重新计算利息与诉讼请求。",
            "Recompute interest and claim on a principal of {original_principal}.",
        ),
    },
)
def renewed_principal_counts(case: CaseFacts, rules: Rules) -> Answer:
    """Of a principal that holds earlier interest counts what the cap on the first principal allows.

    For private loans that is the first principal and the cap's interest on it from then to the renewal (Art. 27); for
    others it is compound interest, for which a financial institution needs a clause.
    """
    first, principal, kind = case.original_principal, case.principal, case.lender_kind
    if first is None:
        return not_applicable("first")
    if principal is None or kind is None:
        return lacking(principal=principal, lender_kind=kind)
    rolled = Fen(principal - first)
    if rolled <= 0:
        return passed("nothing_rolled")
    if kind != "private":
        return (
            warned("capitalised", rolled=rolled)
            if kind in rules.compound_kinds
            else broken("not_allowed", rolled=rolled)
        )
    return _by_the_cap(case, rules, first, principal, rolled)


def _by_the_cap(case: CaseFacts, rules: Rules, first: Fen, principal: Fen, rolled: Fen) -> Answer:
    since, until = case.original_on, case.formed_on
    if since is None or until is None:
        return lacking(original_on=since, contract_date=until)
    cap = rules.cap_on("private", since)
    if cap is None:
        return missing("lpr")
    allowed = sum(period.amount for period in cap_periods(cap, first, since, until))
    recognised = Fen(min(principal, first + allowed))
    numbers = {"rolled": rolled, "cap": cap.rate, "rule": cap.rule, "recognised": recognised}
    if principal - recognised <= rules.sum_tolerance:
        return passed("within", **numbers)
    return broken("above", **numbers, difference=Fen(principal - recognised))
