"""What waits for the creator, most pressing first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import BooleanField, Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from courses.learning.models import Submission
from courses.learning.selectors_submissions import unanswered
from courses.models import Course
from courses.services.publishing import unpublished_changes
from marketplace.models import Product, State
from marketplace.office.selectors import ToDo

MOST_COURSES: Final = 3
MOST_LOOKED_AT: Final = 20


def list_todos(creator: User, products: Iterable[Any], *, limit: int = 5) -> list[ToDo]:
    """At most `limit` of them. `products` are the creator's, as `with_latest_note` reads them.

    One query for the courses that wait, and those that tell whether up to three drafts differ from what learners see.
    """
    order = {State.REJECTED: 0, State.REMOVED: 1, State.APPROVED: 2, State.DRAFT: 3}
    waiting = [product for product in products if product.state in order]
    waiting.sort(key=lambda product: product.updated_at, reverse=True)
    waiting.sort(key=lambda product: order[State(product.state)])
    pressing = [_todo_for(product) for product in waiting if product.state != State.DRAFT]
    drafts = [_todo_for(product) for product in waiting if product.state == State.DRAFT]
    todos = [*pressing, *_course_todos(creator), *drafts]
    profile = getattr(creator, "profile", None)
    if profile is None or not profile.bio:
        todos.append(
            ToDo(
                level="info",
                title=_("Your page says nothing about you yet"),
                text=_("Two sentences and a picture are enough."),
                action=_("Write them"),
                url=reverse("settings_profile"),
            )
        )
    return todos[:limit]


def with_latest_note(products: QuerySet[Product]) -> QuerySet[Any]:
    """With what staff wrote last (`latest_note`) and the course behind each."""
    latest = Product.objects.filter(pk=OuterRef("pk")).order_by("-decisions__at")
    return products.select_related("course_listing__course").annotate(latest_note=Subquery(latest.values("decisions__note")[:1]))


def _todo_for(product: Any) -> ToDo:
    edit = reverse("product_edit", args=[product.slug])
    because = product.latest_note or ""
    if product.state == State.REJECTED:
        return ToDo(level="error", title=_("“%(title)s” came back") % {"title": product.title}, text=because, action=_("Fix"), url=edit)
    if product.state == State.REMOVED:
        return ToDo(
            level="error", title=_("“%(title)s” was taken down") % {"title": product.title}, text=because, action=_("Look"), url=edit
        )
    if product.state == State.APPROVED:
        return ToDo(
            level="success",
            title=_("“%(title)s” is approved") % {"title": product.title},
            text=_("It goes on sale when you publish it."),
            action=_("Publish"),
            url=edit,
        )
    listing = getattr(product, "course_listing", None)
    if listing is not None and not listing.course.is_published:
        return ToDo(
            level="info",
            title=_("“%(title)s” is a draft") % {"title": product.title},
            text=_("Build the course and publish its first version."),
            action=_("Go on"),
            url=reverse("course_builder", args=[listing.course.slug]),
        )
    return ToDo(
        level="info",
        title=_("“%(title)s” is a draft") % {"title": product.title},
        text=_("Nobody sees it until you submit it."),
        action=_("Go on"),
        url=edit,
    )


def _course_todos(creator: User) -> list[ToDo]:
    """Exercises that wait for feedback, and courses on sale whose draft says something else than learners see."""
    courses = list(_courses_to_look_at(creator)[:MOST_LOOKED_AT])
    waiting = sorted((course for course in courses if course.waiting), key=lambda course: -course.waiting)
    touched = [course for course in courses if course.is_touched]
    handed_in = [
        ToDo(
            level="info",
            title=ngettext("%(n)d exercise waits for your feedback", "%(n)d exercises wait for your feedback", course.waiting)
            % {"n": course.waiting},
            text=course.title,
            action=_("Look"),
            url=reverse("course_submissions", args=[course.slug]),
        )
        for course in waiting[:MOST_COURSES]
    ]
    unpublished = [
        ToDo(
            level="info",
            title=_("“%(title)s” has changes that learners do not see") % {"title": course.title},
            text=_("They get them when you publish the course again."),
            action=_("Go on"),
            url=reverse("course_builder", args=[course.slug]),
        )
        for course in touched[:MOST_COURSES]
        if unpublished_changes(course)
    ]
    return [*handed_in, *unpublished]


def _courses_to_look_at(creator: User) -> QuerySet[Any]:
    """Those with something handed in (`waiting`), or on sale and touched since they were published (`is_touched`). One query."""
    unread = unanswered(Submission.objects.filter(enrolment__course=OuterRef("pk")))
    count = unread.order_by().values("enrolment__course").annotate(n=Count("pk")).values("n")
    touched = Q(updated_at__gt=F("current_version__published_at"), listing__product__state=State.LIVE)
    courses = Course.objects.of(creator).select_related("current_version").defer("current_version__outline")
    courses = courses.annotate(
        waiting=Coalesce(Subquery(count, output_field=IntegerField()), 0),
        is_touched=Case(When(touched, then=True), default=False, output_field=BooleanField()),
    )
    return courses.filter(Q(waiting__gt=0) | Q(is_touched=True)).order_by("-updated_at")


def describe_sales(count: int) -> str:
    """ "Three sales since midnight." in numbers."""
    if not count:
        return _("No sale since midnight.")
    return ngettext("%(n)d sale since midnight.", "%(n)d sales since midnight.", count) % {"n": count}
