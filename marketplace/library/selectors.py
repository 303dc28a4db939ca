"""What somebody has: works, their files, and what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from marketplace.kinds import fact, kind_label
from marketplace.models import Asset, Product, Version
from marketplace.orders.models import Entitlement, Order
from marketplace.orders.selectors import newest_files

if TYPE_CHECKING:
    from accounts.models import User


def works_of(user: User, *, words: str = "") -> QuerySet[Entitlement]:
    """What `user` has, what was opened or got last on top; those with `words` in the title or the creator's name."""
    newest = Version.objects.published().filter(product=OuterRef("product")).order_by("-number")
    works = (
        Entitlement.objects.active()
        .of(user)
        .select_related("product__creator__profile")
        .annotate(
            active_at=Coalesce("last_opened_at", "granted_at"),
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
    """Three queries."""
    return Counts(
        works=Entitlement.objects.active().of(user).count(),
        files=files_of(user).order_by().count(),
        purchases=Order.objects.of(user).settled().count(),
    )


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

    @property
    def size_bytes(self) -> int:
        return sum(asset.size_bytes for asset in self.files)


def shelf_cards(works: Sequence[Any]) -> list[ShelfCard]:
    """Cards for entitlements as `works_of` gives them. One query."""
    files = newest_files(work.product_id for work in works)
    return [
        ShelfCard(
            product=work.product,
            kind_label=kind_label(work.product.kind),
            fact=fact(work.product),
            version=work.newest_label or "",
            files=files.get(work.product_id, []),
            is_updated=work.newest_at is not None and work.newest_at > work.active_at,
            since=work.granted_at,
        )
        for work in works
    ]


def versions_of(product: Product) -> QuerySet[Version]:
    """Published versions with their files, newest first. Two queries."""
    files = Asset.objects.order_by("position", "created_at")
    return Version.objects.published().filter(product=product).order_by("-number").prefetch_related(Prefetch("assets", queryset=files))
