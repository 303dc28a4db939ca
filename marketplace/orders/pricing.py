"""What a product costs this buyer now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from kit.money import format_money, share
from marketplace.models import PricingType, Product
from marketplace.orders.errors import OfferRefused
from marketplace.orders.models import SellerTerms
from marketplace.pricing import LARGEST_CHARGE, smallest_charge

if TYPE_CHECKING:
    from collections.abc import Iterable

def price_to_pay(product: Product, offered_minor: int | None = None) -> int:
    """Minor units of the product's currency. For pay-what-you-want that is the offer, or without one the creator's suggestion.

    Raises `OfferRefused` for an offer below the minimum, above nothing but below what a card payment costs, or beyond all
    reason. An offer for anything else is ignored.
    """
    if product.pricing != PricingType.PWYW:
        return product.price_minor
    if offered_minor is None:
        return default_offer(product)
    smallest = smallest_charge(product.currency)
    if offered_minor < product.price_minor:
        least = format_money(product.price_minor, product.currency)
        raise OfferRefused(_("The least you can pay for this is %(amount)s.") % {"amount": least}, field="amount")
    if 0 < offered_minor < smallest:
        amount = format_money(smallest, product.currency)
        raise OfferRefused(_("Pay nothing, or at least %(amount)s: less than that cannot be charged.") % {"amount": amount}, field="amount")
    if offered_minor > LARGEST_CHARGE:
        most = format_money(LARGEST_CHARGE, product.currency)
        raise OfferRefused(_("The most you can pay for this is %(amount)s.") % {"amount": most}, field="amount")
    return offered_minor


def default_offer(product: Product) -> int:
    """What the field for the amount is filled with."""
    return product.suggested_minor if product.suggested_minor is not None else product.price_minor


def rates(creator_ids: Iterable[int]) -> dict[int, int]:
    """Creator id → the site's rate in basis points: her own terms, else the site's (R114). One query."""
    wanted = set(creator_ids)
    own = dict(SellerTerms.objects.filter(creator__in=wanted).values_list("creator_id", "fee_bps"))
    return {creator_id: own.get(creator_id, settings.PLATFORM_FEE_BPS) for creator_id in wanted}


def split_price(paid_minor: int, fee_bps: int) -> tuple[int, int]:
    """(creator's share, site's share); together they are what was paid."""
    platform_minor = share(paid_minor, fee_bps)
    return paid_minor - platform_minor, platform_minor
