"""Jobs: long work as a row, which a worker takes, keeps up, and can lose without harm (docs/events.md).

    # courses/video/jobs.py (Job is kit.jobs.models.Job)
    @job_handler("video.transcode", queue="video", max_attempts=3)
    def transcode(job: Job) -> None:
        for number in range(job.checkpoint.get("done", 0), 10):
            ...
            job.heartbeat(checkpoint={"done": number + 1}, progress=(number + 1) * 10)

    # a service, inside its transaction
    enqueue("video.transcode", key=f"transcode:{video.pk}", params={"video": video.pk}, owner=f"user:{user.pk}")

Modules called jobs.py are imported from each app when Django starts.
"""

from kit.jobs.enqueueing import KeyTaken, enqueue
from kit.jobs.interrupts import GiveUp, JobCancelled, LeaseLost
from kit.jobs.registry import UnknownJob, job_handler

__all__ = ["GiveUp", "JobCancelled", "KeyTaken", "LeaseLost", "UnknownJob", "enqueue", "job_handler"]
