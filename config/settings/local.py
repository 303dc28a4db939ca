"""What `make run` uses: the whole product on one machine, nothing to sign up for."""

import logging

from config.settings.base import *  # noqa: F403

LOGGING = logging_settings(readable=True, level=LOG_LEVEL)  # noqa: F405
# The sweeps run every few seconds; a person at a terminal wants to see requests and faults.
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *ALLOWED_HOSTS]  # noqa: F405
