"""Prices: how they read, and which ones can be charged."""

from __future__ import annotations

from typing import Final, Protocol

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kit.errors import DomainError
from kit.money import exponent, format_money
from marketplace.models import PricingType

SMALLEST_CHARGE: Final = {"EUR": 50, "USD": 50, "GBP": 30, "INR": 5000, "JPY": 50}
"""Minor units below which a card payment is not worth its cost, per currency.

EUR, USD, GBP and JPY are what Stripe documents as its minimum charge (docs.stripe.com/currencies); for INR the gateways
allow less than a payment costs, so ours is higher.
"""

LARGEST_CHARGE: Final = 99_999_999
"""Minor units: the eight digits that Stripe documents as its maximum amount."""


class Priced(Protocol):
    """A product, or a search result that looks like one."""

    pricing: str
    currency: str
    price_minor: int


class BadPrice(DomainError):
    code = "bad_price"
    message = gettext_lazy("This price cannot be charged.")


def smallest_charge(currency: str) -> int:
    """In minor units; half a major unit (rounded up) for a currency that is not in the list."""
    return SMALLEST_CHARGE.get(currency, -(-(10 ** exponent(currency)) // 2))


def price_label(product: Priced) -> str:
    """What stands on a card: "€19.00", "Free", "€5.00 or more", "Pay what you want"."""
    if product.pricing == PricingType.PWYW:
        if product.price_minor:
            return _("%(amount)s or more") % {"amount": format_money(product.price_minor, product.currency)}
        return _("Pay what you want")
    if not product.price_minor:
        return _("Free")
    return format_money(product.price_minor, product.currency)


def compare_at_label(product: Priced) -> str:
    """The struck-out price beside it (R173); "" when there is none."""
    compare_at = getattr(product, "compare_at_minor", None)
    return format_money(compare_at, product.currency) if compare_at else ""


def check_price(
    *, pricing: str, currency: str, price_minor: int | None, suggested_minor: int | None = None, compare_at_minor: int | None = None
) -> None:
    """Raise `BadPrice`, naming the field and the bound, for a price that cannot be charged.

    `price_minor` None means not said yet, which only a draft may have.
    """
    if currency not in settings.CURRENCIES:
        raise BadPrice(_("We do not sell in this currency."), field="currency")
    least = smallest_charge(currency)
    amount = format_money(least, currency)
    price = price_minor or 0
    if pricing == PricingType.FREE and price:
        raise BadPrice(_("Something free costs nothing."), field="price")
    if pricing == PricingType.FIXED and price_minor is not None and price < least:
        raise BadPrice(_("Ask at least %(amount)s, or choose Free.") % {"amount": amount}, field="price")
    if pricing == PricingType.PWYW and 0 < price < least:
        raise BadPrice(_("Use 0 for no minimum, or at least %(amount)s.") % {"amount": amount}, field="price")
    for field, value in (("price", price), ("suggested", suggested_minor or 0), ("compare_at", compare_at_minor or 0)):
        if value > LARGEST_CHARGE:
            raise BadPrice(
                _("%(amount)s is the most that can be charged at once.") % {"amount": format_money(LARGEST_CHARGE, currency)}, field=field
            )
    if suggested_minor is not None:
        if pricing != PricingType.PWYW:
            raise BadPrice(_("Only “pay what you want” has a suggestion."), field="suggested")
        if suggested_minor < max(price, least):
            raise BadPrice(_("Suggest at least %(amount)s.") % {"amount": format_money(max(price, least), currency)}, field="suggested")
    if compare_at_minor is not None:
        if pricing != PricingType.FIXED:
            raise BadPrice(_("Only a fixed price has an older one to compare with."), field="compare_at")
        if compare_at_minor <= price:
            raise BadPrice(_("The old price has to be above the new one."), field="compare_at")


def share_kept_percent() -> str:
    """What a creator keeps of a sale before her own tax, in per cent: "70", "87.5"."""
    kept = 10_000 - settings.PLATFORM_FEE_BPS
    return f"{kept / 100:g}"
