"""New works for feed readers (Atom)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import public_profile
from kit.markdown import plain
from marketplace.models import Product
from marketplace.pricing import price_label

MOST = 30


class WorksFeed(Feed):
    """The newest works of everybody."""

    feed_type = Atom1Feed

    def title(self) -> str:
        return _("New works")

    def link(self) -> str:
        return reverse("marketplace") + "?sort=newest"

    def feed_url(self) -> str:
        return reverse("works_feed")

    def items(self) -> Iterable[Product]:
        return Product.objects.live().for_cards().defer("sample_output", "search").order_by("-published_at", "-pk")[:MOST]

    def item_title(self, item: Product) -> str:
        return item.title

    def item_description(self, item: Product) -> str:
        return f"{item.summary or plain(item.description, 200)} ({item.get_kind_display()}, {price_label(item)})"

    def item_link(self, item: Product) -> str:
        return item.get_absolute_url()

    def item_author_name(self, item: Product) -> str:
        return item.creator.name

    def item_author_link(self, item: Product) -> str:
        return item.creator.get_absolute_url()

    def item_pubdate(self, item: Product) -> datetime | None:
        return item.published_at

    def item_updateddate(self, item: Product) -> datetime:
        return item.updated_at

    def item_categories(self, item: Product) -> list[str]:
        return [item.category.name] if item.category else []


class CreatorFeed(WorksFeed):
    """The newest works of one person."""

    def get_object(self, request: HttpRequest, username: str) -> User:
        return public_profile(username)

    def title(self, person: User) -> str:  # type: ignore[override]
        return _("New works by %(name)s") % {"name": person.name}

    def link(self, person: User) -> str:  # type: ignore[override]
        return person.get_absolute_url()

    def feed_url(self, person: User) -> str:  # type: ignore[override]
        return reverse("creator_feed", args=[person.username])

    def items(self, person: User) -> Iterable[Product]:  # type: ignore[override]
        return Product.objects.live().of(person).for_cards().defer("sample_output", "search").order_by("-published_at", "-pk")[:MOST]
