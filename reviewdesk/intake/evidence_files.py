"""Evidence files as they come in: told by their content, taken out of archives, and refused where they are a danger.

A file of an archive is read, never written under its own name; an archive that asks for a path outside of itself, or
that would grow beyond all measure, is the work of somebody who means harm.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.zip_names import files_in, is_encrypted, is_housekeeping, leads_out, name_in

MEDIA: Final = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
ACCEPT: Final = ".pdf,.jpg,.jpeg,.png,.zip"
"""What a browser's file dialogue offers; what a file is, its content says."""

MOST_FILES: Final = 2_000
"""Files in one archive."""
MOST_TIMES: Final = 20
"""An archive's content is at most this many times the largest single file."""
MOST_GROWTH: Final = 200
SMALL: Final = 1 << 20
"""A file up to this size may be packed as tightly as it likes."""

DAMAGE: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError)
"""What reading a file of a broken archive raises."""
_ASTRAY: Final = (*DAMAGE, OSError, ValueError, OverflowError, RuntimeError)
"""What finding its files raises: a broken directory may name places and methods that there are not."""

_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be kept. `path` is its name with the folders of its archive; `media` is its type by content."""

    path: str
    media: str
    stream: IO[bytes]


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not kept, and why."""

    path: str
    code: str
    text: Text


def media_of(stream: IO[bytes]) -> str | None:
    """The media type of a stream by its first bytes, `zip` for an archive, None for anything else; rewound after."""
    head = stream.read(_HEAD)
    stream.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\xff\xd8\xff"):
        return MEDIA["jpg"]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MEDIA["png"]
    return MEDIA["pdf"] if b"%PDF-" in head else None  # some programs write a few bytes before it


def unpack(path: str, stream: IO[bytes], most_bytes: int) -> Iterator[Found | Refused]:
    """The files of an upload: itself, or what its archive holds. `most_bytes` is the limit of a single file.

    A stream is to be read before the next file is asked for.
    """
    media = media_of(stream)
    if media is None:
        yield _wrong_type(path) if stream.read(1) else _empty(path)
    elif media != "zip":
        yield Found(path, media, stream)
    else:
        try:
            with zipfile.ZipFile(stream) as archive:
                yield from _within(path, archive, most_bytes)
        except _ASTRAY:
            yield Refused(path, "attachment.zip", Text("压缩包已损坏，无法打开。", "The archive is damaged."))


def _within(path: str, archive: zipfile.ZipFile, most_bytes: int) -> Iterator[Found | Refused]:
    entries = files_in(archive)
    if any(entry.filename == "[Content_Types].xml" for entry in entries):
        yield _wrong_type(path)
        return
    if (danger := _danger(entries, most_bytes)) is not None:
        yield Refused(path, danger.code, danger.text)
        return
    folder = re.sub(r"\.[A-Za-z0-9]{1,5}\Z", "", path)  # an archive is a folder that may be named by its account
    for entry in entries:
        name = name_in(entry)
        if not is_housekeeping(name):
            yield from _entry(archive, entry, f"{folder}/{name}")


def _danger(entries: list[zipfile.ZipInfo], most_bytes: int) -> Invalid | None:
    """Why an archive as a whole is refused."""
    if any(leads_out(name_in(entry)) for entry in entries):
        text = Text("压缩包内有指向包外的路径，已拒收。", "The archive holds a path that leads out of it.")
        return Invalid("attachment.path", text)
    if len(entries) > MOST_FILES:
        text = Text(
            f"压缩包内有 {len(entries)} 个文件，超过 {MOST_FILES} 个的上限。请分成几个压缩包。",
            f"The archive holds {len(entries)} files, more than {MOST_FILES}. Split it.",
        )
        return Invalid("attachment.many", text)
    grown = any(e.file_size > SMALL and e.file_size > MOST_GROWTH * max(e.compress_size, 1) for e in entries)
    if grown or sum(entry.file_size for entry in entries) > MOST_TIMES * most_bytes:
        text = Text(
            "压缩包解开后过大，已拒收。请分成几个压缩包。", "The archive's content is too large. Split it into several."
        )
        return Invalid("attachment.bomb", text)
    return None


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Iterator[Found | Refused]:
    if is_encrypted(entry):
        text = Text("压缩包内的文件有密码。请解除密码后再上传。", "It is protected by a password. Remove it first.")
        yield Refused(name, "attachment.password", text)
        return
    try:
        with archive.open(entry) as stream:
            media = media_of(stream)
            if entry.file_size == 0:
                yield _empty(name)
            elif media is None or media == "zip":
                yield _wrong_type(name)
            else:
                yield Found(name, media, stream)
    except _ASTRAY:
        yield damaged(name)


def damaged(path: str) -> Refused:
    """The refusal of a file whose archive is broken, which may show only when it is read to its end."""
    return Refused(path, "attachment.zip", Text("压缩包内的这个文件已损坏。", "It is damaged within the archive."))


def _empty(path: str) -> Refused:
    return Refused(path, "file.empty", Text("文件是空的。", "The file is empty."))


def _wrong_type(path: str) -> Refused:
    return Refused(
        path,
        "attachment.type",
        Text(
            "不是 PDF、JPEG、PNG 或由它们组成的 zip（按内容判断，不看扩展名）。",
            "It is no PDF, JPEG, PNG or zip of these (by its content, whatever its name says).",
        ),
    )
