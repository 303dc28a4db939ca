"""Countries by the names that the reader's language has for them."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import get_language, gettext

from kit.money import locale_of

# Codes that are two letters long and no country's: unions, private use, pseudo-locales, and "unknown".
_NOT_COUNTRIES = frozenset(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"])


def country_choices() -> list[tuple[str, str]]:
    """(code, name), sorted by name, after an empty one."""
    return [("", gettext("Not stated")), *_names(get_language() or "en")]


def country_name(code: str) -> str:
    """The country's name; "" for none."""
    return dict(_names(get_language() or "en")).get(code, code)


def is_country(code: str) -> bool:
    return code in dict(_names("en"))


@lru_cache(maxsize=32)
def _names(language: str) -> tuple[tuple[str, str], ...]:
    territories = locale_of(language).territories
    named = [(code, name) for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES]
    return tuple(sorted(named, key=lambda pair: pair[1]))
