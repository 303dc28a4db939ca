from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from courses.models import Course
from tests.factories.courses import make_course


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, title="Letters that hold", modules=2, lessons=2, quiz=True)


@pytest.fixture
def teacher(ada: User) -> Client:
    """ada, signed in."""
    client = Client()
    client.force_login(ada, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client
