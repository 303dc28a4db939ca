"""The door to files: who may fetch which."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketplace.delivery.closures import closed_because
from marketplace.delivery.errors import AccessEnded, FileWithheld, NoSuchFile, ReasonNeeded
from marketplace.models import Asset, Version
from marketplace.orders.models import Entitlement

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Pass:
    """A file that its holder may fetch. `entitlement` is None for its creator and for staff, who give a `reason`."""

    asset: Asset
    entitlement: Entitlement | None
    reason: str = ""


def get_file(user: User, slug: str, asset_id: uuid.UUID, *, reason: str = "") -> Pass:
    """Looks in this order: is there such a file, is the person entitled to its product, is the entitlement still good, may it be
    handed out at all. Signing in and suspension come before: who is suspended is nobody.

    A buyer gets the files of every published version, older and newer than what she bought. The creator gets all of hers,
    staff get any with a reason.

    Raises `NoSuchFile`, `AccessEnded`, `FileWithheld`, `ReasonNeeded`.
    """
    asset = Asset.objects.select_related("version__product").filter(pk=asset_id, version__product__slug=slug).first()
    if asset is None or not user.is_active:
        raise NoSuchFile
    product = asset.version.product
    if product.creator_id == user.pk:
        return Pass(asset, None)
    held = list(Entitlement.objects.of(user).filter(product=product).order_by("granted_at"))
    active = next((entitlement for entitlement in held if entitlement.is_active), None)
    if active is not None and asset.version.state == Version.State.PUBLISHED:
        if sentence := closed_because(product):
            raise FileWithheld(sentence)
        return Pass(asset, active)
    if user.is_staff:
        if not reason.strip():
            raise ReasonNeeded
        return Pass(asset, None, reason.strip()[:200])
    if held and active is None:
        raise AccessEnded(held[-1].revoked_because or None)
    raise NoSuchFile
