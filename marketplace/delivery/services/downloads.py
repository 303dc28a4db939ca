"""Handing out a file: written down first, then a link that lives for a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from kit.storage import download_url
from marketplace.delivery.access import Pass
from marketplace.delivery.errors import AccessEnded
from marketplace.delivery.models import Download
from marketplace.models import Asset, Product
from marketplace.orders.models import Entitlement

if TYPE_CHECKING:
    from accounts.models import User

logger = structlog.get_logger(__name__)


def hand_out(given: Pass, *, to: User, ip: str, user_agent: str) -> str:
    """Log the download and return a link to the file that needs no sign-in and ends after DOWNLOAD_LINK_SECONDS (R123).

    The entitlement is looked at again under its lock, so that a refund that arrives now wins or waits. Raises `AccessEnded`.
    """
    asset = given.asset
    _log(given, to, ip, user_agent)
    return download_url(str(asset.file.name), filename=asset.name, content_type=asset.content_type, seconds=settings.DOWNLOAD_LINK_SECONDS)


@transaction.atomic
def _log(given: Pass, to: User, ip: str, user_agent: str) -> None:
    asset, entitlement = given.asset, given.entitlement
    if entitlement is not None:
        entitlement = Entitlement.objects.select_for_update(no_key=True).get(pk=entitlement.pk)
        if not entitlement.is_active:
            raise AccessEnded(entitlement.revoked_because or None)
        _count(asset, to)
        entitlement.last_opened_at = timezone.now()
        entitlement.save(update_fields=["last_opened_at"])
    Download.objects.create(
        user=to,
        product=asset.version.product,
        version=asset.version,
        asset=asset,
        entitlement=entitlement,
        file_name=asset.name,
        size_bytes=asset.size_bytes,
        ip=ip or None,
        user_agent=user_agent[:300],
        reason=given.reason,
    )
    logger.info("file_handed_out", user=to.pk, product=asset.version.product_id, asset=str(asset.pk), staff=bool(given.reason))


def _count(asset: Asset, to: User) -> None:
    """A product's download count is of people and versions: fetching again, or a second file of a version, adds nothing."""
    if not Download.objects.filter(user=to, version=asset.version, entitlement__isnull=False).exists():
        Product.objects.filter(pk=asset.version.product_id).update(download_count=F("download_count") + 1)
