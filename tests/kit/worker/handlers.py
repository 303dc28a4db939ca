"""What the worker does in these tests. It meets the test through lists in Valkey, so that neither has to guess when."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from redis import Redis

from kit.events import Event, subscribe
from kit.jobs import job_handler
from kit.jobs.models import Job

STEPS = 5
PATIENCE = 60
"""Seconds that a handler waits for the test before it takes the test for dead."""


@dataclass(frozen=True, kw_only=True)
class LetterPosted(Event):
    event_name = "tests.LetterPosted"

    number: int
    place: str


def meeting_point() -> Any:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE + 5)


def stop_here(place: str) -> None:
    """Say which process has got here, and wait for the test's word (or for the end)."""
    valkey = meeting_point()
    valkey.rpush(f"{place}:here", os.getpid())
    valkey.blpop([f"{place}:go"], timeout=PATIENCE)


@subscribe(LetterPosted, name="tests.stamp")
def stamp(event: LetterPosted) -> None:
    Group.objects.create(name=f"stamped {event.number} ({Group.objects.filter(name__startswith=f'stamped {event.number} ').count() + 1})")
    if event.place and not meeting_point().get(f"{event.place}:open"):
        stop_here(event.place)


@subscribe(LetterPosted, name="tests.weigh")
def weigh(event: LetterPosted) -> None:
    if Group.objects.filter(name="the scales are broken").exists():
        raise ValueError("the scales are broken")
    Group.objects.create(name=f"weighed {event.number}")


@job_handler("tests.print", queue="press", max_attempts=6)
def print_sheets(job: Job) -> None:
    for sheet in range(job.checkpoint.get("printed", 0), STEPS):
        if sheet == job.params.get("stop_at") and job.attempt == 1:
            stop_here(job.params["place"])
        with transaction.atomic():
            Group.objects.create(name=f"{job.key}: sheet {sheet} in try {job.attempt}")
            job.heartbeat(checkpoint={"printed": sheet + 1}, progress=(sheet + 1) * 20)
