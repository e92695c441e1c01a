"""What is said of a file that cannot be read: one code and one sentence in each language."""

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.reading.formats import ARCHIVE, TABLES


def unreadable(code: str, zh: str, en: str) -> Invalid:
    """An error about the whole file or sheet."""
    return Invalid(code, Text(zh, en))


def not_a_workbook(kind: str = "") -> Invalid:
    """The content is something else; `kind` names it where it is known."""
    return unreadable(
        "file.not_a_workbook",
        f"这不是工作簿或文本表格{f'（是 {kind} 文件）' if kind else ''}。"
        f"请上传 {'、'.join(TABLES)}，或装有这些表格的 {ARCHIVE}。",
        f"This is no workbook or text table{f' (but {kind})' if kind else ''}. "
        f"Give a file of {', '.join(TABLES)}, or a {ARCHIVE} of them.",
    )


def empty() -> Invalid:
    """There is not a byte in it."""
    return unreadable(
        "file.empty",
        "文件是空的。请确认已保存或导出完整，再重新上传。",
        "The file is empty. See that it was saved or exported whole, and upload it again.",
    )


def archive(tables: list[str]) -> Invalid:
    """It is a zip of tables, each of which is to be uploaded by itself."""
    count = len(tables)
    return unreadable(
        "file.archive",
        f"这是含有 {count} 个表格的压缩包。请解压后逐个上传，每个表格成为一个批次。",
        f"This is a zip file that holds {count} tables. Unpack it and upload them one by one; each becomes a batch.",
    )


def encrypted() -> Invalid:
    """It opens with a password only."""
    return unreadable(
        "file.encrypted",
        "工作簿设有打开密码。请输入密码，或在 Excel 中取消密码后再上传。",
        "The workbook is protected by a password. Give the password, or remove it in Excel and try again.",
    )


def wrong_password() -> Invalid:
    """The password that was given does not open it."""
    return unreadable(
        "file.wrong_password",
        "密码不对，工作簿打不开。请核对大小写和空格后重新输入。",
        "The password does not open the workbook. See to capitals and spaces and give it again.",
    )


def cipher_unknown() -> Invalid:
    """It is protected in a way that cannot be undone here."""
    return unreadable(
        "file.cipher",
        "工作簿的加密方式不受支持。请在 Excel 或 WPS 中取消密码后再上传。",
        "The workbook is protected in a way that is not supported. Remove the password in Excel or WPS and try again.",
    )


def damaged() -> Invalid:
    """It is broken, or not what it claims to be."""
    return unreadable(
        "file.damaged",
        "工作簿已损坏或不完整，读不出来。请用 Excel 或 WPS 打开后另存一份。",
        "The workbook is damaged or incomplete. Open it in Excel or WPS and save a fresh copy.",
    )


def too_costly() -> Invalid:
    """Reading it took more memory or time than a file of its size may take."""
    return unreadable(
        "file.too_costly",
        "读取这个文件所需的内存或时间超出其大小应有的范围，已停止读取。"
        "请把表格复制到新的工作簿，删除多余的空白行列和对象后另存再试。",
        "Reading the file takes more memory or time than a file of its size may take, so it was stopped. "
        "Copy the table to a new workbook without empty rows, columns and objects, and try again.",
    )


def broke_off() -> Invalid:
    """The process that read it died, which a broken file can bring about, and want of memory too."""
    return unreadable(
        "file.broke_off",
        "读取这个文件时程序意外中断：文件可能已损坏，也可能读取它所需的内存超出应有的范围。"
        "请用 Excel 或 WPS 打开后另存一份再试；仍读不出来的，把表格复制到新的工作簿。",
        "Reading the file broke off: it may be damaged, or take more memory than it may. Open it in Excel or WPS and "
        "save a fresh copy; if that does not help, copy the table to a new workbook.",
    )


def encoding_unknown(encoding: str = "", line: int = 0) -> Invalid:
    """The bytes are text in no known encoding, or in one up to a line."""
    if encoding:
        return unreadable(
            "file.encoding",
            f"文件到第 {line} 行为止是 {encoding.upper()} 编码，该行有读不出的字节。"
            "请修正该行，或另存为 UTF-8 的 .csv 或 .xlsx。",
            f"The file is {encoding.upper()} up to line {line}, which holds bytes that are no text. "
            "Mend that line, or save the file as .csv in UTF-8, or as .xlsx.",
        )
    return unreadable(
        "file.encoding",
        "认不出文件的编码。请另存为 UTF-8 的 .csv 或 .xlsx。",
        "The encoding of the file is not known. Save it as .csv in UTF-8, or as .xlsx.",
    )


def sheet_absent(name: str, there: list[str]) -> Invalid:
    """There is no sheet of that name."""
    return unreadable(
        "sheet.absent",
        f"没有名为「{name}」的工作表。现有：{'、'.join(there)}。",
        f"There is no sheet named {name!r}. The sheets are: {', '.join(there)}.",
    )
