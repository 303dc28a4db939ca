"""Why something cannot be bought, paid or opened."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, Gone, NotFound


class CannotBuy(Conflict):
    """`reason` says which rule stands in the way; the message is made for the buyer."""

    code = "cannot_buy"
    message = _("This cannot be bought.")

    def __init__(self, message: str | Promise | None = None, *, reason: str = "refused", product: str = "") -> None:
        super().__init__(message, reason=reason, product=product)
        self.reason = reason


class NotFree(DomainError):
    """R222: free of charge is only what costs nothing."""

    status_code = 400
    code = "not_free"
    message = _("This is not free. Buy it instead.")


class OfferRefused(DomainError):
    """What the buyer offered is outside what the creator takes."""

    status_code = 422
    code = "offer_refused"
    message = _("This amount cannot be taken.")


class PriceChanged(Conflict):
    """The price is no longer the one that the buyer saw; nothing was ordered.

    `changes` holds (product title, price that was seen, price now) as words.
    """

    code = "price_changed"
    message = _("The price has changed since you looked. Look again, then decide.")

    def __init__(self, changes: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(changes=[{"title": title, "seen": seen, "now": now} for title, seen, now in changes])
        self.changes = list(changes)


class MixedCurrencies(Conflict):
    code = "mixed_currencies"
    message = _("These have prices in different currencies. Each currency is paid on its own.")


class NothingToOrder(Conflict):
    code = "nothing_to_order"
    message = _("There is nothing in your cart to pay for.")


class TooMuchAtOnce(Conflict):
    code = "too_much_at_once"
    message = _("This is more than can be charged at once. Buy it in two orders.")


class CartFull(Conflict):
    code = "cart_full"
    message = _("Your cart is full. Pay for what is in it, or take something out.")


class OrderNotOpen(Conflict):
    """It was paid, cancelled, replaced by another or its time ran out."""

    code = "order_not_open"
    message = _("This order is closed.")


class NotPaid(Conflict):
    """Nothing is handed over without money for it."""

    code = "not_paid"
    message = _("This order has not been paid.")


class PaymentUnderWay(Conflict):
    code = "payment_under_way"
    message = _("Another payment for this is still waiting for the bank. You can pay again once it is decided.")


class NothingToRefund(Conflict):
    code = "nothing_to_refund"
    message = _("Nothing is left of this that could be sent back.")


class AlreadyHas(Conflict):
    code = "already_has"
    message = _("This person has it already.")


class AlreadyRevoked(Gone):
    code = "already_revoked"
    message = _("This access was already taken away.")


class NoSuchOrder(NotFound):
    code = "no_such_order"
    message = _("There is no such order of yours.")
