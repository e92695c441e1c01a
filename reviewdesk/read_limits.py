"""The two settings that the reading of files needs, known here so that a command need not load all others for them."""

import os
from collections.abc import Mapping
from typing import NamedTuple


class ReadLimits(NamedTuple):
    """The settings of the same names, as they are where nothing else is said."""

    read_memory_mb: int = 4096
    read_seconds: int = 600


def are_stated(env: Mapping[str, str] = os.environ) -> bool:
    """Whether the environment says something else of one of them."""
    return any(f"REVIEWDESK_{name.upper()}" in env for name in ReadLimits._fields)
