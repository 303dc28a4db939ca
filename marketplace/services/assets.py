"""Files of a version: checked, stored, put in order, taken out."""

from __future__ import annotations

from typing import Literal

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import User
from kit.events import publish
from kit.files import Inspected, inspect_upload
from kit.storage import StoredFile, private, store_upload
from marketplace.access import get_draft_version
from marketplace.errors import FileNameTaken, InArchive, NoRoom, NotEditable, NotMadeOfFiles, TooManyFiles, VersionClosed
from marketplace.events import FileReleased
from marketplace.goods import is_made_of_files
from marketplace.kinds import KINDS
from marketplace.limits import MOST_FILES, most_creator_bytes, most_file_bytes, most_product_bytes
from marketplace.models import Asset, Product, State, Version
from marketplace.services.locks import lock_editable_product
from marketplace.services.versions import lock_draft


def add_asset(product: Product, upload: UploadedFile, *, by: User, replaces: Asset | None = None) -> Asset:
    """Check a file, keep it, and put it into the version that is being prepared.

    With `replaces` it takes that file's place. Checking and storing happen outside a transaction; what was stored is let go
    again when the listing changed meanwhile. Raises `RefusedFile`, `NotEditable`, `VersionClosed`, `TooManyFiles`, `NoRoom`,
    `FileNameTaken`, `NotMadeOfFiles`.
    """
    inspected = check_asset(product, upload)
    stored = store_upload(upload, prefix="assets")
    try:
        return _record(product, inspected, stored, replaces)
    except BaseException:
        private().delete(stored.name)
        raise


def check_asset(product: Product, upload: UploadedFile) -> Inspected:
    """What the file is, if the product may hold it; refused before anything is stored. Raises as `add_asset` does."""
    if not is_made_of_files(product.kind):
        raise NotMadeOfFiles
    if product.state == State.ARCHIVED:
        raise InArchive
    if not product.is_editable:
        raise NotEditable
    inspected = inspect_upload(upload, name=upload.name or "", allowed=KINDS[product.kind].extensions, max_bytes=most_file_bytes())
    _check_room(product, inspected.size)
    return inspected


@transaction.atomic
def _record(product: Product, inspected: Inspected, stored: StoredFile, replaces: Asset | None) -> Asset:
    product = lock_editable_product(product)
    version = get_draft_version(product)
    position = None
    if replaces is not None:
        old = version.assets.filter(pk=replaces.pk).first()
        if old is None:
            raise VersionClosed
        position = old.position
        _take_out(old)
    if version.assets.count() >= MOST_FILES:
        raise TooManyFiles(_("A version can hold %(most)d files. Pack some of them into a ZIP.") % {"most": MOST_FILES}, field="file")
    _check_room(product, stored.size)
    if position is None:
        last = version.assets.aggregate(last=Max("position"))["last"]
        position = 0 if last is None else last + 1
    asset = Asset(
        version=version,
        name=inspected.name,
        file=stored.name,
        size_bytes=stored.size,
        sha256=stored.sha256,
        content_type=inspected.content_type,
        pages=inspected.pages,
        notes=list(inspected.notes),
        position=position,
    )
    try:
        with transaction.atomic():
            asset.save(force_insert=True)
    except IntegrityError as error:
        if "asset_name" not in str(error):
            raise
        raise FileNameTaken(inspected.name) from error
    product.save(update_fields=["updated_at"])
    return asset


@transaction.atomic
def remove_asset(asset: Asset, *, by: User) -> None:
    """Take a file out of the version that is being prepared. Raises `VersionClosed`, `NotEditable`."""
    version = lock_draft(asset.version)
    _take_out(asset)
    version.product.save(update_fields=["updated_at"])


@transaction.atomic
def move_asset(asset: Asset, *, by: User, direction: Literal["up", "down"]) -> None:
    """One place up or down. At the end of the list nothing happens. Raises `VersionClosed`, `NotEditable`."""
    version = lock_draft(asset.version)
    assets = list(version.assets.all())
    index = next((i for i, one in enumerate(assets) if one.pk == asset.pk), None)
    if index is None:
        return
    other = index + (-1 if direction == "up" else 1)
    if 0 <= other < len(assets):
        assets[index], assets[other] = assets[other], assets[index]
    for position, one in enumerate(assets):
        one.position = position
    Asset.objects.bulk_update(assets, ["position"])


def _take_out(asset: Asset) -> None:
    name = str(asset.file.name)
    asset.delete()
    publish(FileReleased(store="private", name=name))


def _check_room(product: Product, size: int) -> None:
    """Two uploads of one creator to different products at once may pass the creator's limit by one file: that harms nobody."""
    here = stored_bytes(product)
    if here + size > most_product_bytes():
        raise NoRoom(
            _("The versions of this product hold %(used)s already; %(limit)s is the most.")
            % {"used": filesizeformat(here), "limit": filesizeformat(most_product_bytes())},
            field="file",
        )
    everywhere = stored_bytes_of(product.creator_id)
    if everywhere + size > most_creator_bytes():
        raise NoRoom(
            _("Your files take %(used)s already; %(limit)s is the most. Write to us if you need more.")
            % {"used": filesizeformat(everywhere), "limit": filesizeformat(most_creator_bytes())},
            field="file",
        )


def stored_bytes(product: Product) -> int:
    """What the product's files take, a file that several versions share counted once."""
    return _sum(Asset.objects.filter(version__product=product))


def stored_bytes_of(creator_id: int) -> int:
    return _sum(Asset.objects.filter(version__product__creator=creator_id))


def _sum(assets: QuerySet[Asset]) -> int:
    files = assets.order_by("file").values("file", "size_bytes").distinct()
    return int(files.aggregate(total=Sum("size_bytes"))["total"] or 0)


def offered_details(version: Version) -> dict[str, object]:
    """What the files themselves say, to fill the form with: pages of the longest PDF, and the formats."""
    assets = list(version.assets.all())
    pages = max((asset.pages or 0 for asset in assets), default=0)
    formats = sorted({asset.name.rpartition(".")[2].upper() for asset in assets if "." in asset.name})
    return {"pages": pages or None, "formats": formats}
