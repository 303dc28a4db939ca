"""Imports and exports that take longer than a page may."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from courses.exchange.models import CourseExport, CourseImport
from courses.exchange.services.exporting import fulfil_export
from courses.exchange.services.importing import fulfil_import
from kit.errors import DomainError
from kit.jobs import GiveUp, job_handler
from kit.jobs.models import Job


@job_handler("courses.import", max_attempts=3, time_limit=1800)
def import_course(job: Job) -> None:
    found = CourseImport.objects.select_related("creator", "course").filter(pk=job.params["import"]).first()
    if found is None:
        return
    try:
        fulfil_import(found, progress=_telling(job))
    except DomainError as refusal:
        raise GiveUp(str(refusal)) from refusal


@job_handler("courses.export", max_attempts=3, time_limit=1800)
def export_course(job: Job) -> None:
    export = CourseExport.objects.select_related("course").filter(pk=job.params["export"]).first()
    if export is not None:
        fulfil_export(export, progress=_telling(job))


def _telling(job: Job) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        message = _("%(done)d of %(total)d files") % {"done": done, "total": total}
        job.heartbeat(progress=min(99, done * 100 // max(1, total)), message=message)

    return tell
