"""Addresses of our own CSS and JavaScript carry a digest of the file, so browsers may keep them for good."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask

KEEP_SECONDS = 365 * 24 * 3600
DIGITS = 10


def init_app(app: Flask) -> None:
    """Add `?v=` to every address of an asset, and let browsers keep what they got for a year."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = KEEP_SECONDS
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            values["v"] = version(folder / values["filename"])


def version(file: Path) -> str:
    """The first digits of the file's SHA-256; `0` for a file that is not there."""
    try:
        return _digest(file, file.stat().st_mtime_ns)
    except FileNotFoundError:
        return "0"


@lru_cache(maxsize=256)
def _digest(file: Path, _changed: int) -> str:
    return sha256(file.read_bytes()).hexdigest()[:DIGITS]
