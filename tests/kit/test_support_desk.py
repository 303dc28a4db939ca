"""The admin of events and jobs: what support sees, and what it can do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from kit.events.models import Delivery, OutboxEvent
from kit.jobs import enqueue, registry
from kit.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, mo: Any) -> Client:
    mo.is_superuser = True
    mo.save()
    client.force_login(mo)
    return client


def dead_letters(count: int) -> list[Delivery]:
    events = OutboxEvent.objects.bulk_create(OutboxEvent(name="tests.BellRang", payload={"bell": n}) for n in range(count))
    return Delivery.objects.bulk_create(
        Delivery(event=event, handler="tests.ring", state="dead", attempts=12, due_at=Now(), sent_at=Now(), last_error="<b>no rope</b>")
        for event in events
    )


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Job]]:
    monkeypatch.setattr(registry, "_handlers", dict(registry._handlers))
    registry.job_handler("tests.job")(lambda job: None)

    def make(count: int) -> list[Job]:
        jobs = [enqueue("tests.job", key=f"job {number}", owner="user:1") for number in range(count)]
        Job.objects.update(state="failed", error="<b>no ink</b>", ended_at=Now(), attempt=5)
        return jobs

    return make


def page(client: Client, name: str, *args: Any, **query: str) -> str:
    response = client.get(reverse(f"admin:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_dead_letters_are_found_read_and_sent_again(desk: Client) -> None:
    letters = dead_letters(2)
    listed = page(desk, "events_delivery_changelist", state__exact="dead", q="rope")
    assert listed.count("tests.ring") >= 2
    shown = page(desk, "events_delivery_change", letters[0].pk)
    assert "&lt;b&gt;no rope&lt;/b&gt;" in shown
    assert not re.search(r'<(input|select|textarea)[^>]+name="(state|last_error|attempts)"', shown)
    desk.post(reverse("admin:events_delivery_changelist"), {"action": "send_again", "_selected_action": [letters[0].pk]})
    assert [row.state for row in Delivery.objects.order_by("pk")] == ["pending", "dead"]


def test_a_delivered_event_is_not_sent_again_by_choosing_it(desk: Client) -> None:
    letter = dead_letters(1)[0]
    Delivery.objects.update(state="delivered", delivered_at=Now())
    desk.post(reverse("admin:events_delivery_changelist"), {"action": "send_again", "_selected_action": [letter.pk]})
    assert Delivery.objects.get().state == "delivered"


def test_an_event_shows_who_has_heard_of_it(desk: Client) -> None:
    letter = dead_letters(1)[0]
    shown = page(desk, "events_outboxevent_change", letter.event_id)
    assert "tests.BellRang" in shown
    assert "tests.ring" in shown


def test_jobs_are_stopped_and_tried_again(desk: Client, failed: Callable[[int], list[Job]]) -> None:
    jobs = failed(2)
    assert "&lt;b&gt;no ink&lt;/b&gt;" in page(desk, "jobs_job_change", jobs[0].pk)
    assert "job 1" in page(desk, "jobs_job_changelist", q="ink")
    desk.post(reverse("admin:jobs_job_changelist"), {"action": "try_again", "_selected_action": [jobs[0].pk]})
    assert Job.objects.get(pk=jobs[0].pk).state == "queued"
    desk.post(reverse("admin:jobs_job_changelist"), {"action": "stop", "_selected_action": [jobs[0].pk]})
    assert Job.objects.get(pk=jobs[0].pk).state == "cancelled"
    assert Job.objects.get(pk=jobs[1].pk).state == "failed"


@pytest.mark.parametrize(("kind", "fields"), [("events_delivery", "state"), ("events_outboxevent", "name"), ("jobs_job", "state")])
def test_nothing_can_be_added_changed_or_deleted_by_hand(desk: Client, failed: Callable[[int], list[Job]], kind: str, fields: str) -> None:
    rows: dict[str, Any] = {"jobs_job": failed(1)[0]}
    rows["events_delivery"] = dead_letters(1)[0]
    rows["events_outboxevent"] = rows["events_delivery"].event
    pk = rows[kind].pk
    assert desk.get(reverse(f"admin:{kind}_add")).status_code == 403
    assert desk.post(reverse(f"admin:{kind}_change", args=[pk]), {fields: "x"}).status_code == 403
    assert desk.post(reverse(f"admin:{kind}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    desk.post(reverse(f"admin:{kind}_changelist"), {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    rows[kind].refresh_from_db()


def test_staff_who_may_only_look_cannot_send_again(client: Client, mo: Any) -> None:
    mo.is_superuser = False
    mo.save()
    mo.user_permissions.add(Permission.objects.get(codename="view_delivery"))
    client.force_login(mo)
    letter = dead_letters(1)[0]
    assert "tests.ring" in page(client, "events_delivery_changelist")
    client.post(reverse("admin:events_delivery_changelist"), {"action": "send_again", "_selected_action": [letter.pk]})
    assert Delivery.objects.get().state == "dead"
    mo.user_permissions.add(Permission.objects.get(codename="change_delivery"))
    client.post(reverse("admin:events_delivery_changelist"), {"action": "send_again", "_selected_action": [letter.pk]})
    assert Delivery.objects.get().state == "pending"


@pytest.mark.parametrize("name", ["events_delivery_changelist", "events_outboxevent_changelist", "jobs_job_changelist"])
def test_a_long_list_costs_what_a_short_one_costs(
    desk: Client, failed: Callable[[int], list[Job]], name: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    dead_letters(1), failed(1)
    page(desk, name)
    with django_assert_max_num_queries(12) as few:
        page(desk, name)
    dead_letters(30)
    for number in range(30):
        enqueue("tests.job", key=f"more {number}")
    with django_assert_num_queries(len(few)):
        page(desk, name)
