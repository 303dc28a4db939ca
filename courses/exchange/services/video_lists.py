"""A playlist or a list of links, as an import that waits for its confirmation like any file."""

from __future__ import annotations

import io
import json
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from accounts.models import User
from courses.exchange.formats.course_json import FORMAT, VERSION
from courses.exchange.models import CourseImport, SourceKind
from courses.exchange.services.importing import check_import
from courses.exchange.videos import Video, VideoList, read_links
from courses.models import Course, LessonKind


def check_videos(links: str, *, by: User, title: str = "", into: Course | None = None) -> CourseImport:
    """The dry run of a list of videos: each becomes a lesson of one module. Asks YouTube and Vimeo, outside any transaction.

    Raises `BadLinks`, `VideoServiceAway`.
    """
    found = read_links(links)
    document = _document(found, title.strip() or found.title or _("Videos"))
    raw = io.BytesIO(json.dumps(document, ensure_ascii=False).encode())
    checked = check_import(File(raw), by=by, name=f"{document['title'][:100]}.json", into=into)
    warnings = [
        {
            "path": f"modules[0].lessons[{index}].title",
            "sentence": _("We could not read the title of %(url)s: name the lesson in the builder, or write its title behind the link.")
            % {"url": video.url},
        }
        for index, video in enumerate(found.videos)
        if not video.title
    ]
    checked.kind = SourceKind.VIDEOS
    checked.report = {**checked.report, "warnings": [*warnings, *checked.report["warnings"]]}
    checked.save(update_fields=["kind", "report"])
    return checked


def _document(found: VideoList, title: str) -> dict[str, Any]:
    lessons = [
        {
            "title": video.title or _("Video %(number)d") % {"number": number},
            "kind": LessonKind.VIDEO_EMBED,
            "video_url": video.url,
            "minutes": _minutes(video),
            "is_free_preview": False,
        }
        for number, video in enumerate(found.videos, 1)
    ]
    module = {"title": (found.title or title)[:160], "is_free_preview": False, "lessons": lessons}
    return {"format": FORMAT, "version": VERSION, "title": title[:120], "modules": [module]}


def _minutes(video: Video) -> int:
    """Full minutes, begun ones counted; five where nobody said how long it is."""
    return 5 if video.seconds is None else max(1, min(600, -(-video.seconds // 60)))
