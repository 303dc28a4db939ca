"""The long work of this room."""

from __future__ import annotations

from courses.video.services.processing import PROCESS_JOB, process_video
from kit.jobs import job_handler
from kit.jobs.models import Job

ALL_DAY = 5 * 3600


@job_handler(PROCESS_JOB, queue="video", max_attempts=8, time_limit=ALL_DAY)
def process(job: Job) -> None:
    process_video(job)
