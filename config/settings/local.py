"""What `make run` uses: the whole product on one machine, nothing to sign up for."""

import logging

from config.settings.base import *
from kit.logging import logging_settings

LOGGING = logging_settings(readable=True, level=LOG_LEVEL)
# The sweeps run every few seconds; a person at a terminal wants to see requests and faults.
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *ALLOWED_HOSTS]
