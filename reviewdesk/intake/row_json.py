"""Columns of facts as one JSON object a row: each different value is written once, and absent ones are left out."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

import orjson

from reviewdesk.money import yuan


def json_by_row(columns: Mapping[str, Sequence[Any]], count: int, amounts: Set[str] = frozenset()) -> list[bytes]:
    """The JSON objects of `count` rows, given by columns of what JSON can write.

    The columns named by `amounts` hold fen, and are written as decimal strings in yuan.
    """
    members = [
        _amounts(b',"%s":' % name.encode(), values) if name in amounts else _members(b',"%s":' % name.encode(), values)
        for name, values in columns.items()
    ]
    join = b"".join
    rows = zip(*members, strict=True) if members else [()] * count
    return [b"{%s}" % join(row)[1:] for row in rows]


def _amounts(key: bytes, values: Sequence[int | None]) -> list[bytes]:
    """A column of fen, as `_members` has others."""
    if _repeats(values):
        told = {value: b"" if value is None else b'%b"%b"' % (key, yuan(value).encode()) for value in set(values)}
        return list(map(told.__getitem__, values))
    key += b'"'
    return [
        b""
        if value is None
        else key + digits[:-2] + b"." + digits[-2:] + b'"'
        if value >= 100
        else key + yuan(value).encode() + b'"'
        for value, digits in zip(values, orjson.dumps(values)[1:-1].split(b","), strict=True)
    ]


def _members(key: bytes, values: Sequence[Any]) -> list[bytes]:
    """A column's members of the objects, each with a comma before it; empty where a value is absent."""
    if _repeats(values) and set(map(type, values)) <= _TOLD_APART:
        told = {value: b"" if value is None else key + orjson.dumps(value) for value in set(values)}
        return list(map(told.__getitem__, values))
    written = orjson.dumps(values)[1:-1].split(b",")
    if len(written) != len(values):  # a comma within a value
        written = list(map(orjson.dumps, values))
    if None in values:
        return [b"" if value == b"null" else key + value for value in written]
    return [key + value for value in written]


_TOLD_APART = frozenset({str, int, type(None)})
"""Values of these types are equal only where they are written alike, as 1 and True are not."""

_LOOKED_AT = 64


def _repeats(values: Sequence[Any]) -> bool:
    """Whether few of a column's values differ, by its first ones."""
    first = values[:_LOOKED_AT]
    try:
        return len(set(first)) <= len(first) / 2
    except TypeError:  # lists and mappings
        return False
