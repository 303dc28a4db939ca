"""Taking quizzes (R168) and handing in exercises."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.learning.models.enrolment import Enrolment
from courses.learning.querysets import AttemptQuerySet
from courses.models import Lesson, Quiz, QuizRevision


def private_storage() -> Storage:
    return storages["default"]


class QuizAttempt(models.Model):
    """One try at a quiz. `revision` holds the questions that were asked, `arrangement` the order in which:
    [[question id, [option ids]], …]. `answers` maps question ids to chosen option ids and is saved while one answers.

    It ends when handed in, or at `deadline_at` by the server's clock with what was saved until then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="attempts")
    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="attempts")
    revision = models.ForeignKey(QuizRevision, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField(_("attempt"))
    arrangement = models.JSONField()
    answers = models.JSONField(default=dict)
    points = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    most_points = models.PositiveIntegerField(null=True)
    percentage = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    is_passed = models.BooleanField(null=True)
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("quiz attempt")
        verbose_name_plural = _("quiz attempts")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "quiz", "number"], name="attempt_number"),
            models.UniqueConstraint(fields=["enrolment", "quiz"], condition=Q(completed_at__isnull=True), name="attempt_one_open"),
            models.CheckConstraint(
                name="attempt_graded_when_completed",
                condition=Q(completed_at__isnull=True, percentage__isnull=True, is_passed__isnull=True)
                | Q(completed_at__isnull=False, percentage__isnull=False, is_passed__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["quiz", "completed_at"], name="attempt_of_quiz"),
            models.Index(fields=["deadline_at"], name="attempt_deadline", condition=Q(completed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.quiz_id} #{self.number}"


class Submission(models.Model):
    """What a learner handed in for an exercise, and what its creator said to it. Handing in again makes a new one."""

    class Verdict(models.TextChoices):
        WAITING = "", _("Waiting for feedback")
        GOOD = "good", _("Good")
        AGAIN = "again", _("Try again")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="submissions")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveIntegerField()
    text = models.TextField(_("text"), max_length=50_000, blank=True)
    file = models.FileField(storage=private_storage, max_length=255, blank=True, editable=False)
    file_name = models.CharField(max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    submitted_at = models.DateTimeField()
    verdict = models.CharField(max_length=5, choices=Verdict.choices, default=Verdict.WAITING, blank=True)
    feedback = models.TextField(_("feedback"), max_length=20_000, blank=True)
    feedback_at = models.DateTimeField(null=True)
    feedback_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "lesson", "number"], name="submission_number"),
            models.CheckConstraint(name="submission_has_something", condition=~Q(text="") | ~Q(file="")),
            models.CheckConstraint(name="submission_feedback_has_date", condition=Q(verdict="") | Q(feedback_at__isnull=False)),
        ]
        indexes = [models.Index(fields=["lesson", "verdict", "submitted_at"], name="submission_waiting")]

    def __str__(self) -> str:
        return f"{self.lesson_id} #{self.number}"
