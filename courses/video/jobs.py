"""The long work of this room."""

from __future__ import annotations

from courses.video.services.hearing import CONFIRM_JOB
from courses.video.services.processing import COLLECT_JOB, PROCESS_JOB, collect_video, process_video
from courses.video.services.transcribing import CAPTIONS_JOB, write_captions
from courses.video.sns import confirm_subscription
from kit.jobs import job_handler
from kit.jobs.models import Job

ALL_DAY = 5 * 3600


@job_handler(PROCESS_JOB, queue="video", max_attempts=8, time_limit=ALL_DAY)
def process(job: Job) -> None:
    process_video(job)


@job_handler(COLLECT_JOB, queue="video", max_attempts=8, time_limit=ALL_DAY)
def collect(job: Job) -> None:
    collect_video(job)


@job_handler(CAPTIONS_JOB, queue="video", max_attempts=3, time_limit=ALL_DAY)
def captions(job: Job) -> None:
    write_captions(job)


@job_handler(CONFIRM_JOB, max_attempts=8, time_limit=60)
def confirm_topic(job: Job) -> None:
    confirm_subscription(job.params["topic"], job.params["token"])
