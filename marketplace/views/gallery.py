"""Cover and gallery of a product (R75)."""

from __future__ import annotations

from typing import Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import creator_required
from kit.errors import DomainError
from kit.files.uploads import bounded_upload, files_over_the_limit
from kit.http import AuthedRequest
from kit.images import MOST_BYTES
from kit.ratelimit import rate_limited
from marketplace.access import get_own_picture, get_own_product
from marketplace.forms import AltForm, GalleryPictureForm, PictureForm
from marketplace.limits import MOST_PICTURES
from marketplace.models import Product
from marketplace.services import gallery as services
from marketplace.views.standing import standing


def most_picture_bytes() -> int:
    return MOST_BYTES


@csrf_exempt  # bounded_upload checks the token once the bounds are in place
@require_http_methods(["GET", "HEAD", "POST"])
@creator_required
@rate_limited("upload", "120/m", by="user", methods=("POST",))
@bounded_upload(most_picture_bytes)
def index(request: AuthedRequest, slug: str) -> HttpResponse:
    """/dashboard/products/<slug>/gallery/: a POST adds a picture to the gallery."""
    product = get_own_product(request.user, slug)
    if request.method != "POST":
        return _page(request, product)
    form = GalleryPictureForm(request.POST, request.FILES)
    _check_size(request, form)
    if form.is_valid():
        try:
            services.add_picture(product, form.cleaned_data["image"], by=request.user, alt=form.cleaned_data["alt"])
        except DomainError as error:
            form.add_error("image", str(error))
        else:
            messages.success(request, _("The picture is in the gallery."))
            return redirect("product_gallery", product.slug)
    return _page(request, product, picture_form=form, status=422)


@csrf_exempt
@require_POST
@creator_required
@rate_limited("upload", "120/m", by="user")
@bounded_upload(most_picture_bytes)
def cover(request: AuthedRequest, slug: str) -> HttpResponse:
    product = get_own_product(request.user, slug)
    form = PictureForm(request.POST, request.FILES, prefix="cover")
    _check_size(request, form)
    if form.is_valid():
        try:
            services.set_cover(product, form.cleaned_data["image"], by=request.user)
        except DomainError as error:
            form.add_error("image", str(error))
        else:
            messages.success(request, _("This is the cover now."))
            return redirect("product_gallery", product.slug)
    return _page(request, product, cover_form=form, status=422)


@require_POST
@creator_required
def uncover(request: AuthedRequest, slug: str) -> HttpResponse:
    product = services.remove_cover(get_own_product(request.user, slug), by=request.user)
    messages.success(request, _("The drawn cover is back."))
    return redirect("product_gallery", product.slug)


@require_POST
@creator_required
def describe(request: AuthedRequest, slug: str, picture_id: int) -> HttpResponse:
    product = get_own_product(request.user, slug)
    form = AltForm(request.POST)
    if form.is_valid():
        services.describe_picture(get_own_picture(product, picture_id), by=request.user, alt=form.cleaned_data["alt"])
        messages.success(request, _("Saved."))
    else:
        messages.warning(request, _("Not saved: write at most 200 characters."))
    return redirect("product_gallery", product.slug)


@require_POST
@creator_required
def move(request: AuthedRequest, slug: str, picture_id: int) -> HttpResponse:
    product = get_own_product(request.user, slug)
    direction: Literal["up", "down"] = "up" if request.POST.get("direction") == "up" else "down"
    services.move_picture(get_own_picture(product, picture_id), by=request.user, direction=direction)
    return redirect("product_gallery", product.slug)


@require_POST
@creator_required
def remove(request: AuthedRequest, slug: str, picture_id: int) -> HttpResponse:
    product = get_own_product(request.user, slug)
    services.remove_picture(get_own_picture(product, picture_id), by=request.user)
    messages.success(request, _("The picture is removed."))
    return redirect("product_gallery", product.slug)


def _check_size(request: AuthedRequest, form: PictureForm) -> None:
    if files_over_the_limit(request):
        form.add_error("image", _("The picture is too large: %(limit)s is the most.") % {"limit": filesizeformat(MOST_BYTES)})


def _page(
    request: AuthedRequest,
    product: Product,
    *,
    picture_form: GalleryPictureForm | None = None,
    cover_form: PictureForm | None = None,
    status: int = 200,
) -> HttpResponse:
    pictures = list(product.gallery.all())
    context = standing(
        product,
        pictures=pictures,
        most_pictures=MOST_PICTURES,
        is_full=len(pictures) >= MOST_PICTURES,
        picture_form=picture_form or GalleryPictureForm(),
        cover_form=cover_form or PictureForm(prefix="cover"),
    )
    return render(request, "marketplace/listing/gallery.html", context, status=status)
