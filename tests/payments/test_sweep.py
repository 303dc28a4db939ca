from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from payments.errors import GatewayDown, GatewayUnreachable
from payments.gateways.models import SandboxCheckout
from payments.gateways.services.sandbox_checkouts import Outcome, choose_outcome, pay_checkout
from payments.models import Payment
from payments.services.sweep import Swept, sweep_payments
from payments.tasks import sweep
from tests.payments.faulty_gateway import FaultyGateway
from tests.payments.sales import share_line, start
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def later() -> Any:
    """Travel to so many minutes from now."""
    return lambda minutes: time_machine.travel(timezone.now() + timedelta(minutes=minutes))


def test_a_payment_whose_webhook_never_came_is_settled(ada: User, ben: User, books_balance: None, later: Any) -> None:
    payment = start(ben, share_line(ada))
    pay_checkout(payment.gateway_id, webhooks=SandboxCheckout.Webhooks.NEVER)

    with later(2):
        sweep()

    payment.refresh_from_db()
    assert payment.state == Payment.State.SUCCEEDED


def test_a_young_payment_is_left_alone(ada: User, ben: User, gateway: FaultyGateway) -> None:
    start(ben, share_line(ada))

    assert sweep_payments() == Swept(payments=0, refunds=0, webhooks=0)
    assert gateway.keys_of("read_checkout") == []


def test_an_open_payment_is_asked_about_ever_less_often(ada: User, ben: User, gateway: FaultyGateway) -> None:
    began = timezone.now()
    payment = start(ben, share_line(ada))
    choose_outcome(SandboxCheckout.objects.get(), outcome=Outcome.LATE, webhooks="never")
    SandboxCheckout.objects.update(answers_at=began + timedelta(days=3))

    asked: list[datetime] = []
    for minutes in range(0, 24 * 60, 5):
        before = len(gateway.calls)
        with time_machine.travel(began + timedelta(minutes=minutes)):
            sweep_payments()
        if len(gateway.calls) > before:
            asked.append(began + timedelta(minutes=minutes))

    gaps = [(after - before).total_seconds() / 60 for before, after in pairwise(asked)]
    assert gaps[0] <= 5
    assert max(gaps) <= 65
    assert gaps == sorted(gaps)
    payment.refresh_from_db()
    assert payment.is_open


def test_a_payment_that_nobody_pays_ends_when_its_checkout_runs_out(ada: User, ben: User, later: Any) -> None:
    payment = start(ben, share_line(ada))

    with later(62):
        sweep_payments()

    payment.refresh_from_db()
    assert payment.state == Payment.State.CANCELLED


def test_a_checkout_that_its_gateway_forgets_to_end_is_closed_by_us(ada: User, ben: User, later: Any) -> None:
    payment = start(ben, share_line(ada))
    SandboxCheckout.objects.update(expires_at=timezone.now() + timedelta(days=30))
    Payment.objects.update(expires_at=timezone.now() + timedelta(minutes=1))

    with later(10):
        sweep_payments()

    payment.refresh_from_db()
    assert payment.state == Payment.State.CANCELLED


def test_an_attempt_that_never_reached_its_payer_is_found_and_ended(ada: User, ben: User, gateway: FaultyGateway, later: Any) -> None:
    gateway.before["open_checkout"] = [GatewayUnreachable("cut")]
    with pytest.raises(GatewayDown):
        start(ben, share_line(ada))

    with later(70):
        sweep_payments()
    with later(80):
        sweep_payments()

    payment = Payment.objects.get()
    assert payment.state == Payment.State.CANCELLED
    assert set(gateway.keys_of("open_checkout")) == {str(payment.idempotency_key)}


def test_one_payment_that_cannot_be_swept_does_not_keep_the_others_waiting(
    ada: User, ben: User, gateway: FaultyGateway, later: Any
) -> None:
    for _number in range(3):
        pay_checkout(start(ben, share_line(ada)).gateway_id)
    gateway.before["read_checkout"] = [RuntimeError("a fault of the adapter")]

    with later(2):
        assert sweep_payments().payments == 3

    assert Payment.objects.filter(state="succeeded").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_share_the_work(ada: User, ben: User, gateway: FaultyGateway) -> None:
    for _number in range(8):
        start(ben, share_line(ada))
    soon = timezone.now() + timedelta(minutes=2)

    at_once(*[lambda: sweep_payments(at=soon)] * 4)

    assert len(gateway.keys_of("read_checkout")) == 8
