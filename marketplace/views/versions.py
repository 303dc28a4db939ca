"""Versions of a product (R81, R82)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import creator_required
from kit.http import AuthedRequest
from kit.markdown import render as render_markdown
from marketplace.access import get_draft_version, get_own_product
from marketplace.errors import LabelTaken
from marketplace.forms import NewVersionForm, VersionForm
from marketplace.goods import GOODS
from marketplace.models import Product, Version
from marketplace.services import versions as services
from marketplace.views.standing import standing


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def index(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/products/<slug>/versions/: all of them; a POST starts the next one."""
    product = get_own_product(request.user, slug)
    if request.method != "POST":
        goods = GOODS.get(product.kind)
        return redirect(goods.workshop_url(product)) if goods else _page(request, product)
    form = NewVersionForm(request.POST, newest=None)
    if form.is_valid():
        try:
            services.start_version(product, by=request.user, **form.cleaned_data)
        except LabelTaken as error:
            form.add_error("label", str(error))
        else:
            messages.success(request, _("The new version is being prepared. Buyers see it once you publish it."))
            return redirect("product_files", product.slug)
    return _page(request, product, new_form=form, status=422)


@require_POST
@creator_required
def change(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_own_product(request.user, slug)
    form = VersionForm(request.POST)
    if form.is_valid():
        try:
            services.change_version(get_draft_version(product), by=request.user, **form.cleaned_data)
        except LabelTaken as error:
            form.add_error("label", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("product_versions", product.slug)
    return _page(request, product, draft_form=form, status=422)


@require_POST
@creator_required
def publish(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_own_product(request.user, slug)
    version = services.publish_version(get_draft_version(product), by=request.user)
    messages.success(request, _("Version %(label)s is out. Buyers find it in their library.") % {"label": version.label})
    return redirect("product_versions", product.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
def drop(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_own_product(request.user, slug)
    version = get_draft_version(product)
    if request.method == "POST":
        services.drop_version(version, by=request.user)
        messages.success(request, _("Version %(label)s is dropped.") % {"label": version.label})
        return redirect("product_versions", product.slug)
    return render(request, "marketplace/listing/drop_version.html", standing(product, version=version))


def _page(
    request: AuthedRequest,
    product: Product,
    *,
    new_form: NewVersionForm | None = None,
    draft_form: VersionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    versions = list(product.versions.prefetch_related("assets").order_by("-number"))
    draft = next((version for version in versions if version.state == Version.State.DRAFT), None)
    if draft is not None and draft_form is None:
        draft_form = VersionForm(initial={"label": draft.label, "changelog": draft.changelog})
    context = standing(
        product,
        draft=draft,
        published=[(version, render_markdown(version.changelog)) for version in versions if version.state == Version.State.PUBLISHED],
        draft_form=draft_form,
        new_form=new_form or NewVersionForm(newest=next(iter(versions), None)),
    )
    return render(request, "marketplace/listing/versions.html", context, status=status)
