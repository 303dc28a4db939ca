"""Everything at once, on real connections; and the same without its lock, which must go wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.models import User
from kit.events.models import OutboxEvent
from payments.gateways.models import SandboxCheckout
from payments.gateways.services.sandbox_checkouts import pay_checkout
from payments.ledger.models import Entry, Transaction
from payments.models import Payment, Refund
from payments.services import recording, refunding
from payments.services.cancel import cancel_payment
from payments.services.inbox import handle_webhook, receive_webhook
from payments.services.refunding import request_refund
from payments.services.settle import settle_payment
from payments.services.sweep import sweep_payments
from tests.payments.messages import signed_message
from tests.payments.sales import sell, share_line, start
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def told(name: str) -> int:
    return OutboxEvent.objects.filter(name=f"payments.{name}").count()


def paid_payment(ada: User, ben: User) -> Payment:
    payment = start(ben, share_line(ada, 1900))
    pay_checkout(payment.gateway_id)
    return payment


def webhook(payment: Payment, event_id: str) -> None:
    body, headers = signed_message("checkout.paid", payment.gateway_id, event_id=event_id)
    receive_webhook("sandbox", body=body, headers=headers)
    for pk in payment_webhooks():
        handle_webhook(pk)


def payment_webhooks() -> list[int]:
    from payments.models import WebhookEvent

    return list(WebhookEvent.objects.values_list("pk", flat=True))


def test_two_webhooks_the_return_page_and_the_sweep_at_once_settle_once(ada: User, ben: User, books_balance: None) -> None:
    payment = paid_payment(ada, ben)
    Payment.objects.update(next_ask_at=payment.created_at)

    results = at_once(
        lambda: webhook(payment, "evt_1"),
        lambda: webhook(payment, "evt_2"),
        lambda: webhook(payment, "evt_2"),
        lambda: settle_payment(payment.pk),
        lambda: settle_payment(payment.pk),
        sweep_payments,
    )

    assert not [result for result in results if isinstance(result, Exception)]
    assert Payment.objects.get().state == Payment.State.SUCCEEDED
    assert told("PaymentSucceeded") == 1
    assert Transaction.objects.filter(kind="sale").count() == 1
    assert Entry.objects.count() == 5


def test_sixty_four_at_once_settle_once(ada: User, ben: User, books_balance: None) -> None:
    payment = paid_payment(ada, ben)

    results = at_once(*[lambda: settle_payment(payment.pk)] * 64)

    assert {getattr(result, "state", result) for result in results} == {Payment.State.SUCCEEDED}
    assert told("PaymentSucceeded") == 1
    assert Entry.objects.count() == 5


def test_without_the_lock_the_same_race_tells_of_success_twice(ada: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unlocked twin. The ledger's unique cause keeps the books right even so; that is the second line of defence."""
    payment = paid_payment(ada, ben)

    def read_without_lock(pk: Any) -> Payment:
        found = Payment.objects.get(pk=pk)
        time.sleep(0.1)  # what a slow machine does between reading and writing
        return found

    monkeypatch.setattr(recording, "lock_payment", read_without_lock)

    at_once(*[lambda: settle_payment(payment.pk)] * 8)

    assert told("PaymentSucceeded") > 1
    assert Transaction.objects.filter(kind="sale").count() == 1


def test_paying_and_cancelling_at_once_end_the_same_way_on_both_sides(ada: User, ben: User, books_balance: None) -> None:
    for _round in range(6):
        payment = start(ben, share_line(ada, 1900))

        at_once(
            lambda payment=payment: pay_checkout(payment.gateway_id),
            lambda payment=payment: cancel_payment(payment),
            lambda payment=payment: settle_payment(payment.pk),
        )

        settled = settle_payment(payment.pk)
        theirs = SandboxCheckout.objects.get(pk=payment.gateway_id).state
        assert (theirs, settled.state) in [("paid", "succeeded"), ("cancelled", "cancelled")]


def test_without_the_lock_refunds_at_once_pass_what_is_left(ada: User, ben: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unlocked twin of `test_sixteen_refunds_at_once_never_send_more_than_there_is`."""
    payment = sell(ben, share_line(ada, 1000))
    reference = payment.lines.get().reference
    take = refunding._take

    def slow_take(*args: Any) -> None:
        time.sleep(0.1)
        take(*args)

    monkeypatch.setattr(refunding, "lock_payment", lambda pk: Payment.objects.get(pk=pk))
    monkeypatch.setattr(refunding, "_take", slow_take)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())

    at_once(
        *[
            lambda number=number: request_refund(payment, amounts={reference: 600}, key=f"r{number}", reason="", by=None)
            for number in range(4)
        ]
    )

    assert sum(Refund.objects.values_list("amount_minor", flat=True)) > 1000
