"""The Celery application. Tasks live in each room's tasks.py; schedules in settings."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

app = Celery("atelier")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def use_the_sites_logging(**options: Any) -> None:
    """Workers and beat log as the web server does, instead of in Celery's own way."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
