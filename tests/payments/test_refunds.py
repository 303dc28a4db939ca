from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from kit.events.models import OutboxEvent
from kit.events.testing import deliver_all
from kit.money import share
from payments.errors import GatewayRefused, GatewayUnreachable, NotRefundable, RefundKeyTaken, RefundTooLarge, WrongShares
from payments.gateways.models import SandboxCheckout, SandboxRefund
from payments.gateways.services.sandbox_refunds import return_refund
from payments.ledger.models import Entry, Transaction
from payments.ledger.selectors import balances
from payments.models import Payment, Refund
from payments.services.refunding import split_refund
from payments.services.refunds import refund_lines, settle_refund
from payments.services.sweep import sweep_payments
from tests.payments.faulty_gateway import FaultyGateway
from tests.payments.sales import sell, share_line, start
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]


def events(name: str) -> int:
    return OutboxEvent.objects.filter(name=f"payments.{name}").count()


def refund(payment: Payment, minor: int, key: str = "buyer asked", **extra: object) -> Refund:
    reference = payment.lines.order_by("pk").values_list("reference", flat=True)[0]
    return refund_lines(payment, **{"amounts": {reference: minor}, "key": key, "reason": "Changed her mind", "by": None, **extra})


def earned(user: User) -> int:
    return sum(balance.total_minor for balance in balances(user))


def test_a_refund_takes_from_creator_and_site_in_the_stored_proportion(ada: User, ben: User, mo: User) -> None:  # R99
    payment = sell(ben, share_line(ada, 1900))

    sent = refund(payment, 1900, by=mo)

    assert (sent.state, sent.requested_by) == (Refund.State.SUCCEEDED, mo)
    assert SandboxRefund.objects.get(pk=sent.gateway_id).amount_minor == 1900
    assert earned(ada) == 0
    assert sum(Entry.objects.filter(account__kind="platform").values_list("amount_minor", flat=True)) == 0
    assert events("RefundSucceeded") == 1


def test_the_last_partial_refund_takes_the_exact_remainder(ada: User, ben: User) -> None:
    payment = sell(ben, share_line(ada, 1001, fee_bps=3333))

    for number, part in enumerate((334, 333, 333, 1)):
        refund(payment, part, key=f"part {number}")

    line = payment.lines.get()
    assert (line.refunded_minor, line.refundable_minor) == (1001, 0)
    assert earned(ada) == 0


@given(
    amount=st.integers(1, 10_000_000),
    fee_bps=st.integers(0, 10_000),
    parts=st.lists(st.integers(1, 10_000_000), max_size=12),
    failing=st.sets(st.integers(0, 11)),
)
def test_any_sequence_of_partial_refunds_sums_exactly(amount: int, fee_bps: int, parts: list[int], failing: set[int]) -> None:
    platform = share(amount, fee_bps)
    payee = amount - platform
    alive: list[tuple[int, int]] = []
    for number, part in enumerate(parts):
        refunded, payee_refunded = sum(map(sum, alive)), sum(mine for mine, _ in alive)
        wanted = min(part, amount - refunded)
        if not wanted:
            break
        split = split_refund(amount=amount, payee=payee, platform=platform, refunded=refunded, payee_refunded=payee_refunded, wanted=wanted)
        assert sum(split) == wanted
        assert min(split) >= 0
        if number not in failing:
            alive.append(split)
    refunded, payee_refunded = sum(map(sum, alive)), sum(mine for mine, _ in alive)
    if refunded < amount:
        rest = amount - refunded
        alive.append(
            split_refund(amount=amount, payee=payee, platform=platform, refunded=refunded, payee_refunded=payee_refunded, wanted=rest)
        )
    assert [sum(side) for side in zip(*alive, strict=True)] == [payee, platform]


@given(amount=st.integers(1, 100_000), fee_bps=st.integers(0, 10_000), parts=st.lists(st.integers(1, 100_000), max_size=12))
def test_without_failures_each_share_is_within_one_unit_of_its_proportion(amount: int, fee_bps: int, parts: list[int]) -> None:
    platform = share(amount, fee_bps)
    payee, refunded, payee_refunded = amount - platform, 0, 0
    for part in parts:
        wanted = min(part, amount - refunded)
        if not wanted:
            break
        mine, _theirs = split_refund(
            amount=amount, payee=payee, platform=platform, refunded=refunded, payee_refunded=payee_refunded, wanted=wanted
        )
        refunded, payee_refunded = refunded + wanted, payee_refunded + mine
        assert abs(payee_refunded - payee * refunded / amount) <= 1


def test_one_refund_may_take_from_several_lines(ada: User, ben: User, cleo: User) -> None:
    lines = [share_line(ada, 1000), share_line(cleo, 500)]
    payment = sell(ben, *lines)

    sent = refund_lines(payment, amounts={lines[0].reference: 1000, lines[1].reference: 100}, key="r", reason="", by=None)

    assert sent.amount_minor == 1100
    assert (earned(ada), earned(cleo)) == (0, 280)


def test_a_cause_refunds_once(ada: User, ben: User) -> None:  # R110
    payment = sell(ben, share_line(ada, 1900))

    assert refund(payment, 500) == refund(payment, 500)

    assert payment.lines.get().refunded_minor == 500
    with pytest.raises(RefundKeyTaken):
        refund(payment, 501)


def test_more_than_what_is_left_is_refused_and_nothing_changes(ada: User, ben: User) -> None:
    payment = sell(ben, share_line(ada, 1900))
    refund(payment, 1000, key="first")

    with pytest.raises(RefundTooLarge):
        refund(payment, 901, key="second")

    assert payment.lines.get().refunded_minor == 1000
    assert Refund.objects.count() == 1


