from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from kit.events.models import OutboxEvent
from payments.errors import (
    AlreadyPaid,
    GatewayDown,
    GatewayRefused,
    GatewayUnreachable,
    PaymentInProgress,
    PaymentRefused,
    PaymentsUnavailable,
    WrongShares,
)
from payments.gateway import CalledInsideTransaction
from payments.gateways.models import SandboxCheckout
from payments.gateways.services.sandbox_checkouts import Outcome, choose_outcome, pay_checkout
from payments.models import Payment
from payments.services.settle import settle_payment
from payments.services.start import ShareLine
from tests.payments.faulty_gateway import FaultyGateway
from tests.payments.sales import sell, share_line, start
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def test_a_started_payment_has_a_page_to_be_paid_at_and_stores_its_shares(ada: User, ben: User) -> None:  # R93, R98, R114
    payment = start(ben, share_line(ada, 1900))

    assert payment.state == Payment.State.PENDING
    assert payment.checkout_url.endswith(f"/sandbox/checkout/{payment.gateway_id}/")
    line = payment.lines.get()
    assert (line.amount_minor, line.payee_minor, line.platform_minor, line.fee_bps) == (1900, 1330, 570, 3000)


def test_starting_again_for_the_same_shares_gives_the_same_payment(ada: User, ben: User, gateway: FaultyGateway) -> None:  # R110
    line = share_line(ada)

    first, second = start(ben, line, reference="A-1"), start(ben, line, reference="A-1")

    assert first == second
    assert len(gateway.keys_of("open_checkout")) == 1


def test_starting_for_another_amount_cancels_the_open_one_first(ada: User, ben: User) -> None:
    first = start(ben, share_line(ada, 1900), reference="A-1")

    second = start(ben, share_line(ada, 2900), reference="A-1")

    first.refresh_from_db()
    assert first.state == Payment.State.CANCELLED
    assert SandboxCheckout.objects.get(pk=first.gateway_id).state == "cancelled"
    assert (second.state, second.amount_minor) == (Payment.State.PENDING, 2900)


def test_a_checkout_that_is_about_to_run_out_is_not_handed_out_again(ada: User, ben: User) -> None:
    line = share_line(ada)
    first = start(ben, line, reference="A-1")

    with time_machine.travel(timezone.now() + timedelta(minutes=59, seconds=30)):
        second = start(ben, line, reference="A-1")

    assert first != second
    assert second.state == Payment.State.PENDING


def test_what_is_paid_cannot_be_paid_again(ada: User, ben: User) -> None:
    line = share_line(ada)
    sell(ben, line, reference="A-1")

    with pytest.raises(AlreadyPaid):
        start(ben, line, reference="A-1")

    assert Payment.objects.count() == 1


def test_what_was_paid_without_our_knowing_is_found_out_before_asking_again(ada: User, ben: User) -> None:
    line = share_line(ada)
    payment = start(ben, line, reference="A-1")
    pay_checkout(payment.gateway_id)

    with pytest.raises(AlreadyPaid):
        start(ben, share_line(ada, 2900), reference="A-1")

    payment.refresh_from_db()
    assert payment.state == Payment.State.SUCCEEDED


def test_while_the_bank_is_checking_nobody_is_asked_to_pay_again(ada: User, ben: User) -> None:
    line = share_line(ada)
    payment = start(ben, line, reference="A-1")
    choose_outcome(SandboxCheckout.objects.get(pk=payment.gateway_id), outcome=Outcome.LATE, webhooks="never")

    for again in (line, share_line(ada, 2900)):
        with pytest.raises(PaymentInProgress):
            start(ben, again, reference="A-1")

    payment.refresh_from_db()
    assert payment.is_at_the_bank
    assert Payment.objects.count() == 1


