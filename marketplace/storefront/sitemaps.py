"""The addresses that search engines should know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.sitemaps import Sitemap
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import User
from marketplace.models import Category, Product


class WorksSitemap(Sitemap):
    limit = 5000
    changefreq = "weekly"

    def items(self) -> QuerySet[Product]:
        return Product.objects.live().only("slug", "updated_at").order_by("pk")

    def lastmod(self, item: Product) -> datetime:
        return item.updated_at


class CreatorsSitemap(Sitemap):
    limit = 5000
    changefreq = "weekly"

    def items(self) -> QuerySet[User]:
        live = Product.objects.live().filter(creator=OuterRef("pk"))
        return User.objects.filter(Exists(live), is_active=True).only("username").order_by("pk")


class ShelvesSitemap(Sitemap):
    """The pages that are always there, and one for each category."""

    changefreq = "daily"

    def items(self) -> list[str]:
        pages = [
            reverse(name)
            for name in ("home", "marketplace", "about_fees", "about_refunds", "about_rules", "about_privacy", "about_contact")
        ]
        return pages + [category.get_absolute_url() for category in Category.objects.all()]

    def location(self, item: str) -> str:
        return item

    def get_latest_lastmod(self) -> Any:
        return Product.objects.live().aggregate(newest=Max("published_at"))["newest"]


SITEMAPS: dict[str, type[Sitemap]] = {"works": WorksSitemap, "creators": CreatorsSitemap, "shelves": ShelvesSitemap}
