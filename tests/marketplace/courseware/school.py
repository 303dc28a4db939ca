"""Courses on sale, made by the services that pages use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounts.models import User
from courses.models import Course
from courses.services.publishing import publish_course
from kit.events.testing import deliver_all
from marketplace.approvals.services.decisions import approve_product
from marketplace.courseware.services.listings import create_course_product, list_course
from marketplace.models import Product
from marketplace.services.products import Listing, change_product, submit_product
from tests.factories import make_category
from tests.factories.courses import make_course

DESCRIPTION = "Twelve letters drawn for small screens, from the first stem to a font file that one may use."


def complete(title: str, **changes: Any) -> Listing:
    """A listing that lacks nothing but its course."""
    words = Listing(
        title=title, summary="Letters for small screens.", description=DESCRIPTION, category=make_category("Type"), price_minor=6800
    )
    return replace(words, **changes)


def make_draft(by: User, title: str = "Letters that hold", **changes: Any) -> tuple[Product, Course]:
    return create_course_product(by=by, listing=complete(title, **changes))


def sell(course: Course, *, approved_by: User, **changes: Any) -> Product:
    """Its listing, complete, approved and live."""
    product = list_course(course, by=course.creator)
    deliver_all()
    product = change_product(product, by=course.creator, listing=complete(course.title, **changes))
    submit_product(product, by=course.creator)
    approve_product(product, by=approved_by)
    deliver_all()
    product.refresh_from_db()
    return product


def make_sold_course(creator: User, *, approved_by: User, price: dict[str, Any] | None = None, **course: Any) -> tuple[Product, Course]:
    """A published course on sale; `price` changes the listing, the rest is `make_course`'s."""
    made = make_course(creator, **course)
    return sell(made, approved_by=approved_by, **(price or {})), made


def publish_again(course: Course) -> None:
    publish_course(course, by=course.creator)
    deliver_all()
