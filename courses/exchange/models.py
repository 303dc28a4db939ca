"""What waits between a dry run and its confirmation, and what waits to be fetched."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Course


def private_storage() -> Storage:
    return storages["default"]


class SourceKind(models.TextChoices):
    JSON = "json", _("Course as JSON")
    PACKAGE = "package", _("Course as JSON with its files")
    MARKDOWN = "markdown", _("Folder of Markdown files")
    CARTRIDGE = "cartridge", _("IMS Common Cartridge")
    OLX = "olx", _("Open edX (OLX)")
    VIDEOS = "videos", _("Videos")


class CourseImport(models.Model):
    """A file that was read, and what would be made of it.

    `report` is what `courses.exchange.reading.Reading.as_stored` says. `course` is where it goes, NULL for a new one until it is
    made, and NULL again when that course is deleted: the row stays, since it knows the file. The file is gone once the import has
    ended, and at `expires_at` in any case.
    """

    class State(models.TextChoices):
        CHECKED = "checked", _("waits for confirmation")
        UNDER_WAY = "under_way", _("being imported")
        DONE = "done", _("imported")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="course_imports")
    course = models.ForeignKey(Course, on_delete=models.SET_NULL, related_name="imports", null=True)
    makes_course = models.BooleanField(default=True)
    kind = models.CharField(max_length=9, choices=SourceKind.choices)
    name = models.CharField(max_length=200)
    file = models.FileField(storage=private_storage, max_length=255)
    report = models.JSONField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.CHECKED)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("course import")
        verbose_name_plural = _("course imports")

    def __str__(self) -> str:
        return self.name

    @property
    def has_lost_its_course(self) -> bool:
        """The course that it was for, or that was made of it, is deleted."""
        return self.course_id is None and (self.state == self.State.DONE or not self.makes_course)

    @property
    def problems(self) -> list[dict[str, Any]]:
        return list(self.report.get("problems", []))

    @property
    def can_be_confirmed(self) -> bool:
        return self.state == self.State.CHECKED and not self.problems

    @property
    def job_key(self) -> str:
        return f"course-import:{self.pk}"


class CourseExport(models.Model):
    """A course being packed for its creator. `file` is "" until it is ready; it is gone at `expires_at`.

    `course` is NULL once that is deleted: the row stays, since it knows the file.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="course_exports")
    course = models.ForeignKey(Course, on_delete=models.SET_NULL, related_name="exports", null=True)
    file = models.FileField(storage=private_storage, max_length=255, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("course export")
        verbose_name_plural = _("course exports")

    def __str__(self) -> str:
        return f"{self.course}, {self.created_at:%Y-%m-%d}"

    @property
    def job_key(self) -> str:
        return f"course-export:{self.pk}"
