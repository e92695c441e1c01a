"""The filing pack for counsel: a zip with the workbook of cases, and a folder for each case with its claim statement.

Cases are written as they are read, so that a pack of any size takes the same memory.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.errors import Text
from reviewdesk.evidence import KINDS
from reviewdesk.handover.workbook import CaseRow, write
from reviewdesk.review.statements import FORMS, NOT_AUDITED, about, file_name, made_under, why_none

TABLE = "案件表.xlsx"
EVIDENCE = "证据"
_UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')


@dataclass(frozen=True, slots=True)
class PackedFile:
    """An attachment for the pack: its own name, the kind of evidence that it is, and where it is stored."""

    name: str
    kind: str | None
    sha256: str
    path: Path


@dataclass(frozen=True, slots=True)
class PackedCase:
    """A case for the pack: its row of the workbook, and what its statement is made from. `facts` are as stored.

    `files` are its attachments, None where its reader may not have them.
    """

    org_id: UUID
    case_id: int
    row: CaseRow
    facts: Mapping[str, Any]
    policy: str | None
    as_of: date | None
    files: Sequence[PackedFile] | None = None


def write_pack(path: Path, cases: Iterable[PackedCase], told: Iterable[tuple[str, str]]) -> int:
    """Write the pack and return how many cases it holds.

    A case whose statement cannot be computed has a text in its place that names the absent facts; how many these are
    stands on the workbook's second sheet.

    Raises:
        OverflowError: there are more cases than a sheet has rows.
    """
    with ZipFile(path, "w", ZIP_DEFLATED) as pack, TemporaryDirectory() as folder:
        contents = _Contents(pack)
        table = Path(folder) / TABLE
        number = write(table, (contents.add(case) for case in cases), contents.told(told))
        pack.write(table, TABLE, ZIP_STORED)
    return number


class _Contents:
    """What a pack holds so far."""

    def __init__(self, pack: ZipFile) -> None:
        self._pack = pack
        self._folders: dict[UUID, str] = {}
        self._without = 0
        self._files = 0

    def add(self, case: PackedCase) -> CaseRow:
        """Write the documents of a case, and give its row of the workbook."""
        folder = f"{self._folder_of(case)}/{case.row.number}"
        for name, content in self._documents(case):
            self._pack.writestr(f"{folder}/{name}", content)
        self._add_files(f"{folder}/{EVIDENCE}", case.files or ())
        return case.row

    def _add_files(self, folder: str, files: Sequence[PackedFile]) -> None:
        """The attachments, numbered as they were attached, and a list of them with their digests."""
        listed = ["序号\t证据类别\t文件名\tSHA-256"]
        for number, file in enumerate(files, 1):
            kind = KINDS[file.kind].zh if file.kind else "其他"
            name = f"{number:02d}-{kind}-{_UNFIT.sub('_', file.name)}"
            self._pack.write(file.path, f"{folder}/{name}", ZIP_STORED)
            listed.append(f"{number}\t{kind}\t{name}\t{file.sha256}")
        if files:
            self._pack.writestr(f"{folder}/证据目录.tsv", "\ufeff" + "\n".join(listed) + "\n")
        self._files += len(files)

    def _folder_of(self, case: PackedCase) -> str:
        """A folder for each platform: their numbers of cases may be the same."""
        if case.org_id not in self._folders:
            name = _UNFIT.sub("_", case.row.platform).strip(" .") or str(case.org_id)
            taken = name in self._folders.values()
            self._folders[case.org_id] = f"{name}-{case.org_id}" if taken else name
        return self._folders[case.org_id]

    def _documents(self, case: PackedCase) -> Iterator[tuple[str, bytes]]:
        row, made = case.row, _statement_of(case)
        if not isinstance(made, ClaimStatement):
            self._without += 1
            yield "没有债权计算书.txt", f"{made.zh}\n{made.en}\n".encode()
            return
        account, lender = (case.facts.get(name) for name in ("account_no", "lender_name"))
        head = about(row.number, account, lender, row.personal)
        for form, document in FORMS.items():
            yield file_name(row.number, form), document(made, head)

    def told(self, lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """What the workbook's second sheet says; asked for when all cases are written."""
        yield from lines
        yield "债权计算书", "每案一个文件夹，内有 XLSX 与 PDF，由案件事实按所载审核策略重算。"
        yield (
            "证据附件",
            f"{self._files} 个，在各案文件夹的「{EVIDENCE}」内，附目录与 SHA-256；未委托或未接受委托的案件不含附件。",
        )
        if self._without:
            yield "未能计算", f"{self._without} 件缺少资料，其文件夹内写明所缺资料。"


def _statement_of(case: PackedCase) -> ClaimStatement | Text:
    if case.policy is None or case.as_of is None:
        return NOT_AUDITED
    made = made_under(case.facts, case.org_id, case.policy, case.as_of)
    return made if isinstance(made, ClaimStatement) else why_none(made)
