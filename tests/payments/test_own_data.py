from __future__ import annotations

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from accounts.closing import obstacles_of
from accounts.data_export import exporters
from accounts.models import User
from payments.gateways.models import SandboxCheckout
from payments.gateways.services.sandbox_checkouts import Outcome, choose_outcome
from payments.services.refunds import refund_lines
from payments.services.settle import settle_payment
from tests.payments.sales import sell, share_line, start

pytestmark = pytest.mark.django_db


def test_ones_payments_and_earnings_are_in_the_archive_and_nobody_elses(ada: User, ben: User, cleo: User) -> None:
    line = share_line(ada, 1900)
    payment = sell(ben, line, reference="A-1")
    refund_lines(payment, amounts={line.reference: 100}, key="r", reason="A page is missing", by=None)

    (paid,) = exporters()["payments"](ben)
    earned = list(exporters()["earnings"](ada))

    assert (paid["reference"], paid["amount_minor"], paid["refunds"][0]["reason"]) == ("A-1", 1900, "A page is missing")
    assert [(entry["what"], entry["amount_minor"]) for entry in earned] == [("refund", -70), ("sale", 1330)]
    assert json.dumps([paid, *earned], cls=DjangoJSONEncoder)
    assert not list(exporters()["payments"](cleo))
    assert not list(exporters()["earnings"](ben))


def test_who_is_still_owed_money_is_told_before_the_account_is_closed(ada: User, ben: User) -> None:
    line = share_line(ada, 1900)
    payment = sell(ben, line)
    assert any("You are still owed €13.30" in sentence for sentence in obstacles_of(ada))

    refund_lines(payment, amounts={line.reference: 1900}, key="r", reason="", by=None)

    assert not obstacles_of(ada)
    assert not obstacles_of(ben)


def test_an_account_is_not_closed_while_its_bank_is_checking_a_payment(ada: User, ben: User) -> None:
    payment = start(ben, share_line(ada))
    assert not obstacles_of(ben)

    choose_outcome(SandboxCheckout.objects.get(), outcome=Outcome.LATE, webhooks="never")
    settle_payment(payment.pk)

    assert any("still checking a payment" in sentence for sentence in obstacles_of(ben))
