"""Payments for tests to start, pay and settle."""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import Any

from accounts.models import User
from kit.money import share
from payments.gateways.services.sandbox_checkouts import pay_checkout
from payments.models import Payment
from payments.services.settle import settle_payment
from payments.services.start import ShareLine, start_payment

_numbers = itertools.count(1)


def share_line(payee: User, amount_minor: int = 1900, *, fee_bps: int = 3000, reference: str = "") -> ShareLine:
    platform = share(amount_minor, fee_bps)
    return ShareLine(
        reference=reference or f"line-{next(_numbers)}",
        payee=payee,
        amount_minor=amount_minor,
        fee_bps=fee_bps,
        payee_minor=amount_minor - platform,
        platform_minor=platform,
        description="A work",
    )


def start(payer: User, *lines: ShareLine, reference: str = "", currency: str = "EUR", **extra: Any) -> Payment:
    return start_payment(
        reference=reference or f"A-2026-{next(_numbers):05}",
        payer=payer,
        currency=currency,
        lines=lines,
        return_url="http://testserver/paid/",
        cancel_url="http://testserver/not-paid/",
        description="Atelier order",
        **extra,
    )


def sell(payer: User, *lines: ShareLine, at: datetime | None = None, **extra: Any) -> Payment:
    """A payment that has succeeded (at a time in the past, if told)."""
    payment = start(payer, *lines, **extra)
    pay_checkout(payment.gateway_id, at=at)
    return settle_payment(payment.pk)