def test_only_money_that_came_can_go_back(ada: User, ben: User) -> None:
    payment = start(ben, share_line(ada, 1900))

    with pytest.raises(NotRefundable):
        refund(payment, 100)

    assert not Refund.objects.exists()


@pytest.mark.parametrize("amounts", [{}, {"no such line": 1}, {"a": 0}, {"a": -5}])
def test_a_refund_of_nothing_or_of_another_payments_line_is_refused(ada: User, ben: User, amounts: dict[str, int]) -> None:
    payment = sell(ben, share_line(ada, 1900, reference="a"))

    with pytest.raises(WrongShares):
        refund_lines(payment, amounts=amounts, key="r", reason="", by=None)

    assert not Refund.objects.exists()


def test_a_refund_that_the_bank_turns_down_changes_nothing(ada: User, ben: User) -> None:
    payment = sell(ben, share_line(ada, 1900))
    SandboxCheckout.objects.update(refunds_fail=True)

    failed = refund(payment, 1900)

    assert (failed.state, failed.failure) == (Refund.State.FAILED, "The payer's bank does not take money back.")
    assert payment.lines.get().refunded_minor == 0
    assert earned(ada) == 1330
    assert (events("RefundFailed"), events("RefundSucceeded")) == (1, 0)
    SandboxCheckout.objects.update(refunds_fail=False)
    assert refund(payment, 1900, key="again").state == Refund.State.SUCCEEDED


def test_a_refund_that_comes_back_weeks_later_is_reversed(ada: User, ben: User) -> None:
    line = share_line(ada, 1900)
    payment = sell(ben, line)
    sent = refund(payment, 800)
    return_refund(SandboxRefund.objects.get())

    for _again in range(2):
        after = settle_refund(sent.pk)

    assert after.state == Refund.State.FAILED
    assert earned(ada) == 1330
    assert payment.lines.get().refunded_minor == 0
    assert events("RefundFailed") == 1
    assert list(Transaction.objects.order_by("pk").values_list("kind", flat=True)) == ["sale", "fee", "refund", "adjustment"]


def test_a_refund_without_an_answer_is_sent_again_with_the_same_key(ada: User, ben: User, gateway: FaultyGateway) -> None:  # R110
    payment = sell(ben, share_line(ada, 1900))
    gateway.after["send_refund"] = [GatewayUnreachable("time-out")]
    waiting = refund(payment, 1900)
    assert (waiting.state, payment.lines.get().refunded_minor) == (Refund.State.PENDING, 1900)

    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        sweep_payments()

    waiting.refresh_from_db()
    assert waiting.state == Refund.State.SUCCEEDED
    assert SandboxRefund.objects.count() == 1
    assert gateway.keys_of("send_refund") == [str(waiting.pk)] * 2


def test_a_refund_is_not_sent_again_once_the_gateway_has_forgotten_its_key(ada: User, ben: User, gateway: FaultyGateway) -> None:
    payment = sell(ben, share_line(ada, 1900))
    gateway.before["send_refund"] = [GatewayUnreachable("time-out")]
    waiting = refund(payment, 1900)

    with time_machine.travel(timezone.now() + timedelta(hours=24)):
        asked = settle_refund(waiting.pk)

    assert len(gateway.keys_of("send_refund")) == 1
    assert (asked.state, bool(asked.attention)) == (Refund.State.PENDING, True)
    Refund.objects.update(attention="")


def test_a_clear_no_of_the_gateway_fails_the_refund(ada: User, ben: User, gateway: FaultyGateway) -> None:
    payment = sell(ben, share_line(ada, 1900))
    gateway.before["send_refund"] = [GatewayRefused("charge disputed")]

    assert refund(payment, 1900).failure == "charge disputed"

    assert payment.lines.get().refunded_minor == 0


def test_an_answer_about_another_amount_is_kept_for_a_person(ada: User, ben: User, gateway: FaultyGateway) -> None:
    payment = sell(ben, share_line(ada, 1900))
    gateway.answers["send_refund"] = lambda answer: replace(answer, amount_minor=1)

    asked = refund(payment, 1900)

    assert (asked.state, bool(asked.attention)) == (Refund.State.PENDING, True)
    assert earned(ada) == 1330
    Refund.objects.update(attention="")


def test_inside_a_transaction_the_refund_is_decided_and_sent_after_the_commit(ada: User, ben: User, gateway: FaultyGateway) -> None:
    payment = sell(ben, share_line(ada, 1900))

    with transaction.atomic():
        decided = refund(payment, 1900)
        assert decided.state == Refund.State.PENDING
        assert gateway.keys_of("send_refund") == []
    deliver_all()

    decided.refresh_from_db()
    assert decided.state == Refund.State.SUCCEEDED


@pytest.mark.django_db(transaction=True)
def test_sixteen_refunds_at_once_never_send_more_than_there_is(ada: User, ben: User) -> None:
    payment = sell(ben, share_line(ada, 1000))

    results = at_once(*[lambda number=number: refund(payment, 300, key=f"r{number}") for number in range(16)])

    assert sum(isinstance(result, Refund) for result in results) == 3
    assert sum(isinstance(result, RefundTooLarge) for result in results) == 13
    assert sum(SandboxRefund.objects.values_list("amount_minor", flat=True)) == 900


@pytest.mark.django_db(transaction=True)
def test_one_cause_asked_for_by_sixteen_at_once_refunds_once(ada: User, ben: User) -> None:
    payment = sell(ben, share_line(ada, 1000))

    results = at_once(*[lambda: refund(payment, 300)] * 16)

    assert {getattr(result, "pk", result) for result in results} == {Refund.objects.get().pk}
    assert SandboxRefund.objects.get().amount_minor == 300
    assert events("RefundSucceeded") == 1
