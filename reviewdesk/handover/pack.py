"""The filing pack for counsel: a zip with the workbook of cases, and a folder for each suit with its documents.

Cases are written as they are read, so that a pack of any size takes the same memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from reviewdesk.audit.statement import ClaimStatement
from reviewdesk.errors import Text
from reviewdesk.handover.complaint import Loan, complaint_of
from reviewdesk.handover.complaint_files import complaint_document
from reviewdesk.handover.complaint_templates import Drafts
from reviewdesk.handover.packed import UNFIT, PackedCase, evidence_name, filings, kind_of
from reviewdesk.handover.word.values import values_of
from reviewdesk.handover.workbook import CaseRow, write
from reviewdesk.review.statement_files import ASIDE
from reviewdesk.review.statements import FORMS, NOT_AUDITED, about, file_name, made_under, why_none
from reviewdesk.review.suit_statements import FORMS as SUIT_FORMS
from reviewdesk.review.suit_statements import SuitSource, about_suit, name_of, stated
from reviewdesk.review.suit_statements import lacking as lacking_in

TABLE = "案件表.xlsx"
EVIDENCE = "证据"


def write_pack(path: Path, cases: Iterable[PackedCase], told: Iterable[tuple[str, str]], drafts: Drafts) -> int:
    """Write the pack and return how many cases it holds; `drafts` makes the complaints as Word documents.

    Cases of one suit share a folder, with one claim statement, one complaint and one list of evidence; a text names the
    findings that were set aside. A case, or suit,
    whose statement cannot be computed has a text in its place that names the absent facts; how many these are stands on
    the workbook's second sheet.

    Raises:
        OverflowError: there are more cases than a sheet has rows.
    """
    with ZipFile(path, "w", ZIP_DEFLATED) as pack, TemporaryDirectory() as folder:
        contents = _Contents(pack, drafts)
        table = Path(folder) / TABLE
        rows = (row for filing in filings(cases) for row in contents.add(filing))
        number = write(table, rows, contents.told(told))
        pack.write(table, TABLE, ZIP_STORED)
    return number


class _Contents:
    """What a pack holds so far."""

    def __init__(self, pack: ZipFile, drafts: Drafts) -> None:
        self._pack, self._drafts = pack, drafts
        self._folders: dict[UUID, str] = {}
        self._without = 0
        self._files = 0
        self._suits = 0
        self._aside = 0

    def add(self, filing: Sequence[PackedCase]) -> Iterator[CaseRow]:
        """Write the documents of a case or a suit, and give the rows of the workbook."""
        folder = f"{self._folder_of(filing[0])}/{_name_of(filing)}"
        self._suits += len(filing) > 1
        self._aside += sum(bool(case.row.set_aside) for case in filing)
        for name, content in self._documents(filing):
            self._pack.writestr(f"{folder}/{name}", content)
        self._add_files(f"{folder}/{EVIDENCE}", filing)
        return (case.row for case in filing)

    def _add_files(self, folder: str, filing: Sequence[PackedCase]) -> None:
        """The attachments, numbered as they were attached, loan by loan, and a list of them with their digests."""
        listed = ["序号\t案件\t借据号\t证据类别\t文件名\tSHA-256"]
        files = [(case, file) for case in filing for file in case.files or ()]
        for number, (case, file) in enumerate(files, 1):
            kind, name = kind_of(file), evidence_name(number, file)
            self._pack.write(file.path, f"{folder}/{name}", ZIP_STORED)
            account = case.facts.get("account_no") or ""
            listed.append(f"{number}\t{case.row.number}\t{account}\t{kind}\t{name}\t{file.sha256}")
        if files:
            self._pack.writestr(f"{folder}/证据目录.tsv", "\ufeff" + "\n".join(listed) + "\n")
        self._files += len(files)

    def _folder_of(self, case: PackedCase) -> str:
        """A folder for each platform: their numbers of cases may be the same."""
        if case.org_id not in self._folders:
            name = UNFIT.sub("_", case.row.platform).strip(" .") or str(case.org_id)
            taken = name in self._folders.values()
            self._folders[case.org_id] = f"{name}-{case.org_id}" if taken else name
        return self._folders[case.org_id]

    def _documents(self, filing: Sequence[PackedCase]) -> Iterator[tuple[str, bytes]]:
        made = [(case, _statement_of(case)) for case in filing]
        computed = [(case, one) for case, one in made if isinstance(one, ClaimStatement)]
        if len(computed) == len(made):
            yield from self._whole(computed)
        else:
            self._without += len(made) - len(computed)
            lacking = [(case.row.number, one) for case, one in made if isinstance(one, Text)]
            yield "没有债权计算书.txt", _text(lacking[0][1] if len(filing) == 1 else lacking_in(lacking))
            for case, one in computed:
                yield from _single(case, one)
        if aside := _aside_of(filing):
            yield f"{ASIDE}.txt", "\n".join([*aside, ""]).encode()
        suit = filing[0].suit
        if suit is not None and len(filing) == 1:
            others = "、".join(number for number in suit.numbers if number != filing[0].row.number)
            yield (
                "合并起诉.txt",
                _text(
                    Text(
                        f"本案与 {others} 合并起诉。各案不全在本次导出中，故单独列出。",
                        f"To be filed in one suit with {others}; as not all are in this export, it stands alone.",
                    )
                ),
            )

    def _whole(self, filing: Sequence[Loan]) -> Iterator[tuple[str, bytes]]:
        """The documents of a case, or of a suit."""
        first, made = filing[0]
        if len(filing) == 1:
            yield from _single(first, made)
        else:
            yield from _of_suit(filing)
        complaint = complaint_of(filing)
        yield "民事起诉状.pdf", complaint_document(complaint)
        yield "民事起诉状.docx", self._drafts.make(values_of(filing, complaint))

    def told(self, lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """What the workbook's second sheet says; asked for when all cases are written."""
        yield from lines
        yield "债权计算书", "每案一个文件夹，内有 XLSX 与 PDF，由案件事实按所载审核策略重算。"
        yield "民事起诉状", "PDF 与 Word 各一份，由案件事实与债权计算书生成的草稿，须由承办律师核对、补充后使用。"
        yield "民事起诉状（Word）的模板", self._drafts.told
        if self._suits:
            yield (
                "合并起诉",
                f"{self._suits} 组，各用一个文件夹，债权计算书、起诉状与证据目录各一份，受理费按合计标的额计算。",
            )
        yield (
            "证据附件",
            f"{self._files} 个，在各案文件夹的「{EVIDENCE}」内，附目录与 SHA-256；未委托或未接受委托的案件不含附件。",
        )
        if self._aside:
            yield ASIDE, f"{self._aside} 件案件有，理由与经办人见案件表与各案文件夹；供核对，不随文书提交法院。"
        if self._without:
            yield "未能计算", f"{self._without} 件缺少资料，其文件夹内写明所缺资料。"


