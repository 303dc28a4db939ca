"""Every write to the ledger."""

from payments.ledger.services.posting import AccountKey, Posting, post

__all__ = ["AccountKey", "Posting", "post"]
