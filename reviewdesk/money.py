"""Money is whole fen; yuan appear only where people and files meet it."""

from decimal import Decimal
from typing import NewType

Fen = NewType("Fen", int)
"""An amount of renminbi in fen (1/100 yuan); may be negative."""

Rate = Decimal
"""A share a year: 0.24 is 24 %."""


def yuan(amount: int) -> str:
    """Write fen as a decimal string in yuan: 101914 becomes "1019.14"."""
    if amount >= 0:
        return f"{amount // 100}.{amount % 100:02d}"
    return f"-{-amount // 100}.{-amount % 100:02d}"


def grouped(amount: int) -> str:
    """Write fen as yuan for people: 3650000 becomes "36,500.00"."""
    whole, _dot, part = yuan(abs(amount)).partition(".")
    return f"{'−' if amount < 0 else ''}{int(whole):,}.{part}"


def fen(text: str) -> Fen:
    """Read a decimal string in yuan as fen.

    Raises:
        ValueError: the text is no number, or has more than two decimals.
    """
    try:
        amount = Decimal(text) * 100
    except ArithmeticError as error:
        raise ValueError(f"not an amount in yuan: {text!r}") from error
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ValueError(f"not an amount in whole fen: {text!r}")
    return Fen(int(amount))


def plain(rate: Decimal) -> str:
    """Write a rate without exponent and trailing zeros: Decimal("0.1540") becomes "0.154"."""
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
