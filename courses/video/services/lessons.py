"""A lesson and its video."""

from __future__ import annotations

from dataclasses import replace

from accounts.models import User
from courses.models import Lesson, LessonKind
from courses.services.lessons import LessonWords, change_lesson
from courses.video.models import UploadSession
from courses.video.services.uploads import create_upload_session


def upload_for_lesson(
    lesson: Lesson, *, by: User, name: str, size_bytes: int, content_type: str = "", fingerprint: str = ""
) -> UploadSession:
    """Announce a file and let the lesson show it from now on (R192). Learners see it once it is ready and published.

    Raises what `create_upload_session` does.
    """
    session = create_upload_session(by=by, name=name, size_bytes=size_bytes, content_type=content_type, fingerprint=fingerprint)
    change_lesson(lesson, by=by, words=replace(LessonWords.of(lesson), kind=LessonKind.VIDEO, video_id=session.video_id))
    return session
