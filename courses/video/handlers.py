"""What follows once a change of a video is committed."""

from courses.video.events import VideoRemoved
from courses.video.models import VideoAsset
from courses.video.services.shelf import forget_files
from kit.events import subscribe


@subscribe(VideoRemoved, atomic=False)
def delete_video_files(event: VideoRemoved) -> None:
    """Safe to run twice; the sweep takes what this leaves."""
    video = VideoAsset.objects.filter(pk=event.video_id, removed_at__isnull=False).first()
    if video is not None:
        forget_files(video)
