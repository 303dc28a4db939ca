"""Builders of valid rows. They write models directly: what a service must prove, its own test proves."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Profile, User
from marketplace.models import Category, Product, Version

PASSWORD = "demo-pass-1234"
_counter = itertools.count(1)


def make_user(username: str | None = None, *, creator: bool = False, staff: bool = False, **extra: Any) -> User:
    """A person with a verified address and PASSWORD."""
    from allauth.account.models import EmailAddress

    username = username or f"person{next(_counter)}"
    email = extra.pop("email", f"{username}@example.com")
    user = User.objects.create_user(username, email, PASSWORD, is_staff=staff, creator_since=timezone.now() if creator else None, **extra)
    Profile.objects.get_or_create(user=user, defaults={"display_name": username.capitalize()})
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_category(name: str = "Writing") -> Category:
    return Category.objects.get_or_create(slug=slugify(name), defaults={"name": name})[0]


def make_product(creator: User, *, state: str = "live", **extra: Any) -> Product:
    """A listing in the given state, EUR 19.00 unless told otherwise, with one published version and no files."""
    n = next(_counter)
    title = extra.pop("title", f"Work number {n}")
    if extra.get("pricing") in ("free", "pwyw"):
        extra.setdefault("price_minor", 0)
    fields: dict[str, Any] = {
        "kind": "ebook",
        "slug": slugify(title) + f"-{n}",
        "summary": "A short sentence about it.",
        "description": "A few **words** about it.",
        "category": make_category(),
        "price_minor": 1900,
        "currency": "EUR",
        "published_at": timezone.now() if state in ("live", "archived", "removed") else None,
        "submitted_at": timezone.now() if state != "draft" else None,
        **extra,
    }
    product = Product.objects.create(creator=creator, title=title, state=state, **fields)
    Version.objects.create(product=product, number=1, label="1.0.0", state="published", published_at=timezone.now())
    return product
