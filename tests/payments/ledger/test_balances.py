from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import User
from payments.ledger.models import Entry
from payments.ledger.selectors import balances, history, holds
from payments.services.refunds import refund_lines
from tests.payments.sales import sell, share_line

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books_balance")]

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def figures(user: User) -> list[tuple[str, int, int, int]]:
    return [(b.currency, b.total_minor, b.available_minor, b.on_hold_minor) for b in balances(user)]


def test_a_sale_is_on_hold_for_seven_days_and_then_available(ada: User, ben: User) -> None:  # R102, R114
    with time_machine.travel(NOON, tick=False):
        sell(ben, share_line(ada, 1900))
        (balance,) = balances(ada)
        assert figures(ada) == [("EUR", 1330, 0, 1330)]
        assert balance.next_release_at == NOON + timedelta(days=7)
    with time_machine.travel(NOON + timedelta(days=7, seconds=-1), tick=False):
        assert figures(ada) == [("EUR", 1330, 0, 1330)]
    with time_machine.travel(NOON + timedelta(days=7), tick=False):
        assert figures(ada) == [("EUR", 1330, 1330, 0)]
        assert balances(ada)[0].next_release_at is None


def test_the_hold_counts_from_when_the_gateway_was_paid_not_from_when_we_heard(ada: User, ben: User) -> None:
    with time_machine.travel(NOON, tick=False):
        sell(ben, share_line(ada, 1900), at=NOON - timedelta(days=3))

        assert balances(ada)[0].next_release_at == NOON + timedelta(days=4)


def test_every_currency_has_a_balance_of_its_own(ada: User, ben: User) -> None:
    sell(ben, share_line(ada, 1000))
    sell(ben, share_line(ada, 500), currency="JPY")

    assert figures(ada) == [("EUR", 700, 0, 700), ("JPY", 350, 0, 350)]


def test_each_creator_of_one_payment_gets_her_own_share(ada: User, ben: User, cleo: User) -> None:
    sell(ben, share_line(ada, 1000), share_line(cleo, 2000, fee_bps=1000))

    assert figures(ada) == [("EUR", 700, 0, 700)]
    assert figures(cleo) == [("EUR", 1800, 0, 1800)]
    assert figures(ben) == []


def test_the_refund_of_a_sale_on_hold_comes_out_of_the_hold(ada: User, ben: User) -> None:
    with time_machine.travel(NOON, tick=False):
        kept, returned = share_line(ada, 1000), share_line(ada, 2000)
        sell(ben, kept)
        payment = sell(ben, returned)
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        refund_lines(payment, amounts={returned.reference: 2000}, key="r1", reason="", by=None)
        assert figures(ada) == [("EUR", 700, 0, 700)]
    with time_machine.travel(NOON + timedelta(days=7), tick=False):
        assert figures(ada) == [("EUR", 700, 700, 0)]


def test_the_refund_of_a_released_sale_comes_out_of_what_is_available_even_below_zero(ada: User, ben: User) -> None:
    line = share_line(ada, 1000)
    with time_machine.travel(NOON, tick=False):
        payment = sell(ben, line)
    with time_machine.travel(NOON + timedelta(days=8), tick=False):
        sell(ben, share_line(ada, 100))
        refund_lines(payment, amounts={line.reference: 400}, key="r1", reason="", by=None)
        assert figures(ada) == [("EUR", 490, 420, 70)]
        refund_lines(payment, amounts={line.reference: 600}, key="r2", reason="", by=None)
        assert figures(ada) == [("EUR", 70, 0, 70)]


def test_available_is_the_same_whether_the_refund_comes_before_or_after_the_release(ada: User, ben: User) -> None:
    lines = [share_line(ada, 1000), share_line(ada, 1000)]
    with time_machine.travel(NOON, tick=False):
        payments = [sell(ben, line) for line in lines]
    for days, payment, line in zip((3, 9), payments, lines, strict=True):
        with time_machine.travel(NOON + timedelta(days=days), tick=False):
            refund_lines(payment, amounts={line.reference: 333}, key=f"after {days}", reason="", by=None)
    with time_machine.travel(NOON + timedelta(days=10), tick=False):
        assert figures(ada) == [("EUR", 2 * (700 - 233), 2 * (700 - 233), 0)]


def test_holds_are_listed_by_the_day_that_ends_them_without_what_was_refunded(ada: User, ben: User) -> None:
    refunded = share_line(ada, 5000)
    with time_machine.travel(NOON, tick=False):
        sell(ben, share_line(ada, 1000))
        payment = sell(ben, refunded, at=NOON - timedelta(days=1))
        sell(ben, share_line(ada, 2000), at=NOON - timedelta(hours=1))
        refund_lines(payment, amounts={refunded.reference: 5000}, key="r1", reason="", by=None)

        assert [(str(hold.day), hold.amount_minor) for hold in holds(ada)] == [("2026-11-09", 2100)]
        assert balances(ada)[0].next_release_at == NOON + timedelta(days=7, hours=-1)


def test_history_is_newest_first_and_only_ones_own(ada: User, ben: User, cleo: User, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]  # R106
    line = share_line(ada, 1000)
    with time_machine.travel(NOON, tick=False):
        payment = sell(ben, line, share_line(cleo, 700))
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        refund_lines(payment, amounts={line.reference: 100}, key="r1", reason="", by=None)
        sell(ben, share_line(ada, 3000))

    with django_assert_num_queries(1):
        mine = [(entry.transaction.kind, entry.amount_minor, entry.account.currency) for entry in history(ada)]

    assert mine == [("sale", 2100, "EUR"), ("refund", -70, "EUR"), ("sale", 700, "EUR")]
    assert not Entry.objects.filter(account__owner=ben).exists()
