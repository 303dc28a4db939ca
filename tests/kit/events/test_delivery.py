from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from kit.events import PublishedOutsideTransaction, publish
from kit.events import delivery as delivering
from kit.events.delivery import back_off, deliver, prune_events, resend_delivery, sweep
from kit.events.models import Delivery, OutboxEvent
from kit.events.registry import DoubleSubscription
from kit.events.testing import deliver_all
from tests.kit.events.conftest import BellRang, only_delivery

Listen = Callable[..., Any]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What goes to the broker."""
    hints: list[int] = []
    monkeypatch.setattr("kit.events.publishing.send_hints", hints.extend)
    monkeypatch.setattr(delivering, "send_hints", hints.extend)
    return hints


# --- Publishing --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_an_event_cannot_be_published_outside_a_transaction(listen: Listen) -> None:
    with pytest.raises(PublishedOutsideTransaction):
        publish(BellRang(bell=1))
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_is_committed_with_what_it_tells_of_and_sent_afterwards(listen: Listen, sent: list[int]) -> None:
    listen(lambda event: None)
    with transaction.atomic():
        Group.objects.create(name="told of")
        publish(BellRang(bell=1))
        assert sent == []
    assert sent == [only_delivery().pk]


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_rolled_back_never_happened(listen: Listen, sent: list[int]) -> None:
    listen(lambda event: None)

    def fail() -> None:
        with transaction.atomic():
            publish(BellRang(bell=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert sent == []
    assert not OutboxEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_dead_broker_fails_nobody_who_publishes(listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    listen(lambda event: None)
    monkeypatch.setattr("celery.app.base.Celery.send_task", refuse)
    with transaction.atomic():
        publish(BellRang(bell=1))
    assert only_delivery().state == Delivery.State.PENDING


@pytest.mark.django_db
def test_each_handler_gets_a_delivery_of_its_own(listen: Listen) -> None:
    heard: list[tuple[str, int]] = []
    listen(lambda event: heard.append(("one", event.bell)), name="tests.one")
    listen(lambda event: heard.append(("two", event.bell)), name="tests.two")
    publish(BellRang(bell=7))
    assert set(Delivery.objects.values_list("handler", flat=True)) == {"tests.one", "tests.two"}
    assert deliver_all() == 2
    assert heard == [("one", 7), ("two", 7)]


@pytest.mark.django_db
def test_an_event_that_nobody_hears_is_still_written_down() -> None:
    publish(BellRang(bell=1))
    assert OutboxEvent.objects.get().payload == {"bell": 1, "loudly": False}
    assert deliver_all() == 0


def test_two_handlers_cannot_have_one_name(listen: Listen) -> None:
    listen(lambda event: None, name="tests.same")
    other = compile("def handler(event): pass", "another_file.py", "exec")
    names: dict[str, Any] = {}
    exec(other, names)
    with pytest.raises(DoubleSubscription):
        listen(names["handler"], name="tests.same")


# --- One effect ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_handler_delivered_twice_has_one_effect(listen: Listen) -> None:
    listen(lambda event: Group.objects.create(name=f"effect {Group.objects.count()}"))
    publish(BellRang(bell=1))
    assert deliver(only_delivery().pk)
    Delivery.objects.update(due_at=Now())
    assert not deliver(only_delivery().pk)
    assert Group.objects.count() == 1


@pytest.mark.django_db
def test_a_handler_s_work_and_its_mark_are_one(listen: Listen, quick: Any) -> None:
    def half(event: BellRang) -> None:
        Group.objects.create(name="half done")
        raise ValueError("no more")

    listen(half)
    publish(BellRang(bell=1))
    assert not deliver(only_delivery().pk)
    assert not Group.objects.exists()
    assert only_delivery().state == Delivery.State.PENDING


@pytest.mark.django_db
def test_a_database_error_in_a_handler_is_a_failed_try_like_any_other(listen: Listen, quick: Any) -> None:
    def clash(event: BellRang) -> None:
        Group.objects.create(name="same")
        Group.objects.create(name="same")

    listen(clash)
    publish(BellRang(bell=1))
    assert not deliver(only_delivery().pk)
    assert "IntegrityError" in only_delivery().last_error
    with pytest.raises(IntegrityError):
        deliver_all()


def race(count: int, work: Callable[[], Any]) -> None:
    ready = threading.Barrier(count)

    def run() -> None:
        try:
            ready.wait(timeout=10)
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)


def published() -> int:
    with transaction.atomic():
        publish(BellRang(bell=1))
    return only_delivery().pk


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_have_one_effect(listen: Listen, sent: list[int]) -> None:
    calls: list[int] = []
    listen(lambda event: calls.append(Group.objects.create(name=f"effect {len(calls)}").pk))
    delivery_id = published()
    race(8, lambda: deliver(delivery_id))
    assert len(calls) == 1
    assert Group.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_many_workers_would_have_many_effects(listen: Listen, sent: list[int]) -> None:
    """The unlocked twin: the race above is one that this test can see."""
    delivery_id = published_to(listen, lambda event: Group.objects.create(name=threading.current_thread().name))
    together = threading.Barrier(4)

    def unlocked() -> None:
        row = Delivery.objects.select_related("event").get(pk=delivery_id)
        assert row.state == Delivery.State.PENDING
        together.wait(timeout=10)
        Group.objects.create(name=threading.current_thread().name)
        Delivery.objects.filter(pk=delivery_id).update(state=Delivery.State.DELIVERED, delivered_at=Now())

    race(4, unlocked)
    assert Group.objects.count() == 4


def published_to(listen: Listen, handler: Callable[[BellRang], Any]) -> int:
    listen(handler)
    return published()


@pytest.mark.django_db(transaction=True)
def test_a_slow_worker_that_was_taken_for_dead_leaves_no_effect(listen: Listen, sent: list[int], quick: Any) -> None:
    """The first try outlives its lease without holding the row; the second delivers; the first is refused."""
    tries: list[int] = []

    def slow(event: BellRang) -> None:
        tries.append(1)
        if len(tries) == 1:
            assert deliver(delivery_id)
        Group.objects.create(name=f"try {len(tries)} by {event.bell}")

    listen(slow, atomic=False)
    delivery_id = published()
    assert not deliver(delivery_id)
    assert only_delivery().attempts == 2
    assert only_delivery().state == Delivery.State.DELIVERED


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_being_delivered_is_passed_by(listen: Listen, sent: list[int], quick: Any) -> None:
    seen: list[bool] = []

    def look(event: BellRang) -> None:
        # The lease is over at once (see `quick`), and still nobody else gets in: the row is locked.
        thread = threading.Thread(target=lambda: (seen.append(deliver(delivery_id)), connection.close()))
        thread.start()
        thread.join(timeout=10)

    listen(look)
    delivery_id = published()
    assert deliver(delivery_id)
    assert seen == [False]
    assert only_delivery().attempts == 1


# --- Failing, and trying again -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_failing_handler_is_tried_again_later_and_later(listen: Listen, settings: Any) -> None:
    settings.EVENTS_BACKOFF_SECONDS, settings.EVENTS_BACKOFF_MOST_SECONDS = 10, 60
    waits = []
    for attempt in range(1, 8):
        tries = [back_off(attempt) for _ in range(50)]
        waits.append((min(tries), max(tries)))
        longest = min(60, 10 * 2 ** (attempt - 1))
        assert longest / 2 <= min(tries) < max(tries) <= longest
    assert waits[0][1] <= 10
    assert waits[6][0] >= 30

    def fail(event: BellRang) -> None:
        raise ValueError("the mail server is away")

    listen(fail)
    publish(BellRang(bell=1))
    assert not deliver(only_delivery().pk)
    row = Delivery.objects.annotate(now=Now()).get()
    assert timedelta(seconds=4) < row.due_at - row.now <= timedelta(seconds=10)
    assert row.attempts == 1
    assert "the mail server is away" in row.last_error
    # A message that comes too early changes nothing.
    assert not deliver(row.pk)
    assert only_delivery().attempts == 1


@pytest.mark.django_db
def test_a_handler_that_recovers_is_delivered(listen: Listen, quick: Any) -> None:
    calls: list[int] = []

    def flaky(event: BellRang) -> None:
        calls.append(1)
        if len(calls) < 3:
            raise ValueError("not yet")

    listen(flaky)
    publish(BellRang(bell=1))
    assert [deliver(only_delivery().pk) for _ in range(3)] == [False, False, True]
    assert only_delivery().last_error == ""
    assert only_delivery().delivered_at is not None


@pytest.mark.django_db
def test_after_the_last_try_a_delivery_is_a_dead_letter_and_can_be_sent_again(listen: Listen, quick: Any, mo: Any) -> None:
    broken = True

    def handler(event: BellRang) -> None:
        if broken:
            raise ValueError("still broken")
        Group.objects.create(name="done at last")

    listen(handler)
    publish(BellRang(bell=1))
    for _ in range(5):
        deliver(only_delivery().pk)
    row = only_delivery()
    assert (row.state, row.attempts) == (Delivery.State.DEAD, 3)
    assert "still broken" in row.last_error
    broken = False
    assert resend_delivery(row, by=mo)
    assert not resend_delivery(row, by=mo)
    assert deliver(row.pk)
    assert Group.objects.filter(name="done at last").exists()


@pytest.mark.django_db
def test_a_handler_that_kills_its_worker_ends_as_a_dead_letter_too(listen: Listen, quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(claim: Any) -> None:
        raise KeyboardInterrupt  # passes every `except Exception`, as a killed process would

    monkeypatch.setattr(delivering, "_run", die)
    listen(lambda event: None)
    publish(BellRang(bell=1))
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            deliver(only_delivery().pk)
    assert not deliver(only_delivery().pk)
    assert only_delivery().state == Delivery.State.DEAD
    assert "worker was lost" in only_delivery().last_error


@pytest.mark.django_db
def test_a_handler_that_does_not_exist_makes_a_dead_letter_with_the_reason(listen: Listen) -> None:
    listen(lambda event: None)
    publish(BellRang(bell=1))
    Delivery.objects.update(handler="tests.was_removed")
    assert not deliver(only_delivery().pk)
    assert only_delivery().state == Delivery.State.DEAD
    assert only_delivery().last_error == "There is no handler called tests.was_removed."


@pytest.mark.django_db
def test_a_handler_that_moved_is_found_by_its_old_name(listen: Listen) -> None:
    heard: list[int] = []
    listen(lambda event: heard.append(event.bell), name="tests.new_place", aliases=["tests.old_place"])
    publish(BellRang(bell=3))
    Delivery.objects.update(handler="tests.old_place")
    assert deliver_all() == 1
    assert heard == [3]


@pytest.mark.django_db
def test_an_event_that_no_longer_fits_its_class_makes_a_dead_letter(listen: Listen) -> None:
    listen(lambda event: None)
    publish(BellRang(bell=1))
    OutboxEvent.objects.update(payload={"loudly": True})
    assert not deliver(only_delivery().pk)
    assert only_delivery().state == Delivery.State.DEAD
    assert "tests.BellRang" in only_delivery().last_error


# --- Sweeping and pruning ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_sweep_sends_what_lost_its_message_but_not_what_is_on_its_way(listen: Listen, sent: list[int], settings: Any) -> None:
    listen(lambda event: None)
    publish(BellRang(bell=1))
    assert sweep() == 0
    Delivery.objects.update(due_at=Now() - timedelta(seconds=31), sent_at=Now() - timedelta(seconds=31))
    assert sweep() == 1
    assert sent == [only_delivery().pk]
    # Sent a moment ago: not again, until twice as long has passed.
    assert sweep() == 0
    Delivery.objects.update(due_at=Now() - timedelta(seconds=75), sent_at=Now() - timedelta(seconds=40))
    assert sweep() == 0
    Delivery.objects.update(due_at=Now() - timedelta(seconds=105), sent_at=Now() - timedelta(seconds=68))
    assert sweep() == 1


@pytest.mark.django_db
def test_the_sweep_sends_a_retry_as_soon_as_it_is_due(listen: Listen, sent: list[int]) -> None:
    listen(lambda event: None)
    publish(BellRang(bell=1))
    Delivery.objects.update(due_at=Now() + timedelta(seconds=5))
    assert sweep() == 0
    Delivery.objects.update(due_at=Now() - timedelta(seconds=1), sent_at=Now() - timedelta(seconds=3))
    assert sweep() == 1


@pytest.mark.django_db
def test_the_sweep_leaves_what_is_delivered_or_dead(listen: Listen, sent: list[int], quick: Any) -> None:
    listen(lambda event: None)
    publish(BellRang(bell=1))
    deliver_all()
    publish(BellRang(bell=2))
    Delivery.objects.filter(state=Delivery.State.PENDING).update(state=Delivery.State.DEAD, last_error="given up")
    Delivery.objects.update(due_at=Now() - timedelta(hours=1), sent_at=Now() - timedelta(hours=1))
    assert sweep() == 0


@pytest.mark.django_db
def test_old_events_that_everybody_heard_are_pruned_and_dead_letters_are_kept(listen: Listen) -> None:
    listen(lambda event: None)
    for bell in (1, 2, 3):
        publish(BellRang(bell=bell))
    deliver_all()
    old, dead, young = OutboxEvent.objects.order_by("pk")
    OutboxEvent.objects.filter(pk__in=[old.pk, dead.pk]).update(published_at=Now() - timedelta(days=91))
    Delivery.objects.filter(event=dead).update(state=Delivery.State.DEAD, last_error="x", delivered_at=None)
    assert prune_events() == 1
    assert set(OutboxEvent.objects.values_list("pk", flat=True)) == {dead.pk, young.pk}


@pytest.mark.django_db
def test_draining_raises_what_a_handler_raises_and_notices_a_circle(listen: Listen) -> None:
    def fail(event: BellRang) -> None:
        raise ZeroDivisionError

    listen(fail, name="tests.fail")
    publish(BellRang(bell=1))
    with pytest.raises(ZeroDivisionError):
        deliver_all()
    Delivery.objects.all().delete()
    listen(lambda event: publish(BellRang(bell=event.bell + 1)), name="tests.fail")
    publish(BellRang(bell=1))
    with pytest.raises(AssertionError, match="circle"):
        deliver_all(at_most=20)
