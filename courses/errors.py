"""What courses refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kit.errors import Conflict, DomainError, NotFound

if TYPE_CHECKING:
    from courses.completeness import Missing


class CourseNotFound(NotFound):
    code = "course_not_found"
    message = _("There is no such course, or it is not yours to see.")


class BadCourse(DomainError):
    """A field of a course, module, lesson or quiz does not hold. Say which with `field`."""

    status_code = 422
    code = "bad_course"
    message = _("This does not fit.")


class StaleOutline(Conflict):
    """Somebody (another tab, a colleague) changed the order first."""

    code = "stale_outline"
    message = _("The outline was changed in another window. Here is how it stands now; move it again if it still fits.")


class StaleEdit(Conflict):
    """An edit of an older text than the one that is stored."""

    code = "stale_edit"
    message = _("This was changed in another window. Both texts are kept: choose which one stays.")


class CourseKept(Conflict):
    """Somebody takes or took it, or it is listed: it cannot vanish."""

    code = "course_kept"
    message = _("This course has learners or is listed, so it cannot be deleted. What learners have stays theirs.")


class NotReady(DomainError):
    """A course lacks something that learners need; `missing` names it and the place."""

    status_code = 409
    code = "course_not_ready"
    message = _("A few things are missing before it can be published.")

    def __init__(self, missing: list[Missing]) -> None:
        self.missing = missing
        sentences: list[str | Promise] = [entry.sentence for entry in missing]
        super().__init__(missing=[str(sentence) for sentence in sentences])
