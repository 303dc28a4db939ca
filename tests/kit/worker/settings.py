"""What a real worker of these tests runs with: the test's database, queues of its own, and quick retries."""

import os

from config.settings.test import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.kit.worker"]  # noqa: F405
DATABASES["default"]["NAME"] = os.environ["WORKER_DATABASE"]  # noqa: F405
CELERY_BROKER_TRANSPORT_OPTIONS = {**CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": os.environ["WORKER_PREFIX"]}  # noqa: F405
CELERY_BEAT_SCHEDULE = {
    "events-sweep": {"task": "kit.events.sweep", "schedule": 0.3},
    "jobs-sweep": {"task": "kit.jobs.sweep", "schedule": 0.3},
}
EVENTS_MAX_ATTEMPTS = 5
EVENTS_BACKOFF_SECONDS = 0.2
EVENTS_LEASE_SECONDS = 2
EVENTS_RESEND_SECONDS = 1
JOBS_BACKOFF_SECONDS = 0.2
JOBS_LEASE_SECONDS = 2
JOBS_RESEND_SECONDS = 1
