"""Modules and lessons: the draft that a creator arranges."""

from __future__ import annotations

import uuid

from django.core.files.storage import storages
from django.core.files.storage.base import Storage
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.querysets import LessonQuerySet, ModuleQuerySet, PartQuerySet


def private_storage() -> Storage:
    return storages["default"]


def public_storage() -> Storage:
    return storages["public"]


class Module(models.Model):
    """A part of a course (R149). `position` counts from 0 without gaps; NULL once removed. Its minutes are the sum of its lessons'."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("description"), max_length=2000, blank=True)
    is_free_preview = models.BooleanField(_("free preview"), default=False)
    position = models.PositiveIntegerField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["course", "position"], name="module_position", deferrable=models.Deferrable.DEFERRED),
            models.CheckConstraint(name="module_removed_has_no_position", condition=Q(position__isnull=True) ^ Q(removed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class LessonKind(models.TextChoices):  # R151
    TEXT = "text", _("Text")
    VIDEO = "video", _("Video")
    VIDEO_EMBED = "video_embed", _("Video from elsewhere")
    QUIZ_INLINE = "quiz_inline", _("Quiz")
    EXERCISE = "exercise", _("Exercise")


class HandIn(models.TextChoices):
    """What an exercise asks to hand in."""

    NOTHING = "nothing", _("Nothing: learners check themselves")
    TEXT = "text", _("A text")
    FILE = "file", _("A file")
    EITHER = "either", _("A text, a file or both")


class Lesson(models.Model):
    """One page of a course (R150-R154). `text` is Markdown; for an exercise it holds the instructions.

    `takeaways` and `self_check` are lists of sentences. `edit_stamp` counts changes of the content: an autosave says which it
    saw. The slug stays taken when the lesson is removed, so that an old address never opens another lesson.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="lessons")
    module = models.ForeignKey(Module, on_delete=models.CASCADE, related_name="lessons")
    slug = models.SlugField(_("address"), max_length=80)
    title = models.CharField(_("title"), max_length=160)
    kind = models.CharField(_("kind"), max_length=12, choices=LessonKind.choices, default=LessonKind.TEXT)
    text = models.TextField(_("text"), max_length=100_000, blank=True)
    takeaways = models.JSONField(_("key takeaways"), default=list, blank=True)  # R152
    minutes = models.PositiveSmallIntegerField(_("estimated minutes"), default=5, validators=[MinValueValidator(1), MaxValueValidator(600)])
    video_url = models.URLField(_("link to the video"), max_length=300, blank=True)  # R153
    video_id = models.UUIDField(_("video"), null=True, blank=True)
    """Of the room that keeps videos, which this hall does not know."""
    hand_in = models.CharField(_("what to hand in"), max_length=8, choices=HandIn.choices, default=HandIn.TEXT)
    self_check = models.JSONField(_("check yourself"), default=list, blank=True)
    is_free_preview = models.BooleanField(_("free preview"), default=False)
    position = models.PositiveIntegerField(null=True, editable=False)
    removed_at = models.DateTimeField(null=True, editable=False)
    edit_stamp = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["course", "slug"], name="lesson_slug"),
            models.UniqueConstraint(fields=["module", "position"], name="lesson_position", deferrable=models.Deferrable.DEFERRED),
            models.CheckConstraint(name="lesson_removed_has_no_position", condition=Q(position__isnull=True) ^ Q(removed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title


class Attachment(models.Model):
    """A file beside a lesson, in private storage under a name of our own. The file stays while a revision holds it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(_("file name"), max_length=200)
    file = models.FileField(storage=private_storage, max_length=255, editable=False)
    size_bytes = models.PositiveBigIntegerField(_("size"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    content_type = models.CharField(max_length=100, editable=False)
    position = models.PositiveSmallIntegerField(default=0)
    removed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PartQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at"]

    def __str__(self) -> str:
        return self.name


class Picture(models.Model):
    """A picture in a lesson's text. Its name in the public store is a UUID; texts name its address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="pictures")
    image = models.ImageField(storage=public_storage, max_length=255, width_field="width", height_field="height", editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    size_bytes = models.PositiveIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "sha256"], name="picture_once_per_course")]

    def __str__(self) -> str:
        return str(self.image.name)
