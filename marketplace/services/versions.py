"""Versions: prepared, described, published, never changed afterwards (R81, R82)."""

from __future__ import annotations

import re
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from kit.errors import NotFound
from kit.events import publish
from marketplace.errors import BadListing, DraftExists, EmptyVersion, LabelTaken, NotMadeOfFiles, VersionClosed, WrongState
from marketplace.events import FileReleased, ProductChanged, VersionPublished
from marketplace.goods import is_made_of_files
from marketplace.limits import MOST_VERSIONS
from marketplace.models import Asset, Product, State, Version
from marketplace.services.locks import lock_editable_product

_LABEL: Final = re.compile(r"^[0-9A-Za-z](?:[0-9A-Za-z.+_ -]{0,18}[0-9A-Za-z])?\Z")
_NUMBERS: Final = re.compile(r"^(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?\Z")


def suggest_label(current: str) -> str:
    """The next label after `current`: "1.2.0" → "1.3.0", "2" → "3"; other words get a number behind them."""
    numbers = _NUMBERS.match(current)
    if numbers is None:
        return f"{current[:16]} 2"
    major, minor, patch = numbers.groups()
    if minor is None:
        return str(int(major) + 1)
    return f"{major}.{int(minor) + 1}" + (".0" if patch is not None else "")


@transaction.atomic
def start_version(product: Product, *, by: User, label: str = "", changelog: str = "", copy_files: bool = True) -> Version:
    """Prepare the next version, with the files of the last one or without any.

    `label` defaults to the one that follows. Raises `DraftExists`, `LabelTaken`, `BadListing`, `NotEditable`, and
    `NotMadeOfFiles` where something else is sold.
    """
    product = lock_editable_product(product)
    if not is_made_of_files(product.kind):
        raise NotMadeOfFiles
    versions = list(product.versions.order_by("-number"))
    if any(version.state == Version.State.DRAFT for version in versions):
        raise DraftExists
    if len(versions) >= MOST_VERSIONS:
        raise BadListing(_("A product can have %(most)d versions.") % {"most": MOST_VERSIONS})
    newest = versions[0] if versions else None
    version = Version(product=product, number=newest.number + 1 if newest else 1)
    _describe(version, label or (suggest_label(newest.label) if newest else "1.0.0"), changelog)
    _save(version)
    if copy_files and newest is not None:
        copy_assets(newest, version)
    return version


@transaction.atomic
def change_version(version: Version, *, by: User, label: str, changelog: str) -> Version:
    """Rename a draft or say what changed in it. Raises `VersionClosed`, `LabelTaken`, `BadListing`, `NotEditable`."""
    version = lock_draft(version)
    _describe(version, label, changelog)
    _save(version)
    return version


@transaction.atomic
def publish_version(version: Version, *, by: User) -> Version:
    """Give a live product's buyers its new version. Raises `EmptyVersion`, `VersionClosed`, `WrongState`.

    The first version is published with the product itself.
    """
    version = lock_draft(version)
    if version.product.state != State.LIVE:
        raise WrongState(verb=_("given to buyers"), state=State(version.product.state))
    published = publish_draft(version.product)
    version.product.save(update_fields=["updated_at"])
    publish(ProductChanged(product_id=version.product_id))
    return published


def publish_draft(product: Product) -> Version:
    """Publish the draft of a product that the caller has locked. Raises `EmptyVersion`, `NotFound`."""
    version = product.versions.filter(state=Version.State.DRAFT).first()
    if version is None:
        raise NotFound(_("No version is being prepared."))
    if not version.assets.exists():
        raise EmptyVersion
    version.state, version.published_at = Version.State.PUBLISHED, timezone.now()
    version.save()
    publish(VersionPublished(version_id=version.pk, product_id=product.pk))
    return version


@transaction.atomic
def drop_version(version: Version, *, by: User) -> None:
    """Throw a draft away, with the files that only it holds. Raises `VersionClosed`; the only version stays (`EmptyVersion`)."""
    version = lock_draft(version)
    if not version.product.versions.published().exists():
        raise BadListing(_("The first version cannot be dropped. Remove its files instead, or delete the product."))
    names = sorted(set(Asset.objects.filter(version=version).values_list("file", flat=True)))
    version.delete()
    for name in names:
        publish(FileReleased(store="private", name=name))


def copy_assets(source: Version, target: Version) -> None:
    """Let a draft begin with the files of another version. The stored files are shared, not copied."""
    Asset.objects.bulk_create(
        Asset(
            version=target,
            name=asset.name,
            file=asset.file.name,
            size_bytes=asset.size_bytes,
            sha256=asset.sha256,
            content_type=asset.content_type,
            pages=asset.pages,
            notes=asset.notes,
            position=asset.position,
        )
        for asset in source.assets.all()
    )


def lock_draft(version: Version) -> Version:
    """The draft with its product locked. Raises `VersionClosed` when it was published, `NotFound` when it was dropped meanwhile."""
    product = lock_editable_product(version.product)
    current = product.versions.filter(pk=version.pk).first()
    if current is None:
        raise NotFound(_("This version was dropped."))
    if current.state != Version.State.DRAFT:
        raise VersionClosed
    current.product = product
    return current


def _describe(version: Version, label: str, changelog: str) -> None:
    label = label.strip()
    if not _LABEL.match(label):
        raise BadListing(_("Use a number such as 1.2.0: letters, digits, points and dashes, at most 20."), field="label")
    if len(changelog) > 5000:
        raise BadListing(_("Write at most %(most)d characters.") % {"most": 5000}, field="changelog")
    version.label, version.changelog = label, changelog.replace("\x00", "").strip()


def _save(version: Version) -> None:
    try:
        with transaction.atomic():
            version.save()
    except IntegrityError as error:
        if "version_one_draft" in str(error):
            raise DraftExists from error
        if "version_label" in str(error):
            raise LabelTaken(version.label) from error
        raise
