from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kit.money import CURRENCY_CHOICES, TooManyDecimals, UnknownCurrency, exponent, format_money, share, split, symbol, to_major, to_minor

CURRENCIES = ["EUR", "USD", "GBP", "INR", "JPY", "KRW", "ISK", "KWD", "TND", "HUF", "RSD"]
AMOUNTS = st.integers(min_value=-(10**15), max_value=10**15)


@pytest.mark.parametrize(
    ("currency", "decimals"), [("EUR", 2), ("INR", 2), ("JPY", 0), ("ISK", 0), ("UGX", 0), ("KWD", 3), ("CLF", 4), ("RSD", 2), ("LBP", 2)]
)
def test_each_currency_has_the_decimals_of_iso_4217(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@pytest.mark.parametrize("nonsense", ["", "eur", "EURO", "XXZ", "€"])
def test_what_is_no_currency_is_refused(nonsense: str) -> None:
    with pytest.raises(UnknownCurrency):
        exponent(nonsense)


@given(AMOUNTS, st.sampled_from(CURRENCIES))
def test_minor_to_major_and_back_is_the_same_amount(minor: int, currency: str) -> None:
    major = to_major(minor, currency)
    assert to_minor(major, currency) == minor
    assert -int(major.as_tuple().exponent) == exponent(currency)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4), st.sampled_from(CURRENCIES))
def test_an_amount_is_kept_exactly_or_refused_but_never_rounded(major: Decimal, currency: str) -> None:
    try:
        minor = to_minor(major, currency)
    except TooManyDecimals:
        assert major.scaleb(exponent(currency)) % 1 != 0
    else:
        assert to_major(minor, currency) == major


@pytest.mark.parametrize("endless", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_amount(endless: str) -> None:
    with pytest.raises(TooManyDecimals):
        to_minor(Decimal(endless), "EUR")


@given(AMOUNTS, st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=30))
def test_the_parts_of_a_split_sum_to_the_whole(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == total


@given(st.integers(min_value=0, max_value=10**12), st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=20).filter(any))
def test_no_part_is_a_whole_unit_away_from_its_due_and_none_is_negative(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    for part, weight in zip(split(total, weights), weights, strict=True):
        assert abs(part * whole - total * weight) < whole
        assert part >= 0
        assert weight > 0 or part == 0


@given(AMOUNTS, st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=10))
def test_giving_back_is_split_as_taking_was(total: int, weights: list[int]) -> None:
    assert split(-total, weights) == [-part for part in split(total, weights)]


def test_equal_remainders_go_to_the_earlier_part() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(5, [0, 0]) == [3, 2]
    assert split(1, [0, 1]) == [0, 1]


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_a_split_without_sensible_weights_is_an_error(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weight"):
        split(100, weights)


@given(AMOUNTS, st.integers(min_value=0, max_value=10_000))
def test_a_share_is_within_half_a_unit_of_the_truth(amount: int, bps: int) -> None:  # R114
    assert abs(share(amount, bps) * 10_000 - amount * bps) <= 5_000


@pytest.mark.parametrize(
    ("amount", "bps", "expected"),
    [(5, 1000, 0), (15, 1000, 2), (25, 1000, 2), (-5, 1000, 0), (-15, 1000, -2), (999, 3000, 300), (1, 10_000, 1)],
)
def test_halves_are_rounded_to_even(amount: int, bps: int, expected: int) -> None:
    assert share(amount, bps) == expected


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "written"),
    [
        (1234567, "EUR", "en", "€12,345.67"),
        (1234567, "EUR", "de", "12.345,67\N{NO-BREAK SPACE}€"),
        (0, "EUR", "en", "€0.00"),
        (-1250, "EUR", "en", "\N{MINUS SIGN}€12.50"),
        (1234, "JPY", "en", "¥1,234"),
        (1234567, "KWD", "en", "KWD\N{NO-BREAK SPACE}1,234.567"),
        (123456789, "INR", "en_IN", "₹12,34,567.89"),
        (100, "RSD", "en", "RSD\N{NO-BREAK SPACE}1.00"),
        (500, "EUR", "tlh", "€5.00"),
    ],
)
def test_amounts_are_written_as_the_locale_does_with_the_currency_s_decimals(minor: int, currency: str, locale: str, written: str) -> None:
    assert format_money(minor, currency, locale) == written


def test_the_active_language_decides_when_no_locale_is_given() -> None:
    with translation.override("de"):
        assert format_money(100, "EUR") == "1,00\N{NO-BREAK SPACE}€"
    with translation.override("en"):
        assert format_money(100, "EUR") == "€1.00"


def test_the_sign_of_a_currency_is_known() -> None:
    assert [symbol(code, "en") for code in ("EUR", "INR", "KWD")] == ["€", "₹", "KWD"]


def test_the_choices_are_the_site_s_currencies(settings: object) -> None:
    assert [code for code, _name in CURRENCY_CHOICES] == settings.CURRENCIES  # type: ignore[attr-defined]
