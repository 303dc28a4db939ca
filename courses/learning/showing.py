"""Who decides whether people without the course may see it: a registry for whoever sells courses.

A course with a published version can be learned by those who have it, whatever becomes of its listing. Its free lessons and its
outline are for everybody only while nobody above objects.
"""

from __future__ import annotations

from collections.abc import Callable

from courses.models import Course

Check = Callable[[Course], bool]

_checks: list[Check] = []


def register_showing(check: Check) -> Check:
    """`check(course)` is false while strangers must not see the course. Called in `AppConfig.ready()`."""
    if check not in _checks:
        _checks.append(check)
    return check


def is_shown(course: Course) -> bool:
    """Whether people without the course may look at its outline and its free lessons."""
    return all(check(course) for check in _checks)
