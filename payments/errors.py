"""What payments refuse, in words for the payer or for staff; and what gateways answer besides a result."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, NotFound, Unavailable


class PaymentsUnavailable(Unavailable):
    code = "payments_unavailable"
    message = _("Nothing can be paid for here at the moment: this site has no payment provider yet. What is free can be had.")


class GatewayDown(Unavailable):
    code = "gateway_down"
    message = _("The payment provider does not answer just now. Try again in a minute: you will not be charged twice.")


class PaymentRefused(Conflict):
    code = "payment_refused"
    message = _("The payment provider would not take this payment. Nothing was charged.")


class AlreadyPaid(Conflict):
    code = "already_paid"
    message = _("This has been paid already. You do not need to pay again.")


class PaymentInProgress(Conflict):
    code = "payment_in_progress"
    message = _("Your bank is still checking a payment for this. You do not need to pay again; we tell you as soon as it answers.")


class WrongShares(DomainError):
    """The shares do not sum to the lines, or a line repeats: a fault of the caller."""

    status_code = 500
    code = "wrong_shares"
    message = _("The amounts of this payment do not add up. Nothing was charged.")


class NotRefundable(Conflict):
    code = "not_refundable"
    message = _("Only a payment that has gone through can be refunded.")


class RefundTooLarge(Conflict):
    code = "refund_too_large"
    message = _("That is more than what is left to refund.")


class RefundKeyTaken(Conflict):
    """The same cause asked for another refund before."""

    code = "refund_key_taken"
    message = _("This refund was asked for before, with another amount. Nothing was changed.")


class UnknownGateway(NotFound):
    code = "unknown_gateway"
    message = _("There is no such payment provider here.")


class BadWebhook(DomainError):
    """Not from the gateway, or too old, or not readable."""

    code = "bad_webhook"
    message = _("This message does not carry a valid signature.")


class GatewayError(Exception):
    """A gateway did not do what it was asked. Services turn it into a refusal that a person understands."""


class GatewayUnreachable(GatewayError):
    """No answer, or none that can be understood: what was asked may or may not have been done. Ask again with the same key."""


class GatewayRefused(GatewayError):
    """A clear no: it was not done. The text is the gateway's reason, shown to staff."""
