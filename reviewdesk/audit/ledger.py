"""The debt replayed day by day up to the calculation date, with each payment set off."""

from __future__ import annotations

from collections.abc import Iterable

from reviewdesk.audit.book import Book
from reviewdesk.audit.instalments import balance_of_instalments, has_plain_instalments
from reviewdesk.audit.loan import Balance, Loan


def replay(loan: Loan, payments: Iterable[tuple[int, int]]) -> Balance:
    """Replay a loan and its payments (day as ordinal, fen) up to the calculation date.

    Raises:
        ValueError: the order of set-off does not name each part once, or a payment is less than nothing.
    """
    made = in_order(payments, loan)
    return balance_of_instalments(loan, made) if has_plain_instalments(loan) else _kept(Book(loan), loan, made)


def replay_recorded(loan: Loan, payments: Iterable[tuple[int, int]]) -> tuple[Balance, Book]:
    """As `replay`, with the book: it holds the spans of days, what fell due, and how each payment was set off."""
    book = Book(loan, recorded=True)
    return _kept(book, loan, in_order(payments, loan)), book


def _kept(book: Book, loan: Loan, payments: Iterable[tuple[int, int]]) -> Balance:
    for day, amount in payments:
        book.advance(day)
        book.pay(amount)
    book.advance(loan.calculated_to.toordinal())
    return book.close()


def in_order(payments: Iterable[tuple[int, int]], loan: Loan) -> list[tuple[int, int]]:
    """The payments that count, by day: up to the calculation date, those of one day together.

    Money booked before the disbursement counts on its day. What was taken back is no payment (`reversals`).

    Raises:
        ValueError: a payment is less than nothing.
    """
    start, end = loan.disbursed_on.toordinal(), loan.calculated_to.toordinal()
    made: list[tuple[int, int]] = []
    before, plain = start - 1, True
    for day, amount in payments:
        if day > end:
            continue
        if day < start:
            day = start
        made.append((day, amount))
        if day <= before or amount <= 0:
            plain = False
        before = day
    if plain:
        return made
    by_day: dict[int, int] = {}
    for day, amount in made:
        if amount < 0:
            raise ValueError("a reversal is no payment: it is matched with the one that it takes back")
        by_day[day] = by_day.get(day, 0) + amount
    return [(day, amount) for day, amount in sorted(by_day.items()) if amount]
