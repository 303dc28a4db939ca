from celery import shared_task

from kit.jobs import running
from kit.jobs.enqueueing import WORK_TASK


# The row remembers the work, so the message need not: acknowledged early, it is not sent again after an hour.
# A try is ended by its handler's time limit; the task's own is the last resort.
@shared_task(name=WORK_TASK, acks_late=False, soft_time_limit=6 * 3600, time_limit=6 * 3600 + 60)
def work(queue: str) -> None:
    running.work(queue)


@shared_task(name="kit.jobs.sweep")
def sweep() -> None:
    running.sweep()


@shared_task(name="kit.jobs.prune", soft_time_limit=590, time_limit=600)
def prune() -> None:
    running.prune_jobs()
