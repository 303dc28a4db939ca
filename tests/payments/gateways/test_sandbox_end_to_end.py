"""The whole way over real HTTP: the page, the bank's signed webhook, our inbox, the books."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.conf import settings as site
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from kit.events.testing import deliver_all
from kit.jobs.models import Job
from kit.jobs.testing import run_all
from payments.gateways.models import SandboxCheckout, SandboxWebhookAttempt
from payments.gateways.services.sandbox_webhooks import NotTaken, send_event
from payments.ledger.models import Entry
from payments.models import Payment, WebhookEvent
from tests.payments.sales import share_line, start

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_balance")]


@pytest.fixture
def payment(ada: User, ben: User, live_server: LiveServer, settings: Any) -> Payment:
    settings.SITE_URL = live_server.url
    return start(ben, share_line(ada, 1900))


@pytest.fixture
def browser(ben: User, payment: Payment) -> Iterator[httpx.Client]:
    """A client of the real server, signed in as ben."""
    session = Client()
    session.force_login(ben)
    cookies = {site.SESSION_COOKIE_NAME: session.cookies[site.SESSION_COOKIE_NAME].value}
    with httpx.Client(cookies=cookies, trust_env=False) as client:
        yield client


def pay(browser: httpx.Client, payment: Payment, **choice: str) -> httpx.Response:
    browser.get(payment.checkout_url).raise_for_status()
    token = browser.cookies[site.CSRF_COOKIE_NAME]
    form = {"outcome": "pays", "webhooks": "once", **choice, "csrfmiddlewaretoken": token}
    return browser.post(payment.checkout_url, data=form, headers={"Referer": payment.checkout_url})


@pytest.mark.parametrize(("webhooks", "attempts"), [("once", 2), ("twice", 4), ("shuffled", 2)])
def test_a_practice_payment_arrives_in_the_books_by_its_webhook_alone(
    browser: httpx.Client, payment: Payment, webhooks: str, attempts: int
) -> None:  # R94, R109, R126
    answer = pay(browser, payment, webhooks=webhooks)
    assert (answer.status_code, answer.headers["Location"]) == (302, payment.return_url)

    run_all()

    assert list(SandboxWebhookAttempt.objects.values_list("status", flat=True)) == [200] * attempts
    assert WebhookEvent.objects.count() == 2
    deliver_all()
    payment.refresh_from_db()
    assert payment.state == Payment.State.SUCCEEDED
    assert Entry.objects.count() == 5


def test_a_webhook_that_is_not_taken_is_tried_again_later(browser: httpx.Client, payment: Payment, settings: Any) -> None:
    pay(browser, payment)
    right = settings.SANDBOX_WEBHOOK_SECRET
    event = SandboxCheckout.objects.get().events.get(kind="checkout.paid")
    settings.SANDBOX_WEBHOOK_SECRET = ""

    with pytest.raises(NotTaken, match="answered 400"):
        send_event(event.pk)

    settings.SANDBOX_WEBHOOK_SECRET = right
    assert send_event(event.pk).status == 200
    assert list(event.attempts.order_by("pk").values_list("status", flat=True)) == [400, 200]


def test_a_site_that_is_away_is_told_later(browser: httpx.Client, payment: Payment, settings: Any) -> None:
    pay(browser, payment)
    settings.SITE_URL = "http://127.0.0.1:9"  # the discard port: nobody listens

    with pytest.raises(NotTaken, match="ConnectError"):
        run_all()

    job = Job.objects.filter(attempt=1).get()
    assert job.state == Job.State.QUEUED
    assert SandboxWebhookAttempt.objects.get().status is None
