"""Who writes what was paid into the books.

The hall says when (in the transaction that settles a payment) and a room says how: `payments.ledger` registers itself
when the site starts.
"""

from __future__ import annotations

from typing import Protocol

from django.core.exceptions import ImproperlyConfigured

from payments.models import Payment, Refund


class Books(Protocol):
    """Every method joins the caller's transaction and may be called twice: the second call finds it written."""

    def record_sale(self, payment: Payment) -> None:
        """A payment has succeeded: its shares are owed. A surplus payment is owed back to its payer instead."""

    def record_fee(self, payment: Payment) -> None:
        """The gateway has told what it keeps of a payment."""

    def record_refund(self, refund: Refund) -> None:
        """A refund has reached the payer: it is taken from those who had the shares."""

    def reverse_refund(self, refund: Refund) -> None:
        """A refund that was recorded has failed after all: the shares are given back."""


_books: list[Books] = []


def register_books(books: Books) -> None:
    """Called once, when the site starts; a later call replaces the first."""
    _books[:] = [books]


def get_books() -> Books:
    if not _books:
        raise ImproperlyConfigured("No room keeps the books: payments.ledger is missing from INSTALLED_APPS.")
    return _books[0]
