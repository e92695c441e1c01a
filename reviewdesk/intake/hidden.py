"""What becomes of hidden rows, columns and sheets: the uploader decides for the whole batch. Pure.

Rows and columns are those of the accounts and of the sheets beside them.
"""

from collections.abc import Mapping as MappingType
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from reviewdesk.errors import Invalid, Text

Choice = Literal["take", "leave"]
"""Read like everything else, or left out."""

WHY: Final[dict[str, Text]] = {
    "hidden_rows": Text(
        "默认导入：筛选后忘记取消的行也是账目，不应悄悄少行。不导入的行会列为“隐藏的行”。",
        "Taken by default: rows that a forgotten filter hides are accounts too, and none should get lost in silence. "
        "Rows that are left out are listed as hidden.",
    ),
    "hidden_columns": Text(
        "默认读取：为打印而隐藏的列常是证件号、电话等必要内容。",
        "Taken by default: columns hidden for printing often hold ID numbers, phones and other necessary facts.",
    ),
    "hidden_sheets": Text(
        "默认不读：隐藏的工作表多是旧数据或下拉选项；选择读取时，其中的还款、催收等附表会并入案件。",
        "Left out by default: hidden sheets mostly hold old data or lists of choices. Where they are taken, their "
        "repayments, demands and the like join the accounts.",
    ),
}
"""By the code of the notice that names them: what is done by default, and why."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """The decisions for a batch."""

    rows: Choice = "take"
    columns: Choice = "take"
    sheets: Choice = "leave"

    def to_json(self) -> dict[str, str]:
        """What the batch keeps."""
        return asdict(self)

    def of_notice(self, code: str) -> Choice:
        """What was decided of the things that a notice names."""
        choice: Choice = getattr(self, code.removeprefix("hidden_"))
        return choice


BY_DEFAULT: Final = Hidden()


def read_hidden(given: MappingType[str, Any]) -> Hidden:
    """The decisions as a form, a command or the API gives them by name; what is not given has its default.

    Raises:
        Invalid: `batch.hidden`; `details["field"]` names the one that is neither `take` nor `leave`.
    """
    return Hidden(
        _choice("rows", given, BY_DEFAULT.rows),
        _choice("columns", given, BY_DEFAULT.columns),
        _choice("sheets", given, BY_DEFAULT.sheets),
    )


def _choice(name: str, given: MappingType[str, Any], default: Choice) -> Choice:
    said = given.get(name) or default
    for choice in get_args(Choice):
        if said == choice:
            found: Choice = choice
            return found
    raise Invalid(
        "batch.hidden",
        Text("隐藏内容的处理方式应为 take 或 leave。", "Hidden things are taken or left: take, leave."),
        field=f"hidden_{name}",
    )
