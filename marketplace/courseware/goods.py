"""A course as what a listing is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from courses.learning.models import Enrolment
from marketplace.courseware.models import CourseListing
from marketplace.courseware.services.listings import create_listed_course, follow_listing
from marketplace.goods import Missing, Opening
from marketplace.models import Product

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class CourseGoods:
    def create(self, product: Product, *, by: User) -> None:
        create_listed_course(product, by=by)

    def change(self, product: Product, *, by: User) -> None:
        follow_listing(product, by=by)

    def missing(self, product: Product) -> list[Missing]:
        row = CourseListing.objects.filter(product=product).values_list("course__slug", "course__current_version").first()
        if row is None:
            return [Missing(field="course", sentence=gettext_lazy("There is no course behind this listing."), url=reverse("courses"))]
        slug, version = row
        if version is None:
            url = reverse("course_builder", args=[slug])
            return [Missing(field="course", sentence=gettext_lazy("Build the course and publish its first version."), url=url)]
        return []

    def workshop_url(self, product: Product) -> str:
        slug = CourseListing.objects.filter(product=product).values_list("course__slug", flat=True).first()
        return reverse("course_builder", args=[slug]) if slug else reverse("courses")

    def openings(self, products: Iterable[Product], user: User | AnonymousUser) -> dict[int, Opening]:
        mine = Enrolment.objects.filter(user=user.pk, course=OuterRef("course"))
        rows = (
            CourseListing.objects.filter(product__in=list(products))
            .annotate(begun=Exists(mine.filter(last_lesson__isnull=False)), finished=Exists(mine.filter(completed_at__isnull=False)))
            .values_list("product_id", "course__slug", "begun", "finished")
        )
        return {
            product_id: Opening(url=reverse("learn_course", args=[slug]), label=_label(begun=begun, finished=finished))
            for product_id, slug, begun, finished in rows
        }


def _label(*, begun: bool, finished: bool) -> str:
    if finished:
        return _("Open the course")
    return _("Continue the course") if begun else _("Start the course")
