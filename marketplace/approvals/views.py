"""The moderation desk: what waits, one work with all that is in it, and the decision."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import creator_required, staff_required
from kit.http import AuthedRequest
from kit.markdown import render as render_markdown
from kit.pages import paginate
from kit.storage import download_url
from marketplace.access import get_own_asset, get_own_product
from marketplace.approvals import selectors
from marketplace.approvals.errors import ChangedAgain
from marketplace.approvals.forms import ApprovalForm, LookForm, RefusalForm
from marketplace.approvals.services import decisions as services
from marketplace.courseware.selectors import course_view
from marketplace.kinds import describe, details_of, kind_info
from marketplace.models import Product, State
from marketplace.pricing import price_label

logger = structlog.get_logger(__name__)

TAB_LABELS = {
    "waiting": gettext_lazy("Waiting"),
    "changed": gettext_lazy("Changed since"),
    "removed": gettext_lazy("Taken down"),
    "decided": gettext_lazy("Decided"),
}


@require_GET
@staff_required
def queue(request: AuthedRequest) -> HttpResponse:
    """/moderation/ (R89)."""
    asked = request.GET.get("tab", "")
    tab = asked if asked in selectors.TABS else "waiting"
    lists: dict[str, Any] = {
        "waiting": selectors.waiting_products,
        "changed": selectors.changed_products,
        "removed": selectors.removed_products,
        "decided": selectors.latest_decisions,
    }
    context = {
        "tab": tab,
        "tabs": [(name, TAB_LABELS[name]) for name in selectors.TABS],
        "waiting": selectors.count_waiting(),
        "page": paginate(lists[tab](), request, 30),
    }
    return render(request, "marketplace/approvals/queue.html", context)


@require_GET
@staff_required
def product(request: AuthedRequest, slug: str) -> HttpResponse:
    """/moderation/<slug>/: everything that a decision needs, and the decision."""
    return _page(request, selectors.get_reviewable_product(slug))


@require_POST
@staff_required
def approve(request: AuthedRequest, slug: str) -> HttpResponse:
    found = selectors.get_reviewable_product(slug)
    form = ApprovalForm(request.POST, prefix="approval")
    if not form.is_valid():
        return _page(request, found, approval=form, status=422)
    services.approve_product(found, by=request.user, note=form.cleaned_data["note"])
    messages.success(request, _("“%(title)s” is approved.") % {"title": found.title})
    return redirect("moderation")


@require_POST
@staff_required
def reject(request: AuthedRequest, slug: str) -> HttpResponse:
    found = selectors.get_reviewable_product(slug)
    form = RefusalForm(request.POST, prefix="refusal")
    if not form.is_valid():
        return _page(request, found, refusal=form, status=422)
    services.reject_product(found, by=request.user, **form.cleaned_data)
    messages.success(request, _("“%(title)s” is sent back.") % {"title": found.title})
    return redirect("moderation")


@require_POST
@staff_required
def remove(request: AuthedRequest, slug: str) -> HttpResponse:
    found = selectors.get_reviewable_product(slug)
    form = RefusalForm(request.POST, prefix="refusal")
    if not form.is_valid():
        return _page(request, found, refusal=form, status=422)
    services.remove_product(found, by=request.user, **form.cleaned_data)
    messages.success(request, _("“%(title)s” is taken down.") % {"title": found.title})
    return redirect("moderation_product", found.slug)


@require_POST
@staff_required
def restore(request: AuthedRequest, slug: str) -> HttpResponse:
    found = selectors.get_reviewable_product(slug)
    form = ApprovalForm(request.POST, prefix="approval")
    if not form.is_valid():
        return _page(request, found, approval=form, status=422)
    services.restore_product(found, by=request.user, note=form.cleaned_data["note"])
    messages.success(request, _("“%(title)s” is back.") % {"title": found.title})
    return redirect("moderation_product", found.slug)


@require_POST
@staff_required
def look(request: AuthedRequest, slug: str) -> HttpResponse:
    """What was changed since it was let through is in order."""
    found = selectors.get_reviewable_product(slug)
    form = LookForm(request.POST)
    if not form.is_valid():
        raise ChangedAgain
    services.pass_changes(found, by=request.user, as_of=form.cleaned_data["as_of"])
    messages.success(request, _("The changes of “%(title)s” are looked at.") % {"title": found.title})
    return redirect(f"{reverse('moderation')}?tab=changed")


@require_GET
@staff_required
def file(request: AuthedRequest, slug: str, asset_id: uuid.UUID) -> HttpResponse:
    """A file of a listing under review, by a link that ends. Who looked is written into the log."""
    asset = get_own_asset(selectors.get_reviewable_product(slug), asset_id)
    logger.info("moderation_file_fetched", asset=str(asset.pk), by=request.user.pk)
    return redirect(download_url(str(asset.file.name), filename=asset.name, content_type=asset.content_type))


@require_GET
@creator_required
def decisions(request: AuthedRequest, slug: str) -> HttpResponse:
    """What staff wrote about one's own listing: a page, and the fragment beside every page about the product."""
    found = get_own_product(request.user, slug)
    rows = list(selectors.decisions_about(found)[:20])
    if request.htmx and not request.htmx.boosted:
        return render(request, "marketplace/approvals/_latest_decision.html", {"product": found, "decision": next(iter(rows), None)})
    return render(request, "marketplace/approvals/decisions.html", {"product": found, "decisions": rows})


def _page(
    request: AuthedRequest, found: Product, *, approval: ApprovalForm | None = None, refusal: RefusalForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "product": found,
        "description": render_markdown(found.description),
        "kind": kind_info(found.kind),
        "facts": describe(found),
        "details": details_of(found),
        "price": price_label(found),
        "course": course_view(found, request.user),
        "history": selectors.history_of(found.creator),
        "may_decide": services.may_decide(request.user, found),
        "approval": approval or ApprovalForm(prefix="approval"),
        "refusal": refusal or RefusalForm(prefix="refusal"),
        "is_waiting": found.state == State.SUBMITTED,
        "is_removable": found.state in (State.LIVE, State.APPROVED, State.ARCHIVED),
        "is_removed": found.state == State.REMOVED,
        "is_changed": selectors.changed_products().filter(pk=found.pk).exists(),
    }
    return render(request, "marketplace/approvals/product.html", context, status=status)
