"""What follows when the work behind a page has failed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from courses.exchange.models import CourseImport
from courses.exchange.services.importing import give_back
from kit.errors import DomainError
from kit.events import subscribe
from kit.jobs.events import JobFailed


@subscribe(JobFailed)
def give_failed_import_back(event: JobFailed) -> None:
    """An import whose job has used up its tries waits for its confirmation again."""
    if event.name != "courses.import":
        return
    found = CourseImport.objects.filter(pk=event.key.removeprefix("course-import:"), state=CourseImport.State.UNDER_WAY).first()
    if found is not None:
        give_back(found, DomainError(_("The import broke off and nothing was made. Send the file again.")))
