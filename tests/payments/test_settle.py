from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from payments.errors import GatewayDown, GatewayUnreachable
from payments.gateways.models import SandboxCheckout
from payments.gateways.services.sandbox_checkouts import Outcome, choose_outcome, pay_checkout
from payments.ledger.models import Account, Entry, Transaction
from payments.ledger.selectors import balances
from payments.models import Payment, Refund
from payments.services.cancel import cancel_payment
from payments.services.settle import settle_payment
from tests.payments.faulty_gateway import FaultyGateway
from tests.payments.sales import sell, share_line, start

pytestmark = pytest.mark.django_db


def events(name: str) -> int:
    return OutboxEvent.objects.filter(name=f"payments.{name}").count()


def of_kind(kind: str) -> int:
    return sum(Entry.objects.filter(account__kind=kind).values_list("amount_minor", flat=True))


def end_with(payment: Payment, outcome: Outcome) -> None:
    choose_outcome(SandboxCheckout.objects.get(pk=payment.gateway_id), outcome=outcome, webhooks="never")


def test_a_paid_checkout_settles_into_the_books_and_is_told_once(ada: User, ben: User, books_balance: None) -> None:  # R98, R99, R114
    payment = start(ben, share_line(ada, 1900))
    pay_checkout(payment.gateway_id)

    for _again in range(3):
        settled = settle_payment(payment.pk)

    assert settled.state == Payment.State.SUCCEEDED
    assert (of_kind("creator"), of_kind("platform"), of_kind("fees"), of_kind("gateway")) == (1330, 570, -28, -1872)
    assert events("PaymentSucceeded") == 1
    assert Transaction.objects.count() == 2


def test_an_unpaid_checkout_settles_nothing(ada: User, ben: User) -> None:
    payment = settle_payment(start(ben, share_line(ada)).pk)

    assert payment.state == Payment.State.PENDING
    assert not Transaction.objects.exists()
    assert events("PaymentSucceeded") == 0


def test_a_declined_payment_fails_with_its_reason(ada: User, ben: User) -> None:
    payment = start(ben, share_line(ada))
    end_with(payment, Outcome.DECLINED)

    for _again in range(2):
        payment = settle_payment(payment.pk)

    assert (payment.state, payment.failure) == (Payment.State.FAILED, "The card has not enough money.")
    assert events("PaymentFailed") == 1
    assert not Transaction.objects.exists()


def test_a_cancelled_payment_takes_no_money_and_is_told_once(ada: User, ben: User) -> None:
    payment = start(ben, share_line(ada))

    for _again in range(2):
        payment = cancel_payment(payment)

    assert payment.state == Payment.State.CANCELLED
    assert SandboxCheckout.objects.get().state == "cancelled"
    assert events("PaymentCancelled") == 1


def test_cancelling_what_was_paid_a_moment_ago_settles_it(ada: User, ben: User, books_balance: None) -> None:
    payment = start(ben, share_line(ada))
    pay_checkout(payment.gateway_id)

    assert cancel_payment(payment).state == Payment.State.SUCCEEDED

    assert events("PaymentCancelled") == 0
    assert of_kind("creator") == 1330


def test_cancelling_while_the_gateway_is_away_leaves_the_payment_open(ada: User, ben: User, gateway: FaultyGateway) -> None:
    payment = start(ben, share_line(ada))
    gateway.before["close_checkout"] = [GatewayUnreachable("time-out")]

    with pytest.raises(GatewayDown):
        cancel_payment(payment)

    payment.refresh_from_db()
    assert payment.is_open


def test_cancelling_an_attempt_without_an_answer_closes_what_it_had_opened(ada: User, ben: User, gateway: FaultyGateway) -> None:
    gateway.after["open_checkout"] = [GatewayUnreachable("time-out")]
    with pytest.raises(GatewayDown):
        start(ben, share_line(ada))

    assert cancel_payment(Payment.objects.get()).state == Payment.State.CANCELLED

    assert SandboxCheckout.objects.get().state == "cancelled"


def test_a_late_answer_settles_when_it_comes(ada: User, ben: User, books_balance: None) -> None:
    payment = start(ben, share_line(ada))
    end_with(payment, Outcome.LATE)
    pending = settle_payment(payment.pk)
    assert (pending.state, pending.is_at_the_bank) == (Payment.State.PENDING, True)

    with time_machine.travel(timezone.now() + timedelta(minutes=2, seconds=1)):
        assert settle_payment(payment.pk).state == Payment.State.SUCCEEDED


