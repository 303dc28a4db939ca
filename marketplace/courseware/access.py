"""The door to what a course costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser

from courses.models import Course
from marketplace.access import ProductNotFound, may_see
from marketplace.courseware.models import CourseListing
from marketplace.models import Product

if TYPE_CHECKING:
    from accounts.models import User


def is_on_sale(course: Course) -> bool:
    """Whether strangers may look at a course and take its free lessons: once staff have let its listing through, while it is live."""
    return Product.objects.live().filter(course_listing__course=course).exists()


def is_listed(course: Course) -> bool:
    """Whether there is a listing, in whatever state: then the course stays until its creator has deleted that."""
    return CourseListing.objects.filter(course=course).exists()


def get_offered_product(user: User | AnonymousUser, course_slug: str) -> Product:
    """The listing of a course, for those who may see its page. Raises `ProductNotFound`, also for a course without a listing."""
    product = Product.objects.for_cards().filter(course_listing__course__slug=course_slug).first()
    if product is None or not may_see(user, product):
        raise ProductNotFound
    return product
