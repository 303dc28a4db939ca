"""Form fields that know our value types."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_decimal_symbol
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EMPTY_VALUES
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kit.money import exponent, format_money, symbol, to_major, to_minor
from kit.money import locale_of as money_locale

_SPACES = str.maketrans("", "", "  \u00a0\u202f\u2009'\N{RIGHT SINGLE QUOTATION MARK}")
_GROUPED = re.compile(r"^\d{1,3}(,\d{2,3})*,\d{3}$")
_LARGEST = Decimal(10) ** 15


class MoneyField(forms.Field):
    """What a person types as an amount; cleans to an int in minor units, or None when empty and not required.

    Reads "1,234.50", "1234.5", "1.234,50" and "1 234,50". A single separator that could be either is read as the
    active language writes it; an amount with more decimals than the currency has is refused, never rounded.

    `min_minor` and `max_minor` are bounds in minor units. `currency` may be set on the field of a form instance.
    """

    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("Write an amount such as %(example)s."),
        "decimals": _("%(currency)s amounts have %(digits)s decimals at most."),
        "whole": _("%(currency)s amounts have no decimals."),
        "min": _("The amount must be at least %(amount)s."),
        "max": _("The amount can be at most %(amount)s."),
    }

    def __init__(self, *, currency: str, min_minor: int | None = 0, max_minor: int | None = None, **kwargs: Any) -> None:
        self.currency = currency
        self.min_minor = min_minor
        self.max_minor = max_minor
        super().__init__(**kwargs)

    @property
    def prefix(self) -> str:
        """The currency's sign, for the input to show in front."""
        return symbol(self.currency)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            text = str(to_major(value, self.currency))
            return text.replace(".", self._decimal_sign())
        return value

    def to_python(self, value: Any) -> int | None:
        if value in EMPTY_VALUES:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        number = self._read(str(value))
        if -int(number.as_tuple().exponent) > (digits := exponent(self.currency)):
            number = number.normalize()
            if -int(number.as_tuple().exponent) > digits:
                raise ValidationError(
                    self.error_messages["decimals" if digits else "whole"],
                    code="decimals",
                    params={"currency": self.currency, "digits": digits},
                )
        return to_minor(number, self.currency)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.min_minor is not None and value < self.min_minor:
            raise self._out_of_bounds("min", self.min_minor)
        if self.max_minor is not None and value > self.max_minor:
            raise self._out_of_bounds("max", self.max_minor)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True

    def _out_of_bounds(self, code: str, bound: int) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"amount": format_money(bound, self.currency)})

    def _read(self, typed: str) -> Decimal:
        text = typed.strip().translate(_SPACES)
        for sign in (self.prefix, self.currency):
            text = text.removeprefix(sign).removesuffix(sign)
        text = text.replace("\N{MINUS SIGN}", "-")
        minus, text = text.startswith("-"), text.removeprefix("-")
        plain = self._without_grouping(text)
        # Decimal() would also read "1e9", "NaN" and "1_000".
        if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", plain, re.ASCII):
            raise self._unreadable()
        try:
            number = Decimal(plain)
        except InvalidOperation as error:
            raise self._unreadable() from error
        if number >= _LARGEST:
            raise self._unreadable()
        return -number if minus else number

    def _without_grouping(self, text: str) -> str:
        commas, points = text.count(","), text.count(".")
        if commas and points:
            decimal_sign = max(",.", key=text.rfind)
        elif commas + points == 1:
            sign = "," if commas else "."
            other_reading = len(text.rpartition(sign)[2]) != 3 or text.startswith(sign)
            decimal_sign = sign if other_reading or sign == self._decimal_sign() else _other(sign)
        else:
            decimal_sign = _other("," if commas else ".") if commas + points else "."
        group = _other(decimal_sign)
        whole, separator, decimals = text.partition(decimal_sign)
        if group in whole and not _GROUPED.match(whole.replace(group, ",")):
            raise self._unreadable()
        return whole.replace(group, "") + ("." if separator else "") + decimals

    def _decimal_sign(self) -> str:
        sign = get_decimal_symbol(locale=money_locale(get_language()))
        return sign if sign in ",." else "."

    def _unreadable(self) -> ValidationError:
        example = str(to_major(1250 if exponent(self.currency) else 1200, self.currency)).replace(".", self._decimal_sign())
        return ValidationError(self.error_messages["invalid"], code="invalid", params={"example": example})


def _other(sign: str) -> str:
    return "." if sign == "," else ","
