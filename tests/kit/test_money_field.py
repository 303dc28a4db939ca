from __future__ import annotations

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kit.forms import MoneyField
from kit.money import format_money, to_major


def read(typed: str, currency: str = "EUR", **options: object) -> int | None:
    return MoneyField(currency=currency, **options).clean(typed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("12", 1200), ("12.5", 1250), ("12.50", 1250), ("12,50", 1250), ("0.01", 1), (".5", 50), ("12.", 1200),
        ("1,234", 123400), ("1,234.50", 123450), ("1.234,50", 123450), ("1 234,50", 123450), ("1'234.50", 123450),
        ("1,234,567.89", 123456789), ("1.234.567,89", 123456789), ("12,34,567.00", 123456700), ("€12.50", 1250), ("12.50 €", 1250),
        ("EUR 12.50", 1250), ("  7 ", 700), ("12.500", 1250), ("0", 0),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_type_it(typed: str, minor: int) -> None:
    assert read(typed) == minor


@pytest.mark.parametrize(
    "typed", ["twelve", "1e9", "NaN", "Infinity", "1_000", "12.50.20.1", "1,2,3.4", "--5", "+5", "0x10", "$5", "٣", "1" * 40, "12 EUR 3"]
)
def test_what_is_no_amount_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(typed)
    assert refused.value.code == "invalid"
    assert "12.50" in refused.value.messages[0]


@pytest.mark.parametrize(("typed", "currency"), [("12.505", "EUR"), ("1.234", "EUR"), ("12.5", "JPY"), ("1.2345", "KWD")])
def test_more_decimals_than_the_currency_has_are_refused_rather_than_rounded(typed: str, currency: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(typed, currency)
    assert refused.value.code == "decimals"


def test_a_lone_separator_is_read_as_the_language_writes_it() -> None:
    with translation.override("de"):
        assert read("1.234") == 123400
        assert read("12,50") == 1250
        assert read("12.50") == 1250
        with pytest.raises(ValidationError):
            read("1,234")


def test_zero_and_three_decimal_currencies_work() -> None:
    assert read("1,500", "JPY") == 1500
    assert read("1.250", "KWD") == 1250


def test_an_amount_must_lie_within_its_bounds() -> None:
    with pytest.raises(ValidationError, match=r"at least €1\.00"):
        read("0.99", min_minor=100)
    with pytest.raises(ValidationError, match=r"at most €5\.00"):
        read("5.01", max_minor=500)
    with pytest.raises(ValidationError, match=r"at least €0\.00"):
        read("-1")
    assert read("-1", min_minor=None) == -100


def test_nothing_typed_is_no_amount_unless_one_is_required() -> None:
    assert read("", required=False) is None
    with pytest.raises(ValidationError):
        read("")


@given(st.integers(min_value=0, max_value=10**13), st.sampled_from(["EUR", "JPY", "KWD"]), st.sampled_from(["en", "de", "fr", "en-in"]))
def test_what_we_write_can_be_typed_back(minor: int, currency: str, language: str) -> None:
    with translation.override(language):
        assert read(format_money(minor, currency), currency) == minor
        assert read(str(MoneyField(currency=currency).prepare_value(minor)), currency) == minor


def test_a_form_shows_the_amount_it_was_given_and_keeps_what_was_typed() -> None:
    class PriceForm(forms.Form):
        price = MoneyField(currency="EUR")

    assert 'value="12.50"' in str(PriceForm(initial={"price": 1250})["price"])
    assert 'inputmode="decimal"' in str(PriceForm()["price"])
    refused = PriceForm({"price": "12.505"})
    assert not refused.is_valid()
    assert 'value="12.505"' in str(refused["price"])
    assert not PriceForm({"price": "12,50"}, initial={"price": 1250}).has_changed()
    assert PriceForm({"price": "12.51"}, initial={"price": 1250}).has_changed()


def test_the_currency_may_be_chosen_per_form() -> None:
    class PriceForm(forms.Form):
        price = MoneyField(currency="EUR")

        def __init__(self, *args: object, currency: str, **kwargs: object) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[arg-type]
            self.fields["price"].currency = currency  # type: ignore[attr-defined]

    form = PriceForm({"price": "1500"}, currency="JPY")
    assert form.is_valid()
    assert form.cleaned_data["price"] == 1500
    assert to_major(1500, "JPY") == 1500
    assert form.fields["price"].prefix == "¥"  # type: ignore[attr-defined]
