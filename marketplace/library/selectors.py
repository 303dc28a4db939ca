"""What somebody has: works, their files, and what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import CharField, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse

from courses.learning.models import Enrolment
from marketplace.kinds import fact, kind_label
from marketplace.models import Asset, Kind, Product, State, Version
from marketplace.orders.models import Entitlement, Order
from marketplace.orders.selectors import newest_files

if TYPE_CHECKING:
    from accounts.models import User


MOST_OTHERS = 24


def works_of(user: User, *, words: str = "") -> QuerySet[Entitlement]:
    """What `user` has, what was opened, learnt or got last on top (R203, R204); those with `words` in the title or the creator's name."""
    learnt = Enrolment.objects.full().of(user).filter(course__listing__product=OuterRef("product"))
    newest = Version.objects.published().filter(product=OuterRef("product")).order_by("-number")
    works = (
        Entitlement.objects.active()
        .of(user)
        .select_related("product__creator__profile")
        .annotate(
            # Postgres leaves out what is null.
            active_at=Greatest(Coalesce("last_opened_at", "granted_at"), Subquery(learnt.values("last_activity_at")[:1])),
            newest_label=Subquery(newest.values("label")[:1]),
            newest_at=Subquery(newest.values("published_at")[:1]),
        )
    )
    for word in words.split()[:8]:
        works = works.filter(
            Q(product__title__icontains=word)
            | Q(product__creator__profile__display_name__icontains=word)
            | Q(product__creator__username__icontains=word)
        )
    return works.order_by("-active_at", "-pk")


def files_of(user: User, *, words: str = "") -> QuerySet[Asset]:
    """The files of the newest version of all that `user` has, by work; those with `words` in their name or title."""
    owned = Entitlement.objects.active().of(user).values("product")
    newest = Version.objects.published().filter(product__in=owned).order_by("product", "-number").distinct("product")
    files = Asset.objects.filter(version__in=newest.values("pk")).select_related("version__product")
    for word in words.split()[:8]:
        files = files.filter(Q(name__icontains=word) | Q(version__product__title__icontains=word))
    return files.order_by("version__product__title", "version__product", "position", "created_at", "pk")


@dataclass(frozen=True)
class Counts:
    """What stands behind the tabs."""

    works: int
    files: int
    purchases: int


def counts_of(user: User) -> Counts:
    """One query."""
    counted = {"works": Entitlement.objects.active().of(user), "files": files_of(user), "purchases": Order.objects.of(user).settled()}
    rows = [found.order_by().values(what=Value(name, CharField())).annotate(n=Count("pk")) for name, found in counted.items()]
    return Counts(**{"works": 0, "files": 0, "purchases": 0} | dict(rows[0].union(*rows[1:], all=True).values_list("what", "n")))


@dataclass(frozen=True)
class ShelfCard:
    """One work on the shelf."""

    product: Product
    kind_label: str
    fact: str
    version: str
    files: list[Asset]
    is_updated: bool
    since: datetime
    active_at: datetime
    enrolment: Enrolment | None = None

    @property
    def size_bytes(self) -> int:
        return sum(asset.size_bytes for asset in self.files)


def shelf_cards(works: Sequence[Any]) -> list[ShelfCard]:
    """Cards for entitlements as `works_of` gives them. Two queries, one where there is no course among them."""
    files = newest_files(work.product_id for work in works)
    learning = _learning(works)
    return [
        ShelfCard(
            product=work.product,
            kind_label=kind_label(work.product.kind),
            fact=fact(work.product),
            version=work.newest_label or "",
            files=files.get(work.product_id, []),
            is_updated=work.newest_at is not None and work.newest_at > work.active_at,
            since=work.granted_at,
            active_at=work.active_at,
            enrolment=learning.get(work.product_id),
        )
        for work in works
    ]


def _learning(works: Sequence[Any]) -> dict[int, Enrolment]:
    """Product id → how far its owner is, for the courses among `works`, all of one person."""
    courses = [work.product_id for work in works if work.product.kind == Kind.COURSE]
    if not courses:
        return {}
    enrolments = Enrolment.objects.full().filter(user=works[0].user_id, course__listing__product__in=courses)
    return {enrolment.course.listing.product_id: enrolment for enrolment in enrolments.select_related("course__listing", "certificate")}


def continue_url(enrolment: Enrolment) -> str:
    """Leads to the lesson where one goes on: found when it is followed, not for each card."""
    return f"{reverse('learn_course', args=[enrolment.course.slug])}?continue"


def other_courses_of(user: User) -> list[Enrolment]:
    """Courses that `user` learns or learnt without having bought them or any more: free lessons only, invited, taken back. The
    latest first. One query."""
    held = Entitlement.objects.active().of(user).filter(product__course_listing__course=OuterRef("course"))
    shown = ~Q(source=Enrolment.Source.PREVIEW) | Q(course__listing__product__state=State.LIVE)
    others = Enrolment.objects.of(user).filter(~Exists(held), shown)
    others = others.select_related("course__creator__profile", "course__listing__product")
    return list(others.order_by("-last_activity_at", "-pk")[:MOST_OTHERS])


def versions_of(product: Product) -> QuerySet[Version]:
    """Published versions with their files, newest first. Two queries."""
    files = Asset.objects.order_by("position", "created_at")
    return Version.objects.published().filter(product=product).order_by("-number").prefetch_related(Prefetch("assets", queryset=files))
