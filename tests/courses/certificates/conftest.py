from __future__ import annotations

import pytest

from accounts.models import User
from courses.certificates.models import Certificate
from courses.models import Course
from tests.courses.certificates.finishing import certify
from tests.factories.courses import make_course


@pytest.fixture
def course(ada: User) -> Course:
    return make_course(ada, title="Letters that hold", outcomes=["Draw a letter", "Space a word"])


@pytest.fixture
def certificate(ben: User, course: Course) -> Certificate:
    return certify(ben, course)
