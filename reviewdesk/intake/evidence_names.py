"""What the name of an evidence file says: which account it belongs to, and what kind of evidence it is.

Nothing is guessed: a name that holds two accounts, or none, leaves its file for a person to place.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reviewdesk.errors import Text

# The first word that is found decides, so what is more special stands before what is more general.
_WORDS: Final = (
    ("assignment_notice", ("债转通知", "债权转让通知", "转让通知", "assignment notice", "notice of assignment")),
    ("acceleration", ("提前到期", "加速到期", "宣布到期", "acceleration")),
    ("service_address", ("送达地址", "service address")),
    ("disclosure_form", ("综合融资成本", "明示表", "成本明示", "disclosure")),
    ("compensation", ("代偿", "理赔", "赔付", "compensation")),
    ("assignment", ("债权转让", "债转", "转让协议", "assignment")),
    ("power_of_attorney", ("委托书", "委托代理", "power of attorney")),
    ("guarantee", ("担保", "保证合同", "抵押", "质押", "guarantee")),
    ("esign_certificate", ("存证", "电子签", "签名证书", "签章", "ca证书", "esign", "e-sign")),
    ("identity_lender", ("营业执照", "金融许可证", "法定代表人", "business licence", "business license")),
    ("identity_borrower", ("身份证", "户口", "id card", "idcard")),
    ("schedule", ("还款计划", "schedule")),
    ("disbursement", ("放款", "打款", "借款发放", "出借凭证", "转账凭证", "disbursement")),
    ("ledger", ("还款", "流水", "账单", "对账", "台账", "repayment", "ledger", "statement")),
    ("delivery", ("送达", "签收", "回执", "快递", "delivery")),
    ("demand", ("催收", "催告", "催款", "律师函", "demand")),
    ("contract", ("合同", "借据", "协议", "contract", "agreement")),
)

SHORTEST: Final = 4
"""Characters that an account number needs to be found within a name; a shorter one must be the whole of it."""
LONGEST: Final = 64

NO_ACCOUNT: Final = "no_account"
SEVERAL: Final = "several"
UNREADABLE: Final = "unreadable"
REASONS: Final[Mapping[str, Text]] = {
    NO_ACCOUNT: Text(
        "文件名和文件夹名中没有已导入的借据号；未导入的行修正后，其文件会自动归入",
        "no account number of an imported row in its name or folders; a file of a rejected row finds its case "
        "by itself once the row is mended",
    ),
    UNREADABLE: Text(
        "压缩包没有说明文件名的编码，无法辨认其中的借据号",
        "the archive does not say how its file names are encoded, and they cannot be read",
    ),
    SEVERAL: Text("名称中有多个借据号，无法确定属于哪一笔", "its name holds several account numbers"),
}
"""Why a file belongs to no case yet."""

# Latin letters and digits hold together, as in an account number; any other sign stands alone.
_PIECE = re.compile(r"[0-9A-Za-z]+|.", re.DOTALL)
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """The account that a file belongs to; without one `reason` says why."""

    account_no: str | None
    reason: str | None = None


def parts_of(path: str) -> tuple[str, ...]:
    """The folders and the name of a file, outermost first, in one form of characters."""
    parts = (unicodedata.normalize("NFKC", part).strip() for part in re.split(r"[/\\]", path))
    return tuple(part for part in parts if part)


def kind_of(parts: Sequence[str]) -> str | None:
    """The kind of evidence by the words in a file's name, or else in the nearest folder that says one."""
    for part in reversed(parts):
        text = part.casefold().replace("_", " ")
        for kind, words in _WORDS:
            if any(word in text for word in words):
                return kind
    return None


def candidates(parts: Sequence[str]) -> set[str]:
    """Every text in the name and its folders that could be an account number."""
    return {text for part in parts for text, _, _ in _spans(part)}


def spellings(text: str) -> tuple[str, ...]:
    """The ways in which an account number may be written in the sheet: as it is, in capitals, in small letters."""
    return text, text.upper(), text.lower()


def place(parts: Sequence[str], known: Mapping[str, str]) -> Place:
    """Which account a file belongs to. `known` gives the account number of each spelling that exists.

    Within one name the longest account number wins over those that it contains. Two that stand beside each other, or
    in different folders, leave the file to a person.
    """
    found = {known[text] for part in parts for text in _widest(part, known)}
    if len(found) == 1:
        return Place(found.pop())
    return Place(None, SEVERAL if found else NO_ACCOUNT)


def _widest(part: str, known: Mapping[str, str]) -> Iterator[str]:
    """The known numbers in one name that stand within no other."""
    spans = [(text, start, end) for text, start, end in _spans(part) if text in known]
    for text, start, end in spans:
        wider = (s <= start and end <= e and (s, e) != (start, end) for _, s, e in spans)
        if not any(wider):
            yield text


def _spans(part: str) -> Iterator[tuple[str, int, int]]:
    stem = _SUFFIX.sub("", part)
    pieces = [(found.start(), found.end()) for found in _PIECE.finditer(stem[:200])]
    for number, (start, _) in enumerate(pieces):
        if not stem[start].isalnum():
            continue
        for _, end in pieces[number:]:
            if end - start > LONGEST:
                break
            if stem[end - 1].isalnum() and (end - start >= SHORTEST or end - start == len(stem)):
                yield stem[start:end], start, end
