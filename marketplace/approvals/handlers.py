"""The creator hears of every decision by mail. Mail is slow and outside, so these run outside a transaction."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from courses.services.closing import close_course, reopen_course
from kit.events import subscribe
from kit.mail import send_mail
from marketplace.approvals.apps import closed_by_law
from marketplace.approvals.models import Decision
from marketplace.courseware.models import CourseListing
from marketplace.events import ProductApproved, ProductRejected, ProductRemoved, ProductRestored


@subscribe(ProductApproved, atomic=False)
def tell_creator_of_approval(event: ProductApproved) -> None:
    _tell("approved", event.decision_id)


@subscribe(ProductRejected, atomic=False)
def tell_creator_of_rejection(event: ProductRejected) -> None:
    _tell("rejected", event.decision_id)


@subscribe(ProductRemoved, atomic=False)
def tell_creator_of_removal(event: ProductRemoved) -> None:
    _tell("removed", event.decision_id)


@subscribe(ProductRestored, atomic=False)
def tell_creator_of_restoration(event: ProductRestored) -> None:
    _tell("restored", event.decision_id)


@subscribe(ProductRemoved)
def close_unlawful_course(event: ProductRemoved) -> None:
    _open_or_close(event.product_id)


@subscribe(ProductRestored)
def reopen_restored_course(event: ProductRestored) -> None:
    _open_or_close(event.product_id)


@subscribe(ProductApproved)
def reopen_approved_course(event: ProductApproved) -> None:
    _open_or_close(event.product_id)


def _open_or_close(product_id: int) -> None:
    """A course follows its listing: what the law forbids is closed for those who bought it, too."""
    listing = CourseListing.objects.select_related("course", "product").filter(product=product_id).first()
    if listing is None:
        return
    if not listing.product.is_live and closed_by_law(listing.product):
        close_course(listing.course)
    else:
        reopen_course(listing.course)


def _tell(template: str, decision_id: int) -> None:
    decision = Decision.objects.select_related("product__creator__profile").filter(pk=decision_id).first()
    if decision is None:
        # The listing was deleted meanwhile, and its decisions with it.
        return
    product = decision.product
    creator = product.creator
    if not creator.is_active or not creator.email:
        return
    with translation.override(settings.LANGUAGE_CODE):
        context = {
            "product": product,
            "creator": creator,
            "decision": decision,
            "rule": decision.named_rule,
            "edit_url": settings.SITE_URL + reverse("product_edit", args=[product.slug]),
            "product_url": settings.SITE_URL + product.get_absolute_url(),
            "rules_url": settings.SITE_URL + reverse("about_rules"),
        }
        send_mail(f"marketplace/{template}", to=creator.email, context=context, idempotency_key=f"decision:{decision.pk}")
