"""With real Celery workers on real Postgres and Valkey: what happens when they are killed."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse

from kit.events import publish
from kit.events.models import Delivery
from kit.events.publishing import send_hints
from kit.jobs import enqueue
from kit.jobs.models import Job
from tests.kit.worker.conftest import Post
from tests.kit.worker.handlers import STEPS, LetterPosted

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

State = Delivery.State


def post_letter(number: int = 1, place: str = "") -> None:
    with transaction.atomic():
        publish(LetterPosted(number=number, place=place))


def effects(start: str) -> int:
    return Group.objects.filter(name__startswith=start).count()


def all_delivered() -> bool:
    return Delivery.objects.exists() and not Delivery.objects.exclude(state=State.DELIVERED).exists()


def test_an_event_travels_from_commit_to_handler(post: Post) -> None:
    post.start_worker()
    post_letter()
    post.until(all_delivered, "both handlers heard")
    assert (effects("stamped 1"), effects("weighed 1")) == (1, 1)
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_sigkill_between_commit_and_message_loses_nothing(post: Post) -> None:
    died = post.run(
        "import os, signal\n"
        "from django.db import transaction\n"
        "from kit.events import publish\n"
        "from tests.kit.worker.handlers import LetterPosted\n"
        "with transaction.atomic():\n"
        "    transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "    publish(LetterPosted(number=1, place=''))\n"
    )
    assert died == -signal.SIGKILL
    assert Delivery.objects.filter(state=State.PENDING).count() == 2
    assert post.messages() == 0
    post.start_worker()
    post.until(all_delivered, "the sweep found what was never sent")
    assert (effects("stamped 1"), effects("weighed 1")) == (1, 1)


def test_sigkill_of_the_worker_in_the_middle_of_a_handler_loses_nothing_and_doubles_nothing(post: Post) -> None:
    worker = post.start_worker()
    post_letter(place=post.place)
    post.arrived()  # the handler has written its row, and not yet committed
    post.kill(worker)
    assert effects("stamped 1") == 0
    post.open_the_place()
    post.start_worker()
    post.until(all_delivered, "the second worker delivered")
    assert effects("stamped 1") == 1
    assert Delivery.objects.get(handler="tests.stamp").attempts == 2


def test_sigkill_of_one_pool_process_loses_nothing_and_doubles_nothing(post: Post) -> None:
    post.start_worker()
    post_letter(place=post.place)
    os.kill(post.arrived(), signal.SIGKILL)
    post.open_the_place()
    post.until(all_delivered, "the same worker delivered in another process")
    assert effects("stamped 1") == 1


def test_a_handler_delivered_many_times_has_one_effect(post: Post) -> None:
    post_letter(place=post.place)
    delivery = Delivery.objects.get(handler="tests.stamp")
    send_hints([delivery.pk] * 20)
    post.start_worker()
    post.start_worker()
    post.arrived()
    send_hints([delivery.pk] * 20)
    post.open_the_place()
    post.until(lambda: all_delivered() and post.messages() == 0, "all copies were read")
    assert effects("stamped 1") == 1


def test_a_failing_handler_is_retried_then_dead_and_can_be_sent_again_from_the_admin(post: Post, client: Client, mo: Any) -> None:
    Group.objects.create(name="the scales are broken")
    post.start_worker()
    post_letter()
    post.until(lambda: Delivery.objects.filter(handler="tests.weigh", state=State.DEAD).exists(), "the last try failed")
    dead = Delivery.objects.get(handler="tests.weigh")
    assert dead.attempts == 5
    assert "the scales are broken" in dead.last_error
    assert Delivery.objects.get(handler="tests.stamp").state == State.DELIVERED

    Group.objects.filter(name="the scales are broken").delete()
    mo.is_superuser = True
    mo.save()
    client.force_login(mo)
    admin = reverse("admin:events_delivery_changelist")
    assert "the scales are broken" in client.get(reverse("admin:events_delivery_change", args=[dead.pk])).content.decode()
    answer = client.post(f"{admin}?state__exact=dead", {"action": "send_again", "_selected_action": [dead.pk]}, follow=True)
    assert "1 delivery is on its way again." in answer.content.decode()
    post.until(all_delivered, "it was delivered after the repair")
    assert effects("weighed 1") == 1


def printed(key: str) -> list[str]:
    return sorted(Group.objects.filter(name__startswith=f"{key}: ").values_list("name", flat=True))


def test_a_job_goes_on_from_its_checkpoint_after_sigkill_and_has_each_effect_once(post: Post) -> None:
    with transaction.atomic():
        enqueue("tests.print", key="poster", params={"stop_at": 3, "place": post.place})
    worker = post.start_worker()
    post.arrived()
    assert len(printed("poster")) == 3
    post.kill(worker)
    post.start_worker()
    post.until(lambda: Job.objects.filter(state=Job.State.FINISHED).exists(), "the job was finished by the second worker")
    job = Job.objects.get()
    assert job.attempt == 2
    assert printed("poster") == [f"poster: sheet {sheet} in try {1 if sheet < 3 else 2}" for sheet in range(STEPS)]


def test_what_the_broker_forgot_is_done_all_the_same(post: Post) -> None:
    for number in range(10):
        post_letter(number)
        with transaction.atomic():
            enqueue("tests.print", key=f"poster {number}", owner=f"user:{number % 2}")
    assert post.messages() == 30
    post.empty()
    assert post.messages() == 0
    post.start_worker()
    post.until(lambda: all_delivered() and not Job.objects.exclude(state=Job.State.FINISHED).exists(), "everything was done")
    assert effects("stamped ") == 10
    assert effects("weighed ") == 10
    assert effects("poster ") == 10 * STEPS


def test_workers_killed_again_and_again_lose_nothing_and_double_nothing(post: Post) -> None:
    for number in range(6):
        post_letter(number)
        with transaction.atomic():
            enqueue("tests.print", key=f"poster {number}")
    for done in (3, 8):
        worker = post.start_worker()
        post.until(lambda done=done: effects("") >= done, f"{done} effects")
        post.kill(worker)
        post.empty()
    post.start_worker()
    post.until(lambda: all_delivered() and not Job.objects.exclude(state=Job.State.FINISHED).exists(), "everything was done")
    assert effects("stamped ") == 6
    assert effects("weighed ") == 6
    for number in range(6):
        sheets = [name.partition(" in try")[0] for name in printed(f"poster {number}")]
        assert sheets == [f"poster {number}: sheet {sheet}" for sheet in range(STEPS)]
