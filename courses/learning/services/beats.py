"""Time spent on a lesson's page and what was played of its video, reported while it is open.

A page reports the seconds since it was opened, never a difference: a report that comes twice, late or out of order counts once.
No sitting counts more than the clock says has passed since it began, so two devices may both count, and no report can invent time.
It is the same with the ranges of the video that it played (`courses.learning.watching`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from courses.learning.errors import BadBeat
from courses.learning.limits import LONGEST_SITTING, MOST_SECONDS, MOST_VIDEO_SECONDS
from courses.learning.models import Enrolment, Sitting
from courses.learning.services.progress import complete_watched, find_entry
from courses.learning.sittings import Ticket
from courses.learning.watching import FASTEST, SLACK_SECONDS, Film, Ranges, as_multirange, within
from kit.prepared import planned_cursor

# One statement, since it runs more often than any other write: the sitting, then the enrolment, then the progress, each taking
# its row lock after the one before. The subquery under lock holds the old seconds; RETURNING knows only the new ones before
# Postgres 18. An activity less than a minute old is not written again, so that the enrolment's indexes are left alone.
_STATEMENT: Final = """
    WITH sat AS (
        UPDATE learning_sitting s
        SET seconds = GREATEST(s.seconds, LEAST(%(seconds)s, FLOOR(EXTRACT(EPOCH FROM %(now)s - s.started_at))::int)),
            last_beat_at = %(now)s{sitting}
        FROM (
            SELECT id, seconds FROM learning_sitting
            WHERE id = %(sitting)s AND enrolment_id = %(enrolment)s AND lesson_id = %(lesson)s FOR UPDATE
        ) before
        WHERE s.id = before.id
        RETURNING s.started_at, s.seconds - before.seconds AS fresh, %(seconds)s >= before.seconds AS is_newest, s.watched
    ), learner AS (
        UPDATE learning_enrolment e
        SET seconds_spent = LEAST(%(most)s, e.seconds_spent::bigint + sat.fresh),
            last_lesson_id = CASE WHEN sat.is_newest THEN %(lesson)s ELSE e.last_lesson_id END,
            last_activity_at = CASE
                WHEN e.last_lesson_id = %(lesson)s AND e.last_activity_at > %(now)s - interval '1 minute' THEN e.last_activity_at
                ELSE GREATEST(e.last_activity_at, %(now)s)
            END
        FROM sat WHERE e.id = %(enrolment)s AND (%(is_free)s OR e.revoked_at IS NULL AND e.source <> 'preview')
        RETURNING sat.started_at, sat.fresh, sat.is_newest, sat.watched
    )
    INSERT INTO learning_lessonprogress AS p
        (enrolment_id, lesson_id, first_viewed_at, last_viewed_at, seconds_spent, video_seconds, page_permille,
         watched, watched_video, marks_itself)
    SELECT %(enrolment)s, %(lesson)s, started_at, %(now)s, fresh, COALESCE(%(video)s::int, 0), COALESCE(%(place)s::int, 0),
           watched, %(film)s::uuid, true
    FROM learner
    ON CONFLICT (enrolment_id, lesson_id) DO UPDATE
    SET last_viewed_at = GREATEST(p.last_viewed_at, EXCLUDED.last_viewed_at),
        seconds_spent = LEAST(%(most)s, p.seconds_spent::bigint + EXCLUDED.seconds_spent),
        video_seconds = CASE WHEN (SELECT is_newest FROM learner) THEN COALESCE(%(video)s::int, p.video_seconds) ELSE p.video_seconds END,
        page_permille = CASE WHEN (SELECT is_newest FROM learner) THEN COALESCE(%(place)s::int, p.page_permille) ELSE p.page_permille END
        {progress}
    RETURNING {enough}
