"""What happens to orders and to what they give. Identifiers are strings, except those of entitlements, users and products."""

from __future__ import annotations

from dataclasses import dataclass

from kit.events import Event


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event):
    """Prices are frozen; it waits to be paid, or is handed over at once when it costs nothing."""

    order_id: str


@dataclass(frozen=True, kw_only=True)
class OrderPaid(Event):
    """Its lines have been handed over, save those that were withheld."""

    order_id: str


@dataclass(frozen=True, kw_only=True)
class OrderClosed(Event):
    """Cancelled or expired without having been paid: an attempt to pay that is still open must end too."""

    order_id: str


@dataclass(frozen=True, kw_only=True)
class OrderRefunded(Event):
    """All that was paid went back."""

    order_id: str


@dataclass(frozen=True, kw_only=True)
class LineWithheld(Event):
    """Money came for something that could not be handed over: it must go back."""

    order_id: str
    line_id: str


@dataclass(frozen=True, kw_only=True)
class MoneyReturned(Event):
    """A refund has arrived, whole or in part, and the order says so."""

    order_id: str
    refund_id: str


@dataclass(frozen=True, kw_only=True)
class ProductGranted(Event):
    """Somebody has a product from now on, whichever way: bought, free, given, or given back after a refund failed."""

    entitlement_id: int
    user_id: int
    product_id: int


@dataclass(frozen=True, kw_only=True)
class ProductRevoked(Event):
    """Somebody has it no longer: the money went back in full, or staff took it away."""

    entitlement_id: int
    user_id: int
    product_id: int
