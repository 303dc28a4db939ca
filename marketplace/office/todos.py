"""What waits for the creator, most pressing first."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from marketplace.models import Product, State
from marketplace.office.selectors import ToDo


def list_todos(creator: User, *, limit: int = 5) -> list[ToDo]:
    """At most `limit` of them. Two queries: the products that wait, and the latest decision on each."""
    waiting = (
        Product.objects.of(creator)
        .filter(state__in=[State.REJECTED, State.REMOVED, State.APPROVED, State.DRAFT])
        .prefetch_related("decisions")
        .order_by("-updated_at")[:20]
    )
    order = {State.REJECTED: 0, State.REMOVED: 1, State.APPROVED: 2, State.DRAFT: 3}
    todos = [_todo_for(product) for product in sorted(waiting, key=lambda p: order[State(p.state)])]
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
    return ToDo(
        level="info",
        title=_("“%(title)s” is a draft") % {"title": product.title},
        text=_("Nobody sees it until you submit it."),
        action=_("Go on"),
        url=edit,
    )


def describe_sales(count: int) -> str:
    """ "Three sales since midnight." in numbers."""
    if not count:
        return _("No sale since midnight.")
    return ngettext("%(n)d sale since midnight.", "%(n)d sales since midnight.", count) % {"n": count}
