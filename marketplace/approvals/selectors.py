"""What the moderation desk shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from kit.errors import NotFound
from marketplace.approvals.models import Decision
from marketplace.models import Product, State

_PASSED = (Decision.Verdict.APPROVED, Decision.Verdict.RESTORED, Decision.Verdict.SEEN)
TABS = ("waiting", "changed", "removed", "decided")


def waiting_products() -> QuerySet[Product]:
    """What waits for a decision, oldest first."""
    return Product.objects.filter(state=State.SUBMITTED).select_related("creator__profile", "category").order_by("submitted_at", "pk")


def changed_products() -> QuerySet[Product]:
    """What is live and was changed since staff let it through or looked at it, latest first: changes need no new review, so somebody
    looks afterwards. Between the approval and going live counts, too. What went live without a decision counts from then on."""
    passed = Decision.objects.filter(product=OuterRef("pk"), verdict__in=_PASSED)
    seen_at = Coalesce(Subquery(passed.order_by("-at").values("at")[:1]), F("published_at"))
    live = Product.objects.live().alias(seen_at=seen_at).filter(updated_at__gt=F("seen_at"))
    return live.select_related("creator__profile", "category").order_by("-updated_at", "-pk")


def removed_products() -> QuerySet[Product]:
    return Product.objects.filter(state=State.REMOVED).select_related("creator__profile", "category").order_by("-updated_at", "-pk")


def latest_decisions() -> QuerySet[Decision]:
    return Decision.objects.select_related("product__creator__profile", "by__profile").order_by("-at", "-pk")


def count_waiting() -> int:
    return Product.objects.filter(state=State.SUBMITTED).count()


def get_reviewable_product(slug: str) -> Product:
    """Any listing, for staff. Drafts are their creators' own matter until they are submitted. Raises `NotFound`."""
    product = (
        Product.objects.select_related("creator__profile", "category")
        .prefetch_related("tags", "gallery", "versions__assets", "decisions__by__profile")
        .filter(slug=slug)
        .exclude(state=State.DRAFT)
        .first()
    )
    if product is None:
        raise NotFound
    return product


@dataclass(frozen=True, kw_only=True)
class History:
    """How a creator's works have fared here."""

    by_state: list[tuple[str, int]]
    approved: int
    sent_back: int
    removed: int


def history_of(creator: User) -> History:
    """Two queries."""
    states = dict(Product.objects.of(creator).values_list("state").annotate(n=Count("pk")).order_by())
    verdicts = dict(Decision.objects.filter(product__creator=creator).values_list("verdict").annotate(n=Count("pk")).order_by())
    return History(
        by_state=[(str(State(state).label), states[state]) for state in State.values if state in states],
        approved=verdicts.get(Decision.Verdict.APPROVED, 0),
        sent_back=verdicts.get(Decision.Verdict.REJECTED, 0),
        removed=verdicts.get(Decision.Verdict.REMOVED, 0),
    )


def decisions_about(product: Product) -> QuerySet[Decision]:
    """Latest first. Who decided is not the creator's business, so it is not fetched; nor that staff looked at changes and let them be."""
    return Decision.objects.filter(product=product).exclude(verdict=Decision.Verdict.SEEN).order_by("-at", "-pk")
