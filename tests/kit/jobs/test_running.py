from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models.functions import Now

from kit.events.models import OutboxEvent
from kit.jobs import GiveUp, KeyTaken, UnknownJob, enqueue, running
from kit.jobs.models import Job
from kit.jobs.running import cancel_job, claim_next, prune_jobs, retry_job, run, sweep, work
from kit.jobs.testing import run_all

Handle = Callable[..., None]
State = Job.State


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the broker."""
    hints: list[str] = []
    monkeypatch.setattr("kit.jobs.enqueueing.send_hints", hints.extend)
    monkeypatch.setattr(running, "send_hints", hints.extend)
    return hints


def only_job() -> Job:
    return Job.objects.get()


def lose_the_worker() -> None:
    Job.objects.filter(state=State.RUNNING).update(lease_until=Now() - timedelta(seconds=1))


def all_due() -> None:
    Job.objects.update(due_at=Now())


# --- Enqueueing ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_job_is_committed_with_its_reason_and_its_message_sent_afterwards(handle: Handle, sent: list[str]) -> None:
    handle(lambda job: None, queue="video")
    with transaction.atomic():
        job = enqueue("tests.job", key="once", params={"video": 5})
        assert sent == []
    assert sent == ["video"]
    assert (job.state, job.params, job.queue) == (State.QUEUED, {"video": 5}, "video")


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_rolled_back_transaction_never_was(handle: Handle, sent: list[str]) -> None:
    handle(lambda job: None)

    def fail() -> None:
        with transaction.atomic():
            enqueue("tests.job", key="once")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not Job.objects.exists()
    assert sent == []


@pytest.mark.django_db
def test_the_same_key_is_the_same_job(handle: Handle) -> None:
    handle(lambda job: None)
    first = enqueue("tests.job", key="once", params={"a": 1})
    again = enqueue("tests.job", key="once", params={"a": 2})
    assert again.pk == first.pk
    assert again.params == {"a": 1}
    assert run_all() == 1
    assert enqueue("tests.job", key="once").state == State.FINISHED
    assert run_all() == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_key_from_many_at_once_is_one_job(handle: Handle, sent: list[str]) -> None:
    handle(lambda job: None)
    ready = threading.Barrier(8)
    got: list[Any] = []

    def ask() -> None:
        try:
            ready.wait(timeout=10)
            got.append(enqueue("tests.job", key="once").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(got) == 8
    assert len(set(got)) == 1
    assert sent == ["default"]


@pytest.mark.django_db
def test_a_key_cannot_change_its_kind_of_job_and_a_job_needs_a_function(handle: Handle) -> None:
    handle(lambda job: None)
    handle(lambda job: None, name="tests.other")
    enqueue("tests.job", key="once")
    with pytest.raises(KeyTaken):
        enqueue("tests.other", key="once")
    with pytest.raises(UnknownJob):
        enqueue("tests.nobody", key="new")


# --- Running -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_job_runs_and_shows_how_far_it_is(handle: Handle) -> None:
    seen: list[tuple[str, int, str]] = []

    def count(job: Job) -> None:
        for step in (1, 2):
            job.heartbeat(checkpoint={"done": step}, progress=step * 30, message=f"Drawing {step} of 2")
            fresh = only_job()
            seen.append((fresh.state, fresh.progress, fresh.message))
            assert fresh.checkpoint == {"done": step}

    handle(count)
    enqueue("tests.job", key="once")
    assert run_all() == 1
    assert seen == [(State.RUNNING, 30, "Drawing 1 of 2"), (State.RUNNING, 60, "Drawing 2 of 2")]
    job = only_job()
    assert (job.state, job.progress, job.attempt, job.lease_until) == (State.FINISHED, 100, 1, None)
    assert job.started_at
    assert job.ended_at
    assert job.has_ended


@pytest.mark.django_db
def test_a_job_goes_on_from_its_checkpoint_when_its_worker_was_lost(handle: Handle, quick: Any) -> None:
    drawn: list[int] = []

    def draw(job: Job) -> None:
        for number in range(job.checkpoint.get("done", 0), 4):
            if number == 2 and job.attempt == 1:
                raise KeyboardInterrupt  # as a killed process: nothing is recorded
            with transaction.atomic():
                Group.objects.create(name=f"picture {number}")
                job.heartbeat(checkpoint={"done": number + 1})
            drawn.append(number)

    handle(draw)
    enqueue("tests.job", key="once")
    with pytest.raises(KeyboardInterrupt):
        work("default")
    assert sweep() == 0
    lose_the_worker()
    assert sweep() == 1
    assert run_all() == 1
    assert drawn == [0, 1, 2, 3]
    assert Group.objects.count() == 4
    assert (only_job().state, only_job().attempt) == (State.FINISHED, 2)


@pytest.mark.django_db
def test_an_effect_that_is_not_in_the_checkpoint_is_not_in_the_database(handle: Handle, quick: Any) -> None:
    def stale(job: Job) -> None:
        Job.objects.update(attempt=job.attempt + 1)  # another worker took over
        with transaction.atomic():
            Group.objects.create(name="by the stale worker")
            job.heartbeat(checkpoint={"done": 1})

    handle(stale)
    enqueue("tests.job", key="once")
    work("default")
    assert not Group.objects.exists()
    assert only_job().checkpoint == {}
    assert only_job().state == State.RUNNING


@pytest.mark.django_db
def test_a_stale_worker_s_late_finish_is_refused(handle: Handle, quick: Any) -> None:
    results: list[str] = []

    def slow(job: Job) -> None:
        results.append(f"try {job.attempt} begins")
        if job.attempt == 1:
            lose_the_worker()
            sweep()
            second = claim_next("default")
            assert second is not None
            second.heartbeat(message="the second is at work")
        # The first try ends here, after the second has begun.

    handle(slow)
    enqueue("tests.job", key="once")
    work("default")
    job = only_job()
    assert (job.state, job.attempt, job.message) == (State.RUNNING, 2, "the second is at work")
    run(job)
    assert only_job().state == State.FINISHED
    assert results == ["try 1 begins", "try 2 begins"]


@pytest.mark.django_db
def test_a_stale_worker_s_late_failure_is_refused(handle: Handle, quick: Any) -> None:
    def fail(job: Job) -> None:
        Job.objects.update(attempt=job.attempt + 1)
        raise ValueError("too late to matter")

    handle(fail)
    enqueue("tests.job", key="once")
    work("default")
    assert (only_job().state, only_job().error) == (State.RUNNING, "")


@pytest.mark.django_db
def test_a_heartbeat_keeps_the_lease(handle: Handle, settings: Any) -> None:
    leases: list[Any] = []

    def beat(job: Job) -> None:
        Job.objects.update(lease_until=Now() + timedelta(seconds=1))
        job.heartbeat()
        leases.append(Job.objects.annotate(now=Now()).get())

    handle(beat, lease=300)
    enqueue("tests.job", key="once")
    run_all()
    assert leases[0].lease_until - leases[0].now > timedelta(seconds=290)


@pytest.mark.django_db
def test_a_failing_job_is_tried_again_and_then_fails_with_its_reason(handle: Handle, quick: Any) -> None:
    def fail(job: Job) -> None:
        raise ValueError(f"no ink in try {job.attempt}")

    handle(fail, max_attempts=2)
    enqueue("tests.job", key="once")
    work("default")
    assert (only_job().state, only_job().attempt) == (State.QUEUED, 1)
    work("default")
    job = only_job()
    assert job.state == State.FAILED
    assert "no ink in try 2" in job.error
    assert OutboxEvent.objects.get().payload == {"job_id": str(job.pk), "name": "tests.job", "key": "once"}
    assert OutboxEvent.objects.get().name == "kit.jobs.JobFailed"


@pytest.mark.django_db
def test_a_retry_waits_for_its_time(handle: Handle, settings: Any) -> None:
    def fail(job: Job) -> None:
        raise ValueError

    handle(fail)
    enqueue("tests.job", key="once")
    work("default")
    assert work("default") is None
    job = Job.objects.annotate(now=Now()).get()
    assert timedelta(seconds=4) < job.due_at - job.now <= timedelta(seconds=10)


@pytest.mark.django_db
def test_a_handler_can_give_up_at_once(handle: Handle) -> None:
    def refuse(job: Job) -> None:
        raise GiveUp("The file is not a video.")

    handle(refuse)
    enqueue("tests.job", key="once")
    work("default")
    assert (only_job().state, only_job().error, only_job().attempt) == (State.FAILED, "The file is not a video.", 1)


@pytest.mark.django_db
def test_a_job_that_loses_each_of_its_workers_fails_in_the_end(handle: Handle) -> None:
    handle(lambda job: None, max_attempts=3)
    enqueue("tests.job", key="once")
    for _ in range(3):
        all_due()
        assert claim_next("default") is not None
        lose_the_worker()
        sweep()
    assert only_job().state == State.FAILED
    assert "worker was lost during try 3" in only_job().error
    assert claim_next("default") is None


@pytest.mark.django_db
def test_a_try_ends_at_its_time_limit(handle: Handle, quick: Any) -> None:
    def endless(job: Job) -> None:
        for _ in range(1000):
            job.heartbeat()

    handle(endless, time_limit=0, max_attempts=1)
    enqueue("tests.job", key="once")
    work("default")
    assert only_job().state == State.FAILED
    assert "longer than its time limit" in only_job().error


@pytest.mark.django_db
def test_a_job_without_its_function_waits_for_a_worker_that_has_it(handle: Handle, quick: Any) -> None:
    handle(lambda job: None)
    enqueue("tests.job", key="once")
    Job.objects.update(name="tests.newer", max_attempts=2)
    work("default")
    assert only_job().state == State.QUEUED
    work("default")
    assert "no function does the job 'tests.newer'" in only_job().error
    assert only_job().state == State.FAILED


# --- Turns ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_jobs_of_one_queue_run_in_the_order_they_came(handle: Handle) -> None:
    order: list[str] = []
    handle(lambda job: order.append(job.key))
    for number in range(5):
        enqueue("tests.job", key=f"job {number}")
    run_all()
    assert order == [f"job {number}" for number in range(5)]


@pytest.mark.django_db
def test_who_has_many_jobs_waiting_does_not_keep_others_from_their_turn(handle: Handle) -> None:
    handle(lambda job: None)
    for number in range(10):
        enqueue("tests.job", key=f"ada {number}", owner="user:ada")
    enqueue("tests.job", key="ben 0", owner="user:ben")
    enqueue("tests.job", key="cleo 0", owner="user:cleo")
    claimed = [claim_next("default") for _ in range(5)]
    assert [job.key for job in claimed if job] == ["ada 0", "ben 0", "cleo 0", "ada 1", "ada 2"]


@pytest.mark.django_db
def test_queues_do_not_mix(handle: Handle) -> None:
    handle(lambda job: None, queue="video")
    enqueue("tests.job", key="once")
    assert claim_next("default") is None
    assert claim_next("video") is not None


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_take_each_job_once(handle: Handle, sent: list[str]) -> None:
    handle(lambda job: None)
    for number in range(12):
        enqueue("tests.job", key=f"job {number}")
    ready = threading.Barrier(6)
    taken: list[str] = []

    def take() -> None:
        try:
            ready.wait(timeout=10)
            while (job := claim_next("default")) is not None:
                taken.append(job.key)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(taken) == sorted(f"job {number}" for number in range(12))


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_many_workers_would_take_the_same_job(handle: Handle, sent: list[str]) -> None:
    """The unlocked twin of the race above."""
    handle(lambda job: None)
    enqueue("tests.job", key="once")
    together = threading.Barrier(4)
    taken: list[str] = []

    def take() -> None:
        try:
            job = Job.objects.filter(state=State.QUEUED).order_by("created_at").first()
            together.wait(timeout=10)
            if job is not None:
                Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempt=1, lease_until=Now())
                taken.append(job.key)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(taken) == 4


# --- Stopping, trying again, sweeping, pruning ----------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_waiting_job_is_cancelled_at_once(handle: Handle, mo: Any) -> None:
    handle(lambda job: None)
    job = enqueue("tests.job", key="once")
    assert cancel_job(job, by=mo)
    assert only_job().state == State.CANCELLED
    assert work("default") is None
    assert not cancel_job(job, by=mo)
    assert OutboxEvent.objects.get().name == "kit.jobs.JobWasCancelled"


@pytest.mark.django_db
def test_a_running_job_stops_at_its_next_heartbeat(handle: Handle) -> None:
    steps: list[int] = []

    def long(job: Job) -> None:
        for step in range(5):
            steps.append(step)
            if step == 1:
                assert cancel_job(job)
            job.heartbeat(progress=step)

    handle(long)
    enqueue("tests.job", key="once")
    run_all()
    assert steps == [0, 1]
    assert only_job().state == State.CANCELLED
    assert only_job().lease_until is None


@pytest.mark.django_db
def test_a_cancelled_job_whose_worker_was_lost_is_not_tried_again(handle: Handle) -> None:
    handle(lambda job: None)
    job = enqueue("tests.job", key="once")
    claim_next("default")
    cancel_job(job)
    lose_the_worker()
    sweep()
    assert only_job().state == State.CANCELLED


@pytest.mark.django_db
def test_a_failed_job_can_be_tried_again_from_its_checkpoint(handle: Handle, mo: Any, quick: Any) -> None:
    broken = True
    begun: list[int] = []

    def do(job: Job) -> None:
        begun.append(job.checkpoint.get("done", 0))
        job.heartbeat(checkpoint={"done": 7})
        if broken:
            raise ValueError

    handle(do, max_attempts=1)
    job = enqueue("tests.job", key="once")
    work("default")
    assert only_job().state == State.FAILED
    broken = False
    assert retry_job(job, by=mo)
    assert not retry_job(job, by=mo)
    run_all()
    assert only_job().state == State.FINISHED
    assert only_job().attempt == 2
    assert begun == [0, 7]


@pytest.mark.django_db
def test_the_sweep_sends_messages_for_what_waits_without_one(handle: Handle, sent: list[str]) -> None:
    handle(lambda job: None, queue="video")
    enqueue("tests.job", key="once")
    assert sweep() == 0
    Job.objects.update(due_at=Now() - timedelta(seconds=31), sent_at=Now() - timedelta(seconds=31))
    assert sweep() == 1
    assert sent == ["video"]
    assert sweep() == 0


@pytest.mark.django_db
def test_old_jobs_that_ended_well_are_pruned_and_failed_ones_are_kept(handle: Handle, quick: Any) -> None:
    def do(job: Job) -> None:
        if "bad" in job.key:
            raise GiveUp("bad")

    handle(do)
    for key in ("old good", "old bad", "young good"):
        enqueue("tests.job", key=key)
    for _ in range(3):
        work("default")
    Job.objects.filter(key__startswith="old").update(ended_at=Now() - timedelta(days=91))
    assert prune_jobs() == 1
    assert set(Job.objects.values_list("key", flat=True)) == {"old bad", "young good"}
