from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.gateways.models import SandboxRefund
from payments.gateways.services.sandbox_checkouts import pay_checkout
from payments.ledger.models import Account, Entry, Transaction
from payments.models import Payment, Refund, WebhookEvent
from payments.services.inbox import receive_webhook
from payments.services.refunds import refund_lines
from tests.factories import make_user
from tests.payments.messages import signed_message
from tests.payments.sales import sell, share_line, start

pytestmark = pytest.mark.django_db

MONEY = [Payment, Refund, WebhookEvent, Account, Transaction, Entry]


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(make_user("root", staff=True, is_superuser=True))
    return client


@pytest.fixture
def sold(ada: User, ben: User) -> Payment:
    line = share_line(ada, 1900)
    payment = sell(ben, line, reference="A-2026-00042")
    refund_lines(payment, amounts={line.reference: 900}, key="r", reason="", by=None)
    body, headers = signed_message("checkout.paid", payment.gateway_id, event_id="evt_42")
    receive_webhook("sandbox", body=body, headers=headers)
    return payment


def url(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.mark.parametrize("model", MONEY)
def test_money_can_be_looked_at_and_nothing_else_even_by_a_superuser(root: Client, sold: Payment, model: Any) -> None:
    row = model.objects.first()
    before = model.objects.count()

    assert root.get(url(model, "changelist")).status_code == 200
    assert root.get(url(model, "change", row.pk)).status_code == 200
    assert root.get(url(model, "add")).status_code == 403
    assert root.post(url(model, "change", row.pk), {}).status_code == 403
    assert root.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    root.post(url(model, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert model.objects.count() == before


@pytest.mark.parametrize(
    ("model", "term", "found"),
    [
        (Payment, "A-2026-00042", 1),
        (Payment, "ben", 1),
        (Payment, "ben@example.com", 1),
        (Payment, "ada", 0),
        (Payment, "A-2026-0004", 0),
        (Refund, "A-2026-00042", 1),
        (Refund, "@ben", 1),
        (WebhookEvent, "evt_42", 1),
        (Entry, "ada", 2),
        (Account, "ada", 1),
        (Transaction, "nothing", 0),
    ],
)
def test_money_is_found_by_reference_id_and_person(root: Client, sold: Payment, model: Any, term: str, found: int) -> None:
    answer = root.get(url(model, "changelist"), {"q": term})

    assert len(answer.context["cl"].result_list) == found


def test_a_payment_is_found_by_each_of_its_ids(root: Client, sold: Payment) -> None:
    for term in (str(sold.pk), sold.gateway_id, sold.gateway_charge_id):
        assert list(root.get(url(Payment, "changelist"), {"q": term}).context["cl"].result_list) == [sold]


@pytest.mark.parametrize("model", MONEY)
def test_lists_ask_as_often_for_many_rows_as_for_one(
    root: Client, ada: User, ben: User, model: Any, django_assert_max_num_queries: Any
) -> None:
    def grow(number: int) -> None:
        for _one in range(number):
            line = share_line(ada, 100)
            payment = sell(ben, line)
            refund_lines(payment, amounts={line.reference: 50}, key=f"r{payment.pk}", reason="", by=None)
            body, headers = signed_message("checkout.paid", payment.gateway_id, event_id=f"evt_{payment.pk}")
            receive_webhook("sandbox", body=body, headers=headers)

    grow(1)
    root.get(url(model, "changelist"))
    with django_assert_max_num_queries(20) as few:
        root.get(url(model, "changelist"))
    grow(12)
    with django_assert_max_num_queries(len(few.captured_queries)):
        root.get(url(model, "changelist"))


def test_staff_can_ask_the_gateway_again(root: Client, ada: User, ben: User) -> None:
    payment = start(ben, share_line(ada))
    pay_checkout(payment.gateway_id)

    root.post(url(Payment, "changelist"), {"action": "ask_again", "_selected_action": [payment.pk]})

    payment.refresh_from_db()
    assert payment.state == Payment.State.SUCCEEDED


def test_staff_can_have_a_waiting_message_handled_now(root: Client, sold: Payment) -> None:
    event = WebhookEvent.objects.get()

    root.post(url(WebhookEvent, "changelist"), {"action": "handle_again", "_selected_action": [event.pk]})

    event.refresh_from_db()
    assert event.state == WebhookEvent.State.HANDLED


def test_what_needs_a_person_can_be_listed(root: Client, sold: Payment, ada: User, ben: User) -> None:
    odd = start(ben, share_line(ada))
    Payment.objects.filter(pk=odd.pk).update(attention="other amount")

    listed = root.get(url(Payment, "changelist"), {"attention": "yes"}).context["cl"].result_list

    assert list(listed) == [odd]


def test_a_returned_refund_can_be_practised(root: Client, sold: Payment) -> None:
    refund = SandboxRefund.objects.get()

    root.post(url(SandboxRefund, "changelist"), {"action": "let_bank_return_it", "_selected_action": [refund.pk]})
    root.post(url(Refund, "changelist"), {"action": "ask_again", "_selected_action": [Refund.objects.get().pk]})

    assert Refund.objects.get().state == Refund.State.FAILED


def test_every_model_with_money_is_in_the_admin_and_read_only() -> None:
    for model, registered in admin.site._registry.items():
        if model._meta.app_label in ("payments", "ledger", "gateways"):
            assert not any(check(None) for check in (registered.has_add_permission, registered.has_change_permission)), model
            assert not registered.has_delete_permission(None), model
