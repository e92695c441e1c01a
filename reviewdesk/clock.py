"""The business day is Shanghai's; moments are stored in UTC."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Today's date in Shanghai."""
    return datetime.now(SHANGHAI).date()
