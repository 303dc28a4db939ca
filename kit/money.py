"""Amounts: integers in the currency's smallest unit, never floats.

Exponents are those of ISO 4217 (list one); what a payment gateway counts in is the gateway's own matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import NumberPattern, get_currency_name, get_currency_symbol
from django.conf import settings
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from kit.errors import DomainError

BASIS_POINTS: Final = 10_000

_NO_DECIMALS: Final = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE_DECIMALS: Final = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
_FOUR_DECIMALS: Final = frozenset(["CLF", "UYW"])
_LETTER_BESIDE_DIGIT: Final = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_KNOWN: Final = frozenset(Locale("en").currencies)


class UnknownCurrency(DomainError):
    code = "unknown_currency"
    message = _("We do not know this currency.")


class TooManyDecimals(DomainError):
    code = "too_many_decimals"
    message = _("This amount has more decimals than its currency.")


def exponent(currency: str) -> int:
    """How many decimals a currency has: 2 for EUR, 0 for JPY, 3 for KWD. Raises `UnknownCurrency`."""
    if currency in _NO_DECIMALS:
        return 0
    if currency in _THREE_DECIMALS:
        return 3
    if currency in _FOUR_DECIMALS:
        return 4
    if currency not in _KNOWN:
        raise UnknownCurrency(currency=currency)
    return 2


def to_minor(amount: Decimal, currency: str) -> int:
    """12.34 EUR → 1234. Refuses what the currency cannot hold (`TooManyDecimals`) rather than rounding it."""
    if not amount.is_finite():
        raise TooManyDecimals
    scaled = amount.scaleb(exponent(currency))
    minor = int(scaled)
    if scaled != minor:
        raise TooManyDecimals
    return minor


def to_major(minor: int, currency: str) -> Decimal:
    """1234 EUR → Decimal("12.34"), with exactly the currency's decimals."""
    return Decimal(minor).scaleb(-exponent(currency))


def format_money(minor: int, currency: str, locale: str | None = None) -> str:
    """The amount as people of a locale write it ("€12,345.67", "12.345,67 €"), with a true minus sign.

    `locale` is a language tag or locale name ("de", "pt-br", "en_IN"); without it, the active language.
    """
    return _format(minor, currency, locale or get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=8192)
def _format(minor: int, currency: str, language: str) -> str:
    digits = exponent(currency)
    locale = locale_of(language)
    written = _pattern(locale, digits).apply(to_major(minor, currency), locale, currency=currency, currency_digits=False)
    return _LETTER_BESIDE_DIGIT.sub("\N{NO-BREAK SPACE}", str(written).replace("-", "\N{MINUS SIGN}"))


@lru_cache(maxsize=256)
def _pattern(locale: Locale, digits: int) -> NumberPattern:
    # Babel takes decimals from CLDR, which for some currencies counts what is in use rather than ISO's exponent.
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return pattern


@lru_cache(maxsize=256)
def locale_of(language: str | None) -> Locale:
    """Babel's locale for a language tag or locale name; English for one that it does not know."""
    language = language or settings.LANGUAGE_CODE
    for name in (language.replace("-", "_"), to_locale(language), language.partition("-")[0]):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def symbol(currency: str, locale: str | None = None) -> str:
    """The sign that stands beside an amount: "€", "₹"; the code itself where there is none."""
    return get_currency_symbol(currency, locale=locale_of(locale or get_language()))


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount in proportion to `weights` so that the parts sum to it exactly (largest remainder).

    Equal remainders go to the earlier part. When all weights are zero the parts are as equal as can be.
    A negative amount is divided as its positive twin. Raises ValueError for no weights or a negative one.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("split needs at least one weight, and none below zero")
    if total_minor < 0:
        return [-part for part in split(-total_minor, weights)]
    if not any(weights):
        weights = [1] * len(weights)
    whole = sum(weights)
    shares = [divmod(total_minor * weight, whole) for weight in weights]
    parts = [quotient for quotient, _remainder in shares]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
    for index in by_remainder[: total_minor - sum(parts)]:
        parts[index] += 1
    return parts


def share(amount_minor: int, bps: int) -> int:
    """`bps` basis points of an amount, rounded half to even so that many roundings do not drift one way."""
    quotient, remainder = divmod(amount_minor * bps, BASIS_POINTS)
    if remainder * 2 > BASIS_POINTS or (remainder * 2 == BASIS_POINTS and quotient % 2):
        quotient += 1
    return quotient


CURRENCY_CHOICES: list[tuple[str, str]] = [(code, f"{code} – {get_currency_name(code, locale='en')}") for code in settings.CURRENCIES]
