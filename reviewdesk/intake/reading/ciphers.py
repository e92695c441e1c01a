"""Taking the password off a workbook: what the reading process does of it."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msoffcrypto import OfficeFile
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

from reviewdesk.intake.reading.errors import cipher_unknown, damaged, encrypted, wrong_password
from reviewdesk.intake.reading.memory import lacks_memory

EXCELS_OWN = "VelvetSweatshop"
"""Excel locks a workbook that is only protected against changes with this, and opens it without asking."""

_PIECE = 1 << 20


def pieces(path: Path, password: str | None) -> Iterator[bytes]:
    """The workbook without its password, piece by piece; nothing where it has none.

    Raises:
        Invalid: `file.encrypted` without a password, `file.wrong_password`, `file.cipher`, `file.damaged`.
    """
    with path.open("rb") as stream:
        file = _opened(stream)
        if file is None or not file.is_encrypted():
            return
        out = io.BytesIO()
        try:
            _load_key(file, password)
            file.decrypt(out)
        except InvalidKeyError as error:
            raise (encrypted() if password is None else wrong_password()) from error
        except DecryptionError as error:
            raise cipher_unknown() from error
        except Exception as error:  # the library checks little of what a broken file makes it do
            raise _fault(error) from error
    out.seek(0)
    while piece := out.read(_PIECE):
        yield piece


def _opened(stream: Any) -> Any:
    try:
        return OfficeFile(stream)
    except (FileFormatError, ParseError):
        return None
    except Exception as error:  # see above
        raise _fault(error) from error


def _fault(error: Exception) -> Exception:
    """What comes of an error that the library does not name."""
    if lacks_memory(error):
        return MemoryError()
    return error if isinstance(error, RecursionError) else damaged()


def _load_key(file: Any, password: str | None) -> None:
    key = password or EXCELS_OWN
    try:
        file.load_key(password=key, verify_password=True)
    except TypeError:
        file.load_key(password=key)  # old kinds always verify it
