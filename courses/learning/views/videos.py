"""The video of a lesson: what its player fetches with the learner's cookie."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from courses.learning.access import get_standing, open_lesson
from courses.learning.pages import LearnAddresses
from courses.learning.selectors import published_lesson
from courses.video.errors import VideoNotFound
from courses.video.playing import answer_player
from kit.http import AuthedRequest


@login_not_required
@require_safe
def video(request: AuthedRequest, course: str, lesson: str, name: str) -> HttpResponseBase:
    """/learn/<course>/<lesson>/video/<name>: playlists, passes, pictures and subtitles, where the lesson is open (R201, R208)."""
    standing = get_standing(request.user, course)
    entry = open_lesson(standing, lesson)
    assert entry.revision is not None
    content = published_lesson(entry.revision)
    if not content.video_id:
        raise VideoNotFound
    return answer_player(request, content.video_id, name, base=LearnAddresses(standing.course.slug).video(entry.slug))
