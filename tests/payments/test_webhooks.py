from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from payments.errors import GatewayUnreachable
from payments.gateways.models import SandboxRefund
from payments.gateways.services.sandbox_checkouts import pay_checkout
from payments.gateways.services.sandbox_refunds import return_refund
from payments.ledger.models import Transaction
from payments.models import Payment, Refund, WebhookEvent
from payments.services.inbox import handle_webhook
from payments.services.refunds import refund_lines
from payments.services.sweep import sweep_payments
from tests.payments.faulty_gateway import FaultyGateway
from tests.payments.messages import signed_message
from tests.payments.sales import sell, share_line, start

pytestmark = pytest.mark.django_db


def deliver(body: bytes, headers: dict[str, str], client: Client | None = None) -> int:
    client = client or Client(enforce_csrf_checks=True)
    return client.post(reverse("webhook", args=["sandbox"]), body, content_type="application/json", headers=headers).status_code


def paid(ada: User, ben: User) -> Payment:
    payment = start(ben, share_line(ada, 1900))
    pay_checkout(payment.gateway_id)
    return payment


def test_a_signed_message_is_stored_answered_and_then_handled(ada: User, ben: User, books_balance: None) -> None:  # R94, R109
    payment = paid(ada, ben)

    assert deliver(*signed_message("checkout.paid", payment.gateway_id, event_id="evt_1")) == 200

    event = WebhookEvent.objects.get()
    assert (event.event_id, event.kind, event.subject_id, event.state) == ("evt_1", "checkout.paid", payment.gateway_id, "received")
    payment.refresh_from_db()
    assert payment.state == Payment.State.PENDING
    deliver_all()
    payment.refresh_from_db()
    event.refresh_from_db()
    assert (payment.state, event.state) == (Payment.State.SUCCEEDED, WebhookEvent.State.HANDLED)


def test_what_a_message_says_is_not_believed(ada: User, ben: User) -> None:  # R113, R301
    payment = start(ben, share_line(ada))

    deliver(*signed_message("checkout.paid", payment.gateway_id, event_id="evt_1"))
    deliver_all()

    payment.refresh_from_db()
    assert payment.state == Payment.State.PENDING
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("another secret", {"secret": "wrong"}),
        ("too old", {"age": 301}),
        ("from the future", {"age": -400}),
        ("an empty secret", {"secret": ""}),
    ],
)
def test_a_message_that_is_not_the_gateways_is_refused(fault: str, options: dict[str, Any]) -> None:  # R109
    # Counted from now, not from when the tests were collected.
    if "age" in options:
        options = {"at": time.time() - options["age"]}
    assert deliver(*signed_message("checkout.paid", "sbx_co_1", event_id="evt_1", **options)) == 400

    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize(
    "header", ["", "t=1,v1=", "v1=abc", "t=abc,v1=abc", "nonsense", "t=99999999999999999999,v1=a", "t=\u0661,v1=\u0661"]
)
def test_a_message_without_a_readable_signature_is_refused(header: str) -> None:  # R109
    body, _headers = signed_message("checkout.paid", "sbx_co_1", event_id="evt_1")

    assert deliver(body, {"Sandbox-Signature": header.encode("utf-8").decode("latin-1")}) == 400


def test_a_body_that_was_changed_on_the_way_is_refused() -> None:  # R109
    body, headers = signed_message("checkout.paid", "sbx_co_1", event_id="evt_1")

    assert deliver(body.replace(b"sbx_co_1", b"sbx_co_2"), headers) == 400


def test_without_a_secret_every_message_is_refused(settings: Any) -> None:  # R109
    settings.SANDBOX_WEBHOOK_SECRET = ""

    assert deliver(*signed_message("checkout.paid", "sbx_co_1", event_id="evt_1")) == 400


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"id": 1}', b"\xff", b'{"id": "", "type": "x", "object": {"kind": "checkout", "id": "a"}}']
)
def test_a_signed_message_that_cannot_be_read_is_refused(body: bytes, settings: Any) -> None:
    from payments.gateways.signatures import sign

    assert deliver(body, {"Sandbox-Signature": sign(body, secret=settings.SANDBOX_WEBHOOK_SECRET)}) == 400
    assert not WebhookEvent.objects.exists()


def test_a_message_larger_than_the_limit_is_not_read(settings: Any) -> None:
    settings.WEBHOOK_MAX_BYTES = 1000

    assert deliver(b"x" * 1001, {}) == 413


def test_only_posts_are_taken_and_only_from_gateways_that_we_have(client: Client) -> None:
    body, headers = signed_message("checkout.paid", "sbx_co_1", event_id="evt_1")

    assert client.get(reverse("webhook", args=["sandbox"])).status_code == 405
    assert client.post("/webhooks/nobody/", body, content_type="application/json", headers=headers).status_code == 404


