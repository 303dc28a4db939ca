"""How the sandbox bank tells the site what happened: over real HTTP, signed, tried again when it is not taken."""

from __future__ import annotations

import json

import httpx
from django.conf import settings
from django.urls import reverse

from kit.jobs import enqueue
from payments.gateways.models import SandboxCheckout, SandboxEvent, SandboxWebhookAttempt
from payments.gateways.models.sandbox import new_id
from payments.gateways.signatures import sign

SIGNATURE_HEADER = "Sandbox-Signature"
SEND_JOB = "payments.gateways.send_sandbox_webhook"
SECONDS = 5.0


class NotTaken(Exception):
    """The site did not answer with 2xx: tell it again later."""


def tell(checkout: SandboxCheckout, *kinds: str, subject: str = "checkout", subject_id: str = "") -> list[SandboxEvent]:
    """Write down what happened, in order, and send it the way this checkout was told to: once, twice, shuffled or never.

    Part of the caller's transaction; sent after the commit.
    """
    events = [_write(checkout, kind, subject, subject_id or checkout.pk) for kind in kinds]
    if checkout.webhooks == SandboxCheckout.Webhooks.NEVER:
        return events
    order = events[::-1] if checkout.webhooks == SandboxCheckout.Webhooks.SHUFFLED else events
    copies = 2 if checkout.webhooks == SandboxCheckout.Webhooks.TWICE else 1
    for copy in range(copies):
        for event in order:
            enqueue(SEND_JOB, key=f"{SEND_JOB}:{event.pk}:{copy}", params={"event": event.pk})
    return events


def send_event(event_id: str) -> SandboxWebhookAttempt:
    """Post an event to the site. Raises `NotTaken` unless it answers with 2xx."""
    event = SandboxEvent.objects.get(pk=event_id)
    body = event.body.encode()
    attempt = SandboxWebhookAttempt(event=event)
    headers = {"Content-Type": "application/json", SIGNATURE_HEADER: sign(body, secret=settings.SANDBOX_WEBHOOK_SECRET)}
    try:
        answer = httpx.post(
            settings.SITE_URL + reverse("webhook", args=["sandbox"]), content=body, headers=headers, timeout=SECONDS, trust_env=False
        )
        attempt.status = answer.status_code
    except httpx.HTTPError as error:
        attempt.error = f"{type(error).__name__}: {error}"[:200]
    attempt.save()
    if attempt.status is None or not 200 <= attempt.status < 300:
        raise NotTaken(attempt.error or f"answered {attempt.status}")
    return attempt


def _write(checkout: SandboxCheckout, kind: str, subject: str, subject_id: str) -> SandboxEvent:
    event = SandboxEvent(pk=new_id("ev"), checkout=checkout, kind=kind)
    event.body = json.dumps({"id": event.pk, "type": kind, "object": {"kind": subject, "id": subject_id}})
    event.save(force_insert=True)
    return event
