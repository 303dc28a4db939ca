"""What happened to money. Ids are UUIDs as text; `reference` is what the asker gave (an order's number)."""

from __future__ import annotations

from dataclasses import dataclass

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(Event):
    """Paid, and in the books. Published once per reference that ever gets paid."""

    payment_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Event):
    """Refused by the bank or the gateway; the reference may be tried again with another payment."""

    payment_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class PaymentCancelled(Event):
    """Given up by the payer, by us or by running out of time; the reference may be tried again."""

    payment_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class SurplusPaid(Event):
    """Money came in for a reference that was paid already. It is on its way back; nobody else gets to hear PaymentSucceeded."""

    payment_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class SurplusReturned(Event):
    """Such money has reached its payer again. No RefundSucceeded is published for it: no sale is undone by it."""

    payment_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    """Decided and stored; the gateway is asked next."""

    refund_id: str
    payment_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class RefundSucceeded(Event):
    """Sent back, and in the books. Refund.lines says how much of which line."""

    refund_id: str
    payment_id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class RefundFailed(Event):
    """Not sent back: nothing has changed for anybody. `was_recorded` when it had succeeded before and the bank returned it."""

    refund_id: str
    payment_id: str
    reference: str
    was_recorded: bool = False


@dataclass(frozen=True, kw_only=True)
class WebhookReceived(Event):
    """A verified message of a gateway lies in the inbox."""

    webhook_id: int
