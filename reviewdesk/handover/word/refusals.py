"""What is said of a template that cannot be used."""

from __future__ import annotations

from reviewdesk.errors import Invalid, Text


def refused(code: str, zh: str, en: str) -> Invalid:
    """An error about a template, with a code under `template.`."""
    return Invalid(f"template.{code}", Text(zh, en), field="file")


def no_document() -> Invalid:
    """It is no Word document."""
    return refused(
        "document",
        "这不是 Word 文档（.docx）。请在 Word 或 WPS 中另存为 .docx 后再上传。",
        "This is no Word document (.docx). Save it as .docx with Word or WPS, and send that.",
    )


def too_costly() -> Invalid:
    """It takes more time or memory than it may."""
    return refused(
        "too_costly",
        "模板处理超出时间或内存限制。请删去过大的图片和层层嵌套的循环后再上传。",
        "The template takes more time or memory than it may. Leave out large pictures and loops within loops.",
    )
