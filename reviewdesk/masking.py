"""What people see of a borrower's personal data when they have not asked to reveal it.

One place for every mask: the check command, pages, the API, error messages and exports use these functions.
No keys are needed here, so that a dry run works without a server.
"""

import re
from collections.abc import Mapping, Sequence

_COMPOUND_SURNAMES = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 "
    "太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 "
    "漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 公户 公玉 公仪 梁丘 公仲 "
    "公上 公门 公山 公坚 左丘 公伯 西门 公祖 第五 公乘 贯丘 公皙 南荣 东里 东宫 仲长 子书 子桑 即墨 达奚 "
    "褚师 纳兰 归海"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND_SURNAMES.split())

HIDDEN = "***"

# The shortest part of an address that still names a county, district, banner or county-level city.
_TO_DISTRICT = re.compile(
    r"^(?:.{2,8}?(?:省|自治区|特别行政区))?(?:.{2,10}?(?:市|自治州|地区|盟))?(?:.{1,10}?(?:区|县|旗|市))?"
)


def mask_name(name: str) -> str:
    """`张三丰` becomes `张*`, `欧阳锋` becomes `欧阳*`; a company's name keeps its first two characters."""
    name = name.strip()
    if not name:
        return ""
    if len(name) > 2 and name[:2] in COMPOUND_SURNAMES:
        return name[:2] + "*"
    if "·" in name:
        return name.split("·", 1)[0][:1] + "*"
    return name[0] + "*"


def mask_id_no(id_no: str) -> str:
    """First four and last four characters; a shorter or mangled number shows less."""
    return _ends(id_no, 4, 4)


def mask_mobile(mobile: str) -> str:
    """`138****5678`."""
    return _ends(mobile, 3, 4)


def mask_card(card: str) -> str:
    """First six and last four digits, the part that names bank and kind of card."""
    return _ends(card, 6, 4)


def mask_address(address: str) -> str:
    """The address down to its district; what follows is hidden."""
    found = _TO_DISTRICT.match(address.strip())
    return (found.group(0) if found else "") + HIDDEN


def mask_all(_value: str) -> str:
    """Nothing of the value shows."""
    return HIDDEN


def _ends(value: str, head: int, tail: int) -> str:
    value = value.strip()
    if len(value) >= head + tail + 2:
        return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]
    if len(value) > 4:
        return value[:1] + "*" * (len(value) - 2) + value[-1:]
    return "*" * len(value)


_MASKS = {
    "borrower_name": mask_name,
    "id_no": mask_id_no,
    "mobile": mask_mobile,
    "gender": mask_all,
    "ethnicity": mask_all,
    "id_address": mask_address,
    "contact_address": mask_address,
    "employer": mask_all,
    "bank_card": mask_card,
    "payee_name": mask_name,
    "note": mask_all,
    "other_personal": mask_all,
}

PERSONAL_FIELDS: tuple[str, ...] = tuple(_MASKS)
"""The canonical fields that are sealed, and never shown whole unless revealed."""


def is_personal(field: str) -> bool:
    """Whether the canonical field belongs to the sealed envelope."""
    return field in _MASKS


def masks_of(field: str, values: Sequence[object]) -> list[str | None]:
    """`mask` of a whole column; None stays what it is."""
    masker = _MASKS.get(field, str)
    if masker is mask_all:
        return [None if value is None else HIDDEN if value != "" else "" for value in values]
    return [None if value is None else masker(str(value)) if value != "" else "" for value in values]


def mask(field: str, value: object) -> str:
    """The value of a personal field as everyone may see it.

    A field that is not personal comes back as text, unchanged.
    """
    text = "" if value is None else str(value)
    masker = _MASKS.get(field)
    return masker(text) if masker and text else text


def masked(personal: Mapping[str, object]) -> dict[str, str]:
    """A whole envelope, each value masked; absent values stay out."""
    return {field: mask(field, value) for field, value in personal.items() if value not in (None, "")}
