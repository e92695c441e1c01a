"""Evidence files as they come in: told by their content, taken out of archives, and refused where they are a danger.

A file of an archive is read, never written under its own name; an archive that asks for a path outside of itself, or
that would grow beyond all measure, is the work of somebody who means harm. An archive within an archive is a folder
too, one level deep.
"""

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from reviewdesk.errors import Invalid, Text
from reviewdesk.intake.zip_names import files_in, is_encrypted, is_housekeeping, is_readable, leads_out, name_in
from reviewdesk.intake.zip_opening import ListTooLong, open_zip

MEDIA: Final = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
}
ACCEPT: Final = ".pdf,.jpg,.jpeg,.png,.tif,.tiff,.bmp,.gif,.webp,.heic,.zip"
"""What a browser's file dialogue offers; what a file is, its content says."""

ZIP: Final = "zip"
MOST_FILES: Final = 5_000
"""Files in one archive, with those of the archives within it."""
MOST_TIMES: Final = 20
"""An archive's content is at most this many times the largest single file."""
MOST_GROWTH: Final = 200
SMALL: Final = 1 << 20
"""A file up to this size may be packed as tightly as it likes."""

DAMAGE: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError)
"""What reading a file of a broken archive raises."""
_ASTRAY: Final = (*DAMAGE, OSError, ValueError, OverflowError, RuntimeError)
"""What finding its files raises: a broken directory may name places and methods that there are not."""
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others are rare, and some take gigabytes of memory to unpack."""

_HEAD = 1024
_HEADS: Final = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xff\xd8\xff", MEDIA["jpg"]),
    (b"\x89PNG\r\n\x1a\n", MEDIA["png"]),
    (b"II*\x00", MEDIA["tif"]),
    (b"MM\x00*", MEDIA["tif"]),
    (b"GIF87a", MEDIA["gif"]),
    (b"GIF89a", MEDIA["gif"]),
)
_HEIC: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_PACKED_OTHERWISE: Final = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be kept. `path` is its name with the folders of its archive; `media` is its type by content.

    `readable` is False where the archive does not say in which characters it wrote the name.
    """

    path: str
    media: str
    stream: IO[bytes]
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not kept, and why."""

    path: str
    code: str
    text: Text


@dataclass(slots=True)
class _Left:
    """How much of an upload's measure is left: files, and bytes when unpacked; `most` is the largest single file."""

    files: int
    size: int
    most: int


def media_of(stream: IO[bytes]) -> str | None:
    """The media type of a stream by its first bytes, `zip` for an archive, None for anything else; rewound after."""
    head = stream.read(_HEAD)
    stream.seek(0)
    for sign, media in _HEADS:
        if head.startswith(sign):
            return media
    if head[:2] == b"BM" and head[6:10] == bytes(4) and len(head) > 26:
        return MEDIA["bmp"]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MEDIA["webp"]
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        return MEDIA["heic"]
    return MEDIA["pdf"] if b"%PDF-" in head else None  # some programs write a few bytes before it


def refusal_of(path: str, stream: IO[bytes]) -> Refused:
    """Why a stream that is nothing to be kept is refused; rewound after."""
    head = stream.read(_HEAD)
    stream.seek(0)
    if not head:
        return Refused(path, "file.empty", Text("文件是空的。", "The file is empty."))
    if head.startswith(_PACKED_OTHERWISE):
        text = Text(
            "是 RAR、7z 等压缩包，不能打开。请解压，或改用 zip 打包。",
            "It is a RAR, 7z or other archive that is not opened here. Unpack it, or pack it as a zip.",
        )
        return Refused(path, "attachment.archive", text)
    return _wrong_type(path)


def unpack(path: str, stream: IO[bytes], most_bytes: int) -> Iterator[Found | Refused]:
    """The files of an upload: itself, or what its archive holds. `most_bytes` is the limit of a single file.

    A stream is to be read before the next file is asked for.
    """
    media = media_of(stream)
    if media is None:
        yield refusal_of(path, stream)
    elif media != ZIP:
        yield Found(path, media, stream)
    else:
        yield from _opened(path, stream, _Left(MOST_FILES, MOST_TIMES * most_bytes, most_bytes), within=False)


def count_in(stream: IO[bytes]) -> int:
    """How many files an archive says it has; 1 where it cannot be opened."""
    try:
        with open_zip(stream) as archive:
            return min(sum(1 for entry in files_in(archive) if not is_housekeeping(name_in(entry))), MOST_FILES)
    except _ASTRAY:
        return 1