"""
_COUNT: Final = "(SELECT COALESCE(SUM(upper(part) - lower(part)), 0) FROM unnest({ranges}) part)"
_BEAT: Final = _STATEMENT.format(sitting="", progress="", enough="false")
# The sitting unites what it was told before with what it is told now, as far as the clock allows; the progress unites all sittings.
# Seconds of another video, which the lesson showed before, are forgotten.
_BEAT_OF_FILM: Final = _STATEMENT.format(
    sitting=f""",
            watched = CASE
                WHEN {_COUNT.format(ranges="s.watched + %(watched)s::int4multirange")}
                    <= %(fastest)s * EXTRACT(EPOCH FROM %(now)s - s.started_at) + %(slack)s THEN s.watched + %(watched)s::int4multirange
                ELSE s.watched
            END""",
    progress=""",
        watched = CASE WHEN p.watched_video = EXCLUDED.watched_video THEN p.watched + EXCLUDED.watched ELSE EXCLUDED.watched END,
        marks_itself = p.marks_itself OR p.watched_video IS DISTINCT FROM EXCLUDED.watched_video,
        watched_video = EXCLUDED.watched_video""",
    enough=f"p.completed_at IS NULL AND p.marks_itself AND {_COUNT.format(ranges='p.watched')} >= %(enough)s",
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a page reports: seconds since it was opened, where the video (seconds) and the page (thousandths) stand, and all that
    it played of the lesson's own video since it was opened.
    """

    seconds: int
    video_seconds: int | None = None
    page_permille: int | None = None
    watched: Ranges = ()


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a report changed: whether the lesson is done by it, its video having been watched, and the course finished."""

    is_done: bool = False
    is_finished: bool = False


def record_beat(
    enrolment: Enrolment,
    *,
    lesson_id: UUID | str,
    sitting: UUID,
    seconds: int,
    video_seconds: int | None = None,
    page_permille: int | None = None,
    watched: Ranges = (),
    film: Film | None = None,
    opened_at: datetime | None = None,
) -> Counted:
    """Count what a page reports: `seconds` since it was opened, where the video and the page stand, and what it played of `film`.

    `opened_at` is when we gave out the page; without it the sitting begins with its first report. One statement, three for a
    sitting's first report. Raises `LessonNotFound`, `LessonLocked`, and `BadBeat` for nonsense or a sitting of something else.
    """
    entry = find_entry(enrolment, lesson_id)
    now = timezone.now()
    told = Told(seconds=seconds, video_seconds=video_seconds, page_permille=page_permille, watched=watched)
    report = _report(sitting, enrolment.pk, entry.id, entry.is_free, told, film, now)
    counted = _count(report)
    if counted is None:
        with transaction.atomic():
            began = min(opened_at or now, now)
            row = Sitting(id=sitting, enrolment=enrolment, lesson_id=entry.id, started_at=began, last_beat_at=now)
            Sitting.objects.bulk_create([row], ignore_conflicts=True)
            counted = _count(report)
            if counted is None:
                raise BadBeat
    return counted


def continue_sitting(ticket: Ticket, told: Told) -> Counted | None:
    """Count a further report of a page that reported before, in one statement; None where anything else is the case.

    What has to be true is in the ticket, which we signed, and in the statement itself: that the sitting is there, of this learner
    and lesson, and that the lesson is still open. Whoever gets None calls `record_beat`, which says what is wrong. Raises `BadBeat`.
    """
    if ticket.enrolment_id is None:
        return None
    return _count(_report(ticket.sitting, ticket.enrolment_id, ticket.lesson_id, ticket.is_free, told, ticket.film, timezone.now()))


def _report(
    sitting: UUID, enrolment_id: int, lesson_id: str, is_free: bool, told: Told, film: Film | None, now: datetime
) -> dict[str, Any]:
    if told.seconds < 0:
        raise BadBeat
    video, place = told.video_seconds, told.page_permille
    watched = within(film, told.watched) if film else ()
    return {
        "sitting": sitting,
        "enrolment": enrolment_id,
        "lesson": UUID(lesson_id),
        "is_free": is_free,
        "seconds": min(told.seconds, LONGEST_SITTING),
        "video": None if video is None else max(0, min(video, MOST_VIDEO_SECONDS)),
        "place": None if place is None else max(0, min(place, 1000)),
        "film": film.video_id if film and watched else None,
        "watched": as_multirange(watched),
        "enough": film.enough if film else 0,
        "fastest": FASTEST,
        "slack": SLACK_SECONDS,
        "now": now,
        "most": MOST_SECONDS,
    }


def _count(report: Mapping[str, Any]) -> Counted | None:
    """None where the sitting is not there or the lesson is closed."""
    with planned_cursor() as cursor:
        cursor.execute(_BEAT_OF_FILM if report["film"] else _BEAT, report)
        row = cursor.fetchone()
    if row is None:
        return None
    if not row[0]:
        return Counted()
    return Counted(is_done=True, is_finished=complete_watched(report["enrolment"], lesson_id=report["lesson"]))


def forget_sittings(before: datetime) -> int:
    """Delete sittings that reported last before then; what they counted stays. How many."""
    deleted, _by_model = Sitting.objects.filter(last_beat_at__lt=before).delete()
    return deleted