def test_a_declined_payment_can_be_tried_again(ada: User, ben: User) -> None:
    line = share_line(ada)
    first = start(ben, line, reference="A-1")
    choose_outcome(SandboxCheckout.objects.get(pk=first.gateway_id), outcome=Outcome.DECLINED, webhooks="never")
    settle_payment(first.pk)

    second = start(ben, line, reference="A-1")

    assert second.state == Payment.State.PENDING
    assert set(Payment.objects.values_list("state", flat=True)) == {"failed", "pending"}


def test_an_attempt_without_an_answer_is_asked_about_with_the_same_key(ada: User, ben: User, gateway: FaultyGateway) -> None:  # R110
    line = share_line(ada)
    gateway.after["open_checkout"] = [GatewayUnreachable("time-out")]
    with pytest.raises(GatewayDown):
        start(ben, line, reference="A-1")
    assert Payment.objects.get().state == Payment.State.CREATED

    payment = start(ben, line, reference="A-1")

    assert payment.state == Payment.State.PENDING
    assert SandboxCheckout.objects.count() == 1
    assert gateway.keys_of("open_checkout") == [str(payment.idempotency_key)] * 2


def test_a_clear_no_of_the_gateway_ends_the_attempt(ada: User, ben: User, gateway: FaultyGateway) -> None:
    gateway.before["open_checkout"] = [GatewayRefused("amount too small")]

    with pytest.raises(PaymentRefused):
        start(ben, share_line(ada), reference="A-1")

    payment = Payment.objects.get()
    assert (payment.state, payment.failure) == (Payment.State.FAILED, "amount too small")
    assert OutboxEvent.objects.filter(name="payments.PaymentFailed").count() == 1


def test_without_a_gateway_nothing_can_be_paid_for(ada: User, ben: User, settings: Any) -> None:
    settings.PAYMENT_GATEWAY = "none"

    with pytest.raises(PaymentsUnavailable, match="no payment provider"):
        start(ben, share_line(ada))

    assert not Payment.objects.exists()


def test_shares_that_do_not_add_up_are_refused(ada: User, ben: User) -> None:
    good = share_line(ada, 1000, reference="one")
    short = ShareLine(reference="two", payee=ada, amount_minor=1000, fee_bps=3000, payee_minor=700, platform_minor=299)
    free = ShareLine(reference="three", payee=ada, amount_minor=0, fee_bps=3000, payee_minor=0, platform_minor=0)

    for lines in ([short], [good, good], [free], []):
        with pytest.raises(WrongShares):
            start(ben, *lines)

    assert not Payment.objects.exists()


def test_a_free_line_may_stand_beside_a_paid_one(ada: User, ben: User, books_balance: None) -> None:
    free = ShareLine(reference="free", payee=ada, amount_minor=0, fee_bps=3000, payee_minor=0, platform_minor=0)

    assert sell(ben, share_line(ada, 500), free).state == Payment.State.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_a_gateway_is_never_called_while_rows_are_locked(ada: User, ben: User) -> None:
    with pytest.raises(CalledInsideTransaction), transaction.atomic():
        start(ben, share_line(ada))

    assert not Payment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_tabs_at_once_end_up_with_one_payment(ada: User, ben: User) -> None:
    line = share_line(ada)

    results = at_once(*[lambda: start(ben, line, reference="A-1")] * 8)

    assert {getattr(result, "pk", result) for result in results} == {Payment.objects.get().pk}
    assert SandboxCheckout.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tabs_with_different_amounts_at_once_leave_one_open_payment(ada: User, ben: User) -> None:
    lines = [share_line(ada, 1000 + number) for number in range(6)]

    results = at_once(*[lambda line=line: start(ben, line, reference="A-1") for line in lines])

    assert Payment.objects.open().count() <= 1
    open_at_the_bank = SandboxCheckout.objects.filter(state="open").values_list("pk", flat=True)
    assert list(open_at_the_bank) == list(Payment.objects.open().values_list("gateway_id", flat=True))
    assert all(isinstance(result, Payment | PaymentInProgress) for result in results), results
