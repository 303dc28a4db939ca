"""Who takes which course, and how far they are (R161-R164)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.learning.querysets import EnrolmentQuerySet
from courses.models import Course, Lesson


class Enrolment(models.Model):
    """One per person and course, for ever: what one learned survives a refund and a second purchase.

    `grant_ref` names what opened it (the id of an entitlement, say; R163). A preview enrolment only remembers the progress in
    free lessons and gives no access. The counters are about the version that learners take now; `progress` is in whole per
    cent and reaches 100 only with the completion rule fulfilled. Once finished it stays finished.
    """

    class Source(models.TextChoices):  # R161
        PURCHASED = "purchased", _("Bought")
        FREE = "free", _("Taken for free")
        GIFTED = "gifted", _("Given")
        PROMOTIONAL = "promotional", _("Promotion")
        PREVIEW = "preview", _("Free lessons only")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrolments")
    source = models.CharField(max_length=11, choices=Source.choices)
    grant_ref = models.CharField(max_length=64, blank=True)
    enrolled_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    lessons_completed = models.PositiveIntegerField(default=0)
    lessons_total = models.PositiveIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    seconds_spent = models.PositiveIntegerField(default=0)
    last_lesson = models.ForeignKey(Lesson, on_delete=models.SET_NULL, related_name="+", null=True, blank=True)
    last_activity_at = models.DateTimeField(default=timezone.now)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(fields=["user", "course"], name="enrolment_once"),
            models.CheckConstraint(name="enrolment_progress", condition=Q(progress__lte=100)),
        ]
        indexes = [
            models.Index(fields=["user", "-last_activity_at"], name="enrolment_of_user"),
            models.Index(fields=["course", "-last_activity_at"], name="enrolment_of_course"),
        ]

    def __str__(self) -> str:
        return f"{self.user} takes {self.course}"

    @property
    def is_full(self) -> bool:
        """Whether it opens the whole course."""
        return self.revoked_at is None and self.source != self.Source.PREVIEW

    @property
    def is_completed(self) -> bool:
        return self.completed_at is not None
