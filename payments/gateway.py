"""What a payment gateway is to us: five questions about its side, and one about its messages.

The shape is that of hosted checkouts (Stripe's Checkout Session, Razorpay's Payment Link): we open one, the payer is sent
there, and the gateway says what became of it. An adapter

* keeps no state of ours and never touches our tables: it answers with `Checkout` and `GatewayRefund`;
* is idempotent by `key`: the same question asked twice gets the same answer (Stripe: the Idempotency-Key header);
* raises `GatewayUnreachable` when it does not know whether something was done (time-out, 5xx, unreadable), and
  `GatewayRefused` when it was clearly not done (4xx). Nothing else;
* limits its calls to a few seconds, and is never called inside a transaction;
* converts amounts where the gateway counts in other units than ISO 4217 does.

Fees may be known later than the success: `fee_minor` is None until then, and the sweep asks once more. Disputes will be a third
subject of messages, with a `read_dispute`, when they come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

from payments.errors import PaymentsUnavailable, UnknownGateway


class CheckoutState(StrEnum):
    OPEN = "open"  # waits for the payer
    AT_THE_BANK = "at_the_bank"  # the payer has done her part, the answer is out
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"  # by the payer, by us, or by time


class RefundState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Subject(StrEnum):
    CHECKOUT = "checkout"
    REFUND = "refund"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """What is to be paid. `key` names the attempt for good; `payment_id` and `payer_id` are ours, opaque to the gateway."""

    key: str
    payment_id: str
    payer_id: str
    amount_minor: int
    currency: str
    description: str
    return_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """What the gateway says of a checkout now. Amount and currency are what it took or would take, in ISO minor units."""

    gateway_id: str
    state: CheckoutState
    amount_minor: int
    currency: str
    url: str = ""
    charge_id: str = ""  # what a refund names; empty until paid
    fee_minor: int | None = None
    failure: str = ""
    expires_at: datetime | None = None
    paid_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """Send back `amount_minor` of a charge. The amount is always given, also for the whole."""

    key: str
    charge_id: str
    amount_minor: int
    currency: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class GatewayRefund:
    gateway_id: str
    state: RefundState
    amount_minor: int
    currency: str
    failure: str = ""
    settled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookMessage:
    """A message whose signature is good. Only `subject` and `subject_id` are acted on: they say what to read again."""

    event_id: str
    kind: str
    subject: Subject
    subject_id: str = ""
    payload: dict[str, Any] = field(default_factory=dict)


class Gateway(Protocol):
    name: str

    def open_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout, or return the one that `request.key` has opened."""

    def read_checkout(self, gateway_id: str) -> Checkout:
        """What became of it."""

    def close_checkout(self, gateway_id: str) -> Checkout:
        """Take no more money for it. Answers with how it ended, which may be PAID or AT_THE_BANK: then it was too late."""

    def send_refund(self, request: RefundRequest) -> GatewayRefund:
        """Send money back, or return the refund that `request.key` has made."""

    def read_refund(self, gateway_id: str) -> GatewayRefund:
        """What became of it; a refund that succeeded can still fail."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> WebhookMessage:
        """Verify the signature over the raw body and say what the message is about. Raises `BadWebhook`."""


_gateways: dict[str, Gateway] = {}


def register_gateway(gateway: Gateway) -> None:
    """Called by each gateway's room when the site starts."""
    _gateways[gateway.name] = gateway


def registered_gateways() -> list[str]:
    return sorted(_gateways)


def get_gateway(name: str) -> Gateway:
    """The gateway of that name. Raises `UnknownGateway`."""
    try:
        return _gateways[name]
    except KeyError:
        raise UnknownGateway from None


def current_gateway() -> Gateway:
    """The one that new payments go through. Raises `PaymentsUnavailable` when the site has none."""
    if settings.PAYMENT_GATEWAY not in _gateways:
        raise PaymentsUnavailable
    return _gateways[settings.PAYMENT_GATEWAY]


@contextmanager
def replaced_gateway(gateway: Gateway) -> Iterator[None]:
    """For tests: another gateway under the same name, for a while."""
    before = _gateways.get(gateway.name)
    _gateways[gateway.name] = gateway
    try:
        yield
    finally:
        if before is None:
            del _gateways[gateway.name]
        else:
            _gateways[gateway.name] = before


class CalledInsideTransaction(RuntimeError):
    """A gateway was about to be called while rows are locked: decide, call, record are three steps."""


def inside_transaction() -> bool:
    """Whether rows may be locked here; the transaction that a test case wraps around a test does not count."""
    # Django's own mark, private and so without a type; its `durable=True` looks at it for the same reason.
    return any(not block._from_testcase for block in connection.atomic_blocks)  # type: ignore[attr-defined]


def refuse_inside_transaction() -> None:
    """Raises `CalledInsideTransaction` where there is a transaction."""
    if inside_transaction():
        raise CalledInsideTransaction
