"""What follows once a change of a video is committed."""

from courses.video.events import VideoReady, VideoRemoved
from courses.video.models import VideoAsset
from courses.video.services.processing import COLLECT_JOB, PROCESS_JOB, fail_lost_processing
from courses.video.services.remote import cancel_remote_work
from courses.video.services.shelf import forget_files
from courses.video.services.transcribing import CAPTIONS_JOB, fail_lost_captions, order_captions_of_new
from kit.events import subscribe
from kit.jobs.events import JobFailed, JobWasCancelled


@subscribe(VideoRemoved, atomic=False)
def delete_video_files(event: VideoRemoved) -> None:
    """Safe to run twice; the sweep takes what this leaves."""
    video = VideoAsset.objects.filter(pk=event.video_id, removed_at__isnull=False).first()
    if video is not None:
        forget_files(video)


@subscribe(VideoRemoved, atomic=False)
def stop_work_elsewhere(event: VideoRemoved) -> None:
    """Safe to run twice; asking after what is under way stops what this could not."""
    video = VideoAsset.objects.filter(pk=event.video_id, removed_at__isnull=False).first()
    if video is not None:
        cancel_remote_work(video)


@subscribe(VideoReady)
def write_down_new_video(event: VideoReady) -> None:
    """Where settings ask for it."""
    video = VideoAsset.objects.filter(pk=event.video_id).first()
    if video is not None:
        order_captions_of_new(video)


@subscribe(JobFailed)
def fail_lost_video(event: JobFailed) -> None:
    """Where the worker itself was lost too often, nobody could say it on the video."""
    if event.name in (PROCESS_JOB, COLLECT_JOB):
        fail_lost_processing(event.job_id, code="interrupted")
    elif event.name == CAPTIONS_JOB:
        fail_lost_captions(event.job_id, code="transcriber")


@subscribe(JobWasCancelled)
def fail_stopped_video(event: JobWasCancelled) -> None:
    """A job that staff stopped. Its owner may try again."""
    if event.name in (PROCESS_JOB, COLLECT_JOB):
        fail_lost_processing(event.job_id, code="cancelled")
    elif event.name == CAPTIONS_JOB:
        fail_lost_captions(event.job_id, code="cancelled")
