"""For tests: do what is queued, here and now."""

from __future__ import annotations

from django.db.models.functions import Now

from kit.jobs.models import Job
from kit.jobs.running import work


def run_all(*, at_most: int = 1000) -> int:
    """Run all waiting jobs, oldest first, and what those enqueue in turn. What a handler raises is raised.

    Returns how many ran.
    """
    ran = 0
    while (job := Job.objects.filter(state=Job.State.QUEUED).order_by("created_at", "pk").first()) is not None:
        ran += 1
        assert ran <= at_most, f"still not done after {at_most} jobs"
        Job.objects.filter(pk=job.pk).update(due_at=Now())
        work(job.queue, reraise=True)
    return ran
