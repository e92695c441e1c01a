"""Is a file a Word document that does nothing by itself? Looked at before anything opens it.

Refused are macros, embedded objects, controls and pages of other programs, parts that Word would fetch from elsewhere,
fields that read other files or start programs, XML that declares entities, and archives that unpack beyond measure.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from reviewdesk.errors import Invalid
from reviewdesk.handover.word.refusals import no_document, refused
from reviewdesk.intake.zip_opening import open_zip

MOST_PARTS: Final = 400
MOST_PART: Final = 12 * 1024**2
MOST_UNPACKED: Final = 32 * 1024**2
"""Most parts of a template, most bytes of one, and of all together unpacked."""

_MAIN: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_ACTIVE: Final = re.compile(r"(?i)vbaproject|vbadata|macroenabled|activex|customui|/attachedtoolbars")
_EMBEDDED: Final = re.compile(r"(?i)^word/(embeddings|afchunk)|\.(bin|exe|dll|ole|html?|mht|rtf|docm)$")
_CHUNK: Final = re.compile(rb"(?i)relationships/(aFChunk|oleObject|package|control|subDocument|frame)\b")
_OUTSIDE: Final = re.compile(
    rb"<(?:\w+:)?Relationship\b[^>]*\bTargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE
)
_LINK: Final = re.compile(rb"relationships/hyperlink[\"']")
_DECLARED: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_INSTRUCTION: Final = re.compile(rb"<w:instrText\b[^>]*>([^<]*)|<w:fldSimple\b[^>]*\bw:instr\s*=\s*[\"']([^\"']*)")
_READING: Final = re.compile(
    rb"(?i)\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|MACROBUTTON|DATABASE|RD|EMBED)\b"
)


def checked(content: bytes) -> None:
    """Look through a template.

    Raises:
        Invalid: with a code under `template.` and one plain sentence.
    """
    try:
        with open_zip(io.BytesIO(content)) as packed:
            _check_parts(packed)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        raise no_document() from error


def _check_parts(packed: zipfile.ZipFile) -> None:
    infos = packed.infolist()
    if len(infos) > MOST_PARTS or sum(one.file_size for one in infos) > MOST_UNPACKED:
        raise _too_large()
    names = [one.filename for one in infos]
    if "[Content_Types].xml" not in names or "word/document.xml" not in names or len(set(names)) < len(names):
        raise no_document()
    for name in names:
        if ".." in name.split("/") or name.startswith(("/", "\\")):
            raise no_document()
        if _ACTIVE.search(name):
            raise _active()
        if _EMBEDDED.search(name):
            raise _embedded()
    instructions = b""
    for info in infos:
        instructions += _check_part(info.filename, _read(packed, info)) + b" "
    if _READING.search(instructions):
        raise refused(
            "fields",
            "模板含有读取其他文件或启动程序的域（如 DDE、INCLUDETEXT），请删除后再上传。",
            "The template has fields that read other files or start programs (DDE, INCLUDETEXT ...). Remove them.",
        )


def _read(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A part, of which never more is unpacked than a part may have, whatever the archive says of it."""
    with packed.open(info) as part:
        content = part.read(MOST_PART + 1)
    if len(content) > MOST_PART:
        raise _too_large()
    return content


def _check_part(name: str, content: bytes) -> bytes:
    """Look through one part; returns the instructions of its fields."""
    if not name.endswith((".xml", ".rels")):
        return b""
    if _DECLARED.search(content) or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refused(
            "xml",
            "模板的 XML 含有声明或异常编码。请在 Word 或 WPS 中另存为 .docx 后再上传。",
            "The XML declares entities or is oddly coded. Save it anew as .docx with Word or WPS.",
        )
    if name == "[Content_Types].xml":
        _check_types(content.decode(errors="replace"))
    if name.endswith(".rels"):
        _check_relations(content)
    parts = _INSTRUCTION.findall(content)
    return b"".join(first or second for first, second in parts)


def _check_types(types: str) -> None:
    if _ACTIVE.search(types):
        raise _active()
    if _MAIN not in types:
        raise no_document()


def _check_relations(content: bytes) -> None:
    if _CHUNK.search(content):
        raise _embedded()
    if any(not _LINK.search(one) for one in _OUTSIDE.findall(content)):
        raise refused(
            "outside",
            "模板引用了文档以外的内容（远程模板、链接的图片等），请改为嵌入或删除。",
            "The template refers to content outside of it (a remote template, linked pictures). Embed or remove it.",
        )


def _too_large() -> Invalid:
    return refused(
        "too_large",
        "模板展开后过大。请压缩或删去其中的图片。",
        "The template unpacks to too much. Compress its pictures, or leave them out.",
    )


def _active() -> Invalid:
    return refused(
        "macros",
        "模板含有宏或控件。请另存为不含宏的 .docx。",
        "The template has macros or controls. Save it as a .docx without macros.",
    )


def _embedded() -> Invalid:
    return refused(
        "embedded",
        "模板含有嵌入的对象或其他文件，请删除后再上传。",
        "The template has objects or other files embedded. Remove them.",
    )
