from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from kit.jobs.models import Job
from payments.gateways.models import SandboxCheckout, SandboxEvent, SandboxRefund
from payments.gateways.tasks import sandbox_bank
from payments.models import Payment
from payments.services.refunds import refund_lines
from payments.services.settle import settle_payment
from tests.payments.sales import share_line, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(ada: User, ben: User) -> Payment:
    return start(ben, share_line(ada, 1900))


@pytest.fixture
def payer(ben: User) -> Client:
    client = Client()
    client.force_login(ben)
    return client


def page(payment: Payment, name: str = "sandbox_checkout") -> str:
    return reverse(name, args=[payment.gateway_id])


def choose(client: Client, payment: Payment, outcome: str, **extra: str) -> Any:
    return client.post(page(payment), {"outcome": outcome, "webhooks": "once", **extra})


def state(payment: Payment) -> str:
    return SandboxCheckout.objects.get(pk=payment.gateway_id).state


def kinds_sent() -> list[str]:
    jobs = Job.objects.filter(name="payments.gateways.send_sandbox_webhook").order_by("created_at", "pk")
    kinds = dict(SandboxEvent.objects.values_list("pk", "kind"))
    return [kinds[job.params["event"]] for job in jobs]


def test_the_payer_sees_the_amount_and_the_ways_it_can_end(payer: Client, payment: Payment) -> None:  # R126
    text = payer.get(page(payment)).content.decode()

    assert "€19.00" in text
    for words in ("Payment goes through", "Bank asks for approval first", "Card is declined", "Answer arrives late", "Cancel and go back"):
        assert words in text


def test_only_the_payer_may_open_it(payment: Payment, cleo: User, ada: User, mo: User) -> None:
    assert Client().get(page(payment)).status_code == 302
    for stranger in (cleo, ada, mo):
        client = Client()
        client.force_login(stranger)
        assert client.get(page(payment)).status_code == 404
        for name in ("sandbox_checkout", "sandbox_approval", "sandbox_cancellation"):
            assert client.post(page(payment, name), {"outcome": "pays", "webhooks": "once", "answer": "approve"}).status_code == 404
    assert state(payment) == "open"


def test_paying_sends_the_payer_back_to_the_shop(payer: Client, payment: Payment) -> None:
    answer = choose(payer, payment, "pays")

    assert (answer.status_code, answer["Location"]) == (302, payment.return_url)
    assert settle_payment(payment.pk).state == Payment.State.SUCCEEDED


@pytest.mark.parametrize(("answer", "after"), [("approve", "paid"), ("refuse", "failed")])
def test_the_bank_may_ask_for_approval_first(payer: Client, payment: Payment, answer: str, after: str) -> None:
    assert choose(payer, payment, "approval")["Location"] == page(payment)
    assert "Do you approve this payment?" in payer.get(page(payment)).content.decode()
    assert settle_payment(payment.pk).is_open

    assert payer.post(page(payment, "sandbox_approval"), {"answer": answer})["Location"] == payment.return_url

    assert state(payment) == after


def test_a_declined_card_says_so_and_charges_nothing(payer: Client, payment: Payment) -> None:
    choose(payer, payment, "declined")

    assert "Nothing was charged" in payer.get(page(payment)).content.decode()
    assert settle_payment(payment.pk).state == Payment.State.FAILED


def test_a_late_answer_comes_after_two_minutes_by_itself(payer: Client, payment: Payment) -> None:
    choose(payer, payment, "late")
    assert "The bank is checking this payment" in payer.get(page(payment)).content.decode()
    sandbox_bank()
    assert state(payment) == "processing"

    with time_machine.travel(timezone.now() + timedelta(minutes=2, seconds=1)):
        sandbox_bank()

    assert state(payment) == "paid"
    assert kinds_sent() == ["checkout.processing", "checkout.paid"]


def test_cancelling_sends_the_payer_back_without_paying(payer: Client, payment: Payment) -> None:
    answer = payer.post(page(payment, "sandbox_cancellation"))

    assert answer["Location"] == payment.cancel_url
    assert settle_payment(payment.pk).state == Payment.State.CANCELLED


@pytest.mark.parametrize(
    ("webhooks", "expected"),
    [
        ("once", ["checkout.processing", "checkout.paid"]),
        ("twice", ["checkout.processing", "checkout.paid"] * 2),
        ("shuffled", ["checkout.paid", "checkout.processing"]),
        ("never", []),
    ],
)
def test_the_payer_chooses_how_the_bank_tells_the_shop(payer: Client, payment: Payment, webhooks: str, expected: list[str]) -> None:
    choose(payer, payment, "pays", webhooks=webhooks)

    assert kinds_sent() == expected


def test_what_has_ended_cannot_be_paid_again(payer: Client, payment: Payment) -> None:
    choose(payer, payment, "pays")
    charge = SandboxCheckout.objects.get().charge_id

    assert choose(payer, payment, "pays").status_code == 409
    assert payer.post(page(payment, "sandbox_approval"), {"answer": "approve"}).status_code == 409
    payer.post(page(payment, "sandbox_cancellation"))

    assert (state(payment), SandboxCheckout.objects.get().charge_id) == ("paid", charge)
    assert "This is paid" in payer.get(page(payment)).content.decode()


def test_a_checkout_runs_out_of_time(payer: Client, payment: Payment) -> None:
    SandboxCheckout.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert choose(payer, payment, "pays").status_code == 409

    assert "The time for this payment has run out" in payer.get(page(payment)).content.decode()
    assert state(payment) == "expired"


def test_a_form_without_an_outcome_is_shown_again(payer: Client, payment: Payment) -> None:
    answer = payer.post(page(payment), {"outcome": "mine", "webhooks": "once"})

    assert answer.status_code == 422
    assert state(payment) == "open"


def test_refunds_of_a_payment_can_be_made_to_fail(payer: Client, payment: Payment) -> None:
    choose(payer, payment, "pays", refunds_fail="on")
    settle_payment(payment.pk)

    refund = refund_lines(payment, amounts={payment.lines.get().reference: 1900}, key="r", reason="", by=None)

    assert refund.state == "failed"
    assert SandboxRefund.objects.get().state == "failed"


def test_the_page_asks_for_a_token_against_forged_requests(payment: Payment, ben: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ben)

    assert choose(client, payment, "pays").status_code == 403
    assert state(payment) == "open"


def test_where_practice_is_not_allowed_there_is_no_page(payer: Client, payment: Payment, settings: Any) -> None:
    settings.SANDBOX_ALLOWED = False

    assert payer.get(page(payment)).status_code == 404
