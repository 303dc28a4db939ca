"""The process dies at every call to the outside and at every commit: afterwards all is done or nothing is, with the same key.

A crash before a commit is an exception inside the transaction; a crash after a call is one right behind it. Then the next
process comes along: the payer's second click, the webhook, the sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from payments.gateways.models import SandboxCheckout, SandboxRefund
from payments.gateways.services.sandbox_checkouts import pay_checkout
from payments.ledger.models import Entry, Transaction
from payments.ledger.services import payments as books
from payments.models import Payment, Refund
from payments.services import recording, refunding, refunds
from payments.services import start as starting
from payments.services.refunds import refund_lines, settle_refund
from payments.services.settle import settle_payment
from payments.services.sweep import sweep_payments
from tests.payments.faulty_gateway import FaultyGateway
from tests.payments.sales import sell, share_line, start

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_balance")]


class Crash(BaseException):
    """The process is gone: nothing catches this."""


def crash_in(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, *, behind: bool) -> None:
    """The next call of a function dies, before its work or behind it; the one after that works again."""
    real: Callable[..., Any] = getattr(module, name)

    def dying(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(module, name, real)
        if behind:
            real(*args, **kwargs)
        raise Crash

    monkeypatch.setattr(module, name, dying)


@pytest.mark.parametrize(
    "point", ["while deciding", "behind the decision", "before the call", "behind the call", "while recording", "behind the record"]
)
def test_starting(ada: User, ben: User, gateway: FaultyGateway, monkeypatch: pytest.MonkeyPatch, point: str) -> None:  # R110
    line = share_line(ada)
    {
        "while deciding": lambda: crash_in(monkeypatch, starting.PaymentLine.objects, "bulk_create", behind=False),
        "behind the decision": lambda: crash_in(monkeypatch, starting, "_find_or_create", behind=True),
        "before the call": lambda: gateway.before["open_checkout"].append(Crash()),
        "behind the call": lambda: gateway.after["open_checkout"].append(Crash()),
        "while recording": lambda: crash_in(monkeypatch, recording, "_know", behind=True),
        "behind the record": lambda: crash_in(monkeypatch, starting, "_is_usable", behind=False),
    }[point]()

    with pytest.raises(Crash):
        start(ben, line, reference="A-1")
    assert Payment.objects.count() == (0 if point == "while deciding" else 1)

    payment = start(ben, line, reference="A-1")

    assert (payment.state, Payment.objects.count(), SandboxCheckout.objects.count()) == (Payment.State.PENDING, 1, 1)
    assert set(gateway.keys_of("open_checkout")) == {str(payment.idempotency_key)}


@pytest.mark.parametrize("point", ["before the call", "behind the call", "before the books", "behind the books", "before it is told"])
def test_settling(ada: User, ben: User, gateway: FaultyGateway, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    payment = start(ben, share_line(ada))
    pay_checkout(payment.gateway_id)
    {
        "before the call": lambda: gateway.before["read_checkout"].append(Crash()),
        "behind the call": lambda: gateway.after["read_checkout"].append(Crash()),
        "before the books": lambda: crash_in(monkeypatch, books, "post", behind=False),
        "behind the books": lambda: crash_in(monkeypatch, books, "post", behind=True),
        "before it is told": lambda: crash_in(monkeypatch, recording, "publish", behind=True),
    }[point]()

    with pytest.raises(Crash):
        settle_payment(payment.pk)
    payment.refresh_from_db()
    assert payment.state == Payment.State.PENDING
    assert not Transaction.objects.exists()
    assert not OutboxEvent.objects.filter(name="payments.PaymentSucceeded").exists()

    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        sweep_payments()

    payment.refresh_from_db()
    assert payment.state == Payment.State.SUCCEEDED
    assert Entry.objects.count() == 5
    assert OutboxEvent.objects.filter(name="payments.PaymentSucceeded").count() == 1


@pytest.mark.parametrize(
    "point",
    [
        "while deciding",
        "behind the decision",
        "before the call",
        "behind the call",
        "before the books",
        "behind the books",
        "before it is told",
    ],
)
@pytest.mark.parametrize("next_process", ["the request again", "the event's handler", "the sweep"])
def test_refunding(
    ada: User, ben: User, gateway: FaultyGateway, monkeypatch: pytest.MonkeyPatch, point: str, next_process: str
) -> None:  # R110
    line = share_line(ada, 1900)
    payment = sell(ben, line)
    {
        "while deciding": lambda: crash_in(monkeypatch, refunding, "_take", behind=True),
        "behind the decision": lambda: crash_in(monkeypatch, refunds, "request_refund", behind=True),
        "before the call": lambda: gateway.before["send_refund"].append(Crash()),
        "behind the call": lambda: gateway.after["send_refund"].append(Crash()),
        "before the books": lambda: crash_in(monkeypatch, books, "post", behind=False),
        "behind the books": lambda: crash_in(monkeypatch, books, "post", behind=True),
        "before it is told": lambda: crash_in(monkeypatch, refunds, "publish", behind=True),
    }[point]()

    def ask() -> Refund:
        return refund_lines(payment, amounts={line.reference: 1900}, key="r", reason="", by=None)

    with pytest.raises(Crash):
        ask()
    assert not Transaction.objects.filter(kind="refund").exists()
    if point == "while deciding":
        assert not Refund.objects.exists()
        assert payment.lines.get().refunded_minor == 0
        ask()
    elif next_process == "the request again":
        ask()
    elif next_process == "the event's handler":
        deliver_all()
    else:
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            sweep_payments()

    refund = settle_refund(Refund.objects.get().pk)
    assert refund.state == Refund.State.SUCCEEDED
    assert SandboxRefund.objects.get().amount_minor == 1900
    assert set(gateway.keys_of("send_refund")) == {str(refund.pk)}
    assert Transaction.objects.filter(kind="refund").count() == 1
    assert OutboxEvent.objects.filter(name="payments.RefundSucceeded").count() == 1