def test_while_the_gateway_is_away_nothing_changes(ada: User, ben: User, gateway: FaultyGateway) -> None:
    payment = start(ben, share_line(ada))
    pay_checkout(payment.gateway_id)
    gateway.before["read_checkout"] = [GatewayUnreachable("time-out")]

    assert settle_payment(payment.pk).state == Payment.State.PENDING
    assert settle_payment(payment.pk).state == Payment.State.SUCCEEDED


@pytest.mark.parametrize("wrong", [{"amount_minor": 1899}, {"currency": "USD"}, {"gateway_id": "sbx_co_other"}])
def test_an_answer_about_other_money_settles_nothing_and_calls_for_a_person(  # R113, R301
    ada: User, ben: User, gateway: FaultyGateway, wrong: dict[str, object]
) -> None:
    payment = start(ben, share_line(ada, 1900))
    pay_checkout(payment.gateway_id)
    gateway.answers["read_checkout"] = lambda checkout: replace(checkout, **wrong)

    payment = settle_payment(payment.pk)

    assert payment.state == Payment.State.PENDING
    assert payment.attention
    assert not Transaction.objects.exists()
    assert events("PaymentSucceeded") == 0


def test_a_fee_that_is_known_later_is_posted_later(ada: User, ben: User, gateway: FaultyGateway, books_balance: None) -> None:
    payment = start(ben, share_line(ada, 1900))
    pay_checkout(payment.gateway_id)
    gateway.answers["read_checkout"] = lambda checkout: replace(checkout, fee_minor=None)
    assert settle_payment(payment.pk).gateway_fee_minor is None
    assert of_kind("fees") == 0

    gateway.answers.clear()
    for _again in range(2):
        settle_payment(payment.pk)

    assert of_kind("fees") == -28
    assert events("PaymentSucceeded") == 1


def test_money_that_comes_after_the_end_still_counts(  # money taken beats what was thought before
    ada: User, ben: User, gateway: FaultyGateway, books_balance: None
) -> None:
    payment = start(ben, share_line(ada))
    pay_checkout(payment.gateway_id)
    gateway.answers["close_checkout"] = lambda checkout: replace(checkout, state="cancelled", charge_id="", paid_at=None)
    assert cancel_payment(payment).state == Payment.State.CANCELLED

    assert settle_payment(payment.pk).state == Payment.State.SUCCEEDED

    assert of_kind("creator") == 1330


def test_a_second_success_for_the_same_reference_goes_back_and_is_nobodys_income(
    ada: User, ben: User, gateway: FaultyGateway, books_balance: None
) -> None:
    """The gateway could not close the first checkout, and the payer paid both."""
    line = share_line(ada, 1900)
    first = start(ben, line, reference="A-1")
    gateway.answers["close_checkout"] = lambda checkout: replace(checkout, state="cancelled")
    cancel_payment(first)
    SandboxCheckout.objects.filter(pk=first.gateway_id).update(state="open")
    second = start(ben, line, reference="A-1")
    for payment in (second, first):
        pay_checkout(payment.gateway_id)
        settle_payment(payment.pk)

    deliver_all()

    first.refresh_from_db()
    assert first.surplus_of == second
    refund = Refund.objects.get()
    assert (refund.payment, refund.state, refund.amount_minor) == (first, Refund.State.SUCCEEDED, 1900)
    assert refund.reason == "This had been paid already."
    assert (of_kind("creator"), of_kind("platform"), of_kind(Account.Kind.RETURNS)) == (1330, 570, 0)
    assert [balance.total_minor for balance in balances(ada)] == [1330]
    assert [events(name) for name in ("PaymentSucceeded", "SurplusPaid", "SurplusReturned", "RefundSucceeded")] == [1, 1, 1, 0]


def test_a_late_success_closes_the_newer_attempt_so_that_nobody_pays_twice(
    ada: User, ben: User, gateway: FaultyGateway, books_balance: None
) -> None:
    line = share_line(ada, 1900)
    first = start(ben, line, reference="A-1")
    gateway.answers["close_checkout"] = lambda checkout: replace(checkout, state="cancelled")
    cancel_payment(first)
    gateway.answers.clear()
    SandboxCheckout.objects.filter(pk=first.gateway_id).update(state="open")
    second = start(ben, line, reference="A-1")
    pay_checkout(first.gateway_id)
    settle_payment(first.pk)

    deliver_all()

    second.refresh_from_db()
    assert second.state == Payment.State.CANCELLED
    assert SandboxCheckout.objects.get(pk=second.gateway_id).state == "cancelled"


def test_what_was_sold_is_found_by_its_reference(ada: User, ben: User) -> None:
    payment = sell(ben, share_line(ada), reference="A-7")

    assert list(Payment.objects.counting().filter(reference="A-7")) == [payment]
    assert list(Payment.objects.of(ben)) == [payment]
