"""A course as its creator works on it, and the versions that learners take."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from courses.querysets import CourseQuerySet


class Level(models.TextChoices):
    ALL = "all", _("Everybody")
    BEGINNER = "beginner", _("Beginners")
    INTERMEDIATE = "intermediate", _("Some experience")
    ADVANCED = "advanced", _("Much experience")


class Completion(models.TextChoices):
    """When a course counts as finished (R164)."""

    LESSONS = "lessons", _("Every lesson done")
    QUIZZES = "quizzes", _("Every required quiz passed")
    BOTH = "both", _("Every lesson done and every required quiz passed")


class Course(models.Model):
    """Content without a price: what is taught, by whom, and to whom.

    The rows below it (modules, lessons, quizzes) are the creator's draft; learners take `current_version`, which is
    frozen when it is published. `outcomes`, `prerequisites` and `audience` are lists of short sentences (R171, R172).
    """

    creator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="courses")
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("address"), max_length=140, unique=True)
    outcomes = models.JSONField(_("what one learns"), default=list, blank=True)
    prerequisites = models.JSONField(_("what one needs to know before"), default=list, blank=True)
    audience = models.JSONField(_("whom it is for"), default=list, blank=True)
    level = models.CharField(_("level"), max_length=12, choices=Level.choices, default=Level.ALL)
    language = models.CharField(_("language"), max_length=10, default="en")
    completion = models.CharField(_("it is finished with"), max_length=8, choices=Completion.choices, default=Completion.BOTH)
    gives_certificate = models.BooleanField(_("whoever finishes gets a certificate"), default=True)
    outline_stamp = models.PositiveIntegerField(default=0, editable=False)
    """Counts changes of the outline: who orders anew says which outline was seen, and an older one is refused."""
    current_version = models.ForeignKey(
        "courses.CourseVersion", on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    """Set while the law forbids to hand it out: then it is open for nobody but its creator and staff."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        indexes = [models.Index(fields=["creator", "-updated_at"], name="course_of_creator")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("learn_course", args=[self.slug])

    @property
    def is_published(self) -> bool:
        return self.current_version_id is not None


class CourseVersion(models.Model):
    """What learners take from one publishing to the next; never changed.

    `outline` is read by `courses.outline.read_outline`: it names the lesson and quiz revisions, so that a version costs one
    row and what did not change is held once. The counts are those of the outline (R169, R170); minutes are the sum of the lessons'.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    note = models.TextField(_("what changed"), max_length=2000, blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outline = models.JSONField()
    completion = models.CharField(max_length=8, choices=Completion.choices)
    module_count = models.PositiveIntegerField()
    lesson_count = models.PositiveIntegerField()
    quiz_count = models.PositiveIntegerField()
    free_lesson_count = models.PositiveIntegerField()
    minutes = models.PositiveIntegerField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["course", "number"], name="course_version_number"),
            models.CheckConstraint(name="course_version_has_lessons", condition=Q(lesson_count__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.course} {self.number}"
