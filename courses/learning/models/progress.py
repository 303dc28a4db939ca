"""What a learner did in a lesson (R165-R167)."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.learning.clock import clock
from courses.learning.models.enrolment import Enrolment
from courses.learning.models.ranges import RangesField
from courses.models import Lesson


class LessonProgress(models.Model):
    """`seconds_spent` is the sum of the sittings'; `video_seconds` where the video stood last, `page_permille` how far down the
    page one was, in thousandths of its height. Bookmarked while `bookmarked_at` is set.

    `watched` are the seconds of the video `watched_video` that were really played. Enough of them mark the lesson done while
    `marks_itself` is set: once per video, so that a mark which the learner took back does not come again by itself.
    """

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="lesson_progress")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="progress")
    first_viewed_at = models.DateTimeField()
    last_viewed_at = models.DateTimeField()
    seconds_spent = models.PositiveIntegerField(default=0)
    video_seconds = models.PositiveIntegerField(default=0)
    page_permille = models.PositiveSmallIntegerField(default=0)
    watched = RangesField(default=())
    watched_video = models.UUIDField(null=True, blank=True)
    marks_itself = models.BooleanField(default=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    bookmarked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("progress in a lesson")
        verbose_name_plural = _("progress in lessons")
        constraints = [models.UniqueConstraint(fields=["enrolment", "lesson"], name="lesson_progress_once")]

    def __str__(self) -> str:
        return f"{self.enrolment_id}: {self.lesson_id}"


class Sitting(models.Model):
    """One open lesson page. It reports the seconds since it was opened: a report that comes twice, late or out of order counts once.

    `watched` is what it reported of the video, as far as the clock believes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="sittings")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField()
    last_beat_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(default=0)
    watched = RangesField(default=())

    class Meta:
        indexes = [models.Index(fields=["last_beat_at"], name="sitting_last_beat")]

    def __str__(self) -> str:
        return str(self.id)


class Note(models.Model):
    """A private note; `at_seconds` is the place in the video, where there is one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="notes")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(_("note"), max_length=10_000)
    at_seconds = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["enrolment", "lesson"], name="note_of_lesson")]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def clock(self) -> str:
        """The place in the video as people write it; "" without one."""
        return "" if self.at_seconds is None else clock(self.at_seconds)
