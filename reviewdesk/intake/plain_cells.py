"""Cells as JSON and back, dates and times kept apart from text."""

from datetime import date, datetime, time, timedelta
from typing import Any


def plain_of(cell: Any) -> Any:
    """A cell as JSON: a day and a moment are told from text by their key."""
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    return str(cell) if isinstance(cell, time | timedelta) else cell


def cell_of(plain: Any) -> Any:
    """The inverse of `plain_of`."""
    if not isinstance(plain, dict):
        return plain
    return datetime.fromisoformat(plain["moment"]) if "moment" in plain else date.fromisoformat(plain["day"])
