"""Handing over a course: whoever has its product is enrolled (R224)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import structlog

from accounts.models import User
from courses.learning.models import Enrolment
from courses.learning.services.enrolments import enrol_student, revoke_enrolment
from courses.models import Course
from marketplace.models import Product
from marketplace.orders.models import Entitlement

SOURCES: Final[dict[str, str]] = {
    Entitlement.Source.PURCHASE.value: Enrolment.Source.PURCHASED,
    Entitlement.Source.FREE.value: Enrolment.Source.FREE,
    Entitlement.Source.GIFT.value: Enrolment.Source.GIFTED,
    Entitlement.Source.PROMOTION.value: Enrolment.Source.PROMOTIONAL,
}
"""How an entitlement came about → how the enrolment says it (R161)."""

logger = structlog.get_logger(__name__)


class CourseFulfiller:
    """The enrolment names its entitlement (R163): only what opened a course closes it again."""

    def grant(self, user: User, product: Product, entitlement_id: int | UUID) -> None:
        course = _course_of(product)
        if course is None:
            # Money may have been taken, so the entitlement stands; the reconciliation names it until staff have put it right.
            logger.error("course_listing_without_course", product=product.pk, entitlement=str(entitlement_id))
            return
        source = Entitlement.objects.values_list("source", flat=True).get(pk=int(entitlement_id))
        enrol_student(course, user=user, source=SOURCES[source], reference=str(entitlement_id))

    def revoke(self, user: User, product: Product, entitlement_id: int | UUID) -> None:
        course = _course_of(product)
        if course is not None:
            revoke_enrolment(course, user=user, reference=str(entitlement_id))


def _course_of(product: Product) -> Course | None:
    return Course.objects.select_related("current_version").defer("current_version__outline").filter(listing__product=product).first()
