"""A creator's listings: making, changing, submitting, archiving, deleting."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import creator_required
from kit.http import AuthedRequest
from kit.markdown import render as render_markdown
from kit.ratelimit import rate_limited
from marketplace.access import get_own_product
from marketplace.completeness import missing_from
from marketplace.forms import ProductForm
from marketplace.goods import GOODS, is_made_of_files
from marketplace.kinds import KINDS, listable_kinds
from marketplace.models import Product
from marketplace.pricing import share_kept_percent
from marketplace.retention import is_held
from marketplace.services import products as services
from marketplace.services.assets import offered_details
from marketplace.views.standing import standing

MOST_PREVIEWED = 20_000


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("product_new", "60/h", by="user", methods=("POST",))
def new(request: AuthedRequest) -> HttpResponse:
    """/dashboard/products/new/ (R41, R47): the kind first, then the form."""
    kind = request.POST.get("kind") or request.GET.get("kind") or ""
    info = KINDS.get(kind)
    if info is None or not info.listable:
        return render(request, "marketplace/listing/kinds.html", {"kinds": listable_kinds()})
    form = ProductForm(request.POST or None, creator=request.user, kind=kind)
    if request.method == "POST" and form.is_valid():
        product = services.create_product(by=request.user, kind=kind, listing=form.listing())
        if goods := GOODS.get(kind):
            messages.success(request, _("Kept as a draft. Now what is in it."))
            return redirect(goods.workshop_url(product))
        messages.success(request, _("Kept as a draft. Now its files."))
        return redirect("product_files", product.slug)
    context = {"form": form, "kind": info, "kept_percent": share_kept_percent(), "has_files": is_made_of_files(kind)}
    return render(request, "marketplace/listing/new.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def edit(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/products/<slug>/edit/ (R57, R63)."""
    product = get_own_product(request.user, slug)
    form = ProductForm(request.POST or None, creator=request.user, kind=product.kind, product=product)
    if request.method == "POST" and form.is_valid():
        product = services.change_product(product, by=request.user, listing=form.listing())
        if "submit" not in request.POST:
            messages.success(request, _("Saved."))
            return redirect("product_edit", product.slug)
        if not missing_from(product):
            return _submit(request, product)
    refused = request.method == "POST"
    context = standing(
        product,
        form=form,
        kind=form.info,
        kept_percent=share_kept_percent(),
        offered=_offered(product) if not refused else {},
        submits_in_form=True,
        asked_to_submit=refused and form.is_valid(),
    )
    return render(request, "marketplace/listing/edit.html", context, status=422 if refused else 200)


def _offered(product: Product) -> dict[str, object]:
    """What the files say and the listing does not, for the creator to take over."""
    version = product.versions.order_by("-number").first()
    if version is None or product.kind not in ("ebook", "template"):
        return {}
    offered = offered_details(version)
    wanted = ("pages", "formats") if product.kind == "ebook" else ("formats",)
    return {name: offered[name] for name in wanted if offered[name] and not product.details.get(name)}


def _submit(request: AuthedRequest, product: Product) -> HttpResponse:
    services.submit_product(product, by=request.user)
    messages.success(request, _("Submitted. We write to you when our reviewers have looked at it."))
    return redirect("product_edit", product.slug)


@require_POST
@creator_required
@rate_limited("product_submit", "60/h", by="user")
def submit(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_own_product(request.user, slug)
    if missing_from(product):
        messages.warning(request, _("Not yet: something is missing. The list beside the page says what."))
        return redirect("product_edit", product.slug)
    return _submit(request, product)


@require_POST
@creator_required
def withdraw(request: AuthedRequest, slug: str) -> HttpResponse:
    product = services.withdraw_product(get_own_product(request.user, slug), by=request.user)
    messages.success(request, _("Taken back. Change it, then submit it again."))
    return redirect("product_edit", product.slug)


@require_POST
@creator_required
def publish(request: AuthedRequest, slug: str) -> HttpResponse:
    product = services.publish_product(get_own_product(request.user, slug), by=request.user)
    messages.success(request, _("“%(title)s” is on sale.") % {"title": product.title})
    return redirect("product_edit", product.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def archive(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_own_product(request.user, slug)
    if request.method == "POST":
        services.archive_product(product, by=request.user)
        messages.success(request, _("Archived. Whoever bought it keeps it."))
        return redirect("product_edit", product.slug)
    return render(request, "marketplace/listing/archive.html", standing(product))


@require_POST
@creator_required
def restore(request: AuthedRequest, slug: str) -> HttpResponse:
    product = services.restore_product(get_own_product(request.user, slug), by=request.user)
    messages.success(request, _("On sale again.") if product.is_live else _("Back as a draft."))
    return redirect("product_edit", product.slug)


@require_POST
@creator_required
@rate_limited("product_new", "60/h", by="user")
def duplicate(request: AuthedRequest, slug: str) -> HttpResponse:
    copy = services.duplicate_product(get_own_product(request.user, slug), by=request.user)
    messages.success(request, _("This is the copy, as a draft."))
    return redirect("product_edit", copy.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def delete(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/products/<slug>/delete/ (R58)."""
    product = get_own_product(request.user, slug)
    if request.method == "POST":
        title = product.title
        if services.delete_product(product, by=request.user) == "archived":
            messages.info(request, _("“%(title)s” has buyers, so it was archived: they keep it.") % {"title": title})
        else:
            messages.success(request, _("“%(title)s” is deleted.") % {"title": title})
        return redirect("dashboard_products")
    return render(request, "marketplace/listing/delete.html", standing(product, held=is_held(product)))


@require_GET
@creator_required
def preview(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/products/<slug>/preview/: the product page, which lets its creator in whatever the state."""
    return redirect(reverse("product", args=[get_own_product(request.user, slug).slug]))


@require_POST
@rate_limited("markdown_preview", "120/m", by="user")
def preview_text(request: AuthedRequest) -> HttpResponse:
    """Markdown as the pages will show it, for the editor's preview."""
    return HttpResponse(render_markdown(request.POST.get("text", "")[:MOST_PREVIEWED]))