def test_a_repetition_is_answered_and_changes_nothing(ada: User, ben: User) -> None:
    payment = paid(ada, ben)
    message = signed_message("checkout.paid", payment.gateway_id, event_id="evt_1")

    assert [deliver(*message) for _again in range(3)] == [200, 200, 200]

    assert WebhookEvent.objects.count() == 1
    assert OutboxEvent.objects.filter(name="payments.WebhookReceived").count() == 1


def test_a_message_that_overtakes_our_own_record_waits_and_is_handled_by_the_sweep(
    ada: User, ben: User, gateway: FaultyGateway, books_balance: None
) -> None:
    from payments.gateways.models import SandboxCheckout

    gateway.after["open_checkout"] = [GatewayUnreachable("cut")]
    with pytest.raises(Exception, match="does not answer"):
        start(ben, share_line(ada))
    checkout = SandboxCheckout.objects.get()
    pay_checkout(checkout.pk)
    deliver(*signed_message("checkout.paid", checkout.pk, event_id="evt_1"))
    deliver_all()
    assert WebhookEvent.objects.get().note == "Nothing here has this id yet."

    for minutes in (2, 4):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            sweep_payments()

    assert WebhookEvent.objects.get().state == WebhookEvent.State.HANDLED
    assert Payment.objects.get().state == Payment.State.SUCCEEDED


def test_a_message_about_nothing_of_ours_is_ignored_after_an_hour_with_a_note() -> None:
    deliver(*signed_message("checkout.paid", "sbx_co_elsewhere", event_id="evt_1"))
    deliver_all()
    assert WebhookEvent.objects.get().state == WebhookEvent.State.RECEIVED

    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        sweep_payments()

    event = WebhookEvent.objects.get()
    assert (event.state, event.note) == (WebhookEvent.State.IGNORED, "Nothing here has this id: perhaps another site's.")


def test_a_message_about_something_else_is_ignored_with_a_note() -> None:
    deliver(*signed_message("balance.available", "x", event_id="evt_1", subject="other"))
    deliver_all()

    assert WebhookEvent.objects.get().state == WebhookEvent.State.IGNORED


def test_while_the_gateway_is_away_a_message_waits(ada: User, ben: User, gateway: FaultyGateway) -> None:
    payment = paid(ada, ben)
    deliver(*signed_message("checkout.paid", payment.gateway_id, event_id="evt_1"))
    gateway.before["read_checkout"] = [GatewayUnreachable("time-out")]
    event = WebhookEvent.objects.get()

    with pytest.raises(GatewayUnreachable):
        handle_webhook(event.pk)
    assert WebhookEvent.objects.get().state == WebhookEvent.State.RECEIVED

    assert handle_webhook(event.pk).state == WebhookEvent.State.HANDLED


def test_a_message_about_a_refund_reads_the_refund_again(ada: User, ben: User, books_balance: None) -> None:
    line = share_line(ada, 1900)
    payment = sell(ben, line)
    refund_lines(payment, amounts={line.reference: 1900}, key="r", reason="", by=None)
    returned = return_refund(SandboxRefund.objects.get())

    deliver(*signed_message("refund.failed", returned.pk, event_id="evt_1", subject="refund"))
    deliver_all()

    assert Refund.objects.get().state == Refund.State.FAILED


def test_a_storm_of_duplicates_forgeries_and_shuffles_settles_each_payment_once(ada: User, ben: User, books_balance: None) -> None:
    """Forty payments, one to seven deliveries of each of two messages, one in ten forged, in any order."""
    chance = random.Random(20261102)
    payments = [start(ben, share_line(ada, 1000 + number)) for number in range(40)]
    messages = []
    for number, payment in enumerate(payments):
        pay_checkout(payment.gateway_id)
        for kind in ("checkout.processing", "checkout.paid"):
            for _copy in range(chance.randint(1, 7)):
                forged = chance.random() < 0.1
                secret = "forged" if forged else None
                messages.append((forged, signed_message(kind, payment.gateway_id, event_id=f"evt_{number}_{kind}", secret=secret)))
    chance.shuffle(messages)

    for number, (forged, message) in enumerate(messages):
        assert deliver(*message) == (400 if forged else 200)
        if number % 25 == 0:
            deliver_all()
    deliver_all()

    assert set(Payment.objects.values_list("state", flat=True)) == {"succeeded"}
    assert OutboxEvent.objects.filter(name="payments.PaymentSucceeded").count() == 40
    assert Transaction.objects.filter(kind="sale").count() == 40
    assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"handled"}
