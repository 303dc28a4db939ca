"""What an owner does with a video that is on the shelf."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses.video.errors import BadVideo, VideoInUse, VideoNotFound
from courses.video.events import VideoRemoved
from courses.video.models import UploadSession, VideoAsset
from courses.video.stores import upload_store
from courses.video.usage import lessons_showing
from kit.events import publish


@transaction.atomic
def rename_video(video: VideoAsset, *, by: User, name: str) -> VideoAsset:
    """Raises `BadVideo`, `VideoNotFound`."""
    clean = " ".join(name.replace("\x00", " ").split())
    if not clean:
        raise BadVideo(_("Write something here."), field="name")
    if len(clean) > 200:
        raise BadVideo(_("Write at most %(most)d characters.") % {"most": 200}, field="name")
    video = _lock(video)
    video.name = clean
    video.save(update_fields=["name"])
    return video


@transaction.atomic
def remove_video(video: VideoAsset, *, by: User) -> VideoAsset:
    """Take it from the shelf; its files follow. Safe to call twice.

    Raises `VideoInUse` naming the lessons that show it, in a draft or published. A lesson that comes to show it at the same moment
    says in the builder that its video is gone.
    """
    video = _lock(video)
    if video.removed_at is not None:
        return video
    if showing := lessons_showing(video):
        raise VideoInUse(_sentence([entry.lesson for entry in showing]), lessons=[entry.lesson for entry in showing])
    video.removed_at = timezone.now()
    video.save(update_fields=["removed_at"])
    publish(VideoRemoved(video_id=video.pk))
    return video


def forget_files(video: VideoAsset) -> None:
    """Let go of everything that a removed video left in the store. Safe to call twice. Raises `StoreAway`."""
    store = upload_store()
    session = UploadSession.objects.filter(video=video).first()
    if session is not None:
        store.abort(session)
    store.delete_folder(video.pk.hex)
    with transaction.atomic():
        video = VideoAsset.objects.select_for_update().get(pk=video.pk)
        UploadSession.objects.filter(video=video).delete()
        video.renditions.all().delete()
        video.original_file, video.poster, video.storyboard = "", "", {}
        video.save(update_fields=["original_file", "poster", "storyboard"])


def _sentence(lessons: list[str]) -> str:
    named = ", ".join(f"“{title}”" for title in lessons[:3])
    if len(lessons) > 3:
        return _("It is shown in %(named)s and %(more)d more lessons. Choose another video there, and publish, before you delete it.") % {
            "named": named,
            "more": len(lessons) - 3,
        }
    return _("It is shown in %(named)s. Choose another video there, and publish, before you delete it.") % {"named": named}


def _lock(video: VideoAsset) -> VideoAsset:
    locked = VideoAsset.objects.select_for_update().filter(pk=video.pk).first()
    if locked is None:
        raise VideoNotFound
    return locked
