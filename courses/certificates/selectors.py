"""What others read about certificates."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import User
from courses.certificates.credentials import LIST_BITS
from courses.certificates.models import Certificate, SigningKey
from courses.learning.models import Enrolment
from courses.models import Course


def certificate_of(enrolment: Enrolment) -> Certificate | None:
    """The certificate of an enrolment, if it has one by now."""
    return Certificate.objects.filter(enrolment=enrolment).first()


def certificates_of(user: User) -> QuerySet[Certificate]:
    """A person's certificates, newest first."""
    return Certificate.objects.of(user).select_related("enrolment__course").order_by("-completed_at", "-pk")


def coming_certificate(user: User, slug: str) -> Course | None:
    """The course at this address where `user` finished it and its certificate is being made."""
    finished = Enrolment.objects.full().of(user).filter(course__slug=slug, completed_at__isnull=False, certificate=None)
    enrolment = finished.filter(course__gives_certificate=True).select_related("course").first()
    return enrolment.course if enrolment else None


def public_keys() -> QuerySet[SigningKey]:
    """All keys that ever signed, the one in use first, without their private parts."""
    return SigningKey.objects.defer("private").order_by("-created_at", "-pk")


def revoked_indices(number: int) -> list[int]:
    """The status indices of the list `number` that are revoked."""
    span = (number * LIST_BITS, (number + 1) * LIST_BITS - 1)
    return list(
        Certificate.objects.revoked().filter(status_index__range=span).order_by("status_index").values_list("status_index", flat=True)
    )


def count_status_lists() -> int:
    """How many lists there are: one from the beginning, another whenever a certificate needs it."""
    last = Certificate.objects.order_by("-status_index").values_list("status_index", flat=True).first()
    return (last or 0) // LIST_BITS + 1
