"""The checks, one module for each family. Importing this package registers all of them."""

from reviewdesk.audit.checks import (
    capacity,
    claim,
    conduct,
    cost,
    data,
    default,
    duplicate,
    evidence,
    identity,
    jurisdiction,
    limitation,
    procedure,
    rate,
    settlement,
    standing,
)

__all__ = [
    "capacity",
    "claim",
    "conduct",
    "cost",
    "data",
    "default",
    "duplicate",
    "evidence",
    "identity",
    "jurisdiction",
    "limitation",
    "procedure",
    "rate",
    "settlement",
    "standing",
]
