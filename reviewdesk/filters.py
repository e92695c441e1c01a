"""Reading the filters of a list from a query string, a form or a stored row."""

from collections.abc import Callable, Mapping
from typing import Any

from reviewdesk.errors import Invalid, Text


def read_values(readers: Mapping[str, Callable[[str], Any]], args: Mapping[str, str]) -> dict[str, Any]:
    """The filters that are given, each through its reader; blank ones count as not given.

    Raises:
        Invalid: a value cannot be read; `details["field"]` names it.
    """
    read: dict[str, Any] = {}
    for name, reader in readers.items():
        raw = (args.get(name) or "").strip()
        if not raw:
            continue
        try:
            read[name] = reader(raw)
        except ValueError as error:
            raise Invalid("filter.value", Text("筛选条件无法识别。", "A filter cannot be read."), field=name) from error
    return read
