"""What a reader of PDF finds in a document."""

import io
from collections.abc import Iterator

from pypdf import PdfReader


def text_of(document: bytes) -> str:
    """What a reader may search and copy, its line breaks left out."""
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages).replace("\n", "")


def fonts_of(document: bytes) -> Iterator[tuple[str, bool]]:
    """The name of each font that a page speaks of, and whether its outlines are in the document."""
    for page in PdfReader(io.BytesIO(document)).pages:
        for named in page["/Resources"]["/Font"].values():
            font = named.get_object()
            yield font["/BaseFont"], "/FontFile2" in font.get("/FontDescriptor", {})
