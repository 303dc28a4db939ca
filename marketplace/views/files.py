"""Files of the version that is being prepared."""

from __future__ import annotations

import uuid
from typing import Literal

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import creator_required
from kit.errors import DomainError
from kit.files.uploads import bounded_upload, files_over_the_limit
from kit.http import AuthedRequest, problem
from kit.ratelimit import rate_limited
from kit.storage import safe_filename
from marketplace.access import get_own_asset, get_own_product
from marketplace.forms import UploadForm
from marketplace.goods import GOODS
from marketplace.kinds import kind_info
from marketplace.limits import most_creator_bytes, most_file_bytes, most_product_bytes
from marketplace.models import Asset, Product, Version
from marketplace.services import assets as services
from marketplace.views.standing import standing


@csrf_exempt  # bounded_upload checks the token once the bounds are in place
@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("upload", "120/m", by="user", methods=("POST",))
@bounded_upload(most_file_bytes)
def index(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/products/<slug>/files/ (R116). A POST may hold one file or, without script, several."""
    product = get_own_product(request.user, slug)
    if request.method == "POST":
        return _receive(request, product, replaces=None)
    if goods := GOODS.get(product.kind):
        return redirect(goods.workshop_url(product))
    return _page(request, product)


@csrf_exempt
@require_POST
@creator_required
@rate_limited("upload", "120/m", by="user")
@bounded_upload(most_file_bytes)
def replace(request: AuthedRequest, slug: str, asset_id: uuid.UUID) -> HttpResponse:
    product = get_own_product(request.user, slug)
    return _receive(request, product, replaces=get_own_asset(product, asset_id))


def _receive(request: AuthedRequest, product: Product, *, replaces: Asset | None) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    refusals = [_too_large(name) for name in files_over_the_limit(request)]
    stored: list[Asset] = []
    if form.is_valid():
        for upload in form.cleaned_data["file"][: 1 if replaces else None]:
            _keep(product, upload, request, replaces, stored, refusals)
    elif not refusals:
        refusals = [str(error) for errors in form.errors.values() for error in errors]
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        if refusals or not stored:
            return problem(422, code="refused_file", detail=refusals[0], field="file")
        return render(request, "marketplace/listing/_file_row.html", {"product": product, "asset": stored[0], "open": True}, status=201)
    if refusals:
        return _page(request, product, refusals=refusals, status=422)
    messages.success(request, _("Checked and kept: %(names)s.") % {"names": ", ".join(asset.name for asset in stored)})
    return redirect("product_files", product.slug)


def _keep(
    product: Product, upload: UploadedFile, request: AuthedRequest, replaces: Asset | None, stored: list[Asset], refusals: list[str]
) -> None:
    """One of several files may be refused while the others are kept, so each has its own answer."""
    try:
        stored.append(services.add_asset(product, upload, by=request.user, replaces=replaces))
    except DomainError as error:
        refusals.append(str(error))


def _too_large(name: str) -> str:
    return _("“%(name)s” is too large. Files may be up to %(limit)s.") % {
        "name": safe_filename(name),
        "limit": filesizeformat(most_file_bytes()),
    }


def _page(request: AuthedRequest, product: Product, *, refusals: list[str] | None = None, status: int = 200) -> HttpResponse:
    versions = list(product.versions.prefetch_related("assets").order_by("-number")[:2])
    draft = next((version for version in versions if version.state == Version.State.DRAFT), None)
    info = kind_info(product.kind)
    context = standing(
        product,
        kind=info,
        draft=draft,
        is_open=draft is not None and product.is_editable,
        version=draft or next(iter(versions), None),
        form=UploadForm(extensions=info.extensions),
        refusals=refusals or [],
        most_bytes=most_file_bytes(),
        used_bytes=services.stored_bytes(product),
        product_bytes=most_product_bytes(),
        creator_used_bytes=services.stored_bytes_of(product.creator_id),
        creator_bytes=most_creator_bytes(),
        endings=", ".join(sorted(info.extensions)),
    )
    return render(request, "marketplace/listing/files.html", context, status=status)


@require_POST
@creator_required
def remove(request: AuthedRequest, slug: str, asset_id: uuid.UUID) -> HttpResponse:
    product = get_own_product(request.user, slug)
    asset = get_own_asset(product, asset_id)
    services.remove_asset(asset, by=request.user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": asset.name})
    return redirect("product_files", product.slug)


@require_POST
@creator_required
def move(request: AuthedRequest, slug: str, asset_id: uuid.UUID) -> HttpResponse:
    product = get_own_product(request.user, slug)
    direction: Literal["up", "down"] = "up" if request.POST.get("direction") == "up" else "down"
    services.move_asset(get_own_asset(product, asset_id), by=request.user, direction=direction)
    return redirect("product_files", product.slug)
