"""The checks, one module for each family. Importing this package registers all of them."""

from reviewdesk.audit.checks import (
    capacity,
    claim,
    conduct,
    cost,
    default,
    duplicate,
    evidence,
    identity,
    jurisdiction,
    limitation,
    procedure,
    rate,
    standing,
)

__all__ = [
    "capacity",
    "claim",
    "conduct",
    "cost",
    "default",
    "duplicate",
    "evidence",
    "identity",
    "jurisdiction",
    "limitation",
    "procedure",
    "rate",
    "standing",
]
