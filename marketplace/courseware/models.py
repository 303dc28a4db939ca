"""Which course a listing sells."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Course
from marketplace.models import Product


class CourseListing(models.Model):
    """A course and its one listing. `words` are those inside the published course by which it is found: outcomes and titles of
    modules and lessons (the database puts them into the product's search vector)."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="course_listing")
    course = models.OneToOneField(Course, on_delete=models.PROTECT, related_name="listing")
    words = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("course on sale")
        verbose_name_plural = _("courses on sale")

    def __str__(self) -> str:
        return f"{self.product} ({self.course.slug})"
