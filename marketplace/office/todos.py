"""What waits for the creator, most pressing first."""

from __future__ import annotations

from typing import Final

from django.db.models import Count, Exists, F, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from courses.learning.models import Submission
from courses.models import Course
from courses.services.publishing import unpublished_changes
from marketplace.models import Product, State
from marketplace.office.selectors import ToDo

MOST_COURSES: Final = 3


def list_todos(creator: User, *, limit: int = 5) -> list[ToDo]:
    """At most `limit` of them. Five queries: the products that wait, the latest decision on each, the courses that were changed or
    have something handed in; and those that tell whether up to three drafts differ from what learners see."""
    waiting = (
        Product.objects.of(creator)
        .filter(state__in=[State.REJECTED, State.REMOVED, State.APPROVED, State.DRAFT])
        .select_related("course_listing__course")
        .prefetch_related("decisions")
        .order_by("-updated_at")[:20]
    )
    order = {State.REJECTED: 0, State.REMOVED: 1, State.APPROVED: 2, State.DRAFT: 3}
    products = sorted(waiting, key=lambda p: order[State(p.state)])
    pressing = [_todo_for(product) for product in products if product.state != State.DRAFT]
    drafts = [_todo_for(product) for product in products if product.state == State.DRAFT]
    todos = [*pressing, *_handed_in(creator), *_unpublished(creator), *drafts]
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


def _todo_for(product: Product) -> ToDo:
    edit = reverse("product_edit", args=[product.slug])
    decision = next(iter(product.decisions.all()), None)
    because = decision.note if decision else ""
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


def _handed_in(creator: User) -> list[ToDo]:
    """Exercises that wait for feedback, by course. One query."""
    newer = Submission.objects.filter(enrolment=OuterRef("enrolment"), lesson=OuterRef("lesson"), number__gt=OuterRef("number"))
    waiting = Submission.objects.filter(~Exists(newer), verdict=Submission.Verdict.WAITING, enrolment__course__creator=creator)
    rows = waiting.values("enrolment__course__title", "enrolment__course__slug").annotate(n=Count("pk")).order_by("-n")
    return [
        ToDo(
            level="info",
            title=ngettext("%(n)d exercise waits for your feedback", "%(n)d exercises wait for your feedback", row["n"]) % {"n": row["n"]},
            text=row["enrolment__course__title"],
            action=_("Look"),
            url=reverse("course_submissions", args=[row["enrolment__course__slug"]]),
        )
        for row in rows[:MOST_COURSES]
    ]


def _unpublished(creator: User) -> list[ToDo]:
    """Courses on sale whose draft says something else than learners see. Only the latest few that were touched since are compared."""
    touched = Course.objects.of(creator).filter(updated_at__gt=F("current_version__published_at"), listing__product__state=State.LIVE)
    latest = touched.select_related("current_version").defer("current_version__outline").order_by("-updated_at")[:MOST_COURSES]
    return [
        ToDo(
            level="info",
            title=_("“%(title)s” has changes that learners do not see") % {"title": course.title},
            text=_("They get them when you publish the course again."),
            action=_("Go on"),
            url=reverse("course_builder", args=[course.slug]),
        )
        for course in latest
        if unpublished_changes(course)
    ]


def describe_sales(count: int) -> str:
    """ "Three sales since midnight." in numbers."""
    if not count:
        return _("No sale since midnight.")
    return ngettext("%(n)d sale since midnight.", "%(n)d sales since midnight.", count) % {"n": count}