def _name_of(filing: Sequence[PackedCase]) -> str:
    numbers = [case.row.number for case in filing]
    return numbers[0] if len(numbers) == 1 else f"合并起诉-{name_of(numbers)}"


def _of_suit(filing: Sequence[Loan]) -> Iterator[tuple[str, bytes]]:
    first, _made = filing[0]
    suit = stated([(SuitSource(case.org_id, case.row.number, case.facts), one) for case, one in filing])
    head = about_suit(suit, first.facts.get("lender_name"), first.row.personal)
    name = name_of([case.row.number for case, _made in filing])
    for form, document in SUIT_FORMS.items():
        yield f"债权计算书-合并起诉-{name}.{form}", document(suit, head, _aside_of(case for case, _made in filing))


def _single(case: PackedCase, made: ClaimStatement) -> Iterator[tuple[str, bytes]]:
    account, lender = (case.facts.get(name) for name in ("account_no", "lender_name"))
    head = about(case.row.number, account, lender, case.row.personal)
    for form, document in FORMS.items():
        yield file_name(case.row.number, form), document(made, head, case.row.set_aside)


def _aside_of(cases: Iterable[PackedCase]) -> list[str]:
    """What is set aside in cases of one suit, each line with its case."""
    return [f"{case.row.number} {line}" for case in cases for line in case.row.set_aside]


def _text(said: Text) -> bytes:
    return f"{said.zh}\n{said.en}\n".encode()


def _statement_of(case: PackedCase) -> ClaimStatement | Text:
    if case.policy is None or case.as_of is None:
        return NOT_AUDITED
    made = made_under(case.facts, case.org_id, case.policy, case.as_of)
    return made if isinstance(made, ClaimStatement) else why_none(made)
