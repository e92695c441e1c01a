"""Word templates for tests: small ones that say what a test needs, and bent ones."""

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document

RELATIONS = "word/_rels/document.xml.rels"


def a_template(*paragraphs: str) -> bytes:
    """A Word document with these paragraphs."""
    paper = Document()
    for text in paragraphs:
        paper.add_paragraph(text)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def bent(content: bytes, parts: Mapping[str, bytes] = {}, **replaced: tuple[bytes, bytes]) -> bytes:
    """A document with further parts, and with bytes replaced in `document`, `relations` or `types`."""
    names = {"document": "word/document.xml", "relations": RELATIONS, "types": "[Content_Types].xml"}
    changes = {names[name]: change for name, change in replaced.items()}
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name in changes:
                before, after = changes[name]
                assert before in part
                part = part.replace(before, after, 1)
            new.writestr(name, part)
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


def text_of(content: bytes) -> str:
    """All text of a document, tables included, a line for each paragraph."""
    paper = Document(io.BytesIO(content))
    cells = (cell.text for table in paper.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(one.text for one in paper.paragraphs), *cells])