def _opened(path: str, stream: IO[bytes], left: _Left, *, within: bool) -> Iterator[Found | Refused]:
    try:
        with open_zip(stream) as archive:
            yield from _within(path, archive, left, within=within)
    except ListTooLong:
        yield _many(path)
    except _ASTRAY:
        yield Refused(path, "attachment.zip", Text("压缩包已损坏，无法打开。", "The archive is damaged."))


def _within(path: str, archive: zipfile.ZipFile, left: _Left, *, within: bool) -> Iterator[Found | Refused]:
    entries = files_in(archive)
    if any(entry.filename in ("[Content_Types].xml", "OFD.xml", "mimetype") for entry in entries):
        yield _wrong_type(path)
        return
    if (danger := _danger(path, entries, left)) is not None:
        yield danger
        return
    folder = re.sub(r"\.[A-Za-z0-9]{1,5}\Z", "", path)  # an archive is a folder that may be named by its account
    for entry in entries:
        name = name_in(entry)
        if not is_housekeeping(name):
            yield from _entry(archive, entry, f"{folder}/{name}", left, within=within)


def _danger(path: str, entries: list[zipfile.ZipInfo], left: _Left) -> Refused | None:
    """Why an archive as a whole is refused; else its files are taken off the measure."""
    if any(leads_out(name_in(entry)) for entry in entries):
        text = Text("压缩包内有指向包外的路径，已拒收。", "The archive holds a path that leads out of it.")
        return Refused(path, "attachment.path", text)
    left.files -= len(entries)
    if left.files < 0:
        return _many(path)
    left.size -= sum(entry.file_size for entry in entries)
    grown = any(e.file_size > SMALL and e.file_size > MOST_GROWTH * max(e.compress_size, 1) for e in entries)
    if grown or left.size < 0:
        text = Text(
            "压缩包解开后过大，已拒收。请分成几个压缩包。", "The archive's content is too large. Split it into several."
        )
        return Refused(path, "attachment.bomb", text)
    return None


def _many(path: str) -> Refused:
    text = Text(
        f"压缩包内的文件超过 {MOST_FILES} 个的上限。请分成几个压缩包。",
        f"The archive holds more than {MOST_FILES} files. Split it.",
    )
    return Refused(path, "attachment.many", text)


def _entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, left: _Left, *, within: bool
) -> Iterator[Found | Refused]:
    if (refused := _closed(entry, name)) is not None:
        yield refused
        return
    try:
        with archive.open(entry) as stream:
            media = media_of(stream)
            if media is None:
                yield refusal_of(name, stream)
            elif media != ZIP:
                yield Found(name, media, stream, is_readable(entry))
            elif within or entry.file_size > left.most:
                text = Text(
                    "压缩包里的压缩包过大，或又套了一层。请直接打包其中的文件。",
                    "An archive within the archive is too large, or holds another. Pack its files flat.",
                )
                yield Refused(name, "attachment.nested", text)
            else:
                with tempfile.TemporaryFile() as spool:
                    shutil.copyfileobj(stream, spool, SMALL)
                    spool.seek(0)
                    yield from _opened(name, spool, left, within=True)
    except _ASTRAY:
        yield damaged(name)


def _closed(entry: zipfile.ZipInfo, name: str) -> Refused | None:
    """Why a file of an archive cannot be read at all."""
    if is_encrypted(entry):
        text = Text("压缩包内的文件有密码。请解除密码后再上传。", "It is protected by a password. Remove it first.")
        return Refused(name, "attachment.password", text)
    if entry.compress_type not in _METHODS:
        text = Text(
            "压缩方式不受支持。请用系统自带的“压缩为 zip”重新打包。",
            "It is packed by a method that is not supported. Pack it anew as an ordinary zip.",
        )
        return Refused(name, "attachment.method", text)
    return None


def damaged(path: str) -> Refused:
    """The refusal of a file whose archive is broken, which may show only when it is read to its end."""
    return Refused(path, "attachment.zip", Text("压缩包内的这个文件已损坏。", "It is damaged within the archive."))


def refused_by(error: Invalid, path: str) -> Refused:
    """The refusal that an error of a single file means."""
    return Refused(path, error.code, error.text)


def _wrong_type(path: str) -> Refused:
    return Refused(
        path,
        "attachment.type",
        Text(
            "不是 PDF、图片或由它们组成的 zip（按内容判断，不看扩展名）。",
            "It is no PDF, image or zip of these (by its content, whatever its name says).",
        ),
    )
