"""Pictures of a listing: the cover and the gallery (R75). Drawn anew before they are kept."""

from __future__ import annotations

from typing import Literal

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from kit.events import publish
from kit.images import clean_image
from kit.storage import public, store_upload
from marketplace.errors import BadListing, TooManyFiles
from marketplace.events import FileReleased, ProductChanged
from marketplace.limits import COVER_SIDE, GALLERY_SIDE, LEAST_COVER_SIDE, LEAST_GALLERY_SIDE, MOST_PICTURES
from marketplace.models import GalleryImage, Product
from marketplace.services.locks import lock_editable_product


def set_cover(product: Product, upload: UploadedFile, *, by: User) -> Product:
    """Use a picture as the cover. Raises `RefusedImage`, `NotEditable`."""
    picture = clean_image(upload, max_side=COVER_SIDE, min_side=LEAST_COVER_SIDE)
    stored = store_upload(picture.content, prefix="covers", extension=picture.extension, to_public=True)
    try:
        return _record_cover(product, stored.name)
    except BaseException:
        public().delete(stored.name)
        raise


@transaction.atomic
def remove_cover(product: Product, *, by: User) -> Product:
    """Go back to the drawn cover. Raises `NotEditable`."""
    return _record_cover(product, "")


@transaction.atomic
def _record_cover(product: Product, name: str) -> Product:
    product = lock_editable_product(product)
    old = str(product.cover.name or "")
    product.cover = name
    product.save(update_fields=["cover", "updated_at"])
    if old:
        publish(FileReleased(store="public", name=old))
    publish(ProductChanged(product_id=product.pk))
    return product


def add_picture(product: Product, upload: UploadedFile, *, by: User, alt: str = "") -> GalleryImage:
    """Put a picture at the end of the gallery. Raises `RefusedImage`, `TooManyFiles`, `NotEditable`."""
    picture = clean_image(upload, max_side=GALLERY_SIDE, min_side=LEAST_GALLERY_SIDE)
    stored = store_upload(picture.content, prefix="gallery", extension=picture.extension, to_public=True)
    try:
        return _record_picture(product, stored.name, picture.width, picture.height, alt)
    except BaseException:
        public().delete(stored.name)
        raise


@transaction.atomic
def _record_picture(product: Product, name: str, width: int, height: int, alt: str) -> GalleryImage:
    product = lock_editable_product(product)
    if product.gallery.count() >= MOST_PICTURES:
        raise TooManyFiles(_("A gallery holds %(most)d pictures.") % {"most": MOST_PICTURES}, field="image")
    last = product.gallery.aggregate(last=Max("position"))["last"]
    image = GalleryImage(product=product, width=width, height=height, alt=_clean_alt(alt), position=0 if last is None else last + 1)
    # Set by name: an assigned file would be opened again to be measured.
    GalleryImage.objects.bulk_create([_named(image, name)])
    _changed(product)
    return image


def _named(image: GalleryImage, name: str) -> GalleryImage:
    image.__dict__["image"] = name
    return image


@transaction.atomic
def describe_picture(image: GalleryImage, *, by: User, alt: str) -> GalleryImage:
    """Say what it shows, for those who cannot see it. Raises `NotEditable`, `BadListing`."""
    product = lock_editable_product(image.product)
    image.alt = _clean_alt(alt)
    image.save(update_fields=["alt"])
    _changed(product)
    return image


@transaction.atomic
def move_picture(image: GalleryImage, *, by: User, direction: Literal["up", "down"]) -> None:
    """One place towards the front or the end. Raises `NotEditable`."""
    product = lock_editable_product(image.product)
    images = list(product.gallery.all())
    index = next((i for i, one in enumerate(images) if one.pk == image.pk), None)
    if index is None:
        return
    other = index + (-1 if direction == "up" else 1)
    if 0 <= other < len(images):
        images[index], images[other] = images[other], images[index]
    for position, one in enumerate(images):
        one.position = position
    # The uniqueness of positions is checked at the end of the transaction.
    GalleryImage.objects.bulk_update(images, ["position"])
    _changed(product)


@transaction.atomic
def remove_picture(image: GalleryImage, *, by: User) -> None:
    """Take it out of the gallery. Raises `NotEditable`."""
    product = lock_editable_product(image.product)
    name = str(image.image.name)
    image.delete()
    publish(FileReleased(store="public", name=name))
    _changed(product)


def _changed(product: Product) -> None:
    """Pictures are rows of their own; the listing says when it was changed all the same, for staff who look at changes."""
    product.save(update_fields=["updated_at"])
    publish(ProductChanged(product_id=product.pk))


def _clean_alt(alt: str) -> str:
    alt = " ".join(alt.replace("\x00", "").split())
    if len(alt) > 200:
        raise BadListing(_("Write at most %(most)d characters.") % {"most": 200}, field="alt")
    return alt
